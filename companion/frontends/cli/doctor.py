"""`companion doctor`: everything that the companion needs on this computer, each as one check with its remedy."""

import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from companion.domain.paths import Paths
from companion.frontends.cli.client import Daemon
from companion.frontends.cli.output import as_text
from companion.kernel.errors import CompanionError

if TYPE_CHECKING:
    from companion.domain.settings import Settings

Result = Literal["ok", "warn", "fail"]
MARKS: dict[Result, tuple[str, str]] = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}
GIGABYTE = 1e9
FFMPEG_SECONDS = 20.0


@dataclasses.dataclass(frozen=True)
class DoctorCheck:
    """One thing that was looked at; `warn` means that the companion runs without it."""

    name: str
    result: Result
    detail: str
    remedy: str = ""

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def examine(paths: Paths, version: str) -> list[DoctorCheck]:
    """All checks, none of which changes anything but for a file that is written and deleted again."""
    groups: tuple[Callable[[], Iterator[DoctorCheck]], ...] = (
        _python,
        lambda: _settings(paths),
        lambda: _folders(paths),
        lambda: _token(paths),
        lambda: _ffmpeg(paths),
        _obs,
        _keyring,
        _desktop,
        lambda: _daemon(paths, version),
    )
    return [check for group in groups for check in group()]


def print_checks(checks: list[DoctorCheck]) -> None:
    """The checks for people, worst remarks included."""
    from rich.console import Console
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for check in checks:
        mark, style = MARKS[check.result]
        remedy = f"\n→ {check.remedy}" if check.remedy else ""
        table.add_row(as_text(mark, style), as_text(check.name, "bold"), as_text(check.detail + remedy))
    Console(width=None if sys.stdout.isatty() else 200, highlight=False).print(table)


def _python() -> Iterator[DoctorCheck]:
    found = ".".join(map(str, sys.version_info[:3]))
    yield DoctorCheck("python", "ok", f"{found} ({sys.executable})")


def _load(paths: Paths) -> "Settings":
    from companion.adapters.settings_file import SettingsFile, read_environment

    return SettingsFile(paths.config_file, *read_environment()).load().settings


def _settings(paths: Paths) -> Iterator[DoctorCheck]:
    try:
        settings = _load(paths)
    except CompanionError as error:
        yield DoctorCheck("settings", "fail", error.message, error.remedy)
        return
    yield DoctorCheck(
        "settings", "ok", str(paths.config_file) if paths.config_file.exists() else "all at their defaults"
    )
    clips = settings.session_dir or paths.videos
    yield _writable("clips folder", clips)
    free = shutil.disk_usage(_existing(clips)).free / GIGABYTE
    detail = f"{free:.1f} GB free for clips, {settings.disk_reserve_gb:g} GB are kept free"
    if free > settings.disk_reserve_gb:
        yield DoctorCheck("disk", "ok", detail)
    else:
        yield DoctorCheck("disk", "fail", detail, "Free some space, or lower disk_reserve_gb.")


def _folders(paths: Paths) -> Iterator[DoctorCheck]:
    for name in ("config", "data", "state", "logs"):
        yield _writable(f"{name} folder", getattr(paths, name))


