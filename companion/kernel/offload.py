"""The only module that leaves the event loop: named worker threads, and child processes that yield to the game."""

import asyncio
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, ParamSpec, TypeVar

import psutil

P = ParamSpec("P")
R = TypeVar("R")

NICENESS = 10
"""Beside an ordinary process that wants all of the CPU, one so nice gets a tenth of it."""

MOST_THREADS = 4

Child = subprocess.Popen[bytes]
"""A child that `spawn` or `start_reader` started."""


class WorkerThread:
    """One named thread for one blocking library; calls run one after another."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._pool: ThreadPoolExecutor | None = None

    async def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `function` on the thread and wait for its result; after `close`, on a new one: services are restarted."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=self._name)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: function(*args, **kwargs))

    def close(self) -> None:
        """Let the thread end once its present call is done; calls that wait are dropped."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)


async def start_process(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    stderr: int = subprocess.PIPE,
    yielding: bool = True,
    long_work: bool = False,
) -> asyncio.subprocess.Process:
    """Start a child with piped input and output, without a console window; `yielding`: at low CPU and disk priority.

    One that does not yield may use next to nothing, and must not be late. For `long_work` it leads a session of its
    own: Linux may share the CPU among sessions before processes.
    """
    flags: dict[str, Any] = (
        {"creationflags": _windows_flags()} if sys.platform == "win32" else {"start_new_session": long_work}
    )
    process = await asyncio.create_subprocess_exec(
        argv[0],
        *argv[1:],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=env,
        **flags,
    )
    if yielding:
        yield_to_the_game(process.pid)
    return process


async def end_process(process: asyncio.subprocess.Process, grace_seconds: float = 2.0) -> int:
    """Ask `process` to end, kill it after `grace_seconds`, and return its exit code."""
    if process.returncode is None:
        try:
            process.terminate()
            async with asyncio.timeout(grace_seconds):
                return await process.wait()
        except ProcessLookupError:
            pass
        except TimeoutError:
            process.kill()
    return await process.wait()


def spawn(argv: Sequence[str], *, environment: Mapping[str, str], log: Path) -> Child:
    """Start a child that belongs to no event loop, at normal priority, with its output appended to `log`.

    It leads its own process group. On Linux it is killed when the thread that started it ends, however that happens.
    """
    guard = shutil.which("setpriv") if sys.platform == "linux" else None
    prefix = [guard, "--pdeathsig", "KILL", "--"] if guard else []
    with log.open("ab") as output:
        return Child(
            [*prefix, *argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
        )


def start_reader(argv: Sequence[str], *, messages: IO[bytes]) -> Child:
    """Start a child at low priority for a caller that is no event loop and reads its piped output to the end.

    Its messages go to `messages`. It ends with its reader: at its next write everywhere, at once on Linux.
    """
    guard = shutil.which("setpriv") if sys.platform == "linux" else None
    # As root some encoders make themselves real-time, above the game and all else; without the right they cannot.
    no_realtime = ["--bounding-set=-sys_nice"] if sys.platform == "linux" and os.geteuid() == 0 else []
    prefix = [guard, "--pdeathsig", "KILL", *no_realtime, "--"] if guard else []
    program = shutil.which(argv[0])
    if program is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), argv[0])
    child = Child(
        [*prefix, program, *argv[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=messages,
        creationflags=_windows_flags(),
    )
    yield_to_the_game(child.pid)
    return child


def yield_to_the_game(pid: int) -> None:
    """Give a process the lowest useful CPU and disk priority, so that the game and OBS win every contest."""
    try:
        process = psutil.Process(pid)
        if sys.platform == "win32":
            process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
            process.ionice(psutil.IOPRIO_LOW)
        else:
            process.nice(NICENESS)
        if sys.platform == "linux":
            process.ionice(psutil.IOPRIO_CLASS_BE, 7)
            if os.getsid(pid) == pid:
                # Niceness counts within a session only, where sessions share the CPU first: sched(7), autogroup.
                Path(f"/proc/{pid}/autogroup").write_text(str(NICENESS))
    except (psutil.Error, OSError):
        return  # it ended already, or the system forbids it: priority is a courtesy, never a condition


def fair_threads() -> int:
    """How many threads long work may use: half of the PC at most, the rest is the game's.

    More of them gain nothing beside a game, and cost: three that encode on two busy processors need a fifth more of
    them than one.
    """
    return max(1, min(MOST_THREADS, (os.cpu_count() or 2) // 2))


def give_up_realtime() -> None:
    """Put all threads of this process back among ordinary ones, after a library made them real-time.

    SVT-AV1 does so when it runs as root; children would inherit it, and everything else on the PC would starve.
    """
    if sys.platform == "linux":
        for thread in Path("/proc/self/task").iterdir():
            with suppress(ProcessLookupError):
                if os.sched_getscheduler(int(thread.name)) in (os.SCHED_FIFO, os.SCHED_RR):
                    os.sched_setscheduler(int(thread.name), os.SCHED_OTHER, os.sched_param(0))


def _windows_flags() -> int:
    return int(getattr(subprocess, "CREATE_NO_WINDOW", 0))
