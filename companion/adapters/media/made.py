"""What the media child hands back of a clip."""

from pydantic import BaseModel, ConfigDict

from companion.domain.cut import Cut, Receipt


class MadeClip(BaseModel):
    """A clip that was cut and proved.

    `doubtful` when a check of `receipt` failed. `first_receipt` is that of a first cut that failed a check, after
    which the whole window was re-encoded; `cut.reason` says so too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    cut: Cut
    receipt: Receipt
    doubtful: bool
    first_receipt: Receipt | None = None
