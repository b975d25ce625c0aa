"""When this process began: a program's moment is when it was started, not when Python had read all that it needs."""

import os
import sys
import time
from pathlib import Path

LONGEST_START_SECONDS = 3.0
"""One that is older was something else before (a script that waited, then became this program), or asked a person."""


def began_at() -> float | None:
    """When this process began (Unix seconds); None where that tells nothing of when it was asked for."""
    age = _age()
    return time.time() - age if 0 <= age <= LONGEST_START_SECONDS else None


def _age() -> float:
    """How long this process exists, in seconds."""
    if sys.platform != "linux":
        import psutil

        return time.time() - psutil.Process().create_time()
    # Not by psutil: it adds the time of boot, of which Linux tells the whole second only.
    fields = Path("/proc/self/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
