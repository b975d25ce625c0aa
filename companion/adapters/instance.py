"""One running copy a home: a lock that the system frees when its holder dies, however it dies."""

from pathlib import Path

from filelock import FileLock, Timeout

from companion.kernel.errors import Conflict, Failed


class InstanceLock:
    """Held by the daemon from its start to its end."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = FileLock(file, thread_local=False)

    def acquire(self) -> None:
        """Take the lock at once; raises Conflict `already_running`."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise Conflict(
                "already_running", "The companion is already running.", "Look for its icon in the tray."
            ) from None
        except OSError as error:
            raise Failed(
                "not_writable",
                f"The folder {self._file.parent} cannot be used: {error.strerror}.",
                "Check its rights, or choose another with COMPANION_HOME.",
            ) from error

    def release(self) -> None:
        self._lock.release()
