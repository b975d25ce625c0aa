"""The media child: cuts, proves and pictures clips at low priority, away from the daemon and its memory.

It speaks JSON, one object a line. In: `{"job", "arguments"}`. Out, for each job: any number of `{"step", "fraction"}`
and `{"log", "level"}`, then `{"result"}` or `{"error", "status"}`. Jobs run in the order of their arrival. It ends at
once, in the middle of whatever it does, when its input ends or its parent dies.
"""

import ctypes
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from companion.adapters.media.made import MadeClip
from companion.domain.cut import Cut, CutMethod, Receipt
from companion.kernel.child import JsonLines, LogLines, be_a_child, private_output
from companion.kernel.errors import CompanionError, InternalError, Refused

if TYPE_CHECKING:
    from companion.adapters.media.receipt_stills import Stills

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.05

Tell = Callable[[str, float], None]


class Answers(JsonLines):
    """The protocol's output."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream)
        self._told = ("", 0.0)

    def progress(self, step: str, fraction: float) -> None:
        """Tell how far `step` is (0 to 1), not more often than anyone can see."""
        now = time.monotonic()
        if step == self._told[0] and fraction < 1 and now - self._told[1] < PROGRESS_SECONDS:
            return
        self._told = (step, now)
        self.send(step=step, fraction=round(min(1.0, max(0.0, fraction)), 4))


class Worker:
    """Answers requests; `ffmpeg` None means the one that comes with the companion."""

    def __init__(self, answers: Answers, ffmpeg: str | None) -> None:
        self._answers = answers
        self._ffmpeg = ffmpeg
        self._jobs: dict[str, Callable[..., Any]] = {
            "warm": self._warm,
            "probe": self._probe,
            "cut": self._cut,
            "picture": self._picture,
            "burn": self._burn,
            "sound": self._sound,
        }

    def answer(self, line: bytes) -> None:
        """Do what the request asks, and send its result or its error."""
        try:
            job, arguments = self._read(line)
            self._answers.send(result=job(**arguments))
        except CompanionError as error:
            self._answers.send(status=error.status, **error.as_json())
        except Exception:
            log.exception("a media job failed")
            bug = InternalError()
            self._answers.send(status=bug.status, **bug.as_json())
        finally:
            _give_memory_back()

    def _read(self, line: bytes) -> tuple[Callable[..., Any], dict[str, Any]]:
        try:
            request = json.loads(line)
            return self._jobs[request["job"]], dict(request["arguments"])
        except (ValueError, KeyError, TypeError) as error:
            raise Refused("invalid_request", f"The media child does not understand {line[:80]!r}.") from error

    def _warm(self) -> None:
        """Load what every clip needs."""
        import PIL.JpegImagePlugin  # noqa: F401

        import companion.adapters.media.cut
        import companion.adapters.media.receipt
        import companion.adapters.media.thumbnail  # noqa: F401

    def _probe(self, path: str) -> dict[str, Any]:
        from companion.adapters.media.probe import probe

        return probe(Path(path)).model_dump(mode="json")

    def _cut(self, source: str, out: str, start: float, end: float) -> dict[str, Any]:
        job = ClipJob(Path(source), Path(out), start, end, self._program(), self._answers.progress)
        return job.run().model_dump(mode="json")

    def _picture(self, clip: str, out: str) -> None:
        from companion.adapters.media.thumbnail import thumbnail

        thumbnail(Path(clip), Path(out))

    def _burn(self, clip: str, out: str, subtitles: str) -> None:
        from companion.adapters.media.burn import burn

        def tell(fraction: float) -> None:
            self._answers.progress("burning", fraction)

        burn(Path(clip), Path(out), subtitles, ffmpeg=self._program(), progress=tell)

    def _sound(self, source: str, out: str, start: float, end: float) -> None:
        from companion.adapters.media.sound import sound

        sound(Path(source), Path(out), start, end, ffmpeg=self._program())

    def _program(self) -> str:
        if self._ffmpeg is None:
            import imageio_ffmpeg

            self._ffmpeg = str(imageio_ffmpeg.get_ffmpeg_exe())
        return self._ffmpeg


class ClipJob:
    """One clip: cut, proved, and re-encoded whole when a check failed.

    A file that is there already, an earlier cut, stays as it is until this one is proved.
    """

    def __init__(self, source: Path, out: Path, start: float, end: float, ffmpeg: str, tell: Tell) -> None:
        self._source, self._out, self._start, self._end = source, out, start, end
        self._ffmpeg, self._tell = ffmpeg, tell

    def run(self) -> MadeClip:
        from companion.adapters.media.cut import refuse_own_source
        from companion.adapters.media.cut_write import appearing
        from companion.adapters.media.receipt_stills import Stills

        refuse_own_source(self._source, self._out)
        there = self._out.exists()
        stills = Stills()
        cut = self._cut(self._hidden("new", self._out.suffix) if there else self._out, stills)
        receipt, first = self._prove(cut, stills), None
        if not receipt.ok and cut.method is not CutMethod.REENCODE:
            first = receipt
            cut, receipt = self._again(cut, receipt)
        if there:
            final = self._out.with_suffix(cut.path.suffix)
            with appearing(final) as part:
                cut.path.replace(part)
            if final != self._out:
                self._out.unlink(missing_ok=True)
            cut = cut.model_copy(update={"path": final})
        return MadeClip(cut=cut, receipt=receipt, doubtful=not receipt.ok, first_receipt=first)

    def _hidden(self, name: str, suffix: str) -> Path:
        """Beside the clip, under a name that nobody takes for one."""
        return self._out.with_name(f".{self._out.stem}.{name}{suffix}")

    def _again(self, cut: Cut, receipt: Receipt) -> tuple[Cut, Receipt]:
        """Re-encode the whole window in place of a cut that failed a check; that cut stays when this fails."""
        failed = ", ".join(check.name for check in receipt.failures())
        log.warning("%s failed its receipt (%s); re-encoding it whole", cut.path.name, failed)
        path = self._hidden("again", cut.path.suffix)
        try:
            second = self._cut(path, reencode=True)
            second_receipt = self._prove(second)
            final = cut.path.with_suffix(second.path.suffix)
            second.path.replace(final)
        except CompanionError as error:
            log.warning("%s could not be re-encoded: %s", cut.path.name, error.message)
            reason = f"a check failed ({failed}), and re-encoding it failed: {error.message}"
            return cut.model_copy(update={"reason": reason}), receipt
        finally:
            path.unlink(missing_ok=True)
        if final != cut.path:
            cut.path.unlink(missing_ok=True)
        reason = f"a check of the first cut failed ({failed})"
        return second.model_copy(update={"path": final, "reason": reason}), second_receipt

    def _cut(self, out: Path, watch: "Stills | None" = None, *, reencode: bool = False) -> Cut:
        from companion.adapters.media.cut import cut

        return cut(
            self._source,
            out,
            self._start,
            self._end,
            ffmpeg=self._ffmpeg,
            reencode=reencode,
            watch=watch,
            progress=lambda fraction: self._tell("cutting", fraction),
        )

    def _prove(self, cut: Cut, stills: "Stills | None" = None) -> Receipt:
        from companion.adapters.media.receipt import prove

        return prove(cut, stills, progress=lambda fraction: self._tell("proving", fraction))


def main() -> None:
    """Serve requests from standard input until it ends."""
    answers = Answers(private_output())
    logging.basicConfig(level=logging.INFO, handlers=[LogLines(answers)], format="%(message)s")
    be_a_child()
    worker = Worker(answers, sys.argv[1] if len(sys.argv) > 1 else None)
    jobs = ThreadPoolExecutor(max_workers=1, thread_name_prefix="job")
    for line in sys.stdin.buffer:  # stays on the main thread, so that the end of input is seen during a job
        jobs.submit(worker.answer, line)
    os._exit(0)


def _give_memory_back() -> None:
    """Return what decoders and encoders used to the system, as far as the C library can."""
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "malloc_trim"):
        library.malloc_trim(0)


if __name__ == "__main__":
    main()
