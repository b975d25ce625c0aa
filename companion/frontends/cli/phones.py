"""`companion pair`: the QR code in the terminal, then yes or no to the phone that asks; and revoking devices."""

import sys
import time
from collections.abc import Callable
from typing import Annotated, Any

import typer

from companion.frontends.cli.client import Daemon
from companion.frontends.cli.hooks import Hooks, JsonFlag
from companion.frontends.cli.output import print_json, print_value, say
from companion.kernel.errors import CompanionError, NotAllowed, Refused, Unavailable
from companion.kernel.printable import printable

LOOK_SECONDS = 0.5
SCOPES = ("view", "control", "admin")


def pair(hooks: Hooks, *, scope: str | None, as_json: bool) -> int:
    """Show the offer, wait for a phone, and let the person at the terminal decide; raises what kept it from pairing."""
    if scope is not None and scope not in SCOPES:
        raise Refused("invalid_arguments", f"There is no scope {scope!r}.", f"Use {', '.join(SCOPES)}.")
    if not sys.stdin.isatty():
        raise Refused("terminal_needed", "Pairing asks a person.", "Run it in a terminal, or use `companion pairing`.")
    daemon = hooks.daemon()
    offer = daemon.call("POST", "/api/pairing", body={})
    try:
        _show(offer)
        phone = _wait(daemon, offer)
        if phone is None:
            raise Unavailable("pairing_expired", "No phone came within two minutes.", "Run `companion pair` again.")
        device = _decide(daemon, phone, scope)
    except (KeyboardInterrupt, typer.Abort):
        daemon.call("DELETE", "/api/pairing")
        raise
    print_json(device) if as_json else print_value(device)
    return 0


def revoke(hooks: Hooks) -> Callable[..., None]:
    """The command `device revoke`: one, or with `--all` every one."""

    def run(
        id: Annotated[str | None, typer.Argument(metavar="ID", help="The device's number.", show_default=False)] = None,
        everyone: Annotated[bool, typer.Option("--all", help="Revoke every device.")] = False,
        agreed: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
        as_json: JsonFlag = False,
    ) -> None:
        """Let a device do nothing more, or with --all none of them; their open pages are thrown out at once."""
        if (id is None) != everyone:
            raise Refused("usage", "Name one device, or use --all.", "See `companion device list`.")
        if id is not None and not (id.isascii() and id.isdigit()):
            raise Refused("invalid_arguments", f"{id!r} is no device's number.", "See `companion device list`.")
        daemon = hooks.daemon()
        if not agreed:
            if as_json or not sys.stdin.isatty():
                raise Refused("confirmation_needed", "Revoking asks before it acts.", "Add --yes if you mean it.")
            if not typer.confirm("Revoke every device?" if everyone else f"Revoke device {id}?", err=True):
                raise Refused("not_confirmed", "Nothing was done.")
        answer = daemon.call("DELETE", "/api/devices" if everyone else f"/api/devices/{id}", query={"confirmed": True})
        print_json(answer) if as_json else print_value(answer)

    return run


def _show(offer: dict[str, Any]) -> None:
    error = sys.stderr
    say(offer["qr_text"], to=error)
    say(f"Scan this with the phone's camera, or open {offer['url'].split('#')[0]} and type", to=error)
    say(f"the code {offer['code'][:4]} {offer['code'][4:]}. It is good for two minutes.", to=error)
    if offer["fingerprint"]:
        say(f"\nThe phone warns of an unknown certificate. Its authority's SHA-256:\n{offer['fingerprint']}", to=error)


def _wait(daemon: Daemon, offer: dict[str, Any]) -> dict[str, Any] | None:
    """The phone that answered the offer; None when it ended before one did."""
    told = False
    while True:
        found = daemon.call("GET", "/api/pairing")
        phones = [phone for phone in found["requests"] if phone["id"] > offer["id"]]
        if phones:
            return dict(phones[0])
        if (found["offer"] or {}).get("id") != offer["id"]:
            return None
        if found["offer"]["code_locked"] and not told:
            told = True
            print("\nToo many wrong codes were typed, perhaps by somebody else: the code is void.", file=sys.stderr)
            print("Scan the QR code, or run `companion pair` again for a new code.", file=sys.stderr)
        time.sleep(LOOK_SECONDS)


def _decide(daemon: Daemon, phone: dict[str, Any], scope: str | None) -> Any:
    path = f"/api/pairing/requests/{phone['id']}"
    say(f"\n{phone['name']} at {phone['address']} asks to be paired.", to=sys.stderr)
    if not typer.confirm(printable(f"Does it show the number {phone['number']}?"), err=True):
        daemon.call("POST", f"{path}/deny", body={})
        raise NotAllowed("denied", "The phone was turned away.")
    chosen = (
        scope or typer.prompt("What may it do: view, control or admin?", default="control", err=True).strip().lower()
    )
    try:
        return daemon.call("POST", f"{path}/allow", body={"scope": chosen})
    except CompanionError:
        daemon.call("POST", f"{path}/deny", body={})
        raise