def _writable(name: str, folder: Path) -> DoctorCheck:
    """Whether files can be made in `folder`, or, before the first run, whether it can be made."""
    place = _existing(folder)
    probe = place / f".companion-doctor-{os.getpid()}"
    try:
        if folder.exists() and place != folder:
            raise NotADirectoryError(20, "Not a folder")
        if place == folder:
            probe.touch(exist_ok=False)
            probe.unlink()
        elif not os.access(place, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        return DoctorCheck(name, "fail", f"{folder}: {error.strerror}", "Check its rights, or set COMPANION_HOME.")
    return DoctorCheck(name, "ok", str(folder))


def _existing(folder: Path) -> Path:
    return next((place for place in (folder, *folder.parents) if _is_folder(place)), Path(folder.anchor))


def _is_folder(place: Path) -> bool:
    try:
        return place.is_dir()
    except OSError:  # nobody may look
        return False


def _token(paths: Paths) -> Iterator[DoctorCheck]:
    file = paths.token_file
    try:
        status = file.stat()
    except FileNotFoundError:
        yield DoctorCheck("token", "ok", f"{file} is made at the first start")
        return
    except OSError as error:
        yield DoctorCheck("token", "fail", f"{file}: {error.strerror}", "Check the rights of its folder.")
        return
    if sys.platform != "win32" and status.st_mode & 0o077:
        detail = f"Other accounts could read {file}."
        yield DoctorCheck("token", "fail", detail, "Restart the companion: it makes a new one.")
    else:
        yield DoctorCheck("token", "ok", f"{file}, readable by your account alone")


def _ffmpeg(paths: Paths) -> Iterator[DoctorCheck]:
    chosen: Path | str | None
    try:
        chosen = _load(paths).ffmpeg_path
    except CompanionError:  # told already
        chosen = os.environ.get("FFMPEG_PATH")
    try:
        import imageio_ffmpeg

        program = chosen or imageio_ffmpeg.get_ffmpeg_exe()
        answer = subprocess.run([program, "-version"], capture_output=True, timeout=FFMPEG_SECONDS, check=True)
    except (ImportError, RuntimeError, OSError, subprocess.SubprocessError) as error:
        remedy = "Set FFMPEG_PATH to an ffmpeg that runs, or install the companion anew."
        yield DoctorCheck("ffmpeg", "fail", f"It does not run: {error}", remedy)
        return
    first = answer.stdout.decode(errors="replace").splitlines()[0]
    yield DoctorCheck("ffmpeg", "ok", f"{first.removeprefix('ffmpeg version ').split(' Copyright')[0]} ({program})")


def _obs() -> Iterator[DoctorCheck]:
    from companion.adapters.obs.config import find_config

    own = find_config(os.environ, Path.home())
    if own is None:
        detail = "No OBS configuration was found for your account."
        yield DoctorCheck("obs", "warn", detail, "Start OBS once, or set OBS_WS_URL and the password.")
    elif not own.enabled:
        detail = f"OBS's WebSocket server is switched off ({own.path})."
        yield DoctorCheck("obs", "warn", detail, "In OBS: Tools, WebSocket Server Settings, Enable WebSocket server.")
    else:
        yield DoctorCheck("obs", "ok", f"port {own.port}, from {own.path}")


def _keyring() -> Iterator[DoctorCheck]:
    import keyring
    from keyring.backends import fail

    backend = keyring.get_keyring()
    if isinstance(backend, fail.Keyring):
        detail = "There is no keyring: secrets go to an encrypted file that only your account can read."
        yield DoctorCheck(
            "keyring", "warn", detail, "Start a keyring (GNOME Keyring, KWallet) to have them kept there."
        )
    else:
        yield DoctorCheck("keyring", "ok", backend.name)


def _desktop() -> Iterator[DoctorCheck]:
    if sys.platform != "linux":
        yield DoctorCheck("display", "ok", "the system's own")
        return
    from companion.adapters.desktop.bus import bus_address
    from companion.adapters.desktop.session import Session

    session = Session.find(os.environ)
    if session.wayland:
        detail = "Wayland: hotkeys work in X windows only."
        yield DoctorCheck("display", "warn", detail, "Bind a key of your desktop to `companion clip save`.")
    elif session.display:
        yield DoctorCheck("display", "ok", f"X on {session.display}")
    else:
        detail = "There is no display: no tray and no hotkeys."
        yield DoctorCheck("display", "warn", detail, "Use `companion run --headless` and the command line or the API.")
    try:
        bus_address(os.environ)
        yield DoctorCheck("session bus", "ok", "notifications and the tray can be reached")
    except CompanionError as error:
        yield DoctorCheck("session bus", "warn", error.message, error.remedy)


def _daemon(paths: Paths, version: str) -> Iterator[DoctorCheck]:
    try:
        found = Daemon.find(paths, version).call("GET", "/api/status")
    except CompanionError as error:
        yield DoctorCheck("companion", "warn", error.message, error.remedy)
        return
    yield DoctorCheck("companion", "ok", f"version {found['version']} is running")
    results: dict[str, Result] = {"ok": "ok", "off": "ok", "attention": "warn", "failed": "fail"}
    for part in found["components"]:
        detail = f"{part['state'].replace('_', ' ')}. {part['detail']}".strip()
        yield DoctorCheck(f"companion: {part['name']}", results[part["health"]], detail, part["remedy"])
