"""How busy the PC's processor is with what is not ours."""

import contextlib
import functools

import psutil


def others_percent(pid: int | None) -> float:
    """The processor time that others than `pid` used since the last call, in percent of all that there is.

    Where the system counts what runs at low priority apart, that is no matter either: it yields to everything.
    """
    times = psutil.cpu_times_percent(None)
    spent = times.user + times.system
    if hasattr(times, "nice") or pid is None:
        return float(spent)
    with contextlib.suppress(psutil.Error):
        spent -= _process(pid).cpu_percent() / (psutil.cpu_count() or 1)
    return float(max(0.0, spent))


@functools.lru_cache(maxsize=1)
def _process(pid: int) -> psutil.Process:
    return psutil.Process(pid)
