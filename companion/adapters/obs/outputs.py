"""OBS's stream and recording: started and stopped, and answered for only when OBS says that it happened."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from companion.adapters.obs.controls import NOT_PAUSED, NOT_RUNNING, UNKNOWN_REQUEST, translated
from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.notices import ObsNotice
from companion.adapters.obs.protocol import ObsRequestFailed
from companion.domain.events import RecordStateChanged, StreamStateChanged
from companion.kernel.errors import CompanionError, Conflict, Failed

S = TypeVar("S")

START_SECONDS = 15.0
STOP_SECONDS = 15.0
PAUSE_SECONDS = 3.0
LOOK_SECONDS = 0.1
OVER_LOOKS = 30
_WORD = "OBS_WEBSOCKET_OUTPUT_"


class Outputs:
    """The stream and the recording of the OBS at the other end of `link`; all raise as `link.request` does."""

    def __init__(self, link: ObsLink) -> None:
        self._link = link

    async def start_stream(self) -> StreamStateChanged:
        """Start the stream, and wait until it is live; one that is live already stays so.

        Raises Conflict `stream_not_set_up`, Failed `stream_did_not_start`.
        """
        if not (await self._link.request("GetStreamStatus")).get("outputActive"):
            await self._refuse_without_server()
            ended = await self._bring("StartStream", "StreamStateChanged", {"STARTED", "STOPPED"}, START_SECONDS)
            if ended != "STARTED":
                reason = "OBS could not go live." if ended else f"OBS is not live after {START_SECONDS:g} s."
                raise Failed(
                    "stream_did_not_start",
                    reason,
                    "Look at OBS for its message; check Settings → Stream, and the internet connection.",
                )
        return await self._known_stream(active=True)

    async def stop_stream(self) -> StreamStateChanged:
        """Stop the stream, and wait until it is over; raises Failed `stream_did_not_stop`."""
        live = (await self._link.request("GetStreamStatus")).get("outputActive")
        if live and not await self._bring("StopStream", "StreamStateChanged", {"STOPPED"}, STOP_SECONDS):
            raise Failed("stream_did_not_stop", f"OBS still streams after {STOP_SECONDS:g} s.", "Stop it in OBS.")
        await self._until_over("GetStreamStatus")
        return await self._known_stream(active=False)

    async def start_record(self) -> RecordStateChanged:
        """Start the recording, and wait until it runs; raises Failed `record_did_not_start`."""
        if not (await self._link.request("GetRecordStatus")).get("outputActive"):
            ended = await self._bring("StartRecord", "RecordStateChanged", {"STARTED", "STOPPED"}, START_SECONDS)
            if ended != "STARTED":
                raise Failed(
                    "record_did_not_start",
                    "OBS did not start to record.",
                    "Look at OBS for its message; check the folder in Settings → Output → Recording, and the disk.",
                )
        return await self._known_record(lambda record: record.active)

    async def stop_record(self) -> RecordStateChanged:
        """End the recording, and wait until its file is whole; raises Failed `record_did_not_stop`."""
        live = (await self._link.request("GetRecordStatus")).get("outputActive")
        if live and not await self._bring("StopRecord", "RecordStateChanged", {"STOPPED"}, STOP_SECONDS):
            raise Failed("record_did_not_stop", f"OBS still records after {STOP_SECONDS:g} s.", "Stop it in OBS.")
        await self._until_over("GetRecordStatus")
        return await self._known_record(lambda record: not record.active)

    async def pause_record(self, *, paused: bool) -> RecordStateChanged:
        """Pause the recording or go on; raises Conflict `not_recording` or `pause_not_possible`."""
        status = await self._link.request("GetRecordStatus")
        if not status.get("outputActive"):
            raise _not_recording()
        if bool(status.get("outputPaused")) is not paused:
            word = "PAUSED" if paused else "RESUMED"
            request = "PauseRecord" if paused else "ResumeRecord"
            if not await self._bring(request, "RecordStateChanged", {word}, PAUSE_SECONDS):
                raise Conflict(
                    "pause_not_possible",
                    "OBS did not pause the recording: one that shares the stream's encoder cannot be paused.",
                    "Choose another encoder for the recording in OBS: Settings → Output → Recording.",
                )
        return await self._known_record(lambda record: record.active and record.paused is paused)

    async def add_chapter(self, name: str | None) -> None:
        """Set a chapter in the recording; raises Conflict `not_recording` or `chapters_not_supported`."""
        unsupported = Conflict(
            "chapters_not_supported",
            "This OBS cannot set chapters in this recording.",
            "Use OBS 30.2 or newer, and Hybrid MP4 as the recording format (Settings → Output → Recording).",
        )
        if not (await self._link.request("GetRecordStatus")).get("outputActive"):
            raise _not_recording()
        data = {} if name is None else {"chapterName": name}
        try:
            await self._link.request("CreateRecordChapter", data)
        except ObsRequestFailed as error:
            codes = (UNKNOWN_REQUEST, 604, 700, 702)
            raise translated(error, dict.fromkeys(codes, unsupported) | {NOT_RUNNING: _not_recording()}) from None

    async def _bring(self, request: str, kind: str, ends: set[str], seconds: float) -> str:
        """Ask, and wait until OBS tells one of `ends`; returns which, or nothing when the time was over."""
        notices = self._link.notices.subscribe(ObsNotice)
        try:
            await self._request(request)
            async with asyncio.timeout(seconds):
                async for envelope in notices:
                    notice = envelope.event
                    if isinstance(notice, ObsNotice) and notice.kind == kind and (word := _word(notice.data)) in ends:
                        return word
        except TimeoutError:
            return ""
        finally:
            self._link.notices.unsubscribe(notices)
        return ""

    async def _until_over(self, request: str) -> None:
        """OBS tells of the end a moment before it is so; started again meanwhile, it would not start."""
        for _ in range(OVER_LOOKS):
            if not (await self._link.request(request)).get("outputActive"):
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _request(self, request: str) -> None:
        known: dict[int, CompanionError] = {NOT_RUNNING: _not_recording(), NOT_PAUSED: _not_recording()}
        try:
            await self._link.request(request)
        except ObsRequestFailed as error:
            raise translated(error, known if "Record" in request else {}) from None

    async def _refuse_without_server(self) -> None:
        """Without a server OBS opens a window with a question, and nothing starts."""
        service = await self._link.request("GetStreamServiceSettings")
        settings = service.get("streamServiceSettings") or {}
        if not any(settings.get(name) for name in ("server", "key", "bearer_token", "service")):
            raise Conflict(
                "stream_not_set_up", "OBS does not know where to stream to.", "Set it up in OBS: Settings → Stream."
            )

    async def _known_stream(self, *, active: bool) -> StreamStateChanged:
        """What the link knows, as soon as it knows this."""
        return await _soon(lambda: self._link.status().stream, lambda stream: stream.active is active)

    async def _known_record(self, wanted: Callable[[RecordStateChanged], bool]) -> RecordStateChanged:
        return await _soon(lambda: self._link.status().record, wanted)


async def _soon(read: Callable[[], S | None], wanted: Callable[[S], bool]) -> S:
    """What `read` gives, at most 1 s later where it is not yet as OBS said."""
    for _ in range(10):
        found = read()
        if found is not None and wanted(found):
            return found
        await asyncio.sleep(LOOK_SECONDS)
    raise Failed("obs_state_unclear", "OBS says one thing and another.", "Look at OBS, then try again.")


def _word(data: dict[str, Any]) -> str:
    return str(data.get("outputState", "")).removeprefix(_WORD)


def _not_recording() -> Conflict:
    return Conflict("not_recording", "OBS does not record.", "Start the recording first.")
