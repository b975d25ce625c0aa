"""A real Chromium on the companion's pages, as a PC's window or as a phone, and what a person does with it."""

import base64
import io
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from PIL import Image
from selenium import webdriver
from selenium.common.exceptions import JavascriptException, StaleElementReferenceException
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.interaction import POINTER_TOUCH
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

import hatch_build
from tests.chromium import FLAGS

PHONE = {"width": 390, "height": 844, "pixelRatio": 2, "touch": True}
DESKTOP = (1360, 900)
TABLET = (834, 1112)
TARGET_PX = 44
WAIT_SECONDS = 30.0

# The rules of axe-core that can tell between two themes, whose colours alone differ.
COLOUR_RULES = ("color-contrast", "link-in-text-block")
AXE = """
const [rules, done] = arguments;
axe.run(document, {resultTypes: ['violations'], ...(rules && {runOnly: {type: 'rule', values: rules}})}).then(
  result => done(result.violations.map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 200))])),
  error => done([[String(error), []]]));
"""

# The theme that the app shows; other pages of the companion keep it to themselves.
WORN = "return document.documentElement.dataset.theme"

# What of an element a finger meets, as [left, top, width, height] in the window: not what lets it through to others,
# nor what others lie upon.
MET = """
const met = element => {
  element.scrollIntoView({block: 'center'});
  const box = element.getBoundingClientRect();
  const longest = (from, to, at) => {
    let [start, length] = [from, 0];
    for (let now = Math.floor(from), began = now; now <= to; now++) {
      if (document.elementFromPoint(...at(now + 0.5)) !== element) began = now + 1;
      else if (now + 1 - began > length) [start, length] = [began, now + 1 - began];
    }
    return [start, length];
  };
  const [left, width] = longest(box.left, box.right, x => [x, box.top + box.height / 2]);
  const [top, height] = longest(box.top, box.bottom, y => [left + width / 2, y]);
  return [left, top, width, height];
};
"""

# What can be touched, by the area that reacts: a label's is the whole label, a slider's is its thumb where its track
# lets fingers through. Whatever else shows a hand is no smaller either.
SMALL = (
    MET
    + """
const hand = e => getComputedStyle(e).cursor === 'pointer';
const controls = [...document.querySelectorAll('button, a[href], input, select, textarea')];
const others = [...document.body.querySelectorAll('*')].filter(e =>
  hand(e) && !hand(e.parentElement) && !e.matches('label') && !controls.includes(e));
return [...controls, ...others]
  .filter(e => e.checkVisibility() && !e.closest('[inert]') && !e.classList.contains('skip'))
  .map(e => {
    if (getComputedStyle(e).pointerEvents === 'none') return [e, ...met(e).slice(2)];
    const box = (e.closest('label') ?? e).getBoundingClientRect();
    return [e, box.width, box.height];
  })
  .filter(([, width, height]) => width < arguments[0] - 0.5 || height < arguments[0] - 0.5)
  .map(([e, width, height]) => `${e.outerHTML.slice(0, 120)} ${Math.round(width)}x${Math.round(height)}`);
"""
)

# What the app itself says, in whole words: only what others named (`.cut`) may be shortened. A choice tells nothing of
# how wide its text is: one that has that text alone is as wide as it needs.
CUT_OFF = """
const words = 'button, .button, h1, h2, h3, label, legend, .nav a, .lamp, .badge, .timer, th, select';
const chosen = e => e.selectedOptions[0]?.text ?? '';
const need = e => {
  if (e.tagName != 'SELECT') return [e.scrollWidth, e.clientWidth];
  const alone = e.cloneNode();
  alone.add(new Option(chosen(e)));
  Object.assign(alone.style, {position: 'absolute', width: 'max-content', minWidth: 0, maxWidth: 'none'});
  e.after(alone);
  const width = alone.offsetWidth;
  alone.remove();
  return [width, e.offsetWidth];
};
return [...document.querySelectorAll(words)]
  .filter(e => e.checkVisibility() && !e.closest('[inert], .hidden, .skip') && !e.classList.contains('cut'))
  .map(e => [e, ...need(e)])
  .filter(([e, wants, has]) => wants > has + 1 && has > 0 && getComputedStyle(e).display != 'inline')
  .map(([e, wants, has]) =>
    `${e.tagName} ${e.className} ${e.tagName == 'SELECT' ? chosen(e) : e.innerText.slice(0, 60)}: ${wants} > ${has}`);
"""

