"""`companion transcribe`: the words of real files, without a daemon."""

import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from tests.fakes.whisper import WhisperBorder
from tests.frontends.command_line import Cli
from tests.speech.model import MODEL
from tests.speech.speaker import speak
from tests.speech_model.tokens import TRANSLATE

pytestmark = pytest.mark.slow

TEXT = "you can see the boss fight was amazing"
HEAR = ("--model", str(MODEL), "--language", "en", "--json")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return speak(TEXT).padded(1.0, 0.5).save(tmp_path_factory.mktemp("sound") / "said.wav")


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *map(str, arguments)], check=True)


async def test_the_words_of_a_sound_file_are_told_with_their_times(cli: Cli, sound: Path) -> None:
    ran = await cli("transcribe", str(sound), *HEAR)
    assert ran.code == 0
    (segment,) = ran.json["segments"]
    assert segment["text"] == TEXT
    assert segment["language"] == "en"
    said = speak(TEXT).padded(1.0, 0.0).words
    assert [word["text"] for word in segment["words"]] == [word.text for word in said]
    assert segment["words"][0]["start"] == pytest.approx(said[0].start, abs=0.2)
    assert segment["end"] == pytest.approx(said[-1].end, abs=0.25)
    plain = await cli("transcribe", str(sound), *HEAR[:-1])
    assert plain.out.strip().endswith(TEXT)
    assert re.match(r"\s*0:0[01]\.\d  ", plain.out)


async def test_a_videos_words_are_on_its_own_clock_whatever_its_sound_is_like(
    cli: Cli, sound: Path, tmp_path: Path
) -> None:
    video = tmp_path / "video.mkv"
    picture = ("-f", "lavfi", "-i", "testsrc2=s=64x36:r=10:d=8")
    later = ("-itsoffset", "3.5", "-i", sound)
    ffmpeg(*picture, *later, "-c:a", "aac", "-ar", "44100", "-ac", "2", "-c:v", "libx264", video)
    ran = await cli("transcribe", str(video), *HEAR)
    assert ran.code == 0
    (segment,) = ran.json["segments"]
    assert segment["text"] == TEXT
    assert segment["start"] == pytest.approx(4.5, abs=0.25)


async def test_a_translation_is_asked_of_the_model(
    cli: Cli, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    border = WhisperBorder(monkeypatch, tmp_path)
    paths = os.pathsep.join((os.environ["PYTHONPATH"], cli.environment["PYTHONPATH"]))
    cli.environment |= {"WHISPER_BORDER": os.environ["WHISPER_BORDER"], "PYTHONPATH": paths}
    for options, asked in (((), False), (("--translate",), True)):
        ran = await cli("transcribe", str(sound), *HEAR, *options)
        assert ran.code == 0
        assert (TRANSLATE in border.lines("prompt")[-1]) is asked


async def test_recognition_that_ends_says_what_can_be_done(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    WhisperBorder(monkeypatch, tmp_path, deadly="whisper")
    paths = os.pathsep.join((os.environ["PYTHONPATH"], cli.environment["PYTHONPATH"]))
    cli.environment |= {"WHISPER_BORDER": os.environ["WHISPER_BORDER"], "PYTHONPATH": paths}
    spoken = speak(TEXT).padded(1.0, 0.5)
    loud = (spoken.pcm * (32767 / np.abs(spoken.pcm).max())).astype(np.int16)
    ran = await cli("transcribe", str(replace(spoken, pcm=loud).save(tmp_path / "loud.wav")), *HEAR)
    assert (ran.code, ran.error) == (6, "speech_worker_gone")
    assert "Try again" in ran.json["error"]["remedy"], "nobody else does"


async def test_silence_has_no_words(cli: Cli, tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "anoisesrc=a=0.003:d=6", tmp_path / "quiet.wav")
    assert (await cli("transcribe", str(tmp_path / "quiet.wav"), *HEAR)).json == {"segments": []}


async def test_files_without_sound_or_sense_are_refused(cli: Cli, tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x36:r=10:d=1", "-an", tmp_path / "mute.mkv")
    (tmp_path / "words.txt").write_text("no sound at all")
    for name, code, error in (
        ("mute.mkv", 2, "no_sound"),
        ("words.txt", 2, "not_readable"),
        ("nowhere.wav", 3, "file_not_found"),
    ):
        ran = await cli("transcribe", str(tmp_path / name), *HEAR)
        assert (ran.code, ran.error) == (code, error)


async def test_models_that_are_none_are_refused(cli: Cli, sound: Path, tmp_path: Path) -> None:
    for model, error in ((str(tmp_path), "model_incomplete"), ("base", "model_not_found"), (None, "no_model")):
        chosen = ("--model", model) if model else ()
        ran = await cli("transcribe", str(sound), *chosen, "--json")
        assert ran.code != 0
        assert ran.error == error
