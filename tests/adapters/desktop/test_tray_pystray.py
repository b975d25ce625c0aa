"""How the main thread is handed to pystray and comes back; here without a tray, so that pystray refuses to start."""

import asyncio
import os
import subprocess
import sys

PROGRAM = """
import asyncio, threading
from companion.adapters.desktop.tray_pystray import PystrayTray, run_beside

async def serve(tray):
    assert threading.current_thread() is not threading.main_thread()
    reports = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(tray.run(lambda *report: reports.put_nowait(report)))
        state, health, detail, remedy = await reports.get()
        print(state, health, detail, flush=True)
        task.cancel()
    if FAIL:
        raise ValueError("the app failed")
    return "served"

tray = PystrayTray()
print(run_beside(tray, lambda: asyncio.run(serve(tray))), flush=True)
"""


async def ran(program: str) -> tuple[int, str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "PYSTRAY_BACKEND")}
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


async def test_the_app_runs_beside_a_tray_that_cannot_start_and_ends_with_its_result() -> None:
    code, out, problems = await ran(PROGRAM.replace("FAIL", "False"))
    assert (code, problems) == (0, "")
    state, served = out.splitlines()
    assert state.startswith("no_tray off The system shows no tray icon: ")
    assert served == "served"


async def test_the_apps_error_comes_out_of_the_main_thread() -> None:
    code, out, problems = await ran(PROGRAM.replace("FAIL", "True"))
    assert code == 1
    assert out.startswith("no_tray")
    assert problems.endswith("ValueError: the app failed\n")
