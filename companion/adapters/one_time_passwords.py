"""Time-based one-time passwords, for administrative acts from a phone, if the streamer set them up."""

import hmac
import time
from collections.abc import Callable
from pathlib import Path

from companion.adapters.secrets import SecretName, Secrets, write_private
from companion.kernel.errors import Conflict, Failed, NotAllowed, Unavailable

STEP_SECONDS = 30
ISSUER = "FluxBoard Companion"


class OneTimePasswords:
    """The one secret that is shared with the streamer's authenticator app; a code works once.

    Which one was used last is in `file`: it outlives a restart, and a keyring that is locked.
    """

    def __init__(self, store: Secrets, file: Path, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._file = file
        self._clock = clock
        self._proposed = ""

    @property
    def is_set_up(self) -> bool:
        """Whether codes are asked for: also while the keyring that has the secret cannot be read."""
        return self._store.has(SecretName.TOTP)

    def propose(self, account: str) -> str:
        """The address (otpauth://) of a new secret, which takes effect when `confirm` hears a code made with it."""
        import pyotp

        self._proposed = pyotp.random_base32()
        return pyotp.TOTP(self._proposed).provisioning_uri(name=account, issuer_name=ISSUER)

    async def confirm(self, code: str) -> None:
        """Store the proposed secret; raises NotAllowed `one_time_password_wrong`."""
        if not self._proposed:
            raise Conflict("totp_not_proposed", "No set-up is under way.", "Start with `companion totp set-up`.")
        self._use(self._proposed, code, after=0)
        await self._store.store(SecretName.TOTP, self._proposed)
        self._proposed = ""

    async def check(self, code: str) -> None:
        """Use up `code`; raises NotAllowed `one_time_password_wrong` for a wrong or used one."""
        secret = await self._store.get(SecretName.TOTP)
        if not secret:
            raise Unavailable(
                "totp_unreadable",
                "The secret of the one-time passwords cannot be read.",
                "Unlock the keyring and restart the companion, or remove it on the PC: `companion totp remove`.",
            )
        self._use(secret, code, after=self._last_step())

    async def remove(self) -> None:
        await self._store.store(SecretName.TOTP, None)

    def _use(self, secret: str, code: str, *, after: int) -> None:
        """Use up `code`, which must be one of a step later than `after`."""
        import pyotp

        given = "".join(code.split()).encode("utf-8", "surrogateescape")
        now = self._step()
        totp = pyotp.TOTP(secret)
        for step in (now - 1, now, now + 1):  # clocks of phones are a little off
            if step > after and hmac.compare_digest(totp.generate_otp(step).encode(), given):
                self._keep(step)
                return
        raise NotAllowed("one_time_password_wrong", "This code is wrong or was used.", "Wait for the next one.")

    def _step(self) -> int:
        return int(self._clock() // STEP_SECONDS)

    def _last_step(self) -> int:
        """The step whose code was used last; where that cannot be read, any up to now may have been."""
        try:
            return int(self._file.read_text("ascii"))
        except FileNotFoundError:
            return 0
        except (OSError, ValueError):
            return self._step() + 1

    def _keep(self, step: int) -> None:
        try:
            write_private(self._file, str(step).encode())
        except OSError as error:
            message = f"That the code was used cannot be noted in {self._file}: {error.strerror or error}."
            raise Failed("not_writable", message, "Check the rights of its folder and the free space.") from error
