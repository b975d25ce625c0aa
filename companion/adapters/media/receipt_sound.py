"""Proving the sound of a clip: copied packets by their digests, re-encoded sound by correlation with the source's."""

import bisect
import dataclasses
from collections import defaultdict
from itertools import pairwise

import av
import numpy as np
from numpy.typing import NDArray

from companion.adapters.media.receipt_film import Film, Unit
from companion.adapters.media.receipt_pairs import Evidence

OFFSET_SECONDS = 0.020
OVERHANG_SECONDS = 0.060
"""How far sound may reach beyond the window: packets cannot be divided, and a decoder wants one more to begin with."""
RATE = 8000
STRETCH_SECONDS = 2.0
SEARCH_SECONDS = 0.5
SILENCE = 1e-4
"""Below this mean square a stretch is silent: no correlation can be told."""
ALIKE = 0.5


@dataclasses.dataclass(frozen=True)
class Heard:
    """What is known of one audio track; `offset` in seconds, positive when the clip's sound comes late."""

    name: str
    copied: bool
    packets: int
    faults: list[str]
    offset: float
    overhang: float
    packet_seconds: float


def listen(evidence: Evidence) -> list[Heard]:
    """Compare each audio track that both films have."""
    tracks = zip(evidence.source.audios, evidence.clip.audios, strict=False)
    heard = []
    for number, (theirs, mine) in enumerate(tracks):
        source, clip = evidence.source_units[theirs.index], evidence.clip_units[mine.index]
        known = {unit.digest for unit in source if unit.digest}
        matching = sum(unit.digest in known for unit in clip)
        copied = bool(clip) and matching * 2 > len(clip)
        name = f"audio {number + 1}"
        heard.append(
            _copied(evidence, name, source, clip) if copied else _encoded(evidence, name, number, source, clip)
        )
    return heard


def _copied(evidence: Evidence, name: str, source: list[Unit], clip: list[Unit]) -> Heard:
    places: dict[bytes, list[int]] = defaultdict(list)
    for place, unit in enumerate(source):
        if unit.digest:
            places[unit.digest].append(place)
    faults: list[str] = []
    offsets: list[float] = []
    previous = -1
    for unit in clip:
        time = unit.time + evidence.origin
        place = previous + 1
        if not 0 < place < len(source) or source[place].digest != unit.digest:
            place = _nearest(source, places[unit.digest], time)
        if place < 0:
            faults.append(f"the packet at {unit.time:.3f} s is not the source's")
        else:
            offsets.append(time - source[place].time)
            if previous >= 0 and place != previous + 1:
                faults.append(f"at {unit.time:.3f} s a packet is missing, repeated or out of order")
        previous = place
    offset = max(offsets, key=abs, default=0.0)
    faults += _missing_ends(evidence, source, clip)
    return Heard(
        name,
        copied=True,
        packets=len(clip),
        faults=faults,
        offset=offset,
        overhang=_overhang(evidence, clip),
        packet_seconds=_longest(clip),
    )


def _nearest(source: list[Unit], places: list[int], time: float) -> int:
    """Of the `places` in `source` (silent packets are all equal) the one nearest to `time`; -1 when there is none."""
    at = bisect.bisect_left(places, time, key=lambda place: source[place].time)
    near = places[max(0, at - 1) : at + 1]
    return min(near, key=lambda place: abs(source[place].time - time), default=-1)


def _missing_ends(evidence: Evidence, source: list[Unit], clip: list[Unit]) -> list[str]:
    """Sound that the source has within the window and the clip has not."""
    if not evidence.expected:
        return []
    low, high = evidence.expected[0].time, evidence.end
    inside = [unit for unit in source if low <= unit.time and unit.time + unit.duration <= high]
    if not inside:
        return []
    if not clip:
        return ["the source has sound here, the clip has none"]
    begin = clip[0].time + evidence.origin
    end = clip[-1].time + clip[-1].duration + evidence.origin
    faults = []
    if begin > inside[0].time + OFFSET_SECONDS:
        faults.append(f"it begins {begin - inside[0].time:.3f} s late")
    if end < inside[-1].time + inside[-1].duration - OFFSET_SECONDS:
        faults.append(f"it ends {inside[-1].time + inside[-1].duration - end:.3f} s early")
    return faults


