"""When the microphone is heard: what is on, what is muted in OBS, and at which moment that changed."""

import dataclasses
from collections.abc import Collection

import pytest

from companion.domain.listening import Gate, GateLog, Microphone, Mute, chosen, mute_in_obs, wanted_now
from companion.domain.models import Capture
from companion.domain.settings import ListenWhen
from companion.domain.studio import Input, StudioState

YETI = Microphone("alsa_input.usb-yeti", "Blue Yeti", 48000, 2)
WEBCAM = Microphone("alsa_input.webcam", "Webcam", 16000, 1, default=True)
SPEAKERS = Microphone("alsa_output.hdmi.monitor", "Monitor of HDMI", 48000, 2, monitor=True)


def studio(*inputs: Input) -> StudioState:
    return StudioState(connected=True, inputs=inputs)


def microphone(name: str = "Mic/Aux", device: str | None = None, *, muted: bool = False, db: float = 0.0) -> Input:
    return Input(name, "pulse_input_capture", has_audio=True, muted=muted, volume_db=db, device=device)


def muted(state: StudioState, name: str | None = None, devices: Collection[str] = YETI.devices) -> bool | None:
    return mute_in_obs(state, name, devices).muted


CARD = Input("Capture card", "dshow_input", has_audio=True)
DESKTOP = Input("Desktop", "pulse_output_capture", has_audio=True)


def test_a_microphone_is_known_by_its_name_or_label() -> None:
    all_three = [WEBCAM, YETI, SPEAKERS]
    assert chosen(all_three, "alsa_input.usb-yeti") is YETI
    assert chosen(all_three, "blue yeti") is YETI
    assert chosen(all_three, "yeti") is None, "half a name is nobody's"
    assert chosen(all_three, None) is WEBCAM
    assert chosen(all_three, "Monitor of HDMI") is SPEAKERS, "who asks for it gets it"


def test_what_the_pc_plays_is_never_taken_for_a_microphone() -> None:
    alone = Microphone(SPEAKERS.name, SPEAKERS.label, 48000, 2, default=True, monitor=True)
    assert chosen([alone], None) is None


def test_what_obs_calls_it() -> None:
    assert YETI.devices == ["alsa_input.usb-yeti"]
    assert WEBCAM.devices == ["alsa_input.webcam", "default"]


def test_its_device_tells_which_of_obss_inputs_it_is() -> None:
    mine, guest = microphone("Mic/Aux", "alsa_input.usb-yeti", muted=True), microphone("Guest", "default")
    assert muted(studio(mine, guest, CARD, DESKTOP)), "that others are heard says nothing of it"
    assert not muted(studio(mine, guest), devices=WEBCAM.devices), "the system's choice is the guest's"
    assert not muted(studio(dataclasses.replace(mine, muted=False), dataclasses.replace(guest, muted=True)))
    assert muted(studio(microphone(device="default", db=-100.0), CARD), devices=WEBCAM.devices), "as quiet as muted"


def test_the_named_input_decides_whatever_it_is() -> None:
    mixed = Input("Mixer", "ffmpeg_source", has_audio=True, muted=True)
    both = studio(mixed, microphone(device="alsa_input.usb-yeti"))
    assert muted(both, "Mixer")
    assert not muted(both, "Mic/Aux")


def test_where_no_device_tells_any_that_is_muted_may_be_it() -> None:
    mine = microphone(muted=True)
    doubted = mute_in_obs(studio(mine, CARD, DESKTOP), None, YETI.devices)
    assert doubted.muted is None, "it is kept from the audience"
    assert doubted.doubt.endswith(".")
    assert mute_in_obs(studio(mine, CARD), None, []) == Mute(None), "no reason to trouble anybody before it is heard"
    assert muted(studio(mine, dataclasses.replace(CARD, muted=True), DESKTOP)) is True
    assert muted(studio(microphone(), CARD, dataclasses.replace(DESKTOP, muted=True))) is False


def test_two_inputs_of_its_device_that_disagree_leave_it_unknown() -> None:
    raw, filtered = microphone("Raw", "default", muted=True), microphone("Filtered", "default")
    assert muted(studio(raw, filtered), devices=WEBCAM.devices) is None


def test_inputs_of_plugins_may_be_it_too() -> None:
    plugin = Input("Mic", "pipewire_audio_input_capture", has_audio=True, muted=True)
    game = Input("Game", "pipewire_audio_application_capture", has_audio=True)
    assert muted(studio(plugin, game, DESKTOP)) is True
    assert muted(studio(plugin, CARD)) is None
    assert muted(studio(Input("JACK", "jack_output_capture", has_audio=True, muted=True))) is True
    assert muted(studio(Input("Slides", "image_source", has_audio=False, muted=True))) is False


