"""All benchmarks, one after another: `python -m bench [NAME ...]`; one that fails is named, and the rest goes on.

On a virtual machine others may take the processor away in the middle of a measurement; what was taken is printed.
"""

import importlib
import os
import platform
import sys
import traceback
from pathlib import Path
from typing import Any

import psutil

NAMES = (
    "cut",
    "receipt",
    "clips",
    "daemon",
    "http",
    "phones",
    "app",
    "words",
    "speech",
    "hearing",
    "voice",
    "pressure",
)


def main() -> None:
    """Run the benchmarks that were named, or all."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    print(
        f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"
    )
    failed = [name for name in sys.argv[1:] or NAMES if not _runs(name)]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def _runs(name: str) -> bool:
    """Run one benchmark; whether it came to its end."""
    print(f"\n## {name}\n", flush=True)
    before = psutil.cpu_times()
    try:
        importlib.import_module(f"bench.{name}").main()
    except (Exception, SystemExit):  # noqa: BLE001 - whatever it is, the other parts can be measured
        traceback.print_exc()
        return False
    print(f"\n(other machines took {_taken(before, psutil.cpu_times()):.0%} of the processor meanwhile)", flush=True)
    return True


def _taken(before: Any, after: Any) -> float:
    """The part of the wanted processor time that the host gave to others."""
    used, stolen = (
        sum(getattr(after, name, 0.0) - getattr(before, name, 0.0) for name in names)
        for names in (("user", "nice", "system"), ("steal",))
    )
    return stolen / (used + stolen or 1.0)


if __name__ == "__main__":
    main()
