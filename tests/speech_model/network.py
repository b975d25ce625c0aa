"""Whisper's network, small, with what helps it learn from an hour of two cores and is dropped afterwards."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

BANDS, WIDTH, HEADS, LAYERS, FEED_FORWARD = 80, 128, 4, 2, 512
AUDIO_POSITIONS, TEXT_POSITIONS = 1500, 448
PLACE = 32  # dimensions that begin as a place: sixteen waves
# Each encoder head begins by looking so many 20 ms steps aside: sounds are made of neighbours, not of all 30 s.
LOOKS = ((-6, -2, 2, 6), (-14, -5, 5, 14))
# These heads are taught where to look: at the word just written, and at the one to be written (gives word times).
PREVIOUS_HEADS, CURRENT_HEADS = (0, 1), (0, 1)


def waves(count: int) -> tuple[Tensor, Tensor]:
    """Sines and cosines of `count` places (count x 32), and the sixteen speeds of their angles."""
    speeds = 2 * math.pi / torch.logspace(math.log10(6), math.log10(6000), PLACE // 2)
    angles = torch.arange(count)[:, None] * speeds
    return torch.cat([angles.sin(), angles.cos()], -1), speeds


def places(count: int, size: float) -> Tensor:
    """A position table whose first dimensions are waves and whose others are left to what is heard."""
    table = torch.zeros(count, WIDTH)
    table[:, :PLACE] = size * waves(count)[0]
    return table


class Attention(nn.Module):
    """Whisper's attention; keys have no bias."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.key = nn.Linear(WIDTH, WIDTH, bias=False)

    def forward(
        self, text: Tensor, source: Tensor, *, causal: bool = False, weigh: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Output and, when asked, log weights (batch, head, text, source)."""
        q, k, v = (
            part(of).unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for part, of in ((self.query, text), (self.key, source), (self.value, source))
        )
        if weigh:
            weights = (q / math.sqrt(q.shape[-1]) @ k.transpose(-1, -2)).log_softmax(-1)
            found = weights.exp() @ v
        else:
            weights = q
            found = functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return self.out(found.transpose(1, 2).flatten(2)), weights

    @torch.no_grad()
    def look_aside(self, steps: tuple[int, ...], sharpness: float = 0.9) -> None:
        """Begin with head h looking `steps[h]` positions aside."""
        _, speeds = waves(1)
        size = WIDTH // HEADS
        half = PLACE // 2
        for head, step in enumerate(steps):
            rows = slice(head * size, head * size + PLACE)
            sine, cosine = (torch.diag(wave(speeds * step)) for wave in (torch.sin, torch.cos))
            self.query.weight[rows, :PLACE] += sharpness * torch.cat(
                [torch.cat([cosine, sine], 1), torch.cat([-sine, cosine], 1)]
            )
            self.key.weight[rows, :PLACE] += sharpness * torch.eye(2 * half)


class Layer(nn.Module):
    """One layer of the encoder or, with `crossed`, of the decoder; norms come first."""

    def __init__(self, *, crossed: bool) -> None:
        super().__init__()
        self.attention, self.attention_norm = Attention(), nn.LayerNorm(WIDTH)
        if crossed:
            self.cross, self.cross_norm = Attention(), nn.LayerNorm(WIDTH)
        self.wide, self.narrow = nn.Linear(WIDTH, FEED_FORWARD), nn.Linear(FEED_FORWARD, WIDTH)
        self.feed_norm = nn.LayerNorm(WIDTH)

    def feed(self, x: Tensor) -> Tensor:
        return x + self.narrow(functional.gelu(self.wide(self.feed_norm(x))))


class Encoder(nn.Module):
    """Features (batch, 80, frames) to half as many vectors; `offset` is the window's place in its 30 s."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(BANDS, WIDTH, 3, padding=1)
        self.conv2 = nn.Conv1d(WIDTH, WIDTH, 3, stride=2, padding=1)
        self.positions = nn.Parameter(places(AUDIO_POSITIONS, 1.5), requires_grad=False)
        self.layers = nn.ModuleList(Layer(crossed=False) for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        for layer, steps in zip(self.layers, LOOKS, strict=True):
            layer.attention.look_aside(steps)

    def forward(self, features: Tensor, offset: int = 0) -> tuple[Tensor, Tensor]:
        """Vectors, and what the first layer gave (phonemes are read off there)."""
        x = functional.gelu(self.conv2(functional.gelu(self.conv1(features)))).transpose(1, 2)
        x = x + self.positions[offset : offset + x.shape[1]]
        first = x
        for index, layer in enumerate(self.layers):
            normed = layer.attention_norm(x)
            x = layer.feed(x + layer.attention(normed, normed)[0])
            first = x if index == 0 else first
        return self.norm(x), first


class Decoder(nn.Module):
    """Tokens to the logits of those that follow; the timestamps' vectors are made of the encoder's waves."""

    def __init__(self, tokens: int, first_timestamp: int) -> None:
        super().__init__()
        self.embedding = nn.Parameter(0.1 * torch.randn(first_timestamp, WIDTH))
        self.moments = nn.Linear(PLACE, WIDTH)
        self.register_buffer("moment_waves", waves(tokens - first_timestamp)[0])
        self.positions = nn.Parameter(places(TEXT_POSITIONS, 0.1) + 0.02 * torch.randn(TEXT_POSITIONS, WIDTH))
        self.layers = nn.ModuleList(Layer(crossed=True) for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)

    def table(self) -> Tensor:
        """Every token's vector; logits use the same, as in Whisper."""
        return torch.cat([self.embedding, self.moments(self.moment_waves)])

    def forward(self, tokens: Tensor, heard: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Logits, and each layer's log weights over what was heard."""
        table = self.table()
        x = functional.embedding(tokens, table) + self.positions[: tokens.shape[1]]
        looks = []
        for layer in self.layers:
            normed = layer.attention_norm(x)
            x = x + layer.attention(normed, normed, causal=True)[0]
            found, weights = layer.cross(layer.cross_norm(x), heard, weigh=True)
            looks.append(weights)
            x = layer.feed(x + found)
        return self.norm(x) @ table.T, looks


class Listener(nn.Module):
    """Encoder, decoder and the heads that name each frame's word, phoneme and place in its word (dropped later)."""

    def __init__(self, tokens: int, first_timestamp: int, words: int, phonemes: int) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder(tokens, first_timestamp)
        self.word_head = nn.Linear(WIDTH, words + 1)
        self.part_head = nn.Linear(WIDTH, 4)
        self.phoneme_head = nn.Linear(WIDTH, phonemes)
        for module in self.modules():
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)
        with torch.no_grad():
            self.decoder.moments.weight *= 0.3
