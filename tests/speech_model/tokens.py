"""The tiny model's vocabulary: bytes, one token for each word, Whisper's special tokens, 1,501 moments."""

from tests.speech_model.sentences import WORDS

LANGUAGES = ("en", "de", "es", "fr")
MOMENT_SECONDS = 0.02


def byte_letters() -> list[str]:
    """The printable letter that stands for each byte in byte-level vocabularies, by byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte if byte in printable else next(others)) for byte in range(256)]


LETTERS = byte_letters()
TEXT = [*LETTERS, *(LETTERS[32] + word for word in WORDS), ""]
SPECIAL = [
    "<|endoftext|>", "<|startoftranscript|>", *(f"<|{language}|>" for language in LANGUAGES), "<|translate|>",
    "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>",
]  # fmt: skip
MOMENTS = [f"<|{index * MOMENT_SECONDS:.2f}|>" for index in range(1501)]
ALL = [*TEXT, *SPECIAL, *MOMENTS]
FIRST_WORD = len(LETTERS)
FIRST_MOMENT = len(TEXT) + len(SPECIAL)


def identity(name: str) -> int:
    """The token of a special name: "endoftext", "en", "nospeech" ..."""
    return len(TEXT) + SPECIAL.index(f"<|{name}|>")


END, START, ENGLISH = identity("endoftext"), identity("startoftranscript"), identity("en")
TRANSCRIBE, TRANSLATE = identity("transcribe"), identity("translate")
PREVIOUS, NO_SPEECH, NO_MOMENTS = identity("startofprev"), identity("nospeech"), identity("notimestamps")
