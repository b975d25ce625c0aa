"""Pictures of the source that cutting decoded to encode them anew, so that the receipt need not decode them again."""

import time
from collections import deque
from collections.abc import Iterator
from typing import Any

from companion.adapters.media.payload import Payload
from companion.adapters.media.receipt_pictures import Picture

EDGE = 4
"""How many pictures at either end are kept finely: small motion counts there."""
MOST = 500
"""Of a longer run few are kept: 40 MB are enough."""


class Stills:
    """Samples of the source's frames, by pts.

    `runs` are the packets that were decoded, each time from a keyframe on: pts and digest. `cpu_seconds` is what noting
    all that cost.
    """

    def __init__(self) -> None:
        self.runs: list[list[tuple[int, bytes]]] = []
        self.cpu_seconds = 0.0
        self._payload: Payload | None = None
        self._coarse: dict[int, Picture] = {}
        self._fine: dict[int, Picture] = {}

    def packet(self, packet: Any) -> None:
        """One that is decoded now."""
        began = time.thread_time()
        self._payload = self._payload or Payload(packet.stream)
        self.runs[-1].append((packet.pts, self._payload.digest(memoryview(packet))))
        self.cpu_seconds += time.thread_time() - began

    def frames(self, frames: Iterator[Any]) -> Iterator[Any]:
        """The decoded `frames`, in the order they are shown, each sampled on its way to who encodes them."""
        self.runs.append([])
        latest: deque[tuple[int, Any]] = deque()
        for number, frame in enumerate(frames):
            if number < EDGE:
                self._keep(frame.pts, frame, fine=True)
            elif number < MOST:
                latest.append((frame.pts, frame))  # the encoder numbers the frame anew
                if len(latest) > EDGE:
                    self._keep(*latest.popleft(), fine=False)
            else:
                latest.clear()
                self._coarse.clear()
            yield frame
        for pts, frame in latest:
            self._keep(pts, frame, fine=True)

    def get(self, pts: int, *, fine: bool) -> Picture | None:
        """The picture shown at `pts`, if it was kept as finely as that."""
        if fine or pts in self._fine:
            picture = self._fine.get(pts)
            return picture if fine or picture is None else picture.coarse()
        return self._coarse.get(pts)

    def _keep(self, pts: int, frame: Any, *, fine: bool) -> None:
        began = time.thread_time()
        (self._fine if fine else self._coarse)[pts] = Picture.of(frame, fine=fine)
        self.cpu_seconds += time.thread_time() - began
