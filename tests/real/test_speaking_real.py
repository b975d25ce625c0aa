"""What the streamer says beside a real OBS: spoken commands make proved clips, and what was said is found and cut."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import obsws_python
import pytest

from companion.adapters.obs.private import PrivateObs
from tests.real import stage
from tests.real.companion import Companion
from tests.real.conftest import StartObs
from tests.real.windows import Numbers, assert_exact, assert_on_air, on_air, stage_seconds
from tests.speech.microphone import SaidAloud, SpokenMicrophone, located
from tests.speech.speaker import RATE

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

MODEL = Path(__file__).parents[1] / "speech_model"
MICROPHONE = "Mic/Aux"
WORD_SECONDS = 0.25
"""How far from where it is heard a word may be said to be, and how exact the test's own ear is."""


@pytest.fixture
async def obs(start_obs: StartObs, request: pytest.FixtureRequest) -> PrivateObs:
    """Its buffer is as long as the test says, in seconds."""
    return await start_obs(replay_seconds=request.param)


@pytest.fixture
async def obs_client(obs: PrivateObs) -> AsyncIterator[obsws_python.ReqClient]:
    """A client by which OBS records the microphone, too."""
    with stage.witness(obs) as client:
        settings = {"device_id": "companion.monitor"}
        client.create_input("Scene", MICROPHONE, "pulse_input_capture", settings, sceneItemEnabled=True)
        for other in ("Desktop Audio", "Test picture"):  # one hears the same device, the other speaks itself
            client.set_input_mute(other, muted=True)
        yield client


@pytest.fixture
async def microphone(obs: PrivateObs, obs_client: obsws_python.ReqClient) -> AsyncIterator[SpokenMicrophone]:
    async with SpokenMicrophone({"PULSE_SERVER": obs.pulse_server}, "companion") as made:
        yield made


@pytest.fixture
async def companion(tmp_path: Path, obs: PrivateObs, microphone: SpokenMicrophone) -> AsyncIterator[Companion]:
    environment = {
        "PULSE_SERVER": obs.pulse_server,
        "MICROPHONE": microphone.source,
        "LISTEN_WHEN": "always",
        "STT_MODEL": str(MODEL),
        "STT_LANGUAGE": "en",
        "VOICE_COOLDOWN": "2",
    }
    daemon = Companion(tmp_path / "home", obs, environment)
    await daemon.start()
    try:
        await daemon.until(lambda speech: speech["state"] == "listening", "/api/speech")
        yield daemon
    finally:
        await daemon.stop()


