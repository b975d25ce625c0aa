"""One copy a home: the lock outlives nobody."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from companion.adapters.instance import InstanceLock
from companion.kernel.errors import Conflict

HOLD = (
    "import sys, time; from pathlib import Path; from companion.adapters.instance import InstanceLock; "
    "lock = InstanceLock(Path(sys.argv[1])); lock.acquire(); print('held', flush=True); time.sleep(60)"
)


def test_a_second_copy_is_refused_until_the_first_is_dead(tmp_path: Path) -> None:
    file = tmp_path / "state" / "daemon.lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(file)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Conflict) as caught:
            InstanceLock(file).acquire()
        assert caught.value.code == "already_running"
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert holder.stdout is not None
        holder.stdout.close()
    lock = InstanceLock(file)
    lock.acquire()
    lock.release()


def test_two_homes_do_not_disturb_each_other(tmp_path: Path) -> None:
    locks = [InstanceLock(tmp_path / name / "daemon.lock") for name in ("a", "b")]
    for lock in locks:
        lock.acquire()
    for name in ("a", "b"):
        with pytest.raises(Conflict):
            InstanceLock(tmp_path / name / "daemon.lock").acquire()
    for lock in locks:
        lock.release()
