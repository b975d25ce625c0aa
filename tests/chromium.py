"""A real Chromium that shows a video frame by frame and lets tests read what is on its canvas."""

import io
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests.media import read_frame_number

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
)

LOAD = """
const [address, done] = [arguments[0], arguments[1]];
document.body.innerHTML = '';
const video = document.createElement('video');
video.muted = true; video.preload = 'auto';
video.onerror = () => done({error: video.error.code + ' ' + video.error.message});
video.onloadeddata = () => done({duration: video.duration, width: video.videoWidth, height: video.videoHeight});
video.src = address;
document.body.append(video);
window.video = video;
"""

READ = """
const canvas = document.createElement('canvas');
canvas.width = 384; canvas.height = 24;
const context = canvas.getContext('2d', {willReadFrequently: true});
const rows = [];
const read = () => {
  context.drawImage(video, 0, 0, video.videoWidth, video.videoHeight / 9, 0, 0, 384, 24);
  rows.push(Array.from(context.getImageData(0, 12, 384, 1).data.filter((_, at) => at % 4 == 1)));
};
"""

# Seeks to each time and reads the picture once it is presented.
SEEK = (
    READ
    + """
const [times, done] = [arguments[0], arguments[1]];
video.onerror = () => done({error: video.error.code + ' ' + video.error.message});
(async () => {
  for (const time of times) {
    await new Promise(ready => { video.requestVideoFrameCallback(ready); video.currentTime = time; });
    read();
  }
  done({rows});
})();
"""
)

# Plays from the start to the end and reads every picture that is presented.
PLAY = (
    READ
    + """
const done = arguments[1];
video.onerror = () => done({error: video.error.code + ' ' + video.error.message});
const draw = () => { read(); video.requestVideoFrameCallback(draw); };
video.requestVideoFrameCallback(draw);
video.onended = () => setTimeout(() => done({rows}), 200);
video.currentTime = 0;
video.playbackRate = arguments[0];
video.play();
"""
)


class Player:
    """A page with one video element, over a folder that a server on loopback offers."""

    def __init__(self, driver: Any, base: str) -> None:
        self._driver, self._base = driver, base

    def load(self, name: str) -> dict[str, Any]:
        """Load a video of the folder; answers its duration, width and height, or `error`."""
        self._driver.get(f"{self._base}/")
        return dict(self._driver.execute_async_script(LOAD, f"{self._base}/{name}"))

    def numbers_at(self, times: list[float]) -> list[int]:
        """The number of the frame shown at each time; each must show another one than the time before it."""
        return _numbers(self._driver.execute_async_script(SEEK, times))

    def play(self, speed: float) -> list[int]:
        """The number of every frame presented while the video plays from start to end."""
        return _numbers(self._driver.execute_async_script(PLAY, speed))


@contextmanager
def chromium(folder: Path) -> Iterator[Player]:
    """Run a fresh Chromium, and a server for `folder`; both are gone afterwards."""

    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, directory=str(folder), **kwargs)

        def send_head(self) -> Any:
            """A file whole, or the range that the browser asks for, without which it cannot seek."""
            path = Path(self.translate_path(self.path))
            wanted = self.headers.get("Range", "")
            if not path.is_file() or not wanted.startswith("bytes="):
                return super().send_head()
            size = path.stat().st_size
            first, _, last = wanted[6:].partition("-")
            begin, end = int(first), min(int(last or size - 1), size - 1)
            self.send_response(206)
            self.send_header("Content-Type", self.guess_type(str(path)))
            self.send_header("Content-Range", f"bytes {begin}-{end}/{size}")
            self.send_header("Content-Length", str(end - begin + 1))
            self.send_header("Accept-Ranges", "bytes")
            self.end_headers()
            return io.BytesIO(path.read_bytes()[begin : end + 1])

        def log_message(self, *_: Any) -> None:
            return

        def copyfile(self, source: Any, outputfile: Any) -> None:
            try:
                super().copyfile(source, outputfile)
            except ConnectionError:
                self.close_connection = True  # the browser had enough of it

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    profile = tempfile.mkdtemp(prefix="chromium-")
    try:
        options = Options()
        options.binary_location = shutil.which("chromium") or "chromium"
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        driver = webdriver.Chrome(options, Service(shutil.which("chromedriver") or "chromedriver"))
        try:
            driver.set_script_timeout(90)
            yield Player(driver, f"http://127.0.0.1:{server.server_address[1]}")
        finally:
            driver.quit()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        shutil.rmtree(profile, ignore_errors=True)


def _numbers(answer: dict[str, Any]) -> list[int]:
    if "error" in answer:
        raise AssertionError(f"Chromium could not show the video: {answer['error']}")
    return [read_frame_number(np.tile(np.array(row, np.uint8), (36, 1))) for row in answer["rows"]]
