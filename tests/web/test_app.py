"""The web app as it is built: its size, what it refers to, its types, and its own tests."""

import gzip
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

import hatch_build
from companion.app import openapi
from companion.frontends.http.pages import CONTENT_SECURITY_POLICY, ICONS

pytestmark = pytest.mark.slow

LARGEST_FIRST_LOAD = 60_000
ADDRESS = re.compile(r"""https?://[^\s"'`)]+""")
NAMES_ONLY = ("http://www.w3.org/",)
"""Namespaces of SVG and the like, which nobody fetches."""


def _closure(manifest: dict[str, Any], key: str) -> set[str]:
    """The files that `key` needs before it can run."""
    found: set[str] = set()
    waiting = [key]
    while waiting:
        item = manifest[waiting.pop()]
        if item["file"] not in found:
            found.add(item["file"])
            waiting += item.get("imports", [])
    return found


def test_the_first_load_is_small(built: Path) -> None:
    manifest = json.loads((built / "manifest.json").read_text())
    entry = _closure(manifest, "index.html")
    pages = {page: _closure(manifest, f"src/pages/{page}.tsx") for page in ("Live", "Deck", "Start")}
    for page, own in pages.items():
        files = sorted(name for name in entry | own if name.endswith(".js"))
        size = sum(len(gzip.compress((built / name).read_bytes())) for name in files)
        assert 5_000 < size <= LARGEST_FIRST_LOAD, (page, size, files)


def test_the_pages_have_nothing_inline_and_refer_to_no_other_host(built: Path) -> None:
    page = (built / "index.html").read_text()
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert re.search(r"<style|\sstyle=|\son\w+=", page) is None
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    for file in [built / "index.html", *(built / "assets").glob("*.*s")]:
        outside = [found for found in ADDRESS.findall(file.read_text()) if not found.startswith(NAMES_ONLY)]
        assert outside == [], file.name


def test_the_types_are_those_of_the_daemon(built: Path, tmp_path: Path) -> None:
    """Out of step? `make docs` writes them anew."""
    hatch_build.run_npm("run", "--silent", "api", "--", str(tmp_path), given=json.dumps(openapi()))
    for name in ("schema.d.ts", "routes.ts"):
        assert (tmp_path / name).read_text() == (hatch_build.WEB / "src" / "api" / name).read_text(), name


def test_the_apps_own_tests_pass(built: Path) -> None:
    hatch_build.run_npm("run", "--silent", "test")


def test_the_wheel_has_the_built_app_and_not_its_sources(built: Path, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(argv, cwd=hatch_build.ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = [name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("companion/frontends/web/")]
    base = "companion/frontends/web/dist/"
    assert {name.removeprefix(base) for name in names} >= {"index.html", "app.webmanifest", *ICONS}
    assert all(name.startswith(base) for name in names), names
    assert len([name for name in names if name.startswith(f"{base}assets/")]) == len(list((built / "assets").iterdir()))
