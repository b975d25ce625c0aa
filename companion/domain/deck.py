"""The deck: pages of buttons, each with an action and its looks."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$", description="As #rrggbb")]
Icon = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40, description="An icon's name")]


class DeckButton(BaseModel):
    """A button that runs an action, or ends what that began; without a label it is called as what it does now."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Annotated[str, Field(max_length=60)] = ""
    action: Annotated[str, Field(min_length=1, max_length=100)]
    arguments: dict[str, JsonValue] = {}
    colour: Colour | None = None
    icon: Icon | None = None


class DeckPage(BaseModel):
    """A page of buttons, in their order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=60)]
    buttons: Annotated[list[DeckButton], Field(max_length=64)] = []
