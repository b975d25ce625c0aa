"""What only root may do to this computer; another account does it by sudo, which must not ask for a password."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path


def as_root(*argv: str) -> list[str]:
    """The command line that runs `argv` as root."""
    return [*([] if os.geteuid() == 0 else ["sudo", "-n"]), *argv]


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of `size` (as mount writes it: 40m) in `folder`, which is made where it is not there."""
    folder.mkdir(exist_ok=True)
    subprocess.run(as_root("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)), check=True)
    try:
        yield folder
    finally:
        _unmount(folder)


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder unwritable even for root."""
    subprocess.run(as_root("mount", "--bind", str(folder), str(folder)), check=True)
    try:
        subprocess.run(as_root("mount", "-o", "remount,ro,bind", str(folder)), check=True)
        yield
    finally:
        _unmount(folder)


def _unmount(folder: Path) -> None:
    """At once, also while a file there is open: it is gone for good with the last of them."""
    subprocess.run(as_root("umount", "-l", str(folder)), check=True)


def bound_by_rights(*argv: str) -> list[str]:
    """The command line that runs `argv` as an account that the rights of files bind, which they do not bind root."""
    if os.geteuid() != 0:
        return list(argv)
    return ["setpriv", "--inh-caps", "-all", "--bounding-set", "-dac_override,-dac_read_search", *argv]
