"""The deck: the streamer's pages of buttons, and one to begin with."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy import delete
from sqlmodel import col, select

from companion.adapters.database import Database
from companion.domain.deck import DeckButton, DeckPage
from companion.domain.events import DeckChanged, StudioChanged
from companion.domain.models import DeckPageRow
from companion.domain.settings import Settings
from companion.domain.steps import ActionStep, check_all, from_text
from companion.kernel.actions import Caller, Registry, Scope, action
from companion.kernel.bus import Bus

RED, GREEN, AMBER, BLUE = "#d64545", "#2f9e62", "#d9902f", "#3f7fd6"
LISTED = 24


class DeckView(BaseModel):
    """The pages; `arranged` says whether the streamer arranged them, or they are those to begin with."""

    pages: list[DeckPage]
    arranged: bool


class Deck:
    """Actions on the deck."""

    def __init__(
        self, database: Database, bus: Bus, settings: Callable[[], Settings], registry: Callable[[], Registry]
    ) -> None:
        self._database = database
        self._bus = bus
        self._settings = settings
        self._registry = registry

    @action("deck.show", scope=Scope.VIEW, http="GET /api/deck")
    async def show(self) -> DeckView:
        """Show the deck; before it was arranged, one made from the settings and OBS's scenes and inputs."""
        async with self._database.read() as session:
            rows = (await session.scalars(select(DeckPageRow).order_by(col(DeckPageRow.place)))).all()
        if not rows:
            return DeckView(pages=self._first(), arranged=False)
        pages = [DeckPage.model_validate({"name": row.name, "buttons": row.buttons}) for row in rows]
        return DeckView(pages=pages, arranged=True)

    async def _may_save(self, caller: Caller, values: dict[str, Any]) -> str:
        """The administrative actions among the buttons; refuses those that `caller` may not do."""
        buttons = [
            (
                f"{page.name}, {button.label or button.action}",
                ActionStep(action=button.action, arguments=button.arguments),
            )
            for page in values["pages"]
            for button in page.buttons
        ]
        return await check_all(buttons, self._registry(), caller)

    @action("deck.save", scope=Scope.CONTROL, http="PUT /api/deck", guard=_may_save)
    async def save(
        self,
        pages: Annotated[
            list[Annotated[DeckPage, BeforeValidator(from_text)]],
            Field(max_length=20, description="All pages; none: the first deck again"),
        ],
    ) -> DeckView:
        """Arrange the deck anew. Whoever does needs the scope of each button's action."""
        async with self._database.write() as session:
            await session.execute(delete(DeckPageRow))
            session.add_all(
                DeckPageRow(place=place, name=page.name, buttons=page.model_dump(mode="json")["buttons"])
                for place, page in enumerate(pages)
            )
        view = await self.show()
        self._bus.publish(DeckChanged([page.model_dump(mode="json") for page in view.pages]))
        return view

    def _first(self) -> list[DeckPage]:
        pages = [DeckPage(name="Clips", buttons=self._everyday())]
        changed = self._bus.latest(StudioChanged)
        if changed and changed.studio.scenes:
            names = [scene.name for scene in changed.studio.scenes]
            pages.append(DeckPage(name="Scenes", buttons=[_scene(name) for name in names[:LISTED]]))
        if changed and (audible := [item.name for item in changed.studio.inputs if item.has_audio]):
            pages.append(DeckPage(name="Sound", buttons=[_mute(name) for name in audible[:LISTED]]))
        return pages

    def _everyday(self) -> list[DeckButton]:
        clips = [
            DeckButton(
                label=f"Clip {seconds:g} s",
                action="clip.save",
                arguments={"seconds": seconds},
                colour=GREEN,
                icon="scissors",
            )
            for seconds in self._settings().clip_lengths
        ]
        return [
            *clips,
            DeckButton(action="clip.mark", icon="bookmark", colour=BLUE),
            DeckButton(action="clip.end", icon="bookmark-check", colour=BLUE),
            DeckButton(action="screenshot.save", icon="camera"),
            DeckButton(action="clip.play_last", icon="play", colour=AMBER),
            DeckButton(action="replay.start", icon="rotate-ccw"),
            DeckButton(action="stream.start", icon="radio", colour=RED),
            DeckButton(action="record.start", icon="circle", colour=RED),
        ]


def _scene(name: str) -> DeckButton:
    return DeckButton(label=name[:60], action="scene.switch", arguments={"name": name}, icon="monitor", colour=BLUE)


def _mute(name: str) -> DeckButton:
    return DeckButton(label=name[:60], action="input.mute", arguments={"name": name}, icon="mic")