def _overhang(evidence: Evidence, clip: list[Unit]) -> float:
    """How far the track reaches beyond the window, on the worse side."""
    if not clip or not evidence.expected:
        return 0.0
    low = min(evidence.expected[0].time, max(0.0, evidence.cut.wanted_start))
    high = max(evidence.end, evidence.cut.wanted_end if evidence.after else evidence.end)
    begin = clip[0].time + evidence.origin
    end = clip[-1].time + clip[-1].duration + evidence.origin
    return max(0.0, low - begin, end - high)


def _longest(clip: list[Unit]) -> float:
    return max((unit.duration for unit in clip), default=0.0)


def _encoded(evidence: Evidence, name: str, number: int, source: list[Unit], clip: list[Unit]) -> Heard:
    faults = _missing_ends(evidence, source, clip)
    faults += _gaps(source, clip, evidence.origin)
    offset = 0.0
    if evidence.expected and clip:
        low = max(evidence.expected[0].time, clip[0].time + evidence.origin)
        high = min(evidence.end, clip[-1].time + clip[-1].duration + evidence.origin)
        for begin, end in _stretches(low, high):
            theirs = _wave(evidence.source, number, begin, end, 0.0)
            mine = _wave(evidence.clip, number, begin, end, evidence.origin)
            late, alike = _delay(theirs, mine)
            if alike < ALIKE:
                faults.append(f"between {begin:.1f} and {end:.1f} s it does not sound like the source")
            elif abs(late) > abs(offset):
                offset = late
    return Heard(
        name,
        copied=False,
        packets=len(clip),
        faults=faults,
        offset=offset,
        overhang=_overhang(evidence, clip),
        packet_seconds=_longest(clip),
    )


def _gaps(source: list[Unit], clip: list[Unit], origin: float) -> list[str]:
    """Holes in the clip's sound which the source has not got."""
    ends = [unit.time + unit.duration for unit in source]
    faults = []
    for earlier, later in pairwise(clip):
        hole = earlier.time + earlier.duration
        if later.time - hole > OFFSET_SECONDS:
            at = bisect.bisect_left(ends, hole + origin - OFFSET_SECONDS)
            theirs = source[at + 1].time - ends[at] if at + 1 < len(source) else 0.0
            if later.time - hole > theirs + OFFSET_SECONDS:
                faults.append(f"{later.time - hole:.3f} s of sound are missing at {hole:.3f} s")
    return faults


def _stretches(low: float, high: float) -> list[tuple[float, float]]:
    """Up to three stretches to listen to: the window's beginning, middle and end."""
    length = high - low
    if length <= 3 * STRETCH_SECONDS:
        return [(low, high)] if length > 0 else []
    middle = low + (length - STRETCH_SECONDS) / 2
    return [(begin, begin + STRETCH_SECONDS) for begin in (low, middle, high - STRETCH_SECONDS)]


def _wave(film: Film, track: int, begin: float, end: float, origin: float) -> NDArray[np.float32]:
    """The track as one channel at RATE, from `begin` to `end` on the source's timeline; silence where it has none."""
    wave = np.zeros(round((end - begin) * RATE), np.float32)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    place: int | None = None
    for time, frame in film.sound(track, begin - origin - 0.1, end - origin):
        if place is None:
            place = round((time + origin - begin) * RATE)
        frame.pts = None
        for part in resampler.resample(frame):
            samples = part.to_ndarray().reshape(-1)
            low, high = max(0, place), min(len(wave), place + len(samples))
            if high > low:
                wave[low:high] = samples[low - place : high - place]
            place += len(samples)
    return wave


def _delay(source: NDArray[np.float32], clip: NDArray[np.float32]) -> tuple[float, float]:
    """How many seconds `clip` comes later than `source`, and how alike they are then (0 to 1)."""
    loud, heard = float(np.mean(source**2)), float(np.mean(clip**2))
    if loud < SILENCE and heard < SILENCE:
        return 0.0, 1.0
    if min(loud, heard) == 0:
        return 0.0, 0.0
    size = 1 << int(np.ceil(np.log2(2 * len(source))))
    spectrum = np.fft.rfft(clip, size) * np.conj(np.fft.rfft(source, size))
    correlation = np.fft.irfft(spectrum, size)
    reach = min(round(SEARCH_SECONDS * RATE), len(source) - 1)
    window = np.concatenate([correlation[-reach:], correlation[: reach + 1]])
    norm = float(np.sqrt(np.sum(source.astype(np.float64) ** 2) * np.sum(clip.astype(np.float64) ** 2)))
    best = float(window.max())
    lags = np.flatnonzero(window >= 0.98 * best) - reach
    return float(lags[np.argmin(np.abs(lags))]) / RATE, best / norm
