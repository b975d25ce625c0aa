"""The receipt: a clip is opened again, beside its source, and each thing that it promises is measured.

Nothing is taken over from the cutting but its claims, the wanted window, and what it decoded of the source, where it is
seen that this is the source's. Packets are compared by digest, which proves copied pictures and sound; pictures are
decoded only where packets cannot prove them (`receipt_look`).
"""

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av.logging

from companion.adapters.media import colour
from companion.adapters.media.payload import digest_of_run
from companion.adapters.media.receipt_boxes import Shape, read_shape
from companion.adapters.media.receipt_film import Broken, Film, Unit, codec, title
from companion.adapters.media.receipt_look import REENCODED_DECIBELS, Seen, View, look
from companion.adapters.media.receipt_pairs import CLOCK_SECONDS, Evidence
from companion.adapters.media.receipt_sound import OFFSET_SECONDS, OVERHANG_SECONDS, Heard, listen
from companion.adapters.media.receipt_stills import Stills
from companion.domain.cut import Check, Cut, CutMethod, Receipt

LEAD_IN_SECONDS = 0.050
CLAIM_SECONDS = 0.002


def prove(cut: Cut, stills: Stills | None = None, *, progress: Callable[[float], None] = lambda _: None) -> Receipt:
    """Measure the clip of `cut` against its source; never raises for what is wrong with either: a check fails.

    `stills` are what cutting it decoded of the source, if that was kept; what they cost is counted here.
    """
    stills = stills or Stills()
    began = time.process_time() - stills.cpu_seconds
    old_level = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)
    repeated = av.logging.get_skip_repeated()
    av.logging.set_skip_repeated(False)  # what one film's decoder says must not silence the other's
    try:
        checks = _prove(cut, stills, progress)
    finally:
        av.logging.set_level(old_level)
        av.logging.set_skip_repeated(repeated)
    return Receipt(
        ok=all(check.ok for check in checks), checks=checks, cpu_seconds=round(time.process_time() - began, 4)
    )


def _prove(cut: Cut, stills: Stills, progress: Callable[[float], None]) -> list[Check]:
    done = 0.0

    def tick() -> None:
        progress(done)

    tick()
    shape = _shape(cut.path)
    try:
        with Film(cut.source, tick, cut.wanted_start) as source, Film(cut.path, tick) as clip:
            evidence = Evidence(cut, source, clip, stills)
            checks = [_readable(shape, clip)]
            done = 0.4
            checks += [_tracks(evidence), _picture_format(evidence), _frames(evidence, shape)]
            checks += [_length(evidence), _timestamps(evidence), _claims(evidence), _copied_packets(evidence)]
            checks += [_encoded_packets(evidence), _parameter_sets(evidence)]
            if shape.faststart is not None:
                checks.append(_check("faststart", shape.faststart, "header before content", shape.kind))
            if evidence.pairs:
                view = look(evidence)
                checks += [_first_frame(evidence, view), _last_frame(evidence, view), _reencoded(evidence, view)]
            done = 0.8
            checks += _sound(listen(evidence))
            progress(1.0)
            return checks
    except Broken as error:
        return [_check("readable", ok=False, expected="both files can be read to their end", measured=str(error))]


def _check(name: str, ok: bool, expected: str, measured: str) -> Check:
    return Check(name=name, ok=ok, expected=expected, measured=measured)


def _shape(path: Path) -> Shape:
    try:
        return read_shape(path)
    except OSError as error:
        return Shape("unknown", error.strerror or str(error))


def _readable(shape: Shape, clip: Film) -> Check:
    faults = [fault for fault in (shape.whole, *clip.trouble) if fault]
    return _check("readable", not faults, "the file is whole", "; ".join(faults[:3]) or "whole")


def _tracks(evidence: Evidence) -> Check:
    """Every track is there, in order, with its title; sound may have another codec only where it was re-encoded."""
    source, clip = evidence.source, evidence.clip
    whole = evidence.cut.method is CutMethod.REENCODE
    wanted = [f"video {evidence.cut.video_codec if whole else codec(source.video)}"] + [
        f"audio {title(stream)}".strip() for stream in source.audios
    ]
    found = [f"video {codec(clip.video)}"] + [f"audio {title(stream)}".strip() for stream in clip.audios]
    extra = [stream for stream in clip.container.streams.video if stream.index != clip.video.index]
    found += ["another video"] * len(extra)
    silent = [
        f"no packets in audio {number + 1}"
        for number, (theirs, mine) in enumerate(zip(source.audios, clip.audios, strict=False))
        if evidence.source_units[theirs.index] and not evidence.clip_units[mine.index]
    ]
    return _check("tracks", wanted == found and not silent, ", ".join(wanted), ", ".join(found + silent))


def _picture_format(evidence: Evidence) -> Check:
    wanted, found = _describe(evidence.source), _describe(evidence.clip)
    return _check("picture_format", wanted == found, wanted, found)


