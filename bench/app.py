"""The app in headless Chromium: how much is loaded at first, how soon its deck is usable, and how soon after a scan.

The real daemon without OBS, over loopback. For the first load the processor is slowed down and the cache is empty; the
code is read from a picture of the dashboard, and the phone loads the app over TLS.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from bench.aims import judged
from tests.real.companion import Companion
from tests.real.dashboard import come_in, pair, show_code
from tests.web.browser import Window, window

LOADS = 15
PAIRINGS = 5
SLEEPS = 3
SLOWER = 4
NO_KEYRING = "keyring.backends.fail.Keyring"

# Once a key of the deck can be pressed: asked in each frame, just before it is painted.
NOTE_WHEN_USABLE = """
window.usableAt = 0;
const look = () => {
  if (document.querySelector('.key:not(:disabled)')?.checkVisibility()) window.usableAt = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
SCRIPT_BYTES = """
return performance.getEntriesByType('resource').filter(entry => new URL(entry.name).pathname.endsWith('.js'))
  .reduce((sum, entry) => sum + entry.encodedBodySize, 0);
"""


def load(desk: Window) -> tuple[float, int]:
    """Seconds until the deck is usable, and the bytes of JavaScript that came over the network."""
    desk.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    desk.open(f"{desk.base}/#/deck")
    usable = desk.until(lambda: desk.driver.execute_script("return window.usableAt"), "a deck")
    return usable / 1000, int(desk.driver.execute_script(SCRIPT_BYTES))


def scan_to_deck(desk: Window) -> tuple[float, int]:
    """Seconds from the scanned code to the deck, with a hand that loses no time, and how often it was needed."""
    with window("", phone=True) as phone:
        return pair(desk, phone, show_code(desk), f"Phone {time.monotonic():.0f}")


async def sleep(desk: Window, companion: Companion, lengths: list[int]) -> float:
    """Seconds until a phone shows the new lengths of clips that were set while it slept."""
    with window("", phone=True) as phone:
        pair(desk, phone, show_code(desk), f"Sleeper {time.monotonic():.0f}")
        phone.go("live")
        phone.find(".lengths")
        with phone.asleep():
            await companion.until(lambda devices: not devices[-1]["online"], "/api/devices")
            await companion.put("/api/settings/clip_lengths", value=lengths)
        woken = time.monotonic()
        phone.find(".lengths button", f"{lengths[-1]} s")
        return time.monotonic() - woken


async def measure(folder: Path) -> tuple[list[tuple[float, int]], list[tuple[float, int]], list[float]]:
    """What `load`, `scan_to_deck` and `sleep` answer, each several times."""
    settings = {"LAN_MODE": "https", "LAN_PORT": "0", "LOG_LEVEL": "info", "PYTHON_KEYRING_BACKEND": NO_KEYRING}
    companion = Companion(folder / "home", None, settings)
    await companion.start()
    try:
        await companion.until(lambda lan: lan["state"] == "listening", "/api/lan")
        with window("") as desk:
            await come_in(desk, companion)
            desk.prefer()
            pairings = [scan_to_deck(desk) for _ in range(PAIRINGS)]
            sleeps = [await sleep(desk, companion, [5, 10, 20 + turn]) for turn in range(SLEEPS)]
            desk.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NOTE_WHEN_USABLE})
            desk.driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            return [load(desk) for _ in range(LOADS)], pairings, sleeps
    finally:
        await companion.stop()


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        loads, pairings, sleeps = asyncio.run(measure(Path(folder)))
    print("| app | median | most | wanted |")
    print("|---|---|---|---|")
    for name, unit, values, limit in (
        ("JavaScript at first load, gzipped", "kB", [size / 1000 for _, size in loads], 60.0),
        (f"first load to a usable deck, {SLOWER}x slower CPU", "s", [seconds for seconds, _ in loads], 1.5),
        ("scanned code to a usable deck", "s", [seconds for seconds, _ in pairings], 10.0),
        ("requests by hand for that", "", [float(acts) for _, acts in pairings], 3.0),
        ("awake after a sleep to what is so now", "s", sleeps, 2.0),
    ):
        middle, most, wanted = (
            f"{value:.3g} {unit}".rstrip() for value in (statistics.median(values), max(values), limit)
        )
        print(f"| {name} | {middle} | {judged(most, max(values) <= limit)} | at most {wanted} |")
