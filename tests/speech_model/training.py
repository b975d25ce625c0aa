"""Teaches the tiny model within a given time; can be paused, stopped and taken up again."""

import os
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, distributed
from torch.nn import functional

from tests.speech_model import tokens
from tests.speech_model.network import CURRENT_HEADS, PREVIOUS_HEADS, Listener
from tests.speech_model.windows import GAP_DENSITY, Batch, Windows

RATE_MATRICES, RATE_OTHERS, WARM, FALL = 8e-3, 3e-3, 0.01, 0.5
FRAMES_PER_BATCH, FULL_WINDOW, FULL_BATCH = 6_400, 3000, 3  # of each worker
CHECKPOINT_SECONDS, REPORT_STEPS = 300, 50
MOMENT_SPREAD = 1.5  # steps around the right moment that are nearly right


def rate(progress: float) -> float:
    """Share of the highest learning rate: a short rise, a plateau, a fall to nothing."""
    return min(1.0, progress / WARM + 0.02, (1 - progress) / FALL + 0.002)


def draw(windows: Windows, progress: float, step: int) -> Batch:
    """Short windows first, where a second of work hears most words; whole ones of 30 s at the end."""
    chance = np.random.default_rng(step)  # all workers draw windows of one length, so that none waits long
    if progress > 0.6 and chance.random() < (0.3 if progress < 0.85 else 0.75):
        return windows.batch(FULL_BATCH, FULL_WINDOW, fill=float(chance.choice([0.25, 0.9])), offset=0)
    frames = 2 * int(chance.integers(200, 260 + int(240 * min(1.0, progress / 0.3))))
    offset = int(chance.integers(0, 1500 - frames // 2)) if chance.random() < 0.25 else 0
    return windows.batch(FRAMES_PER_BATCH // frames, frames, fill=1.0, offset=offset)


def looks_loss(weights: Tensor, looks: Tensor, heads: tuple[int, ...]) -> Tensor:
    """Cross entropy between where heads look and the intervals they should look at, evenly."""
    if not len(looks):
        return weights.sum() * 0
    sample, row, first, end, past = looks.unbind(1)
    place = torch.arange(weights.shape[-1])
    inside = ((place >= first[:, None]) & (place < end[:, None])).float()
    behind = ((place >= end[:, None]) & (place < torch.minimum(past, end + 30)[:, None])).float()
    wanted = inside + GAP_DENSITY * behind
    wanted = wanted / wanted.sum(-1, keepdim=True).clamp(min=1)
    seen = torch.stack([weights[sample, head, row] for head in heads]).mean(0)
    return -(wanted * seen).sum(-1).mean()


def text_loss(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Losses of words and of moments, and the share of words that were right."""
    known = targets >= 0
    found, wanted = logits[known].log_softmax(-1), targets[known]
    timed = wanted >= tokens.FIRST_MOMENT
    words = functional.nll_loss(found[~timed], wanted[~timed])
    right = (found[~timed].argmax(-1) == wanted[~timed]).float().mean()
    if not timed.any():
        return words, words * 0, right
    distance = torch.arange(len(tokens.MOMENTS)) - (wanted[timed] - tokens.FIRST_MOMENT)[:, None]
    near = (-0.5 * (distance / MOMENT_SPREAD) ** 2).softmax(-1)
    return words, -(near * found[timed][:, tokens.FIRST_MOMENT :]).sum(-1).mean(), right


def losses(model: Listener, batch: Batch) -> dict[str, Tensor]:
    """Every loss of one batch by name, with its weight applied; "right" is only for the eye."""
    heard, first = model.encoder(batch.features, batch.offset)
    words, parts, sounds = (
        functional.cross_entropy(head(vectors).flatten(0, 1), torch.from_numpy(labels).flatten())
        for head, vectors, labels in (
            (model.word_head, heard, batch.words),
            (model.part_head, heard, batch.parts),
            (model.phoneme_head, first, batch.phonemes),
        )
    )
    logits, looks = model.decoder(torch.from_numpy(batch.tokens), heard)
    text, moments, right = text_loss(logits, torch.from_numpy(batch.targets))
    previous = looks_loss(looks[0], torch.from_numpy(batch.previous), PREVIOUS_HEADS)
    current = looks_loss(looks[-1], torch.from_numpy(batch.current), CURRENT_HEADS)
    return {
        "text": text,
        "moments": 0.2 * moments,
        "words": words,
        "parts": 0.3 * parts,
        "sounds": 0.5 * sounds,
        "previous": 0.15 * previous,
        "current": 0.25 * current,
        "right": right.detach(),
    }


class Trainer:
    """The model, its optimizers and how long they have worked."""

    def __init__(self, windows: Windows, folder: Path) -> None:
        torch.manual_seed(1)
        self.windows, self.path = windows, folder / "checkpoint.pt"
        self.model = Listener(len(tokens.ALL), tokens.FIRST_MOMENT, len(tokens.TEXT), windows.phoneme_count)
        matrices = [p for n, p in self.model.named_parameters() if p.ndim == 2 and ".layers." in n]
        chosen = {id(p) for p in matrices}
        others = [p for p in self.model.parameters() if p.requires_grad and id(p) not in chosen]
        self.optimizers = [
            torch.optim.Muon(matrices, lr=RATE_MATRICES, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(others, lr=RATE_OTHERS, betas=(0.9, 0.98), weight_decay=0.0, fused=True),
        ]
        self.seconds, self.steps, self.began = 0.0, 0, time.monotonic()
        folder.mkdir(parents=True, exist_ok=True)
        if self.path.exists():
            self._load()

    def _load(self) -> None:
        saved = torch.load(self.path, weights_only=True)
        self.model.load_state_dict(saved["model"])
        for optimizer, state in zip(self.optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        self.seconds, self.steps = saved["seconds"], saved["steps"]
        self.windows.chance = np.random.default_rng([self.steps, distributed.get_rank()])

    def save(self) -> None:
        """Replace the checkpoint; a crash leaves the old one."""
        fresh = self.path.with_suffix(".new")
        optimizers = [optimizer.state_dict() for optimizer in self.optimizers]
        saved = {"model": self.model.state_dict(), "optimizers": optimizers}
        torch.save(saved | {"seconds": self.seconds, "steps": self.steps}, fresh)
        fresh.replace(self.path)

    def step(self, progress: float) -> dict[str, float]:
        """Learn from one batch of every worker."""
        share = rate(progress)
        for optimizer, highest in zip(self.optimizers, (RATE_MATRICES, RATE_OTHERS), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = highest * share
            optimizer.zero_grad()
        parts = losses(self.model, draw(self.windows, progress, self.steps))
        total = sum(value for name, value in parts.items() if name != "right")
        total.backward()
        self._share_gradients()
        self.steps += 1
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        return {name: float(value.detach()) for name, value in parts.items()}

    def _share_gradients(self) -> None:
        """Average the workers' gradients, and the time since they did so last."""
        now = time.monotonic()
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients] + [torch.tensor([now - self.began])])
        distributed.all_reduce(flat)
        flat /= distributed.get_world_size()
        pieces = flat[:-1].split([gradient.numel() for gradient in gradients])
        for gradient, piece in zip(gradients, pieces, strict=True):
            gradient.copy_(piece.view_as(gradient))
        self.seconds += float(flat[-1])
        self.began = now

    def run(self, seconds: float, pause: Path | None) -> None:
        """Learn until `seconds` of work in all are done; rests while the file `pause` exists."""
        first = distributed.get_rank() == 0
        saved, means = self.seconds, {}
        self.began = time.monotonic()
        while self.seconds < seconds:
            while pause is not None and pause.exists():
                time.sleep(2)
                self.began = time.monotonic()
            parts = self.step(self.seconds / seconds)
            means = {name: 0.95 * means.get(name, value) + 0.05 * value for name, value in parts.items()}
            if first and self.steps % REPORT_STEPS == 0:
                report = " ".join(f"{name} {value:.3f}" for name, value in means.items())
                print(f"{self.steps} steps {self.seconds:.0f} s {report}", flush=True)
            if first and self.seconds - saved > CHECKPOINT_SECONDS:
                self.save()
                saved = self.seconds
        if first:
            self.save()


def work(rank: int, workers: int, corpus: Path, folder: Path, seconds: float, pause: Path | None) -> None:
    """One of the processes that learn together: one thread each, so that a busy machine stops none in mid-product."""
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    torch.set_num_threads(1)
    meeting = folder / "meeting"
    distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=workers)
    Trainer(Windows(corpus, seed=rank + 1), folder).run(seconds, pause)
    distributed.destroy_process_group()