def _describe(film: Film) -> str:
    context = film.video.codec_context
    aspect = film.video.sample_aspect_ratio or context.sample_aspect_ratio or 1
    colours = f"{context.color_primaries}/{context.color_trc}/{colour.matrix(context)}"
    full = context.color_range == 2 or str(context.pix_fmt).startswith("yuvj")
    return (
        f"{context.width}x{context.height} {str(context.pix_fmt).replace('yuvj', 'yuv')} "
        f"colour {colours} {'full' if full else 'limited'} range, pixels {aspect}"
    )


def _frames(evidence: Evidence, shape: Shape) -> Check:
    """Each frame of the window once and no other, none hidden."""
    missing = [pair.source for pair in evidence.pairs if pair.shown is None]
    faults = [f"{len(missing)} missing, the first at {missing[0].time:.3f} s"] if missing else []
    if evidence.extra:
        faults.append(f"{evidence.extra} too many")
    hidden = sum(unit.hidden for unit in evidence.clip_order)
    if shape.stored_frames is not None:
        hidden += max(0, shape.stored_frames - len(evidence.clip_order))
    if hidden:
        faults.append(f"{hidden} hidden")
    if not evidence.expected:
        faults.append("the source has no frame in the window")
    measured = f"{len(evidence.shown)} frames" + "".join(f", {fault}" for fault in faults)
    return _check("frames", not faults, f"{len(evidence.expected)} frames, each once, none hidden", measured)


def _length(evidence: Evidence) -> Check:
    if not evidence.expected or not evidence.shown:
        return _check("length", ok=False, expected="a picture", measured=f"{len(evidence.shown)} frames")
    cut, end = evidence.cut, evidence.end
    begin = max(cut.wanted_start, evidence.expected[0].time)
    last, track = evidence.shown[-1], evidence.clip.video
    wanted = min(cut.wanted_end, end) - begin
    if track.duration is not None:  # MP4's packets tell how long they are decoded for, not shown
        found = float(track.duration * (track.time_base or 0))
    else:
        found = last.time + (last.duration or evidence.frame_seconds) - evidence.shown[0].time
    tolerance = evidence.longest_frame + CLOCK_SECONDS
    return _check(
        "length", abs(found - wanted) <= tolerance, f"{wanted:.3f} s within {tolerance:.3f} s", f"{found:.3f} s"
    )


def _timestamps(evidence: Evidence) -> Check:
    """Every track's packets are in order, no frame is shown before it is decoded, and the picture begins at once."""
    faults = []
    for units in evidence.clip_units.values():
        stamps = [unit.dts for unit in units if unit.dts is not None]
        if any(later <= earlier for earlier, later in pairwise(stamps)):
            faults.append("packets out of order")
        if any(unit.dts is not None and unit.pts < unit.dts for unit in units):
            faults.append("frames shown before they are decoded")
        if len({unit.pts for unit in units}) < len(units):
            faults.append("a time stamp used twice")
    lead_in = evidence.shown[0].time if evidence.shown else 0.0
    allowed = LEAD_IN_SECONDS
    if evidence.expected:
        allowed += max(0.0, evidence.expected[0].time - max(0.0, evidence.cut.wanted_start))
    if not -CLOCK_SECONDS <= lead_in <= allowed:
        faults.append(f"the picture begins at {lead_in:.3f} s")
    return _check(
        "timestamps", not faults, "growing, from the start on", ", ".join(faults) or f"growing, from {lead_in:.3f} s"
    )


def _claims(evidence: Evidence) -> Check:
    """What the cut says of itself is so."""
    cut, clip, context = evidence.cut, evidence.clip, evidence.clip.video.codec_context
    faults = []
    if cut.frames != len(evidence.shown):
        faults.append(f"{cut.frames} frames")
    if evidence.expected and abs(cut.start - evidence.expected[0].time) > CLAIM_SECONDS:
        faults.append(f"start {cut.start:.3f} s")
    if evidence.expected and abs(cut.end - evidence.end) > evidence.longest_frame + CLAIM_SECONDS:
        faults.append(f"end {cut.end:.3f} s")
    if (cut.width, cut.height) != (context.width, context.height):
        faults.append(f"{cut.width}x{cut.height}")
    if cut.size_bytes != cut.path.stat().st_size:
        faults.append(f"{cut.size_bytes} bytes")
    if cut.method is CutMethod.REENCODE and evidence.claimed():
        faults.append("both re-encoded and copied")
    if cut.method is CutMethod.COPY and len(evidence.claimed()) != len(evidence.pairs):
        faults.append("copied alone")
    if len(cut.tracks) != 1 + len(clip.audios):
        faults.append(f"{len(cut.tracks)} tracks")
    return _check("claims", not faults, "what the cut says of itself is so", ", ".join(faults) or "it is")


