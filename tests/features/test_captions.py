"""Live captions: what the audience reads, and that it never reads what was said while the microphone was muted."""

import dataclasses
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from companion.adapters.obs.config import ObsCredentials
from companion.adapters.obs.link import ObsLink
from companion.domain.events import MicrophoneChanged
from companion.domain.studio import Input
from companion.domain.word_filter import FilterMode
from companion.kernel.bus import Bus
from companion.kernel.status import Health, StatusBoard
from tests.captions import CaptionsRig, captioning


async def _nowhere() -> ObsCredentials:
    raise AssertionError("nobody connects here")


@pytest.fixture
async def rig(tmp_path: Path, bus: Bus) -> AsyncIterator[CaptionsRig]:
    """Its clock stands still: what is said and muted when is told by `ago` alone, however long the test takes."""
    board = StatusBoard(bus)
    began = time.time()
    async with captioning(tmp_path, bus, board, ObsLink(bus, board, _nowhere)) as made:
        made.now = lambda: began
        made.ago = 100.0
        made.connect()
        await made.until_shown()
        made.ago = 0.0
        yield made


async def test_words_are_shown_as_they_come_and_corrected_by_the_final_text(rig: CaptionsRig) -> None:
    rig.say("hello chap", final=False)
    await rig.until_shown("hello chap")
    assert [shown.final for shown in rig.shown] == [True, False]
    rig.say("hello chat and", final=False, seconds=1.4, ago=0.1)
    await rig.until_shown("hello chat and")
    rig.say("Hello chat and welcome.", seconds=2.0, ago=0.0)
    await rig.until_shown("Hello chat and welcome.")
    assert rig.shown.pop().final
    rig.say("hello chat and", final=False, seconds=2.0, ago=0.0)  # late
    rig.say("Next.", seconds=0.1, ago=-2.0)
    await rig.until_shown("Hello chat and welcome.", "Next.")


async def test_what_follows_a_short_utterance_is_shown_as_it_is_spoken(rig: CaptionsRig) -> None:
    rig.say("yes", final=False, seconds=0.4, ago=3.0)
    rig.say("Yes.", seconds=0.4, ago=3.0)
    await rig.until_shown("Yes.")
    rig.say("now we", final=False, seconds=0.6, ago=1.7)  # begun 1.1 s after it
    await rig.until_shown("Yes.", "now we")
    rig.say("now we go", final=False, seconds=0.9, ago=1.4)
    await rig.until_shown("Yes.", "now we go")


async def test_of_several_short_utterances_each_is_shown_and_what_comes_late_is_not(rig: CaptionsRig) -> None:
    before: list[str] = []
    for number, text in enumerate(["Yes.", "No.", "Stop.", "Go.", "Now."]):
        ago = 5.0 - 0.9 * number
        rig.say(f"{text} er", final=False, seconds=0.4, ago=ago)
        await rig.until_shown(*before, f"{text} er")
        rig.say(text, seconds=0.4, ago=ago)
        await rig.until_shown(*before, text)
        before = [text]  # there is room for two
        for seconds in (0.3, 0.5, 0.8):  # from about where it began, with some of the silence after it
            rig.say("late", final=False, seconds=seconds, ago=ago + 0.4 - seconds)
    rig.say("over", ago=-3.0)
    await rig.until_shown("Now.", "over")
    assert not [shown for shown in rig.shown if "late" in " ".join(shown.lines)]


async def test_the_last_lines_are_kept_and_long_ones_wrapped(rig: CaptionsRig) -> None:
    rig.change(captions_lines=3, captions_columns=16)
    rig.say("one", ago=9.0)
    rig.say("two", ago=6.0)
    rig.say("this is more than sixteen letters", ago=0.1)
    await rig.until_shown("this is more", "than sixteen", "letters")


async def test_they_go_when_nothing_more_is_said(rig: CaptionsRig) -> None:
    rig.change(captions_hold=1.0)
    rig.say("gone soon")
    await rig.until_shown("gone soon")
    await rig.until_shown()


