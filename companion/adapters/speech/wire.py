"""How the daemon and the speech child talk: a line of JSON each, sound as bytes behind its line.

To the child: `{"do": "open", "config", "graphics_card", "careful", "partials"}`, `{"do": "sound", "position", "bytes"}`
and that many bytes, `{"do": "partials", "wanted"}`, `{"do": "flush"}`. From it, for each open: `{"trying": "cuda"}` or
`"cpu"`, where a model is loaded, then `{"opened": {"device", "window_seconds", "trouble"}}` or `{"error", "status"}`;
`{"moved"}`, with the same, once the graphics card fails; `{"log", "level"}`; and what is told: `{"partial"}`,
`{"final"}`, `{"voiced"}`, `{"done"}`.
"""

import dataclasses
from typing import Any

from companion.domain.speech import Done, Final, Partial, SpeechConfig, Voiced, Word

Told = Partial | Final | Done | Voiced

_NAMES: dict[type[Told], str] = {Partial: "partial", Final: "final", Done: "done", Voiced: "voiced"}


def told_as_json(told: Told) -> dict[str, Any]:
    """What is told, as a message."""
    return {_NAMES[type(told)]: dataclasses.asdict(told)}


def told_from_json(message: dict[str, Any]) -> Told | None:
    """What a message tells; None for one that is of another kind."""
    for kind, name in _NAMES.items():
        if name in message:
            values = dict(message[name])
            if "words" in values:
                values["words"] = tuple(Word(**word) for word in values["words"])
            return kind(**values)
    return None


def config_as_json(config: SpeechConfig) -> dict[str, Any]:
    return dataclasses.asdict(config)


def config_from_json(values: dict[str, Any]) -> SpeechConfig:
    return SpeechConfig(**{**values, "hints": tuple(values["hints"])})
