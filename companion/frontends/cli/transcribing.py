"""`companion transcribe`: the words of a sound or video file, without a daemon."""

import asyncio
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from companion.adapters.settings_file import SettingsFile, find_paths, read_environment
from companion.adapters.speech.client import SpeechWorker
from companion.adapters.speech.models import ModelStore
from companion.adapters.speech.reader import SoundReader
from companion.domain.speech import RATE, SAMPLE_BYTES, Done, Final, SpeechConfig
from companion.frontends.cli.output import say
from companion.frontends.cli.progress import bar
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard

Progress = Callable[[str, float], None]


def transcribe_file(
    file: Path, model: str | None, language: str | None, *, translate: bool, show: bool
) -> dict[str, Any]:
    """What is said in `file`, in JSON's own types, times in seconds from its beginning; `show` draws a bar.

    What is None is taken from the settings.
    """
    paths = find_paths()
    settings = SettingsFile(paths.config_file, *read_environment()).load().settings
    config = SpeechConfig(
        model=model or settings.stt_model,
        language=language or settings.stt_language,
        translate=translate or settings.stt_translate,
        hints=tuple(settings.stt_hints),
        provider=settings.recognizer,
    )
    with bar(file.name, wanted=show) as progress:
        finals = asyncio.run(_transcribe(file, ModelStore(paths.models), config, progress))
    return {"segments": [_segment(final) for final in finals]}


def print_segments(found: dict[str, Any]) -> None:
    """The same for people: a line for each utterance."""
    for segment in found["segments"]:
        minutes, seconds = divmod(segment["start"], 60)
        say(f"{int(minutes):3d}:{seconds:04.1f}  {segment['text']}")


async def _transcribe(file: Path, models: ModelStore, config: SpeechConfig, progress: Progress) -> list[Final]:
    reader = await asyncio.to_thread(SoundReader, file)
    async with SpeechWorker(StatusBoard(Bus()), models) as worker:
        await worker.open(config)
        end: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        _, finals = await asyncio.gather(_send(reader, worker, end), _receive(worker, end, reader.seconds, progress))
        return finals


async def _send(reader: SoundReader, worker: SpeechWorker, end: "asyncio.Future[int]") -> None:
    """Send the whole file; `end` becomes where its last sample ended."""
    pieces = reader.pieces()
    last = 0
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        position, pcm = piece
        await worker.send(position, pcm)
        last = position + len(pcm) // SAMPLE_BYTES
    end.set_result(last)
    await worker.flush()


async def _receive(worker: SpeechWorker, end: "asyncio.Future[int]", seconds: float, progress: Progress) -> list[Final]:
    """All finals, up to the Done that covers what was sent."""
    finals: list[Final] = []
    while True:
        told = await worker.receive()
        if isinstance(told, Final):
            finals.append(told)
        elif isinstance(told, Done):
            if seconds:
                progress("hearing", min(1.0, told.position / RATE / seconds))
            if end.done() and told.position >= end.result():
                return finals


def _segment(final: Final) -> dict[str, Any]:
    values = dataclasses.asdict(final)
    del values["utterance"]
    values["words"] = list(values["words"])
    return values
