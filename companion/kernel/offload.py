"""The only module that leaves the event loop: named worker threads, and child processes that yield to the game."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

import psutil

P = ParamSpec("P")
R = TypeVar("R")


class WorkerThread:
    """One named thread for one blocking library; calls run one after another."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `function` on the thread and wait for its result."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: function(*args, **kwargs))

    def close(self) -> None:
        """Let the thread end once its present call is done; calls that wait are dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)


async def start_process(argv: Sequence[str], **options: Any) -> asyncio.subprocess.Process:
    """Start a child with piped input and output at low CPU and disk priority, without a console window."""
    flags: dict[str, Any] = {"creationflags": _windows_flags()} if sys.platform == "win32" else {}
    process = await asyncio.create_subprocess_exec(  # the one place that starts children
        *argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=options.pop("stderr", subprocess.PIPE),
        **flags,
        **options,
    )
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


def yield_to_the_game(pid: int) -> None:
    """Give a process the lowest useful CPU and disk priority, so that the game and OBS win every contest."""
    try:
        process = psutil.Process(pid)
        if sys.platform == "win32":
            process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
            process.ionice(psutil.IOPRIO_LOW)
        else:
            process.nice(10)
        if sys.platform == "linux":
            process.ionice(psutil.IOPRIO_CLASS_BE, 7)
    except psutil.Error:
        return  # it ended already, or the system forbids it: priority is a courtesy, never a condition


def _windows_flags() -> int:
    return int(getattr(subprocess, "CREATE_NO_WINDOW", 0))
