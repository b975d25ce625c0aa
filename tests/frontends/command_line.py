"""Runs the command line for the tests: as a program of its own, on a terminal, or within this process."""

import asyncio
import dataclasses
import fcntl
import json
import os
import pty
import struct
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from companion.frontends.cli.main import main
from tests.frontends.cli_program import hooks

ROOT = Path(__file__).parents[2]


@dataclasses.dataclass
class Ran:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> str:
        assert set(self.json) == {"error"}
        return str(self.json["error"]["code"])


class Cli:
    """Runs commands in a home of their own."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str] | None = None) -> None:
        self.home = home
        self._capsys = capsys
        own = {"COMPANION_HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
        self.environment = {**os.environ, **own}
        self.argv = [sys.executable, "-m", "tests.frontends.cli_program"]

    async def __call__(self, *arguments: str) -> Ran:
        process = await asyncio.create_subprocess_exec(
            *self.argv,
            *arguments,
            env=self.environment,
            cwd=self.home,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode is not None
        assert b"Traceback" not in err, err.decode()
        return Ran(process.returncode, out.decode(), err.decode())

    async def here(self, *arguments: str) -> Ran:
        """Run within this process, which is much quicker: where a process of its own would prove nothing more."""
        assert self._capsys is not None
        code = await asyncio.to_thread(main, hooks(self.environment), arguments)
        return Ran(code, *self._capsys.readouterr())

    async def on_terminal(self, *arguments: str, typed: bytes = b"", columns: int = 100) -> Ran:
        """Run with a terminal of its own, `typed` into it; all output is in `out`."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        environment = {**self.environment, "TERM": "xterm-256color"}
        environment.pop("COLUMNS", None)  # it would win over the terminal's own width
        process = await asyncio.create_subprocess_exec(
            *self.argv, *arguments, env=environment, cwd=self.home, stdin=slave, stdout=slave, stderr=slave
        )
        os.close(slave)
        os.write(master, typed)
        collected = b""

        def read() -> bytes:
            try:
                return os.read(master, 65536)
            except OSError:  # the terminal's other end is closed: the command has ended
                return b""

        while chunk := await asyncio.wait_for(asyncio.to_thread(read), 60):
            collected += chunk
        code = await process.wait()
        os.close(master)
        return Ran(code, collected.decode(errors="replace"), "")
