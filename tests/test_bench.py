"""The benchmarks' own parts, as far as they can be tried quickly: what they feed arrives, and what fails is named."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from bench.speech import captured, feed
from companion.adapters.spool import Spool
from companion.domain.speech import RATE
from tests.speech.speaker import speak

pytestmark = pytest.mark.slow


async def test_sound_as_microphones_give_it_reaches_the_spool_whole_and_in_its_time(tmp_path: Path) -> None:
    said = np.concatenate([speak("save the last thirty seconds").padded(0.5, 2.0).pcm] * 2).astype(np.int16)
    spool, began = Spool(tmp_path / "spool"), time.time() - 60
    await feed(captured(said), began, spool, live=False)
    heard, ends = b"", 0
    while sound := await spool.read(ends):
        assert spool.at(sound.position) == pytest.approx(began + len(heard) / 2 / RATE, abs=0.05)
        heard, ends = heard + sound.pcm, sound.end
    arrived = np.frombuffer(heard, np.int16)
    assert len(arrived) > 0.9 * len(said)
    alike = np.corrcoef(arrived[: len(said)], said[: len(arrived)])[0, 1]
    assert alike > 0.8


def test_a_benchmark_that_fails_is_named_and_keeps_no_other_from_running() -> None:
    done = subprocess.run([sys.executable, "-m", "bench", "nonsense", "aims"], capture_output=True, text=True)
    assert "## aims" in done.stdout
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "failed: nonsense, aims")
