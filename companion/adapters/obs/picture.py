"""The test picture: a looping clip that moves, beeps, speaks, and carries each frame's number for people and machines.

Frame N is on screen from N / fps seconds on. Each second begins with a beep and a white square of one frame, so that
sound can be checked against picture; every ten seconds a voice says the time, where espeak-ng is installed.
"""

import asyncio
import shutil
import tempfile
import wave
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from companion.domain import frame_code
from companion.kernel.errors import Failed, Unavailable
from companion.kernel.offload import end_process, start_process

Image = npt.NDArray[np.uint8]

RATE = 48000
BEEP_SECONDS = 0.1
BEEP_HERTZ = 880
SPOKEN_EVERY_SECONDS = 10


async def make_test_picture(
    target: Path, ffmpeg: Path, *, size: tuple[int, int] = (640, 360), fps: int = 30, seconds: int = 300
) -> Path:
    """Write the clip to `target` (.mkv, H.264 in RGB and PCM) unless it is there already."""
    if seconds * fps > frame_code.NUMBERS:
        raise ValueError(f"{seconds} s of {fps} fps have more frames than there are numbers")
    if _is_there(target):
        return target
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="picture-") as folder:
        work = Path(folder)
        sound = work / "sound.wav"
        await _write_sound(sound, seconds)
        await _encode(work / "clip.mkv", sound, ffmpeg, size, fps, seconds)
        (work / "clip.mkv").replace(target)
    return target


def _is_there(target: Path) -> bool:
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.exists()


async def _encode(target: Path, sound: Path, ffmpeg: Path, size: tuple[int, int], fps: int, seconds: int) -> None:
    width, height = size
    raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", str(fps), "-i", "pipe:0"]
    # In RGB, as OBS draws: it would have to convert each frame otherwise, which costs most where no GPU does it.
    video = ["-c:v", "libx264rgb", "-preset", "ultrafast", "-tune", "fastdecode", "-crf", "22", "-g", str(fps)]
    argv = [str(ffmpeg), "-v", "error", "-y", *raw, "-i", str(sound), *video, "-c:a", "copy", str(target)]
    process = await start_process(argv, stderr=asyncio.subprocess.STDOUT)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            for frame in _frames(width, height, fps, seconds):
                process.stdin.write(frame)
                await process.stdin.drain()
        process.stdin.close()
        said = (await process.stdout.read()).decode(errors="replace").strip()
        if await process.wait() != 0:
            raise Failed("test_picture_failed", f"The test picture could not be made: {said[-300:]}")
    finally:
        await end_process(process)


def _frames(width: int, height: int, fps: int, seconds: int) -> Iterator[bytes]:
    """Each frame as yuv420p bytes."""
    background = _background(width, height)
    glyphs = _glyphs(height // 6)
    square = height // 6
    travel = width - square
    for number in range(seconds * fps):
        frame = background.copy()
        luma = frame[:height]
        frame_code.draw(luma, number)
        text = f"{number // fps // 60}:{number // fps % 60:02} {number:05}"
        label = np.concatenate([glyphs[character] for character in text], axis=1)
        left = (width - label.shape[1]) // 2
        luma[height // 3 : height // 3 + label.shape[0], left : left + label.shape[1]] = label
        place = abs((number * 6) % (2 * travel) - travel)
        luma[height * 2 // 3 : height * 2 // 3 + square, place : place + square] = 180
        if number % fps == 0:
            luma[-square // 2 :, : square // 2] = frame_code.WHITE
        yield frame.tobytes()


def _background(width: int, height: int) -> Image:
    """A dim picture with a colour ramp, as yuv420p rows: luma, then both quarter-size chroma planes."""
    luma = np.full((height, width), 60, np.uint8)
    ramp = np.linspace(96, 160, width // 2).astype(np.uint8)
    blue = np.tile(ramp, (height // 2, 1))
    red = np.tile(ramp[::-1], (height // 2, 1))
    for plane in (blue, red):
        plane[: height // 12 + 1] = 128
    chroma = np.concatenate([blue.ravel(), red.ravel()]).reshape(height // 2, width)
    return np.concatenate([luma, chroma])


def _glyphs(height: int) -> dict[str, Image]:
    """The characters of a clock, each as a small bright-on-dark picture of the given height."""
    from PIL import Image as Pictures
    from PIL import ImageDraw, ImageFont

    font: Any = ImageFont.load_default(size=height * 0.8)
    glyphs = {}
    for character in "0123456789: ":
        picture = Pictures.new("L", (int(height * 0.55), height), 24)
        ImageDraw.Draw(picture).text((picture.width / 2, height / 2), character, fill=220, font=font, anchor="mm")
        glyphs[character] = np.asarray(picture)
    return glyphs


async def _write_sound(target: Path, seconds: int) -> None:
    """Write mono PCM: a beep at each full second, the voice in between."""
    samples = np.zeros(seconds * RATE, np.float64)
    time = np.arange(int(BEEP_SECONDS * RATE)) / RATE
    beep = 0.25 * np.sin(2 * np.pi * BEEP_HERTZ * time)
    for second in range(seconds):
        samples[second * RATE : second * RATE + beep.size] += beep
    for second in range(0, seconds, SPOKEN_EVERY_SECONDS):
        words = "This is the test picture." if second == 0 else f"{second} seconds."
        voice = await _speak(words, target.with_name("voice.wav"))
        begin = second * RATE + RATE // 4
        end = min(begin + voice.size, samples.size)
        samples[begin:end] += 0.6 * voice[: end - begin]
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


async def _speak(words: str, scratch: Path) -> npt.NDArray[np.float64]:
    """`words` as samples at RATE; silence where no voice is installed."""
    program = shutil.which("espeak-ng")
    if program is None:
        return np.zeros(0)
    process = await start_process([program, "-v", "en", "-w", str(scratch), words])
    await process.communicate()
    if process.returncode != 0:
        raise Unavailable("no_voice", "espeak-ng is installed but cannot speak.", "Reinstall the package espeak-ng.")
    with wave.open(str(scratch), "rb") as file:
        rate = file.getframerate()
        said = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    return np.interp(np.arange(int(said.size * RATE / rate)) * rate / RATE, np.arange(said.size), said)
