"""Which model suits a PC follows from what was measured on it."""

from companion.domain.speech_models import BUDGET_SECONDS, BY_NAME, FIRST, OFFERED, choose, estimate, recommend, smaller


def test_the_offered_models_are_those_that_faster_whisper_knows_by_the_same_names() -> None:
    from faster_whisper.utils import _MODELS

    assert {model.name: model.repository for model in OFFERED} == {model.name: _MODELS[model.name] for model in OFFERED}


def test_english_only_is_what_the_models_say() -> None:
    english = {name for name, model in BY_NAME.items() if model.english_only}
    assert english == {
        *("tiny.en", "base.en", "small.en", "medium.en"),
        *("distil-small.en", "distil-medium.en", "distil-large-v3"),
    }


def test_one_measurement_tells_of_all() -> None:
    seconds = estimate({"base": 0.31})
    assert seconds["base"] == 0.31
    assert abs(seconds["small"] - 0.83) < 0.01
    assert estimate({}) == {}


def test_a_fast_pc_takes_a_better_model() -> None:
    assert recommend({"tiny": 0.2}, None) == "small"
    assert recommend({"tiny": 0.03}, None) == "large-v3"
    assert recommend({"tiny": 0.54}, None) == "base"
    assert recommend({}, None) == FIRST


def test_a_slow_pc_takes_the_fastest() -> None:
    assert recommend({"tiny": 2.0}, None) == "tiny"


def test_english_models_are_for_english() -> None:
    assert choose(["small.en", "tiny"], {"tiny": 0.1}, None) == "tiny"
    assert choose(["small.en", "tiny"], {"tiny": 0.1}, "en") == "small.en"
    assert choose(["small.en"], {}, "de") is None


def test_an_own_model_counts_when_it_was_measured() -> None:
    assert choose(["mine", "tiny"], {"tiny": 0.1}, None) == "tiny"
    assert choose(["mine", "tiny"], {"tiny": 0.1, "mine": BUDGET_SECONDS}, None) == "mine"
    assert choose(["mine"], {}, None) == "mine"


def test_which_one_is_best_does_not_change_with_every_measurement() -> None:
    for slower, faster in (("tiny.en", "tiny"), ("tiny", "tiny.en"), ("small", "base"), ("base", "small")):
        measured = {slower: 0.21, faster: 0.2}
        assert choose(list(measured), measured, "en") == ("tiny.en" if "tiny" in measured else "small")


def test_stepping_down_takes_the_next_that_is_clearly_cheaper() -> None:
    names = ["tiny", "base", "small", "medium"]
    assert smaller(names, {"base": 0.3}, "medium", 2.3, None) == "small"
    assert smaller(names, {}, "base", 0.3, None) == "tiny"
    assert smaller(names, {}, "tiny", 0.3, None) is None
    assert smaller(["mine", "tiny"], {"mine": 1.0, "tiny": 0.2}, "mine", 1.0, None) == "tiny"
    assert smaller(["tiny.en", "base"], {}, "base", 0.3, None) is None


def test_stepping_down_never_takes_a_dearer_one() -> None:
    measured = {"tiny": 0.1, "large-v3": 2.4}
    assert smaller(["tiny", "large-v3"], measured, "/my/own", 0.12, None) is None
    assert smaller(["tiny", "large-v3"], measured, "/my/own", 0.3, None) == "tiny"
    assert smaller(["tiny", "large-v3"], {}, "/my/own", 0.3, None) is None, "nothing is known of them"
    assert smaller(["mine", "small"], {"mine": 0.1}, "small", 0.8, None) == "mine"
    slow_just_now = {"base": 1.9, "small": 0.8}
    assert smaller(["base", "small"], slow_just_now, "base", 1.9, None) is None, "of the offered ones the cost is known"
