"""From sound to words: utterances, shared windows, partial texts, acknowledgements; with a recognizer that errs not."""

import random
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from companion.adapters.speech.engine import Heard
from companion.adapters.speech.pipeline import Pipeline
from companion.adapters.speech.wire import Told
from companion.domain.speech import RATE, Done, Final, Partial, SpeechConfig, Voiced
from tests.fakes.parrot import Parrot
from tests.speech.speaker import Spoken, speak

pytestmark = pytest.mark.slow

TEXTS = ("clip that", "what a play that was", "save the last thirty seconds", "we are live now")
SENTENCES = [speak(text) for text in TEXTS]
PIECE = RATE // 10


class Line:
    """A stream of sentences with silence between them, and where each word of it is."""

    def __init__(self, sentences: Sequence[Spoken], gap: float = 1.0) -> None:
        parts, self.words, at = [], [], 0.5
        parts.append(np.zeros(round(at * RATE), np.int16))
        for sentence in sentences:
            self.words.append([(word.text, at + word.start, at + word.end) for word in sentence.words])
            parts += [sentence.pcm.astype(np.int16), np.zeros(round(gap * RATE), np.int16)]
            at += len(sentence.pcm) / RATE + gap
        self.pcm = np.concatenate(parts)

    def pieces(self, size: int = PIECE) -> list[tuple[int, bytes]]:
        return [(at, self.pcm[at : at + size].tobytes()) for at in range(0, len(self.pcm), size)]


class Ear:
    """A pipeline and all that it told."""

    def __init__(self, engine: Parrot | None, *, partials: bool = False, idle_seconds: float = 300.0) -> None:
        self.told: list[Told] = []
        self.pipeline = Pipeline(self.told.append, 0, idle_seconds=idle_seconds)
        self.pipeline.partials = partials
        self.pipeline.use(engine, SpeechConfig())

    def live(self, pieces: list[tuple[int, bytes]]) -> None:
        """Hear sound as it comes."""
        for position, pcm in pieces:
            self.pipeline.sound(position, pcm)
            self.pipeline.work(behind=False)

    def at_once(self, pieces: list[tuple[int, bytes]]) -> None:
        """Hear sound that lies there."""
        for position, pcm in pieces:
            self.pipeline.sound(position, pcm)
            if self.pipeline.full:
                self.pipeline.work(behind=True)

    @property
    def finals(self) -> list[Final]:
        return [told for told in self.told if isinstance(told, Final)]

    @property
    def partials(self) -> list[Partial]:
        return [told for told in self.told if isinstance(told, Partial)]

    @property
    def done(self) -> list[int]:
        return [told.position for told in self.told if isinstance(told, Done)]


def check_words(final: Final, words: list[tuple[str, float, float]]) -> None:
    assert [word.text for word in final.words] == [text for text, _, _ in words]
    for heard, (_, start, end) in zip(final.words, words, strict=True):
        assert heard.start == pytest.approx(start, abs=0.05)
        assert heard.end == pytest.approx(end, abs=0.05)
    assert final.text == " ".join(text for text, _, _ in words)
    assert (final.start, final.end) == (final.words[0].start, final.words[-1].end)


def test_each_sentence_becomes_a_final_with_its_words_in_their_places() -> None:
    line, parrot = Line(SENTENCES), Parrot(*SENTENCES)
    ear = Ear(parrot)
    ear.live(line.pieces())
    ear.pipeline.flush()
    assert len(ear.finals) == len(TEXTS)
    for final, words in zip(ear.finals, line.words, strict=True):
        check_words(final, words)
    assert [final.utterance for final in ear.finals] == [0, 1, 2, 3]
    assert len(parrot.heard) == len(TEXTS)


def test_utterances_that_wait_share_a_window_and_keep_their_own_words() -> None:
    line, parrot = Line(SENTENCES), Parrot(*SENTENCES)
    ear = Ear(parrot)
    ear.at_once(line.pieces())
    ear.pipeline.flush()
    assert len(parrot.heard) == 1
    for final, words in zip(ear.finals, line.words, strict=True):
        check_words(final, words)


