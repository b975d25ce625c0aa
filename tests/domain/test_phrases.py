"""Spoken phrases: what is one, what its slots take, and that ordinary talk is none."""

import pytest
from pydantic import JsonValue, ValidationError

from companion.domain.phrases import Names, Phrasebook, VoicePhrase, variants_of, words_of
from companion.domain.settings import Settings

NAMES = Names(("Gameplay", "Camera", "Be Right Back", "Starting Soon"), ("Mic/Aux", "Desktop Audio"))
BOOK = Phrasebook(
    [
        *Settings().voice_phrases,
        VoicePhrase(phrase="mute {input}", action="input.mute", arguments={"name": "{input}", "muted": True}),
        VoicePhrase(phrase="chapter {number}", action="record.chapter", arguments={"name": "Part {number}"}),
    ]
)


def understood(text: str, book: Phrasebook = BOOK) -> tuple[str, dict[str, JsonValue]] | None:
    match = book.find(words_of(text), NAMES)
    return None if match is None else (match.phrase.action, match.arguments)


@pytest.mark.parametrize(
    ("said", "action", "arguments"),
    [
        ("Clip that!", "clip.save", {"seconds": 30}),
        ("clipped at", "clip.save", {"seconds": 30}),
        ("Okay, um, clip that please.", "clip.save", {"seconds": 30}),
        ("Clip the last two minutes.", "clip.save", {"seconds": 120}),
        ("clip last to minutes", "clip.save", {"seconds": 120}),
        ("Save the last 45 seconds.", "clip.save", {"seconds": 45}),
        ("safe the last forty-five seconds", "clip.save", {"seconds": 45}),
        ("say the last forty five second's", "clip.save", {"seconds": 45}),
        ("save the last minute", "clip.save", {"seconds": 60}),
        ("save the last minute and a half", "clip.save", {"seconds": 90}),
        ("clip the last thirty", "clip.save", {"seconds": 30}),
        ("save the reply", "clip.save", {"seconds": 30}),
        ("mark this", "clip.mark", {}),
        ("Mark these moment", "clip.mark", {}),
        ("scene gameplay", "scene.switch", {"name": "Gameplay"}),
        ("Seen game play.", "scene.switch", {"name": "Gameplay"}),
        ("switch to scene be right back", "scene.switch", {"name": "Be Right Back"}),
        ("Clip what I said about the boss.", "clip.quote", {"query": "the boss"}),
        ("switch to stream camera", "scene.switch", {"name": "Camera"}),
        ("scene the gameplay", "scene.switch", {"name": "Gameplay"}),
        ("mute desktop audio", "input.mute", {"name": "Desktop Audio", "muted": True}),
        ("chapter twenty one", "record.chapter", {"name": "Part 21"}),
    ],
)
def test_what_is_said_is_done(said: str, action: str, arguments: dict[str, JsonValue]) -> None:
    assert understood(said) == (action, arguments)


@pytest.mark.parametrize(
    "talk",
    [
        "",
        "!?",
        "clip",
        "that",
        "you can clip that",
        "clip that was mine",
        "we did not save the last boss",
        "save the last",
        "clip the last two",
        "keep that",
        "nice shot",
        "the last two minutes",
        "mark my words",
        "scene",
        "scene of the crime",
        "next scene gameplay was insane",
        "I said about the boss",
        "save it for the last ten seconds",
        "save thanks last minutes",
        "clip the last minutes",
        "mark see moment",
        "switch next gameplay now",
        "switch no camera",
        "scene is gameplay",
        "clip fight",
        "clip " * 200,
    ],
)
def test_talk_is_none(talk: str) -> None:
    assert understood(talk) is None


def test_after_its_name_a_phrase_may_stand_in_the_midst_of_talk_and_without_it_nowhere() -> None:
    book = Phrasebook(Settings().voice_phrases, "Companion")
    assert understood("no way companion clip that what a shot", book) == ("clip.save", {"seconds": 30})
    assert understood("come panion save the last ten seconds", book) == ("clip.save", {"seconds": 10})
    assert understood("clip that", book) is None
    assert understood("companion you are great", book) is None


@pytest.mark.parametrize(
    ("phrase", "complaint"),
    [
        ("{text}", "too few words"),
        ("it", "too few words"),
        ("clip {who}", "no slot"),
        ("clip [the last", "needs its"),
        ("clip the] last", "needs its"),
        ("{text} clip that", "at the end"),
        ("clip {number} of {number}", "only once"),
        ("save " + "[a|b|c] " * 4, "ways to say it"),
        ("clip {duration", "needs its"),
    ],
)
def test_what_cannot_be_a_phrase_is_refused_with_a_reason(phrase: str, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        VoicePhrase(phrase=phrase, action="clip.save")


def test_what_may_be_left_out_and_what_may_be_said_instead() -> None:
    assert set(variants_of("mark this|that [the moment]")) == {
        ("mark", "this"),
        ("mark", "that"),
        ("mark", "this", "the", "moment"),
        ("mark", "that", "the", "moment"),
    }


def test_a_name_that_two_scenes_could_have_is_not_guessed() -> None:
    match = BOOK.find(["scene", "game"], Names(("Game A", "Game B")))
    assert match is None