# Words of one layer of the page that stand on others; what is fixed, such as the navigation, is a layer of its own.
OVERLAPS = """
const layer = e => {
  while (e && !['fixed', 'sticky'].includes(getComputedStyle(e).position) && e.tagName != 'DIALOG') e = e.parentElement;
  return e;
};
const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const words = [];
while (nodes.nextNode()) {
  const node = nodes.currentNode, e = node.parentElement;
  if (!node.data.trim() || !e.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
  if (e.closest('[inert], .hidden, .skip, video, select, script, style')) continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  for (const box of range.getClientRects()) if (box.width > 2) words.push([node.data.trim(), box, layer(e), e]);
}
const over = [];
words.forEach(([text, a, on, e], at) => words.slice(at + 1).forEach(([other, b, its, f]) => {
  const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (e !== f && on === its && wide > 2 && high > Math.min(a.height, b.height) / 2) over.push(`${text} / ${other}`);
}));
return [...new Set(over)];
"""

# Every text that is shown or read aloud in the page's own language, each node's own.
SAID = """
const own = element => element.closest('[lang]').lang === document.documentElement.lang;
const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const said = [];
while (nodes.nextNode()) {
  const {parentElement, data} = nodes.currentNode;
  if (own(parentElement) && parentElement.checkVisibility()) said.push(data);
}
for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
  for (const element of document.querySelectorAll(`[${name}]`)) if (own(element)) said.push(element.getAttribute(name));
return [...new Set(said.map(text => text.trim()))];
"""

# The share sheet and the screen are the system's: a page sees of them that they were called, and with what.
SYSTEM = """
window.locks = 0;
Object.defineProperty(navigator, 'wakeLock', {value: {request: async () => {
  window.locks++;
  return {released: false, async release() { this.released = true; window.locks--; }};
}}});
window.shared = [];
navigator.canShare = data => Boolean(data.files?.length);
navigator.share = async data => { window.shared.push(data); };
"""
READ_SHARED = """
const done = arguments[0], {title, files: [file]} = window.shared.at(-1);
const reader = new FileReader();
reader.onload = () => done({title, name: file.name, type: file.type, data: reader.result.split(',')[1]});
reader.readAsDataURL(file);
"""


