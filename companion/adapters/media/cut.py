"""The exact cut: the frames of a window, each once, no other, with as little re-encoding as is right.

`cut_source` reads, `cut_plan` decides, `cut_encode` makes new packets, `cut_write` writes; what is special about a
codec stands in `cut_h264`, `cut_hevc` and `cut_av1`. docs/decisions/0001-exact-cut.md says why it is done this way.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from companion.adapters.media.cut_codec import CannotCopy, Codec, Entry, IntraOnly
from companion.adapters.media.cut_encode import Coded, encode_frames, whole_window
from companion.adapters.media.cut_plan import Plan, decode_depth, plan_copy
from companion.adapters.media.cut_source import Picture, Source, Watch, opened, read_pictures
from companion.adapters.media.cut_write import ClipFile, Schedule, appearing, fitting_path, track_title
from companion.adapters.media.payload import Payload, digest_of_run
from companion.domain.cut import Cut, CutMethod, first_tick
from companion.kernel.errors import Failed, Refused

AUDIO_LEAD_SECONDS = 2
"""How far before its picture a sound may stand in the source file."""


def cut(
    source: Path,
    out: Path,
    start: float,
    end: float,
    *,
    ffmpeg: str,
    reencode: bool = False,
    watch: Watch | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Cut:
    """Write the frames with `start` <= time < `end` of `source` to `out`; `progress` hears fractions of 1.

    An `end` beyond the file's is taken as the file's end, and `Cut.end` says so; a `start` there is refused. With
    `reencode` nothing is copied. When a codec does not go into MP4 the clip is an MKV file beside `out`. What is
    decoded to be encoded anew at the clip's ends, and beside that, passes through `watch`.
    """
    _check_window(start, end)
    refuse_own_source(source, out)
    with opened(source, start) as media:
        job = _Job(media, start, end, ffmpeg, watch, progress)
        return job.run(out, reencode=reencode)


def refuse_own_source(source: Path, out: Path) -> None:
    """Raise Refused `out_is_source` where the clip `out` would replace what it is cut from."""
    if _is_same(out, source):
        raise Refused("out_is_source", "The clip would replace its own source.", "Choose another name for the clip.")


class _Job:
    """One cut of an open source."""

    def __init__(
        self,
        source: Source,
        start: float,
        end: float,
        ffmpeg: str,
        watch: Watch | None,
        progress: Callable[[float], None],
    ) -> None:
        self._source, self._start, self._end = source, start, end
        self._ffmpeg, self._watch, self._progress = ffmpeg, watch, progress
        self._low = first_tick(start, source.origin, source.time_base)
        self._high = first_tick(end, source.origin, source.time_base)
        self._pictures: list[Picture] = []
        self._wanted: list[int] = []
        self._encoded: dict[int, bytes] = {}
        self._done = 0

    def run(self, out: Path, *, reencode: bool) -> Cut:
        codec: Codec | None = None
        plan: Plan | None = None
        reason = "asked for" if reencode else ""
        if not reencode:
            try:
                codec = codec_of(self._source.video)
                self._read(codec)
                plan = plan_copy(self._pictures, self._wanted, self._high)
                head, tail = self._encode_ends(plan, codec)
            except CannotCopy as why:
                codec, plan, reason = None, None, str(why)
        if codec is None or plan is None:
            self._read(None)
            return self._reencode(out, reason)
        return self._copy(out, codec, plan, head, tail)

    def _read(self, codec: Codec | None) -> None:
        self._pictures = read_pictures(self._source, self._low, self._high, codec)
        self._wanted = sorted(p.pts for p in self._pictures if self._low <= p.pts < self._high)
        if len(set(self._wanted)) < len(self._wanted):
            raise Failed(
                "source_damaged", f"{self._source.path.name} shows two frames at one time.", "Choose another file."
            )
        if not self._wanted:
            self._refuse_empty()
        following = min((p.pts for p in self._pictures if p.pts >= self._high), default=None)
        frame = self._source.frame_ticks()
        last = self._wanted[-1]
        self._last_end = last + frame if following is None else min(following, max(self._high, last + frame))

    def _refuse_empty(self) -> None:
        name, origin = self._source.path.name, self._source
        if any(p.pts >= self._high for p in self._pictures):
            raise Refused(
                "window_empty", f"{name} has no frame from {self._start} to {self._end} s.", "Choose a longer window."
            )
        length = float(origin.time(max((p.pts for p in self._pictures), default=0)))
        raise Refused(
            "window_outside",
            f"{name} ends at {length:.3f} s, before the window from {self._start} to {self._end} s.",
            "Choose a window inside the file.",
            length=length,
        )

    def _encode_ends(self, plan: Plan, codec: Codec) -> tuple[list[Coded], list[Coded]]:
        self._total = len(plan.head) + len(plan.tail)
        head, tail = self._encode(plan.head_key, plan.head, codec), self._encode(plan.tail_key, plan.tail, codec)
        if plan.closed:
            head[-1] = Coded(head[-1].pts, codec.close(head[-1].data), head[-1].key)
        return head, tail

    def _encode(self, key: int, shown: Sequence[int], codec: Codec) -> list[Coded]:
        if not shown:
            return []
        beside = self._beside(key, shown) if self._watch else []
        frames = self._source.decode(key, shown, self._watch, beside)
        coded, header = encode_frames(frames, shown, codec.encoder(), self._source, self._step)
        data = codec.adapt([picture.data for picture in coded], header)
        return [Coded(picture.pts, new, picture.key) for picture, new in zip(coded, data, strict=True)]

    def _beside(self, key: int, shown: Sequence[int]) -> list[int]:
        """The pictures before and after those `shown`, which they must be told from, where decoding passes them."""
        before = [p.pts for p in self._pictures if key <= p.pts < shown[0]]
        after = min((p for p in self._pictures if p.pts > shown[-1]), key=lambda p: p.pts, default=None)
        return sorted(before)[-1:] + ([after.pts] if after and after.entry is Entry.NONE else [])

    def _step(self) -> None:
        self._done += 1
        self._progress(min(0.99, 0.9 * self._done / self._total))

    def _copy(self, out: Path, codec: Codec, plan: Plan, head: list[Coded], tail: list[Coded]) -> Cut:
        source = self._source
        order = [picture.pts for picture in head] + plan.copied + [picture.pts for picture in tail]
        depth = decode_depth(order, self._wanted)
        with self._clip(out, depth) as (path, clip, misfit):
            clip.add_video(source.video, codec.header(), codec.codec_tag)
            clip.add_audios()
            payload = Payload(source.video)
            self._encoded = {new.pts: payload.digest(memoryview(new.data)) for new in (*head, *tail)}
            for picture in head:
                clip.write_video(picture.data, picture.pts, source.time_base, key=picture.key)
            self._copy_packets(clip, plan)
            for picture in tail:
                clip.write_video(picture.data, picture.pts, source.time_base, key=picture.key)
            clip.finish()
        ends = [f"{len(run)} frames at its {name}" for run, name in ((plan.head, "start"), (plan.tail, "end")) if run]
        reasons = [f"{' and '.join(ends)} depend on frames outside the window" if ends else "", misfit]
        method = CutMethod.SMART if ends else CutMethod.COPY
        name = self._source.video.codec_context.codec.canonical_name
        return self._report(path, method, reasons, codec=name, copied=sorted(plan.copied))

    def _copy_packets(self, clip: ClipFile, plan: Plan) -> None:
        """Copy the pictures of the plan and all sound of the window."""
        source = self._source
        video, audios = source.video, source.audios
        left = iter(plan.copied)
        expected = next(left, None)
        copied = 0
        running = {audio.index for audio in audios}
        lead = int(AUDIO_LEAD_SECONDS / source.time_base) if audios else 0
        give_up = self._last_end + int(10 / source.time_base)
        for packet in source.packets_from(self._wanted[0] - lead, video, *audios):
            if packet.stream is not video:
                if not clip.copy_audio(packet):
                    running.discard(packet.stream_index)
            elif packet.pts == expected:
                clip.copy_video(packet, packet.pts)
                expected = next(left, None)
                copied += 1
                self._progress(0.9 + 0.09 * copied / len(plan.copied))
            if expected is None and (not running or (packet.stream is video and packet.pts > give_up)):
                break
        if expected is not None:
            raise Failed(
                "source_changed", f"{source.path.name} changed while it was cut.", "Try again once it is complete."
            )

    def _reencode(self, out: Path, reason: str) -> Cut:
        source = self._source
        key = max((p.pts for p in self._pictures if p.pts <= self._wanted[0]), default=self._wanted[0])
        key = min(key, self._pictures[0].pts)
        with whole_window(self._ffmpeg, source, self._wanted, key) as encoded:
            video = encoded.container.streams.video[0]
            codec = video.codec_context.codec.canonical_name
            with self._clip(out, video.codec_context.reorder_depth, codec) as (path, clip, misfit):
                clip.add_video(video, None, "hvc1" if codec == "hevc" else "")
                clip.add_audios()
                count = self._merge(clip, encoded.container.demux(video), Payload(video))
                if count <= len(self._wanted):
                    encoded.check()
                if count != len(self._wanted):
                    raise _count_differs(count, len(self._wanted), source.path)
                clip.finish()
        return self._report(path, CutMethod.REENCODE, [f"all was re-encoded: {reason}", misfit], codec=codec)

    def _merge(self, clip: ClipFile, packets: Iterator[Any], payload: Payload) -> int:
        """Write the encoder's packets, and the sound up to each one's time; returns how many packets there were."""
        source = self._source
        sound = self._sound(clip)
        reached = next(sound, math.inf)
        count = 0
        for packet in packets:
            if not packet.size:
                continue
            index = round(packet.pts * packet.time_base * source.fps)
            if index >= len(self._wanted):
                return count + 1  # more frames than there are: the caller refuses
            pts = self._wanted[index]
            while reached < source.time(pts):
                reached = next(sound, math.inf)
            packet.time_base = source.time_base
            self._encoded[pts] = payload.digest(memoryview(packet))
            clip.copy_video(packet, pts)
            count += 1
            self._progress(min(0.99, count / len(self._wanted)))
        for _ in sound:
            pass
        return count

    def _sound(self, clip: ClipFile) -> Iterator[float]:
        """Copies the window's sound, packet by packet, and yields how far it is on the source's timeline."""
        source = self._source
        running = {audio.index for audio in source.audios}
        if not running:
            return
        lead = int(AUDIO_LEAD_SECONDS / source.time_base)
        for packet in source.packets_from(self._wanted[0] - lead, source.video, *source.audios):
            if packet.stream is source.video:
                continue
            at = float(packet.pts * packet.time_base - source.origin)
            if not clip.copy_audio(packet):
                running.discard(packet.stream_index)
                if not running:
                    return
            yield at

    @contextmanager
    def _clip(self, out: Path, depth: int, codec: str = "") -> Iterator[tuple[Path, ClipFile, str]]:
        """The clip's file: it appears whole when the block ends well, or not at all."""
        source = self._source
        video_codec = codec or source.video.codec_context.codec.canonical_name
        path, kind, misfit = fitting_path(
            out, video_codec, [a.codec_context.codec.canonical_name for a in source.audios]
        )
        schedule = Schedule(self._wanted, self._last_end, depth, source.frame_ticks())
        with appearing(path) as part:
            clip = ClipFile(part, kind, source, schedule, self._wanted[0], self._last_end)
            try:
                yield path, clip, misfit
            finally:
                clip.abandon()
        self._progress(1.0)

    def _report(
        self, path: Path, method: CutMethod, reasons: list[str], *, codec: str, copied: Sequence[int] = ()
    ) -> Cut:
        source, context = self._source, self._source.video.codec_context
        names = [(audio.codec_context.codec.canonical_name, track_title(audio)) for audio in source.audios]
        copied_end = next((w for w in self._wanted if copied and w > copied[-1]), self._last_end)
        return Cut(
            source=source.path,
            path=path,
            wanted_start=self._start,
            wanted_end=self._end,
            start=float(source.time(self._wanted[0])),
            end=float(source.time(self._last_end)),
            frames=len(self._wanted),
            method=method,
            reason="; ".join(reason for reason in reasons if reason),
            copied_start=float(source.time(copied[0])) if copied else None,
            copied_end=float(source.time(copied_end)) if copied else None,
            encoded_digest=digest_of_run(self._encoded),
            video_codec=codec,
            width=context.width,
            height=context.height,
            fps=float(source.fps),
            tracks=[f"video {codec}", *(f"audio {name} {title}".rstrip() for name, title in names)],
            size_bytes=path.stat().st_size,
        )