def _copied_packets(evidence: Evidence) -> Check:
    claimed = evidence.claimed()
    different = [pair.source for pair in claimed if not pair.equal]
    expected = f"{len(claimed)} packets equal to the source's"
    if different:
        measured = f"{len(different)} differ, the first at {different[0].time:.3f} s"
    else:
        suspect = sum(pair.suspect for pair in claimed)
        measured = f"{len(claimed)} equal" + (f", {suspect} also looked at" if suspect else "")
    return _check("copied_packets", not different, expected, measured)


def _encoded_packets(evidence: Evidence) -> Check:
    """What was encoded anew is in the file as it was written."""
    claimed = {pair.source.pts for pair in evidence.claimed()}
    new = [pair.shown for pair in evidence.pairs if pair.shown and pair.source.pts not in claimed]
    whole = digest_of_run({unit.pts: unit.digest for unit in new}) == evidence.cut.encoded_digest
    expected = f"{len(new)} packets as they were encoded"
    return _check("encoded_packets", whole, expected, "they are" if whole else "they are not those")


def _parameter_sets(evidence: Evidence) -> Check:
    """Copied packets find the parameter sets they refer to, unchanged."""
    if not any(pair.proved for pair in evidence.pairs):
        return _check("parameter_sets", ok=True, expected="those of copied packets", measured="nothing was copied")
    wanted = evidence.source.payloads[evidence.source.video.index].sets
    missing = len(wanted - evidence.clip.payloads[evidence.clip.video.index].sets)
    return _check("parameter_sets", not missing, f"all {len(wanted)} of the source", f"{len(wanted) - missing}")


def _first_frame(evidence: Evidence, view: View) -> Check:
    return _frame("first_frame", evidence.pairs[0].source, view.seen.get(0), "")


def _last_frame(evidence: Evidence, view: View) -> Check:
    last = len(evidence.pairs) - 1
    by_packets = ""
    if last not in view.seen and evidence.pairs[last].proved:
        by_packets = "its packet and all packets that it refers to are equal"
        keyed = max(seen.index for seen in view.seen.values())
        if evidence.pairs[keyed].source.key:
            key, source = view.seen[keyed], evidence.pairs[keyed].source
            if key.wrong:
                return _frame("last_frame", source, key, "")
            by_packets += f"; the keyframe at {source.time:.3f} s looks it, at {key.level:.1f} dB"
    return _frame("last_frame", evidence.pairs[last].source, view.seen.get(last), by_packets)


def _frame(name: str, source: Unit, seen: Seen | None, by_packets: str) -> Check:
    expected = f"the source's frame at {source.time:.3f} s"
    if seen is None:
        return _check(name, bool(by_packets), expected, by_packets or "not shown")
    also = ", beside frames that look the same" if seen.alike else ""
    return _check(name, not seen.wrong, expected, seen.wrong or f"it, at {seen.level:.1f} dB{also}")


def _reencoded(evidence: Evidence, view: View) -> Check:
    """What is not proved by equal packets decodes cleanly; it and the seams look like the source."""
    count = sum(not pair.proved for pair in evidence.pairs)
    wrong = sorted(view.wrong(), key=lambda seen: seen.index)
    faults = [f"{evidence.pairs[seen.index].source.time:.3f} s: {seen.wrong}" for seen in wrong[:2]]
    faults += view.trouble[:2]
    if view.decoded < count:
        faults.append(f"only {view.decoded} decoded")
    compared = sum(not evidence.pairs[place].proved for place in view.seen)
    if compared < count:
        faults.append(f"only {compared} compared")
    expected = f"{count} frames and the seams: no decoder error, at least {REENCODED_DECIBELS:g} dB"
    lowest = min((seen.level for seen in view.seen.values()), default=0.0)
    known = f" ({view.known} with what cutting decoded)" if view.known else ""
    looked = f"{view.decoded} decoded, {len(view.seen)} compared{known}, lowest {lowest:.1f} dB"
    return _check("reencoded", not faults, expected, "; ".join(faults) or looked)


def _sound(heard: list[Heard]) -> list[Check]:
    if not heard:
        return []
    copied = sum(track.packets for track in heard if track.copied)
    faults = [f"{track.name}: {fault}" for track in heard for fault in track.faults[:2]]
    encoded = sum(not track.copied for track in heard)
    content = f"{copied} packets equal" + (f", {encoded} tracks re-encoded and alike" if encoded else "")
    late = max((track.offset for track in heard), key=abs)
    worst = max(heard, key=lambda track: track.overhang)
    reach = max(OVERHANG_SECONDS, worst.packet_seconds)
    limit = OFFSET_SECONDS * 1000
    return [
        _check("audio_packets", not faults, "the source's sound, whole", "; ".join(faults) or content),
        _check("audio_offset", abs(late) <= OFFSET_SECONDS, f"within {limit:g} ms", f"{late * 1000:+.1f} ms"),
        _check(
            "audio_window",
            worst.overhang <= reach,
            f"at most {reach * 1000:g} ms outside",
            f"{worst.overhang * 1000:.1f} ms",
        ),
    ]
