"""What a child process of the daemon needs: an output of its own, log lines that travel, and an end with its parent."""

import ctypes
import json
import logging
import os
import signal
import sys
from typing import Any, BinaryIO

LONGEST_LOG = 8000
PR_SET_PDEATHSIG = 1


class JsonLines:
    """The child's side of its protocol: one JSON object a line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def send(self, **message: Any) -> None:
        self._stream.write(json.dumps(message).encode() + b"\n")
        self._stream.flush()


class LogLines(logging.Handler):
    """Sends log records to the daemon as `{"log", "level"}`, tracebacks included."""

    def __init__(self, lines: JsonLines) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.send(log=self.format(record)[-LONGEST_LOG:], level=record.levelno)


def private_output() -> BinaryIO:
    """Standard output for the protocol alone: whatever else writes there, native libraries too, reaches stderr."""
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "wb")


def be_a_child() -> None:
    """Leave Ctrl-C to the daemon, which ends this process itself; and end with it, however that happens.

    On Linux the kernel ends this process with its parent, even when it is stopped; elsewhere its input ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == 1:
            os._exit(0)