def sound_of(path: Path) -> np.ndarray:
    """A file's first sound track, at 16 kHz mono, from its beginning."""
    resampler = av.AudioResampler("s16", "mono", RATE)
    with av.open(str(path)) as file:
        parts = [part.to_ndarray()[0] for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate(parts)


async def words_in(companion: Companion, clip: Any) -> dict[str, float]:
    """The words that were written down of a clip, by when they begin in it."""
    shown = await companion.get("/api/transcript", clip=clip["id"])
    began = stage_seconds(clip["start_at"])
    return {word["text"]: word["start_at"] - began for item in shown["items"] for word in item["words"]}


async def assert_words_are_where_they_are_heard(companion: Companion, clip: Any, said: SaidAloud) -> None:
    place = located(said.spoken.pcm, sound_of(Path(clip["path"])))
    written = await words_in(companion, clip)
    known = [(word, written[word.text]) for word in said.spoken.words if word.text in written]
    assert len(known) > len(said.spoken.words) / 2, (written, said.spoken.text)
    errors = sorted(abs(place + word.start - at) for word, at in known)
    assert errors[len(errors) // 2] < WORD_SECONDS, (written, place, said.spoken.words)


async def new_clip(companion: Companion, known: int) -> Any:
    page = await companion.until(lambda clips: clips["total"] > known, "/api/clips", within_seconds=60)
    return await companion.until_finished(page["items"][0]["id"])


async def said_until_heard(companion: Companion, microphone: SpokenMicrophone, text: str, word: str) -> SaidAloud:
    """Say `text`, once more where the small model misheard it, until `word` of it is written down."""
    for _ in range(3):
        said = await microphone.say(text)
        with contextlib.suppress(AssertionError):
            await companion.until(lambda shown: word in str(shown), "/api/transcript", within_seconds=60)
            return said
    raise AssertionError(await companion.get("/api/transcript"))


@pytest.mark.parametrize("obs", [60], indirect=True)  # long enough for what is recognized late, on a busy computer
async def test_a_spoken_command_gives_a_proved_clip_with_its_words_beside_it(
    companion: Companion, microphone: SpokenMicrophone, obs_client: obsws_python.ReqClient
) -> None:
    await companion.until_reach(12)
    talk = await microphone.say("hello chat welcome to the boss fight")
    await asyncio.sleep(0.5)
    command = await microphone.say("save the last ten seconds")
    began, now = command.words[0].start, on_air(obs_client)
    clip = await new_clip(companion, 0)
    assert (clip["door"], clip["receipt"]["ok"]) == ("voice", True)
    assert stage_seconds(clip["wanted_start_at"]) == pytest.approx(began - 10, abs=0.4), "back from when it was said"
    # The frame that is shown last was on air when the clip says that it was.
    ends = assert_exact(clip, stage_seconds(clip["end_at"]) - stage_seconds(clip["start_at"]))
    at_end: Numbers = now.at(stage_seconds(clip["end_at"]))
    assert_on_air(ends, at_end, at_end)

    path = Path(clip["path"])
    await companion.until(lambda shown: "boss" in str(shown), "/api/transcript")
    deadline = time.monotonic() + 30
    while not (path.with_suffix(".srt").exists() and "chat" in path.with_suffix(".srt").read_text()):
        assert time.monotonic() < deadline, list(path.parent.iterdir())
        await asyncio.sleep(0.1)
    assert path.with_suffix(".vtt").read_text().startswith("WEBVTT")
    await assert_words_are_where_they_are_heard(companion, clip, talk)
    assert (await companion.get("/api/clips"))["total"] == 1, "said once, done once"


@pytest.mark.parametrize("obs", [60], indirect=True)
async def test_what_was_said_is_cut_from_the_buffer(companion: Companion, microphone: SpokenMicrophone) -> None:
    await companion.until_reach(4)
    said = await said_until_heard(companion, microphone, "you can see the boss fight now", "boss")
    clip = await companion.post("/api/clips/quote", query="boss", wait=True)
    assert clip["source_kind"] == "replay"
    await assert_quote(companion, clip, said)


@pytest.mark.parametrize("obs", [14], indirect=True)
async def test_what_was_said_before_the_buffer_is_found_and_cut_from_the_running_recording(
    companion: Companion, microphone: SpokenMicrophone, obs_client: obsws_python.ReqClient
) -> None:
    obs_client.start_record()
    await companion.until_reach(4)
    said = await said_until_heard(companion, microphone, "you can see the boss fight now", "boss")
    await asyncio.sleep(max(0.0, said.words[-1].end + 18 - time.time()))
    found = await companion.get("/api/transcript/search", query="boss fihgt")
    assert "boss" in found["items"][0]["segment"]["text"], found
    clip = await companion.post("/api/clips/quote", query="the boss fight", wait=True)
    assert clip["source_kind"] == "recording"
    assert obs_client.get_record_status().output_active, "it is cut while the recording goes on"
    await assert_quote(companion, clip, said)
    obs_client.stop_record()


async def assert_quote(companion: Companion, clip: Any, said: SaidAloud) -> None:
    """The clip is proved, and has the whole sentence and little more."""
    assert clip["receipt"]["ok"], clip["receipt"]
    start, end = stage_seconds(clip["start_at"]), stage_seconds(clip["end_at"])
    assert start <= said.words[0].start + 0.1, "its first word"
    assert end >= said.words[-1].end - 0.1, "its last word"
    assert end - start < said.words[-1].end - said.words[0].start + 2.5
    await assert_words_are_where_they_are_heard(companion, clip, said)
    assert "boss" in clip["title"]
