"""The sound of any sound or video file, as recognition takes it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from companion.domain.speech import RATE
from companion.kernel.errors import Failed, NotFound, Refused

if TYPE_CHECKING:
    from av.container import InputContainer

PIECE_SECONDS = 1.0
GAP_SECONDS = 0.05
"""Where the file's time stamps leave out more than this, the sound has a gap; less is how muxers round."""


class SoundReader:
    """A file open for reading; `seconds` is how long it says it is, 0 when it does not say. Everything here blocks."""

    def __init__(self, path: Path) -> None:
        """Raises NotFound `file_not_found`, or Refused `no_sound` or `not_readable`."""
        import av

        try:
            self._file: InputContainer = av.open(str(path))
        except FileNotFoundError:
            raise NotFound("file_not_found", f"There is no file {path}.", "Check the path.") from None
        except (OSError, ValueError) as error:
            raise Refused(
                "not_readable", f"{path.name} is no sound or video file that can be read.", "Try another file."
            ) from error
        if not self._file.streams.audio:
            raise Refused("no_sound", f"There is no sound in {path.name}.", "Choose a file with an audio track.")
        self._name = path.name
        self.seconds = self._file.duration / 1_000_000 if self._file.duration else 0.0

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """(position, samples) of the first audio track, 16 kHz mono int16; position 0 is the file's own beginning.

        Raises Failed `not_decodable` when nothing at all of it can be decoded; what is damaged is left out.
        """
        import av

        stream = self._file.streams.audio[0]
        begin = (self._file.start_time or 0) / 1_000_000
        position, decoded = 0, False
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        held = bytearray()
        for packet in self._file.demux(stream):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            for frame in frames:
                decoded = True
                at = position + len(held) // 2
                due = at if frame.time is None else round((frame.time - begin) * RATE)
                if abs(due - at) > GAP_SECONDS * RATE and due >= at:
                    held += _samples(resampler, None)
                    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
                    if held:
                        yield position, bytes(held)
                    position, held = max(due, position + len(held) // 2), bytearray()
                held += _samples(resampler, frame)
                if len(held) >= PIECE_SECONDS * RATE * 2:
                    yield position, bytes(held)
                    position, held = position + len(held) // 2, bytearray()
        if not decoded:
            raise Failed("not_decodable", f"The sound of {self._name} cannot be decoded.", "Try another file.")
        held += _samples(resampler, None)
        if held:
            yield position, bytes(held)


def _samples(resampler: Any, frame: Any) -> bytes:
    return b"".join(made.to_ndarray().tobytes() for made in resampler.resample(frame))
