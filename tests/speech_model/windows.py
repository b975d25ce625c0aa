"""Windows of sound for learning: sentences set side by side, with noise, and where everything in them is."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tests.speech_model import tokens
from tests.speech_model.corpus import NOISES

FRAMES_PER_STEP = 2  # a step is what the encoder gives: 20 ms
SECOND = 100  # frames
PAUSE = 0.3 * SECOND  # at least so long a pause ends a segment
EMPTY_SHARE, PROMPT_SHARE, MOMENTS_SHARE, TRANSLATE_SHARE, CLEAN_SHARE = 0.08, 0.12, 0.5, 0.05, 0.1
PADDED_SHARE = 0.7  # windows filled up with zeros as faster-whisper does, not with the room's sound
ALONE_SHARE = 0.15  # whole windows in which nothing follows a sentence
CUT_SHARE = 0.25  # windows that end within a word, as partial texts do
HEARD_SHARE = 0.7  # so much of a word must be heard for it to be written
LOG_10 = math.log(10)
GAP_DENSITY = 0.3  # how much of a word's look goes to the pause behind it


@dataclass
class Batch:
    """Arrays of one step; intervals are (sample, row, first step, word's end, pause's end)."""

    features: Tensor
    words: np.ndarray
    parts: np.ndarray
    phonemes: np.ndarray
    tokens: np.ndarray
    targets: np.ndarray
    current: np.ndarray
    previous: np.ndarray
    offset: int


class Windows:
    """The corpus, and batches drawn from it."""

    def __init__(self, path: Path, seed: int) -> None:
        data = np.load(path)
        self.features = data["features"]
        self.noises = (torch.from_numpy(data["noises"].astype(np.float32)) * LOG_10).exp()
        self.phonemes, self.words, self.bounds = data["phonemes"], data["words"], data["bounds"]
        self.phoneme_count = int(data["phoneme_count"])
        self.chance = np.random.default_rng(seed)

    def batch(self, size: int, frames: int, *, fill: float, offset: int) -> Batch:
        """`size` windows of `frames`; in each, sentences are set until a random part (up to `fill`) is used."""
        steps = frames // FRAMES_PER_STEP
        features = np.zeros((size, 80, frames), np.float32)
        labels = np.zeros((3, size, steps), np.int64)
        rows, looks, before, lengths = [], [], [], []
        for sample in range(size):
            said, length = self._lay(features[sample], labels[:, sample], frames, fill)
            lengths.append(length)
            inputs, targets, current, previous = self._tokens(said, offset)
            rows.append((inputs, targets))
            looks += [(sample, *look) for look in current]
            before += [(sample, *look) for look in previous]
        longest = max(len(inputs) for inputs, _ in rows)
        written = np.full((size, longest), tokens.END, np.int64)
        wanted = np.full((size, longest), -1, np.int64)
        for sample, (inputs, targets) in enumerate(rows):
            written[sample, : len(inputs)] = inputs
            wanted[sample, : len(targets)] = targets
        heard = self._heard(torch.from_numpy(features), lengths)
        return Batch(
            heard, *labels, written, wanted, np.array(looks).reshape(-1, 5), np.array(before).reshape(-1, 5), offset
        )

    def _lay(self, features: np.ndarray, labels: np.ndarray, frames: int, fill: float) -> tuple[list, int]:
        """Set sentences' powers into `features`: [(word, start, end)] per sentence in frames, and where sound ends."""
        chance = self.chance
        features[:] = -10
        limit = frames if frames <= 1000 else int(frames * chance.uniform(0.15, fill))
        at = int(min(chance.exponential(0.4), 1.5) * SECOND)
        said: list[list[tuple[int, float, float]]] = []
        if chance.random() < EMPTY_SHARE:
            return said, limit
        tilt = chance.uniform(-0.3, 0.3) * np.linspace(-1, 1, 80, dtype=np.float32)[:, None]
        cut = chance.random() < CUT_SHARE
        for _ in range(60):
            first, last, word, past = self.bounds[chance.integers(len(self.bounds))]
            if at + last - first > limit and not cut:
                if said:
                    break
                continue
            last = min(last, first + limit - at)
            features[:, at : at + last - first] = self.features[first:last].T + (chance.uniform(-12, 3) / 10 + tilt)
            spans = [(int(w), s + at, e + at) for w, s, e in self.words[word:past]]
            spans = [(w, s, min(e, limit)) for w, s, e in spans if s + HEARD_SHARE * (e - s) <= limit]
            self._label(labels, at + at % FRAMES_PER_STEP, self.phonemes[first + at % FRAMES_PER_STEP : last], spans)
            if spans:
                said.append(spans)
            at += last - first + int(chance.choice([chance.uniform(0, 0.4), chance.uniform(0.4, 1.3)]) * SECOND)
            if at > limit - 0.4 * SECOND or (frames > 1000 and chance.random() < ALONE_SHARE):
                break
        return said, limit

    @staticmethod
    def _label(labels: np.ndarray, at: int, phonemes: np.ndarray, spans: list[tuple[int, float, float]]) -> None:
        """Name the word, its third and the phoneme of each step."""
        phonemes = phonemes[::FRAMES_PER_STEP]
        step = at // FRAMES_PER_STEP
        room = labels.shape[-1] - step
        labels[2, step : step + len(phonemes)] = phonemes[:room]
        for word, start, end in spans:
            first, last = round(start / FRAMES_PER_STEP), round(end / FRAMES_PER_STEP)
            labels[0, first:last] = word + 1
            count = max(0, min(last, labels.shape[-1]) - first)
            labels[1, first : first + count] = 1 + np.arange(count) * 3 // max(1, last - first)

    def _heard(self, powers: Tensor, lengths: list[int]) -> Tensor:
        """Whisper's features of these log10 powers in noisy rooms; behind their length zeros or the room."""
        chance = self.chance
        frames = powers.shape[-1]
        room = (powers * LOG_10).exp_()
        for sample in range(len(powers)):
            if chance.random() < CLEAN_SHARE:
                continue
            for kind in chance.integers(len(NOISES), size=1 + (chance.random() < 0.3)):
                begin = chance.integers(self.noises.shape[1] - frames)
                noise = self.noises[kind, begin : begin + frames].T
                room[sample] += noise * float(10 ** (chance.uniform(-80, -30) / 10))
        heard = room.log_().div_(LOG_10)
        for sample, length in enumerate(lengths):
            padded = chance.random() < PADDED_SHARE
            sound = heard[sample, :, : length if padded else frames]
            sound.clamp_(min=float(sound.max()) - 8).add_(4).div_(4)
            if padded:
                heard[sample, :, length:] = 0
        return heard

    def _tokens(self, said: list, offset: int) -> tuple[list[int], list[int], list, list]:
        """Tokens read, tokens wanted (-1: any), and what rows should look at: to write the next, at the last."""
        chance = self.chance
        marked = chance.random() < MOMENTS_SHARE
        prompt: list[int] = []
        if chance.random() < PROMPT_SHARE:
            words = tokens.FIRST_WORD + chance.integers(len(tokens.TEXT) - 1 - tokens.FIRST_WORD, size=12)
            prompt = [tokens.PREVIOUS, *np.where(chance.random(12) < 0.7, words, chance.integers(256, size=12))]
            prompt = prompt[: chance.integers(2, 14)]
        task = tokens.TRANSLATE if chance.random() < TRANSLATE_SHARE else tokens.TRANSCRIBE
        first = tokens.ENGLISH if said else tokens.NO_SPEECH
        written = [*prompt, tokens.START, tokens.ENGLISH, task, *([] if marked else [tokens.NO_MOMENTS])]
        text, spans = _text(said, offset, marked=marked)
        targets = [-1] * len(prompt) + [first] + [-1] * (len(written) - len(prompt) - 1)
        targets[-1] = text[0]
        begin = len(written) - 1
        looks = [(begin + index, *span) for index, span in enumerate(spans) if span]
        back = [(begin + 1 + index, *span) for index, span in enumerate(spans[:-1]) if span]
        return [*written, *text[:-1]], [*targets, *text[1:]], looks, back