class Window:
    """One browser window on the app at `base`; `acts` counts what was opened and pressed by hand."""

    def __init__(self, driver: Any, base: str) -> None:
        self.driver = driver
        self.base = base
        self.acts = 0

    def open(self, address: str) -> None:
        """Load the whole page anew."""
        self.acts += 1
        self.driver.get("about:blank")
        self.driver.get(address)

    def go(self, page: str) -> None:
        """Another page of the app, as a tap on its name goes there."""
        self.driver.execute_script("location.hash = arguments[0]", f"#/{page}")

    def prefer(self, **values: Any) -> None:
        """Set what this browser remembers of its user, and load the page with it."""
        self.driver.execute_script(
            "localStorage.setItem('companion.preferences', arguments[0])",
            json.dumps({"language": "en", "guided": True, "calm": True, **values}),
        )
        self.driver.refresh()

    def find(self, css: str, text: str = "", seconds: float = WAIT_SECONDS) -> WebElement:
        """The first shown element that fits `css` and has `text`; waits for it."""
        return self.until(lambda: self._shown(css, text), f"{css} with {text!r}", seconds)

    def click(self, css: str, text: str = "") -> None:
        """Click it once it can be clicked."""

        def clicked() -> bool:
            element = self._shown(css, text)
            if element is None or not element.is_enabled():
                return False
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
            element.click()
            return True

        self.until(clicked, f"{css} with {text!r} can be clicked")
        self.acts += 1

    def type(self, css: str, text: str) -> None:
        """Replace what is in a field, by keys: the driver's own way to empty it is not told to the page."""
        element = self.find(css)
        element.send_keys(Keys.CONTROL, "a")
        element.send_keys(Keys.DELETE, text)

    def gone(self, css: str, text: str = "") -> None:
        self.until(lambda: self._shown(css, text) is None, f"no {css} with {text!r}")

    def until(self, reached: Callable[[], Any], what: str, seconds: float = WAIT_SECONDS) -> Any:
        """What `reached` answers once that is true."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if found := reached():
                    return found
            except (StaleElementReferenceException, JavascriptException):
                pass  # the page was just drawn anew
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds:g} s: {what}\n{self.text[:2000]}")
            time.sleep(0.05)

    @property
    def text(self) -> str:
        return str(self.driver.execute_script("return document.body.innerText"))

    def wear(self, theme: str) -> None:
        """Have the system be dark or light, which a page follows at once that was told nothing else."""
        features = [{"name": "prefers-color-scheme", "value": theme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.until(lambda: self.driver.execute_script(WORN) in (None, theme), f"it is {theme}")

    def axe(self, rules: Sequence[str] | None = None) -> list[Any]:
        """What axe-core finds wrong with what is shown now, by `rules` or all."""
        if not self.driver.execute_script("return 'axe' in window"):
            self.driver.execute_script((hatch_build.WEB / "node_modules" / "axe-core" / "axe.min.js").read_text())
        return list(self.driver.execute_async_script(AXE, rules))

    def faults(self, rules: Sequence[str] | None = None) -> dict[str, Any]:
        """All that is wrong with how the page is made, by those `rules` of axe-core or all; empty where nothing is."""
        found = {"axe": self.axe(rules), **self.misfits()}
        return {name: fault for name, fault in found.items() if fault}

    def misfits(self) -> dict[str, Any]:
        """What does not fit the window or a finger; empty where nothing is."""
        found = {
            "smaller than a finger": self.small_targets(),
            "wider than the window": self.too_wide() > 0,
            "cut off": self.cut_off(),
            "words on words": list(self.driver.execute_script(OVERLAPS)),
        }
        return {name: fault for name, fault in found.items() if fault}

    def cut_off(self) -> list[str]:
        """The app's own words that do not fit where they stand."""
        return list(self.driver.execute_script(CUT_OFF))

    def said(self) -> set[str]:
        """Every text of the page in its own language, as it stands there or is read aloud."""
        return set(self.driver.execute_script(SAID))

    def small_targets(self) -> list[str]:
        """What can be touched and is smaller than a finger."""
        return list(self.driver.execute_script(SMALL, TARGET_PX))

    def too_wide(self) -> int:
        """How many pixels the page is wider than its window."""
        return int(self.driver.execute_script("return document.documentElement.scrollWidth - innerWidth"))

    def errors(self) -> list[str]:
        """What the browser complained about, such as a breach of the Content-Security-Policy."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def requested(self) -> set[str]:
        """The hosts, with their ports, that a traced window's pages asked for anything since this was asked last."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        begun = [found["params"] for found in messages if found["method"] == "Network.requestWillBeSent"]
        addresses = [one["request"]["url"] for one in begun]
        addresses += [one["params"]["url"] for one in messages if one["method"] == "Network.webSocketCreated"]
        # The browser's own first page, and what a page has by itself (data:, blob:), come from nowhere.
        return {found.netloc for found in map(urlsplit, addresses) if found.scheme in ("http", "https", "ws", "wss")}

    def screenshot(self, file: Path) -> None:
        """Write what the window shows, in the format that the file's name tells."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self.picture().convert("RGB").save(file, quality=75, method=6)

    def picture(self) -> Image.Image:
        """What the window shows now."""
        return Image.open(io.BytesIO(self.driver.get_screenshot_as_png()))

    def scan(self) -> str:
        """What the QR code says that the window shows, read from a picture of it as by a camera."""
        import zxingcpp

        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", self.find("img.qr"))

        def read() -> str:
            return next((code.text for code in zxingcpp.read_barcodes(self.picture().convert("L"))), "")

        return str(self.until(read, "a QR code that can be read"))

    def observe_system(self) -> None:
        """Take the place of the system's share sheet and screen lock, from the next page on that is loaded."""
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": SYSTEM})

    def drag_by_touch(self, element: WebElement, target: WebElement) -> None:
        """Move a finger from the middle of `element` to that of `target`."""
        self._touch(lambda finger: finger.move_to(element).pointer_down().move_to(target).pointer_up())

    def slide_by_touch(self, element: WebElement, pixels: int) -> None:
        """Put a finger on what of `element` it meets, and move it to the right, as far as the window goes."""
        left, top, width, height = self.met(element)
        x, y = round(left + width / 2), round(top + height / 2)
        edge = int(self.driver.execute_script("return innerWidth")) - 1
        to = min(max(x + pixels, 0), edge)
        self._touch(lambda finger: finger.move_to_location(x, y).pointer_down().move_to_location(to, y).pointer_up())

    def tap(self, x: float, y: float) -> None:
        """Tap at this place of the window."""
        self._touch(lambda finger: finger.move_to_location(round(x), round(y)).pointer_down().pointer_up())

    def met(self, element: WebElement) -> list[float]:
        """What of `element` a finger meets: left, top, width and height in the window."""
        return list(self.driver.execute_script(f"{MET} return met(arguments[0])", element))

    def press(self, *keys: str) -> None:
        """Press and release these keys, one after another, wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    @contextmanager
    def sized(self, width: int, height: int) -> Iterator[None]:
        """Have the window show this much, for as long as the block runs."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def _touch(self, move: Callable[[Any], Any]) -> None:
        finger = ActionBuilder(self.driver, mouse=PointerInput(POINTER_TOUCH, "finger"), duration=150)
        move(finger.pointer_action)
        finger.perform()

    def swipe(self, element: WebElement, across: int) -> None:
        """Put a finger on `element` and draw it so many pixels to the right, or to the left."""
        finger = ActionBuilder(self.driver, mouse=PointerInput(POINTER_TOUCH, "finger"), duration=150)
        finger.pointer_action.move_to(element).pointer_down().move_by(across, 0).pointer_up()
        finger.perform()

    @contextmanager
    def held(self, element: WebElement) -> Iterator[None]:
        """A finger that stays on `element` meanwhile."""
        box = self.driver.execute_script("return arguments[0].getBoundingClientRect()", element)
        point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        self._dispatch_touch("touchStart", [point])
        yield
        self._dispatch_touch("touchEnd", [])

    def _dispatch_touch(self, kind: str, points: list[dict[str, float]]) -> None:
        self.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def shared(self) -> dict[str, Any]:
        """What was handed to the share sheet last: title, name and type of the file, and its `data` (bytes)."""
        self.until(lambda: self.driver.execute_script("return window.shared.length"), "something is shared")
        found = dict(self.driver.execute_async_script(READ_SHARED))
        return {**found, "data": base64.b64decode(found["data"])}

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """Stop the whole browser, as a phone does in a pocket; its connections stay open, and nobody answers there."""
        processes = psutil.Process(self.driver.service.process.pid).children(recursive=True)
        for process in processes:
            process.suspend()
        try:
            yield
        finally:
            for process in processes:
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    def _shown(self, css: str, text: str) -> WebElement | None:
        for element in self.driver.find_elements(By.CSS_SELECTOR, css):
            if element.is_displayed() and text in f"{element.text} {element.get_attribute('aria-label') or ''}":
                return element  # type: ignore[no-any-return]
        return None


@contextmanager
def window(base: str, *, phone: bool = False, traced: bool = False, home: Path | None = None) -> Iterator[Window]:
    """Run a fresh Chromium of its own; a phone takes the PC's own certificate after its warning.

    `traced`, it notes what its pages request; with a `home`, it takes the certificates alone that are trusted there.
    """
    profile = tempfile.mkdtemp(prefix="chromium-")
    options = Options()
    options.binary_location = shutil.which("chromium") or "chromium"
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", **({"performance": "ALL"} if traced else {})})
    if phone:
        options.add_experimental_option("mobileEmulation", {"deviceMetrics": PHONE})
        options.accept_insecure_certs = home is None
    environment = {**os.environ, **({"HOME": str(home)} if home else {})}
    try:
        driver = webdriver.Chrome(options, Service(shutil.which("chromedriver") or "chromedriver", env=environment))
        try:
            driver.set_script_timeout(60)
            if not phone:
                driver.set_window_size(*DESKTOP)
            yield Window(driver, base)
        finally:
            driver.quit()
    finally:
        shutil.rmtree(profile, ignore_errors=True)
