"""How a phone is let in: an offer with a one-time secret, a request that bears a number, and the streamer's yes.

Pure but for the events that it publishes. An offer admits one phone: whoever knows its secret, or typed its code, has
used it up. Even then nothing works before the streamer, who sees the same number on both screens, allows it.
"""

import contextlib
import dataclasses
import enum
import hmac
import secrets
import time
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from companion.domain.events import PairingChanged, PairingRequested
from companion.kernel.bus import Bus
from companion.kernel.errors import Conflict, NotAllowed, NotFound, Refused

OFFER_SECONDS = 120.0
REQUEST_SECONDS = 120.0
CLAIM_SECONDS = 60.0
"""How long an allowed phone may fetch its tokens, again if the answer was lost."""
CODE_DIGITS = 8
WRONG_CODES = 10
"""After so many wrong codes an offer takes only its secret: eight digits are then safe against guessing. Who typed them
need not be the streamer's phone, so that is told, and never that the right code is wrong."""
MOST_REQUESTS = 8
LONGEST_NAME = 40
COPIED = "its key was used twice: somebody may have copied it"
"""The reason of a revocation that nobody asked for."""


class PairingState(enum.StrEnum):
    """How far a phone's request has come."""

    WAITING = "waiting"
    ALLOWED = "allowed"
    DENIED = "denied"
    EXPIRED = "expired"


@dataclasses.dataclass
class Offer:
    """An open invitation; `expires_at` is Unix seconds."""

    id: int
    secret: str = dataclasses.field(repr=False)
    code: str = dataclasses.field(repr=False)
    expires_at: float
    wrong_codes: int = 0

    @property
    def code_locked(self) -> bool:
        """Whether only its secret is taken any more."""
        return self.wrong_codes >= WRONG_CODES

    def as_json(self) -> dict[str, Any]:
        """What an administrator may see of it: not its secret."""
        return {"id": self.id, "expires_at": self.expires_at, "code_locked": self.code_locked}


@dataclasses.dataclass
class Request:
    """A phone that asks to be let in, known to its browser by `cookie`."""

    id: int
    name: str
    number: str
    address: str
    asked_at: float
    expires_at: float
    cookie: str = dataclasses.field(repr=False)
    state: PairingState = PairingState.WAITING
    device: int | None = None
    scope: str | None = None
    claimed: bool = False
    """Whether an answer to it is under way."""

    def as_json(self) -> dict[str, Any]:
        """What the streamer sees of it."""
        return {
            "id": self.id,
            "name": self.name,
            "number": self.number,
            "address": self.address,
            "asked_at": self.asked_at,
        }


