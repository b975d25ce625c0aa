"""The speech child: turns sound into words at low priority, away from the daemon and its memory.

It is spoken to as `wire` says. What comes is done in its order. It ends at once, in the middle of whatever it does,
when its input ends or its parent dies; when a window fails, too: then it is started anew and the sound sent again.
"""

import json
import logging
import os
import queue
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from companion.adapters.speech.providers import PROVIDERS
from companion.adapters.speech.wire import config_from_json, told_as_json
from companion.kernel.child import JsonLines, LogLines, be_a_child, private_output
from companion.kernel.errors import CompanionError, InternalError

if TYPE_CHECKING:
    from companion.adapters.speech.engine import Engine

log = logging.getLogger(__name__)

QUEUED_PIECES = 600
"""Of sound, a tenth of a second or more each: whoever sends faster has to wait."""
LOOK_SECONDS = 10.0
"""Without anything to do, it looks so often whether the model's memory could be given back."""

Piece = tuple[dict[str, Any], bytes]


class Worker:
    """Does what arrives in `pieces`, for as long as the process lives; its first utterance is `number`."""

    def __init__(self, lines: JsonLines, number: int) -> None:
        from companion.adapters.speech.pipeline import Pipeline

        self.pieces: queue.Queue[Piece] = queue.Queue(QUEUED_PIECES)
        self._lines = lines
        self._pipeline = Pipeline(lambda told: lines.send(**told_as_json(told)), number)
        self._jobs: dict[str, Callable[[dict[str, Any], bytes], None]] = {
            "open": self._open,
            "sound": lambda message, pcm: self._pipeline.sound(int(message["position"]), pcm),
            "partials": self._want_partials,
            "flush": lambda message, pcm: self._pipeline.flush(),
        }
        self._engine: Engine | None = None
        self._device = ""

    def run(self) -> None:
        """Take all that is there, then do the heavy part, again and again; a bug ends the process."""
        try:
            while True:
                self._take(LOOK_SECONDS)
                while not self._pipeline.full and self._take(0.0):
                    pass
                self._pipeline.work(behind=not self.pieces.empty())
                if self._engine and self._engine.device != self._device:
                    self._lines.send(moved=self._known_of(self._engine))
        except BaseException:
            log.exception("the speech child cannot go on")
            os._exit(1)

    def _take(self, patience: float) -> bool:
        try:
            message, pcm = self.pieces.get(timeout=patience) if patience else self.pieces.get_nowait()
        except queue.Empty:
            return False
        self._jobs[message["do"]](message, pcm)
        return True

    def _want_partials(self, message: dict[str, Any], _pcm: bytes) -> None:
        self._pipeline.partials = bool(message["wanted"])

    def _open(self, message: dict[str, Any], _pcm: bytes) -> None:
        """Load the model that is asked for, the one before it given back first; a failure leaves none."""
        self._engine = None
        self._pipeline.use(None, None)
        config = config_from_json(message["config"])
        try:
            if not config.detect_only:
                provider = PROVIDERS[config.provider]
                device = provider.best_device() if message["graphics_card"] else "cpu"
                self._lines.send(trying=device)
                self._engine = provider.open(config, device)
        except CompanionError as error:
            self._lines.send(status=error.status, **error.as_json())
            return
        except Exception:
            log.exception("the speech model could not be opened")
            bug = InternalError()
            self._lines.send(status=bug.status, **bug.as_json())
            return
        self._pipeline.partials = bool(message["partials"])
        self._pipeline.use(self._engine, config, careful=bool(message["careful"]))
        self._lines.send(opened=self._known_of(self._engine) if self._engine else {})

    def _known_of(self, engine: "Engine") -> dict[str, Any]:
        self._device = engine.device
        return {"device": engine.device, "window_seconds": engine.window_seconds, "trouble": engine.trouble}


def main() -> None:
    """Serve the daemon until standard input ends."""
    lines = JsonLines(private_output())
    logging.basicConfig(level=logging.WARNING, handlers=[LogLines(lines)], format="%(name)s: %(message)s")
    be_a_child()
    worker = Worker(lines, int(sys.argv[1]))
    ThreadPoolExecutor(max_workers=1, thread_name_prefix="speech").submit(worker.run)
    # This stays on the main thread, so that the end of input is seen during a window.
    while message := sys.stdin.buffer.readline():
        values = json.loads(message)
        worker.pieces.put((values, sys.stdin.buffer.read(int(values.get("bytes", 0)))))
    os._exit(0)


if __name__ == "__main__":
    main()
