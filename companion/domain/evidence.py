"""Guards against text that nobody said: what recognition wrote is held against what the sound supports.

Whisper was taught with films' subtitles: in breath, music and silence it hears farewells and credits, and now and then
it says the same words over and over.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence

from companion.domain.speech import Word

LETTERS_A_SECOND = 40.0
"""Nobody speaks faster; the quickest talkers reach 35."""
LEAST_CERTAINTY = 0.55
"""Noise that is taken for a voice is taken so hesitantly."""
LEAST_CONFIDENCE = 0.15
DOUBTFUL_CONFIDENCE = 0.37
"""Whisper's own measure: below it a window that looks like no speech is none."""
DOUBTFUL_NO_SPEECH = 0.6
PHANTOM_CONFIDENCE = 0.6
PHANTOM_CERTAINTY = 0.82
"""Coughs and breath against the microphone reach 0.80, "thank you" in noise as loud as half of it has 0.85 and more."""
PHANTOM_LETTERS_A_SECOND = 22.0
PHANTOM_SECONDS = 0.25

LONGEST_LOOP = 12
"""Words in a phrase that is looked for again."""
WORD_REPEATS, WORD_REPEATS_KEPT = 8, 4
PHRASE_REPEATS, PHRASE_REPEATS_KEPT = 4, 1
_SYLLABLES = re.compile(r"(\w{1,6}?)\1{9,}")

PHANTOMS = frozenset(
    {
        *("you", "thank you", "thank you very much", "thank you so much", "thanks for watching", "bye", "bye bye"),
        *("thank you for watching", "thanks for watching everyone", "see you next time", "see you in the next video"),
        *("please subscribe", "like and subscribe", "please like and subscribe", "subscribe to my channel", "the end"),
        *("dont forget to like and subscribe", "ill see you in the next video", "so", "okay", "oh", "hmm", "mm", "um"),
        *("vielen dank", "vielen dank fürs zuschauen", "danke fürs zuschauen", "bis zum nächsten mal", "tschüss"),
        *("merci", "merci davoir regardé cette vidéo", "merci davoir regardé", "abonnezvous", "à bientôt"),
        *("gracias", "gracias por ver el video", "gracias por ver", "suscríbete", "hasta la próxima"),
        *("obrigado", "obrigado por assistir", "grazie", "grazie per la visione", "grazie a tutti"),
        *("продолжение следует", "спасибо за просмотр", "dziękuję", "dziękuję za uwagę", "bedankt voor het kijken"),
        *("ご視聴ありがとうございました", "おやすみなさい", "谢谢", "谢谢大家", "謝謝大家", "시청해주셔서 감사합니다"),
    }
)
"""Whole texts that are heard where nothing was said, as `plain` writes them."""
CREDITS = (
    *("amaraorg", "subtitles by", "captions by", "transcription by", "translated by", "subtitled by", "zeoranger"),
    *(
        "untertitelung",
        "untertitel der",
        "untertitel von",
        "untertitel im auftrag",
        "copyright wdr",
        "stephanie geiges",
    ),
    *("soustitres réalisés", "soustitrage", "sous titrage", "subtítulos realizados", "subtítulos por", "legendas pela"),
    *("sottotitoli", "субтитры", "редактор субтитров", "napisy stworzone", "ondertiteld", "ondertiteling"),
    *("字幕", "mbc 뉴스", "wwwmooji", "wwwfemaorg"),
)
"""Parts of texts that only credits have, as `plain` writes them."""


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What the sound of an utterance says, whatever was written.

    `voiced_seconds` is how long a voice was heard, `certainty` how surely (0 to 1, the mean of that time), `no_speech`
    how likely the recognizer itself finds that nobody spoke.
    """

    voiced_seconds: float
    certainty: float
    no_speech: float


def supported(words: Sequence[Word], evidence: Evidence, hints: Collection[str] = ()) -> tuple[Word, ...]:
    """What of `words` the sound supports: loops are cut, and text that stands on nothing goes as a whole."""
    kept = cut_loops(words)
    text = plain(" ".join(word.text for word in kept))
    letters = len(text.replace(" ", ""))
    if not letters or evidence.voiced_seconds <= 0 or letters / evidence.voiced_seconds > LETTERS_A_SECOND:
        return ()
    confidence = mean_confidence(kept)
    if evidence.certainty < LEAST_CERTAINTY or confidence < LEAST_CONFIDENCE:
        return ()
    if evidence.no_speech > DOUBTFUL_NO_SPEECH and confidence < DOUBTFUL_CONFIDENCE:
        return ()
    if _is_phantom(text, hints) and not _is_spoken_plainly(letters, confidence, evidence):
        return ()
    return kept


def mean_confidence(words: Sequence[Word]) -> float:
    """The words' mean confidence; 0 for none."""
    return sum(word.confidence for word in words) / len(words) if words else 0.0


def cut_loops(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words without what is only said again: a loop is cut to its first turn, a word's to a few."""
    kept: list[Word] = []
    keys = [plain(word.text) for word in words]
    at = 0
    while at < len(words):
        length, turns = _loop_at(keys, at)
        if not turns:
            kept.append(words[at])
            at += 1
            continue
        kept += words[at : at + length * (WORD_REPEATS_KEPT if length == 1 else PHRASE_REPEATS_KEPT)]
        at += length * turns
    return tuple(
        dataclasses.replace(word, text=_SYLLABLES.sub(lambda match: match[1] * 3, word.text))
        if len(word.text) > 10
        else word
        for word in kept
    )


def plain(text: str) -> str:
    """Small letters, digits and single blanks alone, as phrases are compared."""
    letters = (
        character if unicodedata.category(character)[0] in "LMN" else " " if character.isspace() else ""
        for character in unicodedata.normalize("NFC", text).casefold()
    )
    return " ".join("".join(letters).split())


def _loop_at(keys: Sequence[str], at: int) -> tuple[int, int]:
    """The length in words of a loop that begins at `at`, and how often it turns; turns 0 where none does."""
    for length in range(1, LONGEST_LOOP + 1):
        phrase = keys[at : at + length]
        if len(phrase) < length:
            break
        turns = 1
        while keys[at + turns * length : at + (turns + 1) * length] == phrase:
            turns += 1
        if turns > (WORD_REPEATS if length == 1 else PHRASE_REPEATS):
            return length, turns
    return 0, 0


def _is_phantom(text: str, hints: Iterable[str]) -> bool:
    """Whether it is among what is heard in nothing: farewells, credits, or the hints that recognition was given."""
    if text in PHANTOMS or any(part in text for part in CREDITS):
        return True
    hinted = {word for hint in hints for word in plain(hint).split()}
    return bool(hinted) and set(text.split()) <= hinted


def _is_spoken_plainly(letters: int, confidence: float, evidence: Evidence) -> bool:
    """Whether a voice was heard that long, and that surely, that even a phantom's words were said."""
    return (
        evidence.voiced_seconds >= max(PHANTOM_SECONDS, letters / PHANTOM_LETTERS_A_SECOND)
        and evidence.certainty >= PHANTOM_CERTAINTY
        and confidence >= PHANTOM_CONFIDENCE
        and evidence.no_speech <= DOUBTFUL_NO_SPEECH
    )
