"""Numbers and lengths of time, in words and digits."""

import pytest

from companion.domain.amounts import duration_at, number_at
from companion.domain.phrases import words_of


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("45 seconds", 45),
        ("forty five seconds", 45),
        ("forty-five seconds", 45),
        ("fourty five secs", 45),
        ("two minutes", 120),
        ("too minutes", 120),
        ("for minute", 240),
        ("2 min", 120),
        ("30s", 30),
        ("1.5 minutes", 90),
        ("1,5 Minuten", 90),
        ("a minute and a half", 90),
        ("two and a half minutes", 150),
        ("half a minute", 30),
        ("one minute thirty seconds", 90),
        ("one minute and thirty seconds", 90),
        ("1:30", 90),
        ("thirty", 30),
        ("a hundred and twenty seconds", 120),
        ("an hour", 3600),
        ("minute", 60),
        ("fünfundvierzig Sekunden", 45),
        ("anderthalb Minuten", 90),
        ("eine halbe Minute", 30),
    ],
)
def test_a_length_of_time(said: str, seconds: float) -> None:
    words = words_of(said)
    found = duration_at(words, 0)
    assert found is not None
    assert (found.value, found.end) == (seconds, len(words))


@pytest.mark.parametrize(
    "said", ["", "two", "seconds", "last", "hundred people", "5 apples", "s", "minutes", "Stunden", "and a half"]
)
def test_none(said: str) -> None:
    found = duration_at(words_of(said), 0)
    assert found is None or found.value >= 10


@pytest.mark.parametrize(("said", "number"), [("twenty one", 21), ("7", 7), ("hundert", 100), ("two hundred", 200)])
def test_a_number(said: str, number: float) -> None:
    found = number_at(words_of(said), 0)
    assert found is not None
    assert found.value == number
