"""The trained network as the folder that CTranslate2 and faster-whisper load."""

import json
from pathlib import Path

import numpy as np
import torch
from ctranslate2.converters import utils
from ctranslate2.specs import common_spec, whisper_spec
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from torch import nn

from tests.speech_model import tokens
from tests.speech_model.network import CURRENT_HEADS, HEADS, LAYERS, Attention, Layer, Listener


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().numpy().astype(np.float32)


def _linear(spec: common_spec.LinearSpec, module: nn.Linear) -> None:
    spec.weight = _array(module.weight)
    if module.bias is not None:
        spec.bias = _array(module.bias)


def _norm(spec: common_spec.LayerNormSpec, module: nn.LayerNorm) -> None:
    spec.gamma, spec.beta = _array(module.weight), _array(module.bias)


def _attention(spec: object, module: Attention, *, crossed: bool) -> None:
    parts = [common_spec.LinearSpec() for _ in range(3)]
    for part, source in zip(parts, (module.query, module.key, module.value), strict=True):
        _linear(part, source)
    utils.fuse_linear(spec.linear[0], parts[:1] if crossed else parts)
    if crossed:
        utils.fuse_linear(spec.linear[1], parts[1:])
    _linear(spec.linear[-1], module.out)


def _layer(spec: object, module: Layer) -> None:
    _attention(spec.self_attention, module.attention, crossed=False)
    _norm(spec.self_attention.layer_norm, module.attention_norm)
    if hasattr(module, "cross"):
        _attention(spec.attention, module.cross, crossed=True)
        _norm(spec.attention.layer_norm, module.cross_norm)
    _linear(spec.ffn.linear_0, module.wide)
    _linear(spec.ffn.linear_1, module.narrow)
    _norm(spec.ffn.layer_norm, module.feed_norm)


def specification(model: Listener) -> whisper_spec.WhisperSpec:
    """The network in CTranslate2's terms."""
    spec = whisper_spec.WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    for part, source in ((spec.encoder.conv1, model.encoder.conv1), (spec.encoder.conv2, model.encoder.conv2)):
        part.weight, part.bias = _array(source.weight), _array(source.bias)
    table = _array(model.decoder.table())
    spec.decoder.embeddings.weight = table
    spec.decoder.projection.weight = table
    for part, source in ((spec.encoder, model.encoder), (spec.decoder, model.decoder)):
        part.position_encodings.encodings = _array(source.positions)
        _norm(part.layer_norm, source.norm)
        for layer, origin in zip(part.layer, source.layers, strict=True):
            _layer(layer, origin)
    spec.config.alignment_heads = [(LAYERS - 1, head) for head in CURRENT_HEADS]
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [tokens.TEXT.index(tokens.LETTERS[32])]
    spec.config.lang_ids = [tokens.identity(language) for language in tokens.LANGUAGES]
    spec.register_vocabulary(tokens.ALL)
    return spec


def tokenizer() -> Tokenizer:
    """Byte-level; known words are taken whole."""
    vocabulary = {token: index for index, token in enumerate(tokens.TEXT)}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[], ignore_merges=True))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(token, special=True) for token in tokens.SPECIAL])
    assert made.token_to_id("<|notimestamps|>") == tokens.NO_MOMENTS
    return made


def export(checkpoint: Path, folder: Path) -> None:
    """Write model.bin (int8), vocabulary, tokenizer and configurations into `folder`."""
    saved = torch.load(checkpoint, weights_only=True)["model"]
    phonemes = len(saved["phoneme_head.weight"])
    model = Listener(len(tokens.ALL), tokens.FIRST_MOMENT, len(tokens.TEXT), phonemes)
    model.load_state_dict(saved)
    spec = specification(model)
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    tokenizer().save(str(folder / "tokenizer.json"), pretty=False)
    features = {"feature_size": 80, "sampling_rate": 16000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    (folder / "preprocessor_config.json").write_text(json.dumps(features) + "\n")
