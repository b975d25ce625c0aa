"""`companion demo`: the first thing that anybody runs, as they run it."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from tests.real.windows import numbers

pytestmark = [pytest.mark.real, pytest.mark.slow]

DEMO_SECONDS = 150.0
"""How long it may take on a busy computer: it draws its picture, starts OBS, and fills the buffer with 14 s."""
STAYS = "It goes on until Ctrl-C."
FPS = 30
ROOT = Path(__file__).parents[2]


@contextlib.asynccontextmanager
async def demo(home: Path, *options: str, **environment: str) -> AsyncIterator[subprocess.Popen[str]]:
    """`companion demo` in a home of its own, as the only foreground job of its terminal; its output goes to files."""
    environment = {**os.environ, "COMPANION_HOME": str(home), **environment}
    argv = [sys.executable, "-m", "companion", "demo", *options]
    with (home / "out").open("w") as out, (home / "err").open("w") as err:
        process = subprocess.Popen(
            argv, env=environment, cwd=home, stdout=out, stderr=err, text=True, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        for left in living(home):
            left.kill()


def living(home: Path) -> list[psutil.Process]:
    """Every process that was started with something of `home` in its environment, but for the asking one."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and any(str(home) in value for value in process.environ().values()):
                found.append(process)
    return found


def checkout(folder: Path, dotenv: str) -> Path:
    """The program in a checkout that has a `.env`."""
    folder.mkdir()
    for name in ("companion", "assets", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)
    (folder / ".env").write_text(dotenv)
    return folder


async def until_ended(process: subprocess.Popen[str], seconds: float) -> int:
    return await asyncio.to_thread(process.wait, seconds)


async def test_once_it_prints_one_proved_clip_leaves_nothing_running_and_the_users_own_alone(tmp_path: Path) -> None:
    library, database = tmp_path / "library", tmp_path / "library.db"
    own = checkout(tmp_path / "checkout", f"SESSION_DIR={library}\nLAN_MODE=https\nREPLAY_AUTOSTART=false\n")
    settings = {"DATABASE_URL": f"sqlite:///{database}", "LAN_MODE": "https"}
    async with demo(tmp_path, "--once", "--json", PYTHONPATH=str(own), **settings) as process:
        code = await until_ended(process, DEMO_SECONDS)
        left = [" ".join(one.cmdline()) for one in living(tmp_path)]
    told = (tmp_path / "err").read_text()
    assert code == 0, told
    assert left == []
    assert "Traceback" not in told
    made = json.loads((tmp_path / "out").read_text())
    assert set(made) == {"clip"}
    clip = made["clip"]
    assert (clip["state"], clip["receipt"]["ok"]) == ("ready", True)
    assert clip["seconds"] == pytest.approx(10, abs=1.01 / FPS)
    assert len(clip["receipt"]["checks"]) > 5
    for check in clip["receipt"]["checks"]:
        assert {"name", "ok", "expected", "measured"} <= set(check), check
        assert check["ok"], check
    file = Path(clip["path"])
    home = tmp_path / "data" / "demo"
    assert file.is_relative_to(home)
    assert (home / "data" / "companion.db").exists()
    assert not (home / "data" / "lan").exists(), "it opened a door for phones"
    assert not library.exists()
    assert not database.exists()
    shown = numbers(file)
    assert len(shown) == pytest.approx(10 * FPS, abs=1)
    assert shown == sorted(shown), "the test picture, in its order"


async def test_it_stays_until_ctrl_c_and_can_be_played_with_until_then(tmp_path: Path) -> None:
    async with demo(tmp_path) as process:
        out = tmp_path / "out"
        deadline = time.monotonic() + DEMO_SECONDS
        while STAYS not in out.read_text():
            assert process.poll() is None, out.read_text() + (tmp_path / "err").read_text()
            assert time.monotonic() < deadline, out.read_text()
            await asyncio.sleep(0.1)
        home = out.read_text().partition("export COMPANION_HOME=")[2].splitlines()[0]
        saved = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "companion", "clip", "save", "--seconds", "3", "--json"],
            env={**os.environ, "COMPANION_HOME": home},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert saved.returncode == 0, saved.stdout + saved.stderr
        assert json.loads(saved.stdout)["receipt"]["ok"]
        os.killpg(process.pid, signal.SIGINT)  # Ctrl-C goes to the whole foreground job
        code = await until_ended(process, 30)
        left = [" ".join(one.cmdline()) for one in living(tmp_path)]
    assert (code, (tmp_path / "err").read_text()) == (0, "")
    assert left == []
    assert len(list(Path(home).glob("clips/**/*.mp4"))) == 2, "clips outlive the demo"
    log = (Path(home) / "daemon.log").read_text()
    assert "Traceback" not in log
