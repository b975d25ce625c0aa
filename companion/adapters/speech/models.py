"""The speech models on this PC: which there are, how fast they are here, and bringing and removing them."""

import contextlib
import dataclasses
import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path

from companion.adapters.speech.folder import is_path
from companion.adapters.speech.providers import PROVIDERS
from companion.domain.speech_models import BY_NAME, choose, estimate, recommend, smaller
from companion.kernel.errors import CompanionError, Failed, NotFound, Refused, Unavailable

log = logging.getLogger(__name__)

MEASURED = "measured.json"
WHISPER = "whisper"
NO_MODEL_REMEDY = "`companion models download` brings one that suits this PC."


@dataclasses.dataclass(frozen=True)
class InstalledModel:
    """A model in the models' folder; `problem` says why it cannot be used, empty when it can."""

    name: str
    size_bytes: int
    problem: str = ""


class ModelStore:
    """The folder of models, one subfolder each, and what was measured of them. Everything here blocks, but shortly.

    Each recognizer (`provider`) knows its own models; of others it finds something wrong.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def installed(self, provider: str = WHISPER) -> list[InstalledModel]:
        """All that are there, usable or not, by name; one that is being downloaded is not there yet."""
        try:
            folders = sorted(path for path in self.folder.iterdir() if path.is_dir() and path.name[0] != ".")
        except OSError:
            return []
        return [_look_at(path, provider) for path in folders]

    def find(self, name: str | None, language: str | None, provider: str = WHISPER) -> Path:
        """The folder of the model `name`, which may be a path; None is the best that is fast enough here.

        Raises Unavailable `no_model`, NotFound `model_not_found`, or Refused for what is no usable model.
        """
        if name is None:
            name = choose(self._usable(provider), self.measured(), language)
        if name is None:
            raise Unavailable("no_model", "There is no speech model on this PC yet.", NO_MODEL_REMEDY)
        folder = Path(name).expanduser() if is_path(name) else self.folder / name
        PROVIDERS[provider].check_model(folder)
        return folder.absolute()

    def smaller(self, model: Path, seconds: float, language: str | None, provider: str = WHISPER) -> str | None:
        """An installed model that costs clearly less than `model`, of which a window takes `seconds`; None: none."""
        name = model.name if self._holds(model) else str(model)
        return smaller(self._usable(provider), self.measured(), name, seconds, language)

    def recommended(self, language: str | None) -> str:
        """The offered model that suits this PC, as far as that was measured."""
        return recommend(self.measured(), language)

    def estimates(self) -> Mapping[str, float]:
        """Seconds that a window takes here, as measured or reckoned; empty where nothing was measured."""
        return estimate(self.measured())

    def measured(self) -> dict[str, float]:
        """Seconds that a window took, by model."""
        try:
            kept = json.loads((self.folder / MEASURED).read_text("utf-8"))
            return {str(name): float(seconds) for name, seconds in kept.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    def note(self, model: Path, seconds: float) -> None:
        """Keep what was measured of a model; one of another folder is nobody's choice, and not kept."""
        if not self._holds(model):
            return
        measured = self.measured() | {model.name: round(seconds, 3)}
        draft = self.folder / f".{MEASURED}"
        try:
            draft.write_text(json.dumps(measured), "utf-8")
            draft.replace(self.folder / MEASURED)
        except OSError as error:
            log.warning("what was measured of %s cannot be kept: %s", model.name, error.strerror)

    def remove(self, name: str) -> None:
        """Delete an installed model; raises NotFound `model_not_found` or Failed `file_in_use`."""
        folder = self.folder / name
        if not name or is_path(name) or not folder.is_dir():
            raise NotFound("model_not_found", f"There is no speech model {name!r}.", "`companion models list`.")
        gone = self.folder / f".{name}.gone"
        try:
            shutil.rmtree(gone, ignore_errors=True)
            folder.rename(gone)
            shutil.rmtree(gone)
        except OSError as error:
            raise Failed(
                "file_in_use", f"The speech model {name} cannot be deleted: {error.strerror}.", "Close what uses it."
            ) from error

    def _holds(self, model: Path) -> bool:
        return model.parent == self.folder.absolute()

    def _usable(self, provider: str) -> list[str]:
        return [model.name for model in self.installed(provider) if not model.problem]


def _look_at(folder: Path, provider: str) -> InstalledModel:
    problem = ""
    try:
        PROVIDERS[provider].check_model(folder)
    except CompanionError as error:
        problem = error.message
    size = 0
    with contextlib.suppress(OSError):  # it may be on its way out, or be somebody else's
        for file in folder.iterdir():
            size += file.stat().st_size
    return InstalledModel(folder.name, size, problem)


def offered(name: str) -> str:
    """The repository of the model `name`; raises Refused `unknown_model`."""
    if name not in BY_NAME:
        raise Refused("unknown_model", f"No speech model is called {name!r}.", f"There are {', '.join(BY_NAME)}.")
    return BY_NAME[name].repository
