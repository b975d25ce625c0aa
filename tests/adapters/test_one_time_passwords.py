"""A one-time password works once: also after a restart, and with a keyring that is locked by then."""

import os
from pathlib import Path

import pyotp
import pytest

from companion.adapters.one_time_passwords import OneTimePasswords
from companion.adapters.secrets import Secrets
from companion.kernel.bus import Bus
from companion.kernel.errors import Failed, NotAllowed
from companion.kernel.status import StatusBoard

pytestmark = pytest.mark.slow  # the keyring is asked by a process of its own, each time

NOW = 1_800_000_000.0


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


class Started:
    """The passwords as a run of the companion has them, at a time that the test sets."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.passwords = OneTimePasswords(Secrets(folder, StatusBoard(Bus())), folder / "totp.step", lambda: self.now)

    async def set_up(self) -> pyotp.TOTP:
        totp = pyotp.parse_uri(self.passwords.propose("this PC"))
        assert isinstance(totp, pyotp.TOTP)
        await self.passwords.confirm(totp.at(NOW - 30))
        return totp


async def test_a_code_works_once_across_a_restart(tmp_path: Path) -> None:
    started = Started(tmp_path)
    totp = await started.set_up()
    await started.passwords.check(totp.at(NOW))
    for again in (started, Started(tmp_path)):
        for used in (NOW - 30, NOW):
            with pytest.raises(NotAllowed, match="was used"):
                await again.passwords.check(totp.at(used))
    await Started(tmp_path).passwords.check(totp.at(NOW + 30))


async def test_the_code_that_confirmed_is_used_too(tmp_path: Path) -> None:
    started = Started(tmp_path)
    totp = await started.set_up()
    with pytest.raises(NotAllowed):
        await Started(tmp_path).passwords.check(totp.at(NOW - 30))


async def test_codes_of_a_new_secret_do_not_wait_for_those_of_the_old_one(tmp_path: Path) -> None:
    started = Started(tmp_path)
    totp = await started.set_up()
    await started.passwords.check(totp.at(NOW + 30))
    await started.passwords.remove()
    await started.set_up()


async def test_what_cannot_be_noted_opens_nothing(tmp_path: Path) -> None:
    started = Started(tmp_path)
    totp = await started.set_up()
    (tmp_path / "totp.step").unlink()
    (tmp_path / "totp.step").mkdir()  # nothing can be read there, nothing written
    with pytest.raises(NotAllowed):
        await started.passwords.check(totp.at(NOW))
    started.now += 90  # by now none of the codes of that time would do
    (tmp_path / "totp.step").rmdir()
    (tmp_path / "totp.step").write_text("1")
    blocker = tmp_path / f"totp.step.{os.getpid()}.tmp"
    blocker.mkdir()
    with pytest.raises(Failed, match="cannot be noted"):
        await started.passwords.check(totp.at(started.now))
    blocker.rmdir()
    await started.passwords.check(totp.at(started.now))