def test_after_a_crash_each_utterance_is_told_of_heard_alone_and_acknowledged_before_the_next() -> None:
    line, parrot = Line(SENTENCES), Parrot(*SENTENCES)
    ear = Ear(parrot)
    ear.pipeline.use(parrot, SpeechConfig(), careful=True)
    ear.at_once(line.pieces())
    ear.pipeline.flush()
    assert len(parrot.heard) == len(TEXTS)
    spoken = [told for told in ear.told if isinstance(told, Voiced)]
    for number, (span, words) in enumerate(zip(spoken, line.words, strict=True)):
        assert span.start <= words[0][1] * RATE < words[-1][2] * RATE - RATE // 5 < span.end
        final = ear.told.index(ear.finals[number])
        assert ear.told.index(span) < final
        if number + 1 < len(spoken):
            done = ear.told[final + 1]
            assert isinstance(done, Done)
            assert span.end <= done.position <= spoken[number + 1].start


def test_a_window_is_never_longer_than_whisper_hears() -> None:
    line, parrot = Line(SENTENCES * 8, gap=0.6), Parrot(*SENTENCES)
    ear = Ear(parrot)
    ear.at_once(line.pieces())
    ear.pipeline.flush()
    assert all(seconds <= 12.0 for seconds, _ in parrot.heard)
    assert len(parrot.heard) <= len(line.words) // 3
    for final, words in zip(ear.finals, line.words, strict=True):
        check_words(final, words)


def test_a_recognizer_that_leaves_words_out_of_shared_windows_hears_each_utterance_alone() -> None:
    class Impatient(Parrot):
        """Stops after the first sentence."""

        def hear(self, sound: np.ndarray, *, quick: bool = False) -> Heard:
            heard = super().hear(sound, quick=quick)
            early = [word for word in heard.words if word.start - heard.words[0].start < 1.8]
            return Heard(tuple(early), "en", 0.01)

    line, impatient = Line(SENTENCES * 6), Impatient(*SENTENCES)
    ear = Ear(impatient)
    ear.at_once(line.pieces())
    ear.pipeline.flush()
    for final, words in zip(ear.finals, line.words, strict=True):
        check_words(final, words)
    shared = [seconds for seconds, _ in impatient.heard if seconds > 3.5]
    assert 1 <= len(shared) <= 2