class PairingDesk:
    """The one open offer and the requests that wait; nothing of it outlives the daemon."""

    def __init__(self, bus: Bus, clock: Callable[[], float] = time.time) -> None:
        self._bus = bus
        self._clock = clock
        self._offer: Offer | None = None
        self._requests: list[Request] = []
        self._next_id = 1

    def open(self) -> Offer:
        """Make an offer in place of the last one."""
        self._offer = Offer(
            self._new_id(),
            secrets.token_urlsafe(24),
            "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS)),
            self._clock() + OFFER_SECONDS,
        )
        self._changed()
        return self._offer

    def close(self) -> None:
        """Withdraw the offer, and deny who waits."""
        self._offer = None
        for request in self.waiting():
            request.state = PairingState.DENIED
        self._changed()

    @property
    def offer(self) -> Offer | None:
        """The offer that stands now."""
        if self._offer and self._offer.expires_at <= self._clock():
            return None
        return self._offer

    def waiting(self) -> list[Request]:
        """The requests that the streamer has not answered."""
        now = self._clock()
        waiting = [request for request in self._requests if request.state is PairingState.WAITING]
        return [request for request in waiting if request.expires_at > now and not request.claimed]

    def ask(self, name: str, address: str, *, secret: str | None, code: str | None) -> Request:
        """A phone's request, with the offer's secret or code; raises NotAllowed for wrong ones, which are counted."""
        name = clean_name(name)
        offer = self.offer
        if offer is None:
            raise NotAllowed(
                "pairing_closed", "No pairing is open on the PC.", "Choose “Pair a phone” on the PC, then scan again."
            )
        if code is not None and offer.code_locked:
            remedy = "Scan the QR code, or show a new code on the PC."
            raise NotAllowed("pairing_code_locked", "Too many wrong codes were typed.", remedy)
        if not self._opens(offer, secret, code):
            raise NotAllowed("pairing_wrong", "This code is not the one on the PC.", "Look at the PC, then try again.")
        if len(self.waiting()) >= MOST_REQUESTS:
            raise Conflict("pairing_busy", "Too many phones are waiting.", "Allow or deny them on the PC first.")
        now = self._clock()
        taken = {request.number for request in self.waiting()}
        number = secrets.choice([f"{n}" for n in range(10, 100) if f"{n}" not in taken])
        request = Request(self._new_id(), name, number, address, now, now + REQUEST_SECONDS, secrets.token_urlsafe(32))
        self._offer = None
        self._forget_old()
        self._requests.append(request)
        self._bus.publish(PairingRequested(request.as_json()))
        self._changed()
        return request

    def find(self, cookie: str) -> Request | None:
        """The request of the browser that bears `cookie`, with its state as of now."""
        for request in self._requests:
            if hmac.compare_digest(request.cookie.encode(), cookie.encode("utf-8", "surrogateescape")):
                if request.expires_at <= self._clock() and request.state is not PairingState.DENIED:
                    request.state = PairingState.EXPIRED
                return request
        return None

    @contextlib.contextmanager
    def claim(self, request_id: int) -> Iterator[Request]:
        """The waiting request `request_id`, which nobody else can answer meanwhile; unanswered, it waits again.

        Raises NotFound `no_such_request`.
        """
        for request in self.waiting():
            if request.id == request_id:
                request.claimed = True
                try:
                    yield request
                finally:
                    request.claimed = False
                return
        raise NotFound("no_such_request", "That phone is no longer waiting.", "Start the pairing again.")

    def allow(self, request: Request, device: int, scope: str) -> None:
        """Let the phone of `request` fetch the tokens of `device`."""
        request.state, request.device, request.scope = PairingState.ALLOWED, device, scope
        request.expires_at = self._clock() + CLAIM_SECONDS
        self._changed()

    def deny(self, request: Request) -> None:
        request.state = PairingState.DENIED
        self._changed()

    def expire(self) -> float | None:
        """Tell of what ran out; returns the seconds until the next thing does, None when nothing is open."""
        now = self._clock()
        if self._offer and self._offer.expires_at <= now:
            self._offer = None
            self._changed()
        for request in self._requests:
            if request.state is PairingState.WAITING and request.expires_at <= now:
                request.state = PairingState.EXPIRED
                self._changed()
        ends = [request.expires_at for request in self.waiting()] + ([self._offer.expires_at] if self._offer else [])
        return max(min(ends) - now, 0.0) if ends else None

    def as_json(self) -> dict[str, Any]:
        """What an administrator may see: no secret of the offer."""
        offer = self.offer
        return {
            "offer": offer.as_json() if offer else None,
            "requests": [request.as_json() for request in self.waiting()],
        }

    def _opens(self, offer: Offer, secret: str | None, code: str | None) -> bool:
        if secret is not None:
            return hmac.compare_digest(secret.encode("utf-8", "surrogateescape"), offer.secret.encode())
        typed = "".join((code or "").split()).replace("-", "")
        if hmac.compare_digest(typed.encode("utf-8", "surrogateescape"), offer.code.encode()):
            return True
        offer.wrong_codes += 1
        if offer.code_locked:
            self._changed()
        return False

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def _forget_old(self) -> None:
        self._requests = [request for request in self._requests if request.expires_at + 600 > self._clock()]

    def _changed(self) -> None:
        self._bus.publish(PairingChanged(**self.as_json()))


def clean_name(name: str) -> str:
    """A device's name as it may be shown: one line, no control or direction signs; raises Refused `invalid_name`."""
    one_line = " ".join(name.split())
    shown = "".join(letter for letter in one_line if unicodedata.category(letter)[0] != "C" or letter == "\u200d")
    shown = " ".join(shown.split())[:LONGEST_NAME].strip()
    if not any(letter.isprintable() and not letter.isspace() and letter != "\u200d" for letter in shown):
        raise Refused("invalid_name", "A device needs a name.", "Type one, such as “Phone”.")
    return shown