def test_a_named_input_that_is_not_there_leaves_it_unknown() -> None:
    renamed = studio(microphone("Rode", "alsa_input.usb-yeti", muted=True))
    gone = mute_in_obs(renamed, "Mic/Aux", YETI.devices)
    assert gone.muted is None
    assert gone.doubt.endswith(".")
    assert mute_in_obs(StudioState(), "Mic/Aux", YETI.devices) == Mute(muted=False), "without OBS nothing is muted"


def test_without_obs_or_a_microphone_in_it_nothing_is_muted() -> None:
    assert muted(studio(DESKTOP)) is False
    assert muted(StudioState()) is False


def test_what_obs_said_last_is_newer_than_what_was_read() -> None:
    assert mute_in_obs(studio(microphone()), None, [], {"Mic/Aux": True}).muted is True
    assert mute_in_obs(studio(microphone(muted=True)), None, [], {"Mic/Aux": False}).muted is False


@pytest.mark.parametrize(
    ("when", "on", "wanted"),
    [
        (ListenWhen.ALWAYS, (), True),
        (ListenWhen.LIVE, ("streaming",), True),
        (ListenWhen.LIVE, ("recording",), True),
        (ListenWhen.LIVE, ("session",), False),
        (ListenWhen.SESSION, ("session",), True),
        (ListenWhen.SESSION, ("recording",), True),
        (ListenWhen.SESSION, (), False),
    ],
)
@pytest.mark.parametrize("capture", [Capture.SOUND, Capture.BOTH])
def test_what_has_to_be_on(when: ListenWhen, on: tuple[str, ...], wanted: bool, capture: Capture) -> None:
    session = capture if "session" in on else None
    assert wanted_now(when, streaming="streaming" in on, recording="recording" in on, session=session) is wanted


@pytest.mark.parametrize("when", list(ListenWhen))
def test_a_session_of_the_picture_alone_is_not_listened_to(when: ListenWhen) -> None:
    assert not wanted_now(when, streaming=True, recording=True, session=Capture.PICTURE)


def test_sound_is_judged_by_the_moment_it_was_said() -> None:
    gates = GateLog()
    assert gates.over(0, 1) is Gate.IDLE
    assert gates.set(Gate.OPEN, 100.0)
    assert not gates.set(Gate.OPEN, 101.0)
    assert gates.set(Gate.MUTED, 110.0)
    assert gates.set(Gate.OPEN, 120.0)
    assert gates.over(99.95, 100.05) is Gate.IDLE
    assert gates.over(100.0, 100.1) is Gate.OPEN
    assert gates.over(109.9, 110.0) is Gate.OPEN, "said before the mute, however late it arrives"
    assert gates.over(109.95, 110.05) is Gate.MUTED, "partly muted is muted"
    assert gates.over(119.9, 120.0) is Gate.MUTED
    assert gates.over(90.0, 200.0) is Gate.IDLE
    assert gates.over(120.0, 500.0) is Gate.OPEN
    assert gates.now is Gate.OPEN


def test_many_changes_are_forgotten_without_harm() -> None:
    gates = GateLog()
    for second in range(1000):
        gates.set(Gate.MUTED if second % 2 else Gate.OPEN, float(second))
    assert gates.over(999.2, 999.4) is Gate.MUTED
    assert gates.over(998.2, 998.4) is Gate.OPEN


@pytest.mark.parametrize("noticed", ["by a change", "by its moment"])
@pytest.mark.parametrize("gate", [Gate.OPEN, Gate.MUTED])
def test_after_the_clock_was_set_back_only_the_last_gate_counts(gate: Gate, noticed: str) -> None:
    before = Gate.MUTED if gate is Gate.OPEN else Gate.OPEN
    gates = GateLog()
    gates.set(before, 40.0)
    gates.set(gate, 100.0)
    if noticed == "by its moment":
        gates.heed(50.0)
        assert gates.over(49.9, 50.0) is gate, "it is said now, whatever held then"
        assert gates.over(30.0, 30.1) is gate
    assert gates.set(before, 51.0)
    assert gates.over(50.9, 51.0) is gate, "said before that change"
    assert gates.over(51.0, 51.1) is before
    assert gates.over(99.0, 101.0) is before
    gates.heed(51.0)
    assert gates.over(50.9, 51.0) is gate, "a clock that goes on changes nothing"