@pytest.mark.parametrize("seed", range(4))
def test_how_the_sound_is_cut_into_pieces_makes_no_difference(seed: int) -> None:
    line, chance = Line(SENTENCES), random.Random(seed)
    whole, parts = Ear(Parrot(*SENTENCES)), Ear(Parrot(*SENTENCES))
    whole.live(line.pieces(RATE // 5))
    at = 0
    while at < len(line.pcm):
        size = chance.choice((1, 7, 160, 511, 512, 513, 5000, 20_000))
        parts.live([(at, line.pcm[at : at + size].tobytes())])
        at += size
    for ear in (whole, parts):
        ear.pipeline.flush()
    assert [final.text for final in parts.finals] == [final.text for final in whole.finals] == list(TEXTS)


def test_what_is_done_never_reaches_into_an_utterance_that_goes_on() -> None:
    line = Line(SENTENCES)
    ear = Ear(Parrot(*SENTENCES))
    for piece in line.pieces():
        ear.live([piece])
        heard = sum(1 for _ in ear.finals)
        if heard < len(line.words) and ear.done:
            assert ear.done[-1] <= line.words[heard][0][1] * RATE
    assert ear.done == sorted(ear.done)
    ear.pipeline.flush()
    assert ear.done[-1] == len(line.pcm)


def test_sound_that_is_sent_again_from_the_last_done_gives_what_was_not_told_and_nothing_else() -> None:
    line = Line(SENTENCES)
    for crash in range(8, len(line.pcm) // PIECE, 9):
        first = Ear(Parrot(*SENTENCES))
        first.live(line.pieces()[:crash])
        done = first.done[-1] if first.done else 0
        again = Ear(Parrot(*SENTENCES))
        again.live([(at, line.pcm[at : at + PIECE].tobytes()) for at in range(done, len(line.pcm), PIECE)])
        again.pipeline.flush()
        assert [final.text for final in (*first.finals, *again.finals)] == list(TEXTS)


def test_silence_is_acknowledged_about_once_a_second() -> None:
    parrot = Parrot(*SENTENCES)
    ear = Ear(parrot)
    ear.live([(at, bytes(2 * PIECE)) for at in range(0, 20 * RATE, PIECE)])
    assert 15 <= len(ear.done) <= 20
    assert ear.done[-1] >= 18.5 * RATE
    assert parrot.heard == []


def test_a_jump_ends_the_utterance_and_its_words_stay_in_their_place() -> None:
    line = Line([SENTENCES[1]], gap=0.0)
    ear = Ear(Parrot(*SENTENCES))
    ear.live(line.pieces())
    far = 3600 * RATE
    ear.live([(far + at, pcm) for at, pcm in line.pieces()])
    ear.pipeline.flush()
    first, second = ear.finals
    check_words(first, line.words[0])
    check_words(second, [(text, start + 3600, end + 3600) for text, start, end in line.words[0]])
    assert len(line.pcm) in ear.done
    assert second.utterance > first.utterance


def test_flush_finishes_at_once_and_acknowledges_everything() -> None:
    line = Line([SENTENCES[2]], gap=0.05)
    ear = Ear(Parrot(*SENTENCES))
    ear.live(line.pieces())
    assert ear.finals == []
    ear.pipeline.flush()
    check_words(ear.finals[0], line.words[0])
    assert ear.done[-1] == len(line.pcm)
    ear.pipeline.flush()
    assert ear.done[-2:] == [len(line.pcm)] * 2


def test_partial_texts_grow_while_somebody_speaks() -> None:
    long = speak("we are live now and this is what a play that was amazing you can see the boss")
    line, parrot = Line([long]), Parrot(long)
    ear = Ear(parrot, partials=True)
    ear.live(line.pieces())
    ear.pipeline.flush()
    (final,) = ear.finals
    texts = [partial.text for partial in ear.partials]
    assert len(texts) >= 4
    assert all(final.text.startswith(text) for text in texts)
    assert texts == sorted(texts, key=len)
    assert {partial.utterance for partial in ear.partials} == {final.utterance}
    untils = [partial.until for partial in ear.partials if partial.until is not None]
    assert len(untils) == len(texts)
    assert all(0.69 <= later - sooner < 1.0 for sooner, later in pairwise(untils))
    assert all(partial.words[-1].end <= (partial.until or 0) for partial in ear.partials)


def test_the_partial_texts_of_a_long_utterance_hear_only_its_end_and_keep_its_beginning() -> None:
    long = speak(" ".join(TEXTS[place % 4] for place in range(14)))
    line, parrot = Line([long]), Parrot(long)
    ear = Ear(parrot, partials=True)
    ear.live(line.pieces())
    assert max(seconds for seconds, quick in parrot.heard if quick) < 6.0
    last = ear.partials[-1]
    starts = [word.start for word in last.words]
    assert starts == sorted(starts)
    assert last.words[0].start == pytest.approx(line.words[0][0][1], abs=0.1)
    spoken = [start for _, start, end in line.words[0] if end < (last.until or 0)]
    missed = [start for start in spoken if min(abs(at - start) for at in starts) > 0.1]
    assert len(missed) <= 2


def test_an_utterance_is_heard_in_the_pause_that_ends_it_and_its_final_waits_for_nothing_more() -> None:
    line, parrot = Line(SENTENCES), Parrot(*SENTENCES)
    ear, waited = Ear(parrot, partials=True), []
    for piece in line.pieces():
        heard, finals = len(parrot.heard), len(ear.finals)
        ear.live([piece])
        if len(ear.finals) > finals:
            waited.append(len(parrot.heard) - heard)
            assert ear.partials[-1].words == ear.finals[-1].words
    assert waited == [0] * len(TEXTS)
    for final, words in zip(ear.finals, line.words, strict=True):
        check_words(final, words)


def test_who_goes_on_after_a_breath_is_heard_as_one() -> None:
    line, parrot = Line([SENTENCES[0], SENTENCES[2]], gap=0.3), Parrot(*SENTENCES)
    ear = Ear(parrot, partials=True)
    ear.live(line.pieces())
    ear.pipeline.flush()
    (final,) = ear.finals
    check_words(final, [word for words in line.words for word in words])
    assert TEXTS[0] in [partial.text for partial in ear.partials]


def test_a_slow_model_hears_an_utterance_once_it_is_over() -> None:
    line, parrot = Line([SENTENCES[0], SENTENCES[2]], gap=0.3), Parrot(*SENTENCES, window_seconds=1.0)
    ear = Ear(parrot, partials=True)
    ear.live(line.pieces())
    ear.pipeline.flush()
    assert len(ear.finals) == 1
    assert [quick for _, quick in parrot.heard].count(False) == 1


def test_a_slow_pc_gets_fewer_partial_texts() -> None:
    long = speak("we are live now and this is what a play that was amazing you can see the boss")
    ear = Ear(Parrot(long, window_seconds=1.2), partials=True)
    ear.live(Line([long]).pieces())
    untils = [partial.until for partial in ear.partials if partial.until is not None]
    assert len(untils) >= 2
    assert all(later - sooner >= 1.79 for sooner, later in pairwise(untils))


def test_partial_texts_are_left_out_first_when_sound_waits() -> None:
    line, parrot = Line(SENTENCES), Parrot(*SENTENCES)
    ear = Ear(parrot, partials=True)
    for position, pcm in line.pieces():
        ear.pipeline.sound(position, pcm)
        ear.pipeline.work(behind=True)
    assert ear.partials == []
    ear.pipeline.flush()
    assert [final.text for final in ear.finals] == list(TEXTS)
    assert not any(quick for _, quick in parrot.heard)


def test_without_partial_texts_each_utterance_is_heard_once() -> None:
    parrot = Parrot(*SENTENCES)
    ear = Ear(parrot)
    ear.live(Line(SENTENCES).pieces())
    assert ear.partials == []
    assert len(parrot.heard) == len(TEXTS)


def test_only_detecting_tells_where_somebody_spoke_and_keeps_all_of_it() -> None:
    line = Line(SENTENCES)
    ear = Ear(None)
    ear.live(line.pieces())
    ear.pipeline.flush()
    voiced = [told for told in ear.told if isinstance(told, Voiced)]
    assert len(voiced) == len(TEXTS)
    for span, words in zip(voiced, line.words, strict=True):
        assert span.start <= words[0][1] * RATE
        assert span.end >= (words[-1][2] - 0.1) * RATE
        assert (span.end - span.start) / RATE < words[-1][2] - words[0][1] + 1.0
    for place, told in enumerate(ear.told):
        if isinstance(told, Done):
            later = [span for span in ear.told[place:] if isinstance(span, Voiced)]
            assert all(told.position <= span.start for span in later)


def test_another_recognizer_goes_on_with_what_waits() -> None:
    line = Line([SENTENCES[1]], gap=0.0)
    first, second = Parrot(*SENTENCES), Parrot(*SENTENCES)
    ear = Ear(first)
    ear.live(line.pieces())
    ear.pipeline.use(second, SpeechConfig())
    ear.pipeline.flush()
    check_words(ear.finals[0], line.words[0])
    assert first.heard == []
    assert len(second.heard) == 1


def test_after_a_long_silence_the_model_is_given_back_and_loaded_again_at_the_first_sound_of_a_voice() -> None:
    parrot = Parrot(*SENTENCES)
    ear = Ear(parrot, idle_seconds=0.0)
    ear.live([(0, bytes(2 * PIECE))])
    assert not parrot.loaded
    line = Line([SENTENCES[1]])
    ear.pipeline._idle = 300.0
    for at, pcm in line.pieces():
        ear.live([(PIECE + at, pcm)])
        if parrot.loaded:
            break
    assert parrot.loads == 1
    assert parrot.heard == []


def test_text_without_a_voice_behind_it_is_not_told() -> None:
    class Dreamer(Parrot):
        def hear(self, sound: np.ndarray, *, quick: bool = False):  # type: ignore[no-untyped-def]
            heard = super().hear(sound, quick=quick)
            words = tuple(word.__class__(word.start, word.end, f"{word.text} dreamt", 0.05) for word in heard.words)
            return heard.__class__(words, "en", 0.9)

    ear = Ear(Dreamer(*SENTENCES), partials=True)
    ear.live(Line(SENTENCES).pieces())
    ear.pipeline.flush()
    assert ear.finals == []
    assert ear.partials == []
    assert ear.done[-1] == len(Line(SENTENCES).pcm)


def test_who_talks_without_a_pause_is_heard_in_windows_that_lose_no_word() -> None:
    long = speak(" ".join(TEXTS[place % 4] for place in range(40)), speed=180)
    assert len(long.pcm) > 30 * RATE
    line, parrot = Line([long]), Parrot(long)
    ear = Ear(parrot)
    ear.live(line.pieces())
    ear.pipeline.flush()
    assert len(ear.finals) >= 2
    assert all(seconds <= 28.1 for seconds, _ in parrot.heard)
    heard = [word.start for final in ear.finals for word in final.words]
    missed = [text for text, start, _ in line.words[0] if min(abs(at - start) for at in heard) > 0.1]
    assert len(missed) <= 1
