"""Access tokens of paired devices: signed, good for 15 minutes, and worthless once the signing secret is rotated.

A token names its device and nothing that the device may do: that is looked up at each request, so a change of scope or
a revocation works at once.
"""

import base64
import binascii
import dataclasses
import functools
import json
import logging
import secrets
import time
from collections.abc import Callable

from companion.adapters.secrets import SecretName, Secrets
from companion.kernel.errors import CompanionError, NotAllowed

log = logging.getLogger(__name__)

ACCESS_SECONDS = 15 * 60
ALGORITHM = "HS256"
SECRET_BYTES = 32
KEPT_TOKENS = 256


@dataclasses.dataclass(frozen=True)
class Claims:
    """What an access token says: whose it is, since which refresh, until when (Unix seconds)."""

    device: int
    rotation: int
    until: float


class AccessTokens:
    """Signs and reads them; the secret is in the keyring, and kept here while the LAN is served."""

    def __init__(self, store: Secrets, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._secret = b""
        self._generation = 0
        self._claims = functools.lru_cache(KEPT_TOKENS)(self._verified)

    async def load(self) -> None:
        """Fetch the secret; a new one is made when there is none that can be read."""
        if self._secret:
            return
        kept = await self._store.get(SecretName.SIGNING)
        try:
            found = json.loads(kept) if kept else {}
            secret, generation = base64.b64decode(found["secret"], validate=True), int(found["generation"])
            if len(secret) >= SECRET_BYTES:
                self._secret, self._generation = secret, generation
                return
        except (ValueError, KeyError, TypeError, binascii.Error):
            pass
        try:
            await self.rotate()
        except CompanionError as error:
            # Devices then only have to fetch a new token after each start of the companion.
            log.warning("the signing secret is not kept: %s", error.message)

    async def rotate(self) -> None:
        """Make every token that was signed so far worthless, from this moment."""
        self._secret, self._generation = secrets.token_bytes(SECRET_BYTES), self._generation + 1
        self._claims.cache_clear()
        kept = {"secret": base64.b64encode(self._secret).decode(), "generation": self._generation}
        await self._store.store(SecretName.SIGNING, json.dumps(kept))

    def sign(self, device: int, rotation: int) -> str:
        """A token for `device`, whose refresh tokens are at `rotation`."""
        import jwt

        now = int(self._clock())
        claims = {"sub": str(device), "rot": rotation, "gen": self._generation, "iat": now, "exp": now + ACCESS_SECONDS}
        return jwt.encode(claims, self._secret, algorithm=ALGORITHM)

    def read(self, token: str) -> Claims:
        """What a good token says; raises NotAllowed `token_expired` or `token_invalid`."""
        claims = self._claims(token)
        if claims.until <= self._clock():
            raise NotAllowed("token_expired", "The access token has expired.", "Refresh it with /auth/refresh.")
        return claims

    def _verified(self, token: str) -> Claims:
        """What a token says that was signed here, expired or not; the same one comes with each request of its phone."""
        import jwt

        try:
            # Times are checked here, by the clock that signed them.
            found = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                options={"require": ["sub", "exp", "iat"], "verify_exp": False, "verify_iat": False},
            )
            claims = Claims(int(found["sub"]), int(found["rot"]), float(found["exp"]))
            good = bool(self._secret) and found["gen"] == self._generation
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError):
            raise _invalid() from None
        if not good:
            raise _invalid()
        return claims


def _invalid() -> NotAllowed:
    return NotAllowed("token_invalid", "The access token is not one of this companion.", "Pair the phone again.")