def _text(said: list, offset: int, *, marked: bool) -> tuple[list[int], list]:
    """Tokens to write and where each is heard: (first step, its end, the end of the pause behind it)."""
    written: list[int] = []
    spans: list[tuple[int, int, int] | None] = []

    def moment(frame: float) -> None:
        step = round(frame / FRAMES_PER_STEP)
        written.append(tokens.FIRST_MOMENT + min(step + offset, 1500))
        spans.append((max(0, step - 3), step + 3, step + 3))

    words = [word for sentence in said for word in sentence]
    for index, (word, start, end) in enumerate(words):
        following = words[index + 1][1] if index + 1 < len(words) else end
        if marked and (index == 0 or start - words[index - 1][2] >= PAUSE):
            moment(start)
        first, last = round(start / FRAMES_PER_STEP), max(round(end / FRAMES_PER_STEP), 1)
        written.append(tokens.FIRST_WORD + word)
        spans.append((first, last, max(last, round(following / FRAMES_PER_STEP))))
        if marked and (index + 1 == len(words) or following - end >= PAUSE):
            moment(end)
    if marked and not words:
        written.append(tokens.FIRST_MOMENT)
        spans.append(None)
    last = spans[-1][1] if spans and spans[-1] else 0
    return [*written, tokens.END], [*spans, (last, last + 15, last + 15) if words else None]