def codec_of(stream: Any) -> Codec:
    """What is known of the codec of a PyAV video stream; raises CannotCopy for one that cannot be spliced."""
    from companion.adapters.media.cut_av1 import Av1
    from companion.adapters.media.cut_h264 import H264
    from companion.adapters.media.cut_hevc import Hevc

    context = stream.codec_context
    if context.field_order > 1:
        raise CannotCopy("its picture is interlaced")
    known: dict[str, Any] = {"h264": H264, "hevc": Hevc, "av1": Av1}
    name = context.codec.canonical_name
    try:
        if name in known:
            return known[name](context)  # type: ignore[no-any-return]
    except (ValueError, IndexError):
        raise CannotCopy(f"its {name} header cannot be read") from None
    if context.codec.intra_only:
        return IntraOnly(context)
    raise CannotCopy(f"{name} cannot be spliced")


def _is_same(out: Path, source: Path) -> bool:
    try:
        return out.samefile(source)
    except OSError:  # one of them is not there, or nobody may look: who reads or writes it says so
        return False


def _check_window(start: float, end: float) -> None:
    if not (math.isfinite(start) and math.isfinite(end)) or start < 0:
        raise Refused("window_invalid", f"A window from {start} to {end} s is not possible.", "Use seconds from 0 on.")
    if start >= end:
        raise Refused("window_empty", f"The window starts at {start} s, but ends at {end} s.", "Let it end later.")


def _count_differs(count: int, wanted: int, path: Path) -> Failed:
    return Failed(
        "source_damaged",
        f"Of {wanted} frames in the window {count} came out: a part of {path.name} cannot be decoded.",
        "Choose another window.",
    )
