"""Makes the tiny Whisper the tests listen with: python -m tests.speech_model.make STEP (see README.md beside it).

corpus and train need torch, ctranslate2, tokenizers, faster-whisper and soxr in an environment of their own
(torch is no dependency of the project) and libespeak-ng; measure needs only the project.
"""

import argparse
import json
from pathlib import Path

FOLDER = Path(__file__).parent
MEASURED = FOLDER / "measured.json"


def corpus(work: Path, sentences: int) -> None:
    """Let espeak-ng speak: a few minutes for 20,000 sentences, 700 MB."""
    from tests.speech_model import corpus as spoken

    spoken.make(work / "corpus.npz", sentences, seed=1)


def train(work: Path, minutes: float, workers: int, pause: Path | None) -> None:
    """Teach for `minutes` of work in all; begun work is taken up at its checkpoint."""
    from torch import multiprocessing

    from tests.speech_model.training import work as learn

    folder = (work / "out").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meeting").unlink(missing_ok=True)
    multiprocessing.spawn(learn, (workers, work / "corpus.npz", folder, 60 * minutes, pause), nprocs=workers)


def export(work: Path, target: Path) -> None:
    """Convert the checkpoint to int8."""
    from tests.speech_model.export import export as convert

    convert(work / "out" / "checkpoint.pt", target)


def measure(target: Path, sentences: int) -> None:
    """Transcribe unseen sentences and write the figures beside the model."""
    from tests.speech_model.measure import SEED, joined
    from tests.speech_model.measure import measure as listen

    figures = {
        "without_timestamps": listen(target, sentences, SEED, without_timestamps=True),
        "with_timestamps": listen(target, sentences, SEED),
        "windows": joined(target, 40, 4, SEED + 1),
    }
    text = json.dumps(figures, indent=2)
    (target / MEASURED.name).write_text(text + "\n")
    print(text)


def main() -> None:
    """Run one step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["corpus", "train", "export", "measure"])
    parser.add_argument("--work", type=Path, default=Path("speech-model-work"), help="scratch folder")
    parser.add_argument("--target", type=Path, default=FOLDER, help="the model's folder")
    parser.add_argument("--sentences", type=int, help="20000 for corpus, 200 for measure")
    parser.add_argument("--minutes", type=float, default=42)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pause", type=Path, help="training rests while this file exists")
    given = parser.parse_args()
    if given.step == "corpus":
        corpus(given.work, given.sentences or 20_000)
    elif given.step == "train":
        train(given.work, given.minutes, given.workers, given.pause)
    elif given.step == "export":
        export(given.work, given.target)
    else:
        measure(given.target, given.sentences or 200)


if __name__ == "__main__":
    main()