async def test_blocked_words_are_masked_or_dropped(rig: CaptionsRig) -> None:
    rig.say("What the fuck, a Shitty boss")
    await rig.until_shown("What the f***, a S***** boss")
    rig.change(captions_filter=FilterMode.DROP, captions_blocked=["boss"])
    rig.say("the fucking boss is back", ago=-3.0)
    await rig.until_shown("What the f***, a S***** boss", "the fucking is back")


async def test_nothing_is_shown_that_was_said_while_muted_nor_while_muted(rig: CaptionsRig) -> None:
    rig.say("before", ago=0.6, seconds=0.2)
    await rig.until_shown("before")
    rig.connect(muted=True)
    await rig.until_shown()  # gone at once
    rig.say("a secret", final=False, ago=0.0, seconds=0.0)
    rig.say("a secret", ago=0.0, seconds=0.0)
    rig.connect(muted=False)
    rig.say("a late secret", ago=0.0, seconds=1.0)  # it began while it was muted
    rig.say("heard again", ago=-2.0, seconds=0.5)
    await rig.until_shown("heard again")
    assert not [shown for shown in rig.shown if "secret" in " ".join(shown.lines)]


async def test_what_was_shown_of_an_utterance_is_taken_back_when_its_rest_was_muted(rig: CaptionsRig) -> None:
    rig.say("my address is", final=False, ago=0.0, seconds=0.1)
    await rig.until_shown("my address is")
    rig.connect(muted=True)
    rig.connect(muted=False)
    rig.say("my address is 5 Elm Street", ago=-0.2, seconds=0.4)
    rig.say("on we go", ago=-3.0, seconds=0.5)
    await rig.until_shown("on we go")
    assert not [shown for shown in rig.shown if "Elm" in " ".join(shown.lines)]


async def test_without_obs_they_are_for_the_streamer_alone_and_not_shown_later(rig: CaptionsRig) -> None:
    rig.disconnect()
    rig.say("who hears me")
    await rig.until_shown("who hears me", on_air=False)
    part = rig.board.get("captions")
    assert part is not None
    assert part.state == "not_on_air"
    rig.connect()
    await rig.until_shown()
    rig.say("who hears me now", ago=0.0, seconds=2.0)  # begun before it was known
    rig.say("everybody", ago=-3.0, seconds=0.5)
    await rig.until_shown("everybody")
    assert not [shown for shown in rig.shown if shown.on_air and "who" in " ".join(shown.lines)]


async def test_words_from_just_before_a_mute_was_known_are_not_shown_after_it(rig: CaptionsRig) -> None:
    rig.ago = 2.0
    rig.connect(muted=True)  # known two seconds ago
    await rig.until_health("muted", Health.OK)
    rig.ago = 1.0
    rig.connect(muted=False)
    await rig.until_health("ready", Health.OK)
    rig.ago = 0.0
    rig.say("a secret", ago=2.3, seconds=0.5)
    rig.say("heard again", ago=-2.0, seconds=0.5)
    await rig.until_shown("heard again")
    assert not [shown for shown in rig.shown if "secret" in " ".join(shown.lines)]


async def test_the_mute_of_its_own_input_counts_whatever_else_is_heard(rig: CaptionsRig) -> None:
    card = Input("Capture card", "dshow_input", has_audio=True)
    rig.hears("yeti", "default")
    rig.connect(card, muted=True)
    await rig.until_health("muted", Health.OK)
    rig.say("a secret", ago=0.0, seconds=0.0)
    rig.connect(card, muted=False)
    rig.say("heard again", ago=-2.0, seconds=0.5)
    await rig.until_shown("heard again")
    rig.connect(dataclasses.replace(card, muted=True))
    rig.say("still heard", ago=-5.0, seconds=0.5)
    await rig.until_shown("heard again", "still heard")
    assert not [shown for shown in rig.shown if "secret" in " ".join(shown.lines)]


