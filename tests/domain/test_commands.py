"""Commands out of texts that are still being corrected: at once, once, and only what stands alone."""

import itertools
import random

import pytest

from companion.domain.commands import Commands
from companion.domain.phrases import Names, Phrasebook
from companion.domain.settings import Settings
from companion.domain.speech import Word

NAMES = Names(("Gameplay", "Camera"))


def spoken(text: str, start: float = 0.0, pause: float = 0.0) -> list[Word]:
    """Words of 0.3 s; `/` is a pause of half a second, or `pause`."""
    words, at = [], start
    for part in text.split():
        if part == "/":
            at += pause or 0.5
            continue
        words.append(Word(at, at + 0.3, part, 0.9))
        at += 0.32
    return words


def commands(cooldown: float = 3.0) -> Commands:
    return Commands(Phrasebook(Settings().voice_phrases), cooldown)


def said(found: list) -> list[str]:  # type: ignore[type-arg]
    return [f"{command.match.phrase.action} {command.match.arguments}".strip() for command in found]


CLIP = "clip.save {'seconds': 30}"


def test_a_partial_text_with_silence_after_its_words_is_obeyed_at_once_and_the_final_one_not_again() -> None:
    heard = commands()
    words = spoken("clip that", 10.0)
    assert heard.hear(words, NAMES, final=False, until=words[-1].end).new == []
    assert said(heard.hear(words, NAMES, final=False, until=words[-1].end + 0.4).new) == [CLIP]
    again = spoken("clipped at", 10.4)  # corrected, with other times
    assert heard.hear(again, NAMES, final=False, until=again[-1].end + 0.6).new == []
    assert heard.hear(spoken("Clip that.", 9.8), NAMES, final=True).new == []


def test_a_partial_text_that_goes_on_is_not_taken_at_its_word() -> None:
    heard = commands()
    assert heard.hear(spoken("clip that", 1.0), NAMES, final=False, until=1.65).new == []
    assert heard.hear(spoken("clip that"), NAMES, final=False).new == []  # it is not known what follows
    assert heard.hear(spoken("clip that was mine", 1.0), NAMES, final=True).new == []


def test_a_command_amid_a_long_utterance_is_obeyed_before_that_ends() -> None:
    heard = commands()
    words = spoken("no way what a shot / clip that / did you see that")
    assert said(heard.hear(words, NAMES, final=False, until=words[-1].end).new) == [CLIP]
    assert heard.hear(spoken("No way! What a shot. Clip that. Did you see that play"), NAMES, final=True).new == []


def test_ends_of_sentences_part_a_command_from_talk_where_no_pause_was_heard() -> None:
    assert said(commands().hear(spoken("No way! Clip that! Insane."), NAMES, final=True).new) == [CLIP]
    assert commands().hear(spoken("If we win, clip that, team."), NAMES, final=True).new == []


def test_somebody_may_hesitate_within_a_command() -> None:
    words = spoken("save the last / forty five seconds")
    assert said(commands().hear(words, NAMES, final=True).new) == ["clip.save {'seconds': 45}"]
    assert commands().hear(spoken("save the last / forty five seconds", pause=1.5), NAMES, final=True).new == []


def test_what_a_text_slot_takes_is_known_at_the_end_only() -> None:
    heard = commands()
    words = spoken("clip what i said about the")
    assert heard.hear(words, NAMES, final=False, until=9.0).new == []
    found = heard.hear(spoken("clip what i said about the / boss"), NAMES, final=True).new
    assert said(found) == ["clip.quote {'query': 'the boss'}"]


def test_said_again_it_is_done_again_after_its_cooldown() -> None:
    heard = commands(cooldown=5.0)
    assert len(heard.hear(spoken("clip that", 10.0), NAMES, final=True).new) == 1
    assert heard.hear(spoken("clip that", 14.0), NAMES, final=True).new == []
    assert len(heard.hear(spoken("clip that", 16.0), NAMES, final=True).new) == 1
    assert said(heard.hear(spoken("mark this", 17.0), NAMES, final=True).new) == ["clip.mark {}"]


@pytest.mark.parametrize("gap", [1.5, 1.8, 2.5, 10.0, 59.0])
def test_what_was_asked_about_is_heard_again_however_soon_but_not_in_a_text_of_the_same_sound(gap: float) -> None:
    heard = commands(cooldown=60.0)
    [asked] = heard.hear(spoken("clip that", 10.0), NAMES, final=False, until=11.0).new
    heard.ask(asked, 11.1)
    for start in (9.5, 10.0, 10.5):
        assert heard.hear(spoken("clip that", start), NAMES, final=False, until=start + 1.5).new == []
    assert heard.hear(spoken("clip that", 10.4), NAMES, final=True).new == []
    again = spoken("clip that", 10.0 + gap)
    assert len(heard.hear(again, NAMES, final=False, until=again[-1].end + 0.4).new) == 1
    for start in (9.8, 10.0, 10.3):
        assert heard.hear(spoken("clip that", start + gap), NAMES, final=True).new == []
    assert heard.hear(spoken("clip that", 10.0 + gap + 5.0), NAMES, final=True).new == []  # that one was answered


def test_it_is_told_which_words_of_a_text_were_commands() -> None:
    heard = commands()
    words = spoken("what a boss / um okay clip that / hello chat")
    assert heard.hear(words, NAMES, final=True).places == [4, 5, 6]
    assert heard.hear(words, NAMES, final=True).places == [4, 5, 6]  # again, and not new
    assert heard.hear(spoken("clip that", 20.0), NAMES, final=False, until=21.0).places == [0, 1]
    misread = spoken("and then / slip cat / we went on", 18.84)  # as the final text has it
    assert heard.hear(misread, NAMES, final=True).places == [2, 3]


def test_with_a_name_a_command_is_from_there_on() -> None:
    book = Phrasebook(Settings().voice_phrases, "companion")
    heard = Commands(book).hear(words := spoken("what a boss companion mark this moment"), NAMES, final=True)
    [command] = heard.new
    assert (command.start, command.end) == (words[3].start, words[6].end)
    assert heard.places == [3, 4, 5, 6]


def test_two_commands_in_one_breath_are_both_obeyed() -> None:
    found = commands().hear(spoken("clip that / mark this"), NAMES, final=True).new
    assert said(found) == [CLIP, "clip.mark {}"]


@pytest.mark.parametrize("chance", range(20))
def test_however_a_text_grows_each_command_is_obeyed_once(chance: int) -> None:
    """Partial texts of any length and any silence, some with times that are off, then the final one."""
    dice = random.Random(chance)
    full = spoken("what a play / clip that / hello chat and welcome / mark this / good game")
    heard, found = commands(), []
    for length, _ in itertools.product(range(1, len(full) + 1), range(2)):
        shift = dice.uniform(-0.2, 0.2)
        words = [Word(word.start + shift, word.end + shift, word.text, 0.9) for word in full[:length]]
        found += heard.hear(words, NAMES, final=False, until=words[-1].end + dice.choice([0.0, 0.4, 0.7])).new
    found += heard.hear(full, NAMES, final=True).new
    assert sorted(said(found)) == sorted([CLIP, "clip.mark {}"])
