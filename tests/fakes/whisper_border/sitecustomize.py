"""What no test PC has at Whisper's border, for a Python that finds this on its path; WHISPER_BORDER (JSON) says what.

`card`: `useless` (a graphics card on which nothing can be computed), `fatal` (one that ends whoever loads a model on
it; `model`: only that one), or for how many windows it works, with `ends` if it then ends whoever computes. `deadly`:
`vad` or `whisper`, which a sample at full scale ends. `languages`: what is detected in one window after another, as
the tests' model takes everything for English. `log`: a file that gets a line of JSON for each model that is loaded, and
for each prompt with how many tokens came of it.
"""

import json
import math
import os
from pathlib import Path
from typing import Any

asked = json.loads(os.environ.get("WHISPER_BORDER", "{}"))


def note(**said: Any) -> None:
    with Path(asked["log"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(said) + "\n")


def end_at_full_scale(sound: Any) -> None:
    if float(abs(sound).max()) >= 0.999:
        os._exit(134)


if asked:
    import ctranslate2
    import faster_whisper.feature_extractor
    import faster_whisper.vad

    class Whisper(ctranslate2.models.Whisper):  # type: ignore[misc]
        def __init__(self, path: str, *, device: str = "cpu", **options: Any) -> None:
            note(loaded=device)
            card, self.on_card = asked.get("card"), device == "cuda"
            if self.on_card and card == "fatal" and asked.get("model", "") in path:
                os._exit(134)
            super().__init__(path, device="cpu", **options)
            self.works = {"useless": 0, "fatal": math.inf}.get(card, card)

        def encode(self, features: Any, **options: Any) -> Any:
            if self.on_card:
                if not self.works and asked.get("ends"):
                    os._exit(134)
                if not self.works:
                    raise RuntimeError("Library libcublas.so.12 is not found or cannot be loaded")
                self.works -= 1
            return super().encode(features, **options)

        def detect_language(self, features: Any) -> Any:
            languages = asked.get("languages")
            return [[(f"<|{languages.pop(0)}|>", 1.0)]] if languages else super().detect_language(features)

        def generate(self, features: Any, prompts: list[list[int]], **options: Any) -> Any:
            made = super().generate(features, prompts, **options)
            note(prompt=prompts[0], tokens=len(made[0].sequences_ids[0]))
            return made

    ctranslate2.models.Whisper = Whisper
    if "card" in asked:
        ctranslate2.get_cuda_device_count = lambda: 1
    if asked.get("deadly") == "whisper":
        extract = faster_whisper.feature_extractor.FeatureExtractor.__call__

        def extract_or_end(self: Any, waveform: Any, *rest: Any, **options: Any) -> Any:
            end_at_full_scale(waveform)
            return extract(self, waveform, *rest, **options)

        faster_whisper.feature_extractor.FeatureExtractor.__call__ = extract_or_end
    if asked.get("deadly") == "vad":
        make = faster_whisper.vad.get_vad_model

        class Session:
            def __init__(self, session: Any) -> None:
                self.session = session

            def run(self, names: Any, values: Any) -> Any:
                end_at_full_scale(values["input"])
                return self.session.run(names, values)

        def made() -> Any:
            model = make()
            model.session = Session(model.session)
            return model

        faster_whisper.vad.get_vad_model = made