async def test_where_it_is_not_known_which_input_it_is_nothing_goes_on_air_and_that_is_told(rig: CaptionsRig) -> None:
    rig.hears("another")
    rig.connect(Input("Capture card", "dshow_input", has_audio=True), muted=True)
    await rig.until_health("unknown_input", Health.ATTENTION)
    rig.say("a secret", ago=0.0, seconds=0.0)
    await rig.until_shown("a secret", on_air=False)
    rig.change(obs_microphone="Capture card")
    await rig.until_health("ready", Health.OK)
    rig.say("heard again", ago=-2.0, seconds=0.5)
    await rig.until_shown("heard again")
    assert not [shown for shown in rig.shown if shown.on_air and "secret" in " ".join(shown.lines)]


async def test_a_named_input_that_was_renamed_is_told_and_nothing_goes_on_air(rig: CaptionsRig) -> None:
    rig.change(obs_microphone="Renamed since")
    await rig.until_health("unknown_input", Health.ATTENTION)
    rig.connect(muted=True)
    rig.say("a secret", ago=0.0, seconds=0.0)
    await rig.until_shown("a secret", on_air=False)
    rig.disconnect()
    await rig.until_health("not_on_air", Health.OFF)
    assert not [shown for shown in rig.shown if shown.on_air and "secret" in " ".join(shown.lines)]


async def test_old_words_of_a_backlog_are_no_captions(rig: CaptionsRig) -> None:
    rig.say("minutes ago", ago=60.0)
    rig.say("now")
    await rig.until_shown("now")
    assert not [shown for shown in rig.shown if "minutes ago" in shown.lines]


async def test_they_are_switched_off_and_on(rig: CaptionsRig) -> None:
    rig.say("one")
    await rig.until_shown("one")
    assert (await rig.do("captions.switch", on=False)).on is False
    await rig.until_shown()
    rig.say("two", ago=-0.1, seconds=0.3)
    assert (await rig.do("captions.switch", on=True)).lines == []
    rig.say("three", ago=-4.0)
    await rig.until_shown("three")
    assert not [shown for shown in rig.shown if "two" in shown.lines]


async def test_without_partial_texts_only_whole_sentences_are_shown(rig: CaptionsRig) -> None:
    rig.change(captions_partials=False)
    rig.say("half a", final=False)
    rig.say("Half a sentence no more.")
    await rig.until_shown("Half a sentence no more.")
    assert not [shown for shown in rig.shown if "half a" in shown.lines]


async def test_after_the_clock_was_set_back_words_are_shown_again(rig: CaptionsRig) -> None:
    rig.connect(muted=True)
    await rig.until_health("muted", Health.OK)
    rig.ago = -3600.0  # an hour ahead
    rig.connect(muted=False)
    await rig.until_health("ready", Health.OK)
    rig.ago = 0.0
    rig.say("heard again", ago=0.3, seconds=0.5)
    await rig.until_shown("heard again")


async def test_after_the_clock_was_set_back_what_was_said_while_muted_is_not_shown(rig: CaptionsRig) -> None:
    rig.ago = -3600.0
    rig.connect(muted=True)
    await rig.until_health("muted", Health.OK)
    rig.connect(muted=False)
    await rig.until_health("ready", Health.OK)
    rig.ago = 0.0
    rig.connect(muted=True)
    await rig.until_health("muted", Health.OK)
    rig.connect(muted=False)
    rig.say("a late secret", ago=0.0, seconds=1.0)  # it began while it was muted
    rig.say("heard again", ago=-4.0, seconds=0.5)
    await rig.until_shown("heard again")
    assert not [shown for shown in rig.shown if "secret" in " ".join(shown.lines)]


async def test_the_microphones_own_word_that_it_is_muted_counts_before_obs_was_read(rig: CaptionsRig) -> None:
    rig.hears("yeti")
    rig.bus.publish(MicrophoneChanged("muted", "muted", "Yeti", devices=["yeti"]))
    rig.say("a secret", ago=0.0, seconds=0.0)
    rig.hears("yeti")
    rig.say("a late secret", ago=0.0, seconds=1.0)
    rig.say("heard again", ago=-4.0, seconds=0.5)
    await rig.until_shown("heard again")
    assert not [shown for shown in rig.shown if "secret" in " ".join(shown.lines)]
