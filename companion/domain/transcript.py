"""What was said, on the wall clock: the stored utterances, as every reader of the transcript gets them.

Times named `*_at` are Unix seconds.
"""

import dataclasses

from pydantic import BaseModel

from companion.domain.speech import Final


@dataclasses.dataclass(slots=True)
class TimedWord:
    """One word and when it was said; `confidence` is 0 to 1."""

    start_at: float
    end_at: float
    text: str
    confidence: float


class Segment(BaseModel):
    """One utterance. Its id is when it began, in milliseconds since 1970: later ones have greater ids."""

    id: int
    session_id: int | None
    started_at: float
    ended_at: float
    text: str
    language: str
    confidence: float
    words: list[TimedWord]


def segment_of(final: Final, *, began: float, session_id: int | None) -> Segment:
    """What `final` says of a stream that began at `began`."""
    return Segment(
        id=round((began + final.start) * 1000),
        session_id=session_id,
        started_at=round(began + final.start, 3),
        ended_at=round(began + final.end, 3),
        text=final.text.strip(),
        language=final.language,
        confidence=round(final.confidence, 3),
        words=[
            TimedWord(
                start_at=round(began + word.start, 3),
                end_at=round(began + word.end, 3),
                text=word.text.strip(),
                confidence=round(word.confidence, 3),
            )
            for word in final.words
        ],
    )
