"""All benchmarks, one after another: `python -m bench [NAME ...]`."""

import importlib
import os
import platform
import sys
from pathlib import Path

NAMES = ("cut", "receipt", "clips", "daemon", "http")


def main() -> None:
    """Run the benchmarks that were named, or all."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    print(
        f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"
    )
    for name in sys.argv[1:] or NAMES:
        print(f"\n## {name}\n", flush=True)
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
