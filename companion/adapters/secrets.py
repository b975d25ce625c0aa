"""Secrets: the system's keyring, or an encrypted file where there is none (said out loud on the status board).

The keyring is spoken to by a short-lived child process (this module as a program): a locked keyring that waits for a
person can then be given up, and neither its libraries nor the cryptography stay in the daemon's memory. A request and
its answer are one JSON object each, over the child's standard input and output, never its arguments.
"""

import asyncio
import enum
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from companion.kernel.errors import CompanionError, Failed, Unavailable
from companion.kernel.offload import end_process, start_process
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

SERVICE = "FluxBoard Companion"
ANSWER_SECONDS = 15.0


class SecretName(enum.StrEnum):
    """Everything that is kept secret."""

    OBS_PASSWORD = "obs_ws_password"  # noqa: S105 - a name, not a secret
    SIGNING = "signing"
    TOTP = "totp"


class Secrets:
    """Reads and writes secrets, each at its own `account` (one a home, so that several homes stay apart)."""

    def __init__(self, folder: Path, board: StatusBoard) -> None:
        self._folder = folder
        self._board = board
        self._known: dict[str, str | None] = {}
        self._kept_in = ""
        """The keyring's name, or `file`; empty until it was asked."""
        self._damaged = False

    async def get(self, name: SecretName) -> str | None:
        """The secret, or None when there is none; an absent keyring is a state on the board, not an error."""
        if name not in self._stored_names():
            return None  # the keyring is left alone: asking it may show a password prompt over the game
        if name not in self._known:
            try:
                self._known[name] = (await self._ask({"op": "get", "name": name})).get("value")
            except CompanionError as error:
                # Remembered: to ask again at each attempt to connect would show a prompt over the game each time.
                log.warning("%s", error.message)
                self._known[name] = None
        return self._known[name]

    def has(self, name: SecretName) -> bool:
        """Whether there is one, even if the keyring that has it cannot be read now."""
        return name in self._stored_names()

    async def store(self, name: SecretName, value: str | None) -> None:
        """Store the secret, or forget it when `value` is None."""
        await self._ask({"op": "set", "name": name, "value": value})
        self._known[name] = value
        names = self._stored_names() - {name} | ({name} if value is not None else set())
        if self._damaged and name is not SecretName.TOTP:
            return  # whether codes are asked for is the streamer's to say again, nobody else's
        write_private(self._folder / "secrets.json", json.dumps(sorted(names)).encode())
        if self._damaged:
            self._damaged = False
            self._say_where()

    def _stored_names(self) -> set[str]:
        """What there is; where that cannot be read, all that there may be: codes that were asked for still are."""
        try:
            names = json.loads((self._folder / "secrets.json").read_bytes())
            self._damaged = not (isinstance(names, list) and all(isinstance(name, str) for name in names))
        except FileNotFoundError:
            names, self._damaged = [], False
        except (OSError, ValueError):
            self._damaged = True
        if not self._damaged:
            return set(names)
        self._board.set(
            "secrets",
            "damaged",
            Health.FAILED,
            "Which secrets there are cannot be read: no phone may do what only administrators may without a code.",
            "On the PC, run `companion totp remove`; then set the one-time passwords up again if you use them.",
        )
        return set(SecretName)

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        request["folder"] = str(self._folder)
        process = await start_process([sys.executable, "-m", "companion.adapters.secrets"])
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                output, errors = await process.communicate(json.dumps(request).encode())
        except TimeoutError:
            remedy = "Unlock the keyring, then restart the companion."
            self._board.set("secrets", "not_responding", Health.ATTENTION, "The keyring does not answer.", remedy)
            raise Unavailable("keyring_not_responding", "The keyring does not answer.", remedy) from None
        finally:
            await end_process(process)
        if process.returncode != 0:
            log.error("the keyring helper failed:\n%s", errors.decode(errors="replace"))
            self._board.set("secrets", "failed", Health.ATTENTION, "The keyring cannot be used.", "See the log.")
            raise Failed("secrets_failed", "The secret could not be read or stored.", "See the log.")
        answer: dict[str, Any] = json.loads(output)
        self._kept_in = answer["kept_in"]
        if not self._damaged:
            self._say_where()
        return answer

    def _say_where(self) -> None:
        if self._kept_in == "file":
            self._board.set(
                "secrets",
                "file",
                Health.OK,
                "There is no keyring on this system: secrets are in an encrypted file that only your account can read.",
                "Start a keyring (GNOME Keyring, KWallet) to have them kept there.",
            )
        else:
            self._board.set("secrets", "keyring", Health.OK, f"Secrets are in the system's keyring ({self._kept_in}).")


def _serve(request: dict[str, Any]) -> dict[str, Any]:
    """In the child: do one request with the keyring, or with the file when the system has no keyring."""
    import keyring
    from keyring.errors import KeyringError

    folder = Path(request["folder"])
    account = f"{request['name']}@{folder}"
    try:
        if request["op"] == "get":
            value = keyring.get_password(SERVICE, account)
            if value is None and (kept := _with_file(folder, request)) is not None:
                return {"value": kept, "kept_in": "file"}  # from a time without a keyring
        else:
            value = None
            if request["value"] is not None:
                keyring.set_password(SERVICE, account, request["value"])
            elif keyring.get_password(SERVICE, account) is not None:
                keyring.delete_password(SERVICE, account)
            if (folder / "secrets.bin").exists():
                _with_file(folder, request | {"value": None})
        return {"value": value, "kept_in": keyring.get_keyring().name}
    except (KeyringError, OSError):
        return {"value": _with_file(folder, request), "kept_in": "file"}


def _with_file(folder: Path, request: dict[str, Any]) -> str | None:
    """Read or write the encrypted file `secrets.bin`; its key is beside it, so both are the account's alone (0600)."""
    from cryptography.fernet import Fernet, InvalidToken

    key_file, file = folder / "secrets.key", folder / "secrets.bin"
    secrets: dict[str, str] = {}
    if file.exists() and key_file.exists():
        try:
            secrets = json.loads(Fernet(key_file.read_bytes()).decrypt(file.read_bytes()))
        except (InvalidToken, ValueError):
            if request["op"] == "get":
                return None  # a file that cannot be read holds no secret; a new one replaces it when one is stored
    if request["op"] == "get":
        return secrets.get(request["name"])
    folder.mkdir(parents=True, exist_ok=True)
    if request["value"] is None:
        secrets.pop(request["name"], None)
    else:
        secrets[request["name"]] = request["value"]
    if not key_file.exists():
        write_private(key_file, Fernet.generate_key())
    write_private(file, Fernet(key_file.read_bytes()).encrypt(json.dumps(secrets).encode()))
    return None


def write_private(file: Path, content: bytes) -> None:
    """Write `file` whole or not at all, readable by the user's account alone from the first byte on."""
    temporary = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(file)


if __name__ == "__main__":
    json.dump(_serve(json.load(sys.stdin)), sys.stdout)
