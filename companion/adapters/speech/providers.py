"""The recognizers that `stt_provider` names: another one is an `Engine` and a line here.

The daemon asks for what concerns models' folders; the rest is the child's, which alone imports a recognizer.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from companion.adapters.speech.folder import check_model
from companion.domain.speech import SpeechConfig

if TYPE_CHECKING:
    from companion.adapters.speech.engine import Engine


@dataclasses.dataclass(frozen=True)
class Provider:
    """`check_model` raises what is wrong with a folder as one of its models; `best_device` is where it would run here.

    `open` loads the model of a configuration on a device; it raises Refused for one that is none, Failed for one that
    cannot be loaded.
    """

    check_model: Callable[[Path], None]
    best_device: Callable[[], str]
    open: Callable[[SpeechConfig, str], "Engine"]


def _whisper_device() -> str:
    from companion.adapters.speech.whisper import best_device

    return best_device()


def _open_whisper(config: SpeechConfig, device: str) -> "Engine":
    from companion.adapters.speech.whisper import WhisperEngine

    return WhisperEngine(config, device)


PROVIDERS = {"whisper": Provider(check_model, _whisper_device, _open_whisper)}
