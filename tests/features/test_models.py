"""Speech models as actions: brought with progress, listed, chosen, removed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from companion.adapters.speech.models import ModelStore
from companion.domain.events import ModelProgressed
from companion.domain.settings import Settings
from companion.features.models import Models
from companion.kernel.bus import Bus, Subscription
from companion.kernel.errors import Conflict, NotFound, Refused, Unavailable
from tests.adapters.test_speech_models import FILES, REPOSITORY, make_model
from tests.fakes.model_hub import ModelHub


class Chosen:
    """The settings that the actions change."""

    def __init__(self) -> None:
        self.settings = Settings()

    async def change(self, name: str, value: Any) -> None:
        self.settings = self.settings.model_copy(update={name: value})


@pytest.fixture
def chosen() -> Chosen:
    return Chosen()


@pytest.fixture
async def hub() -> AsyncIterator[ModelHub]:
    async with ModelHub(REPOSITORY, dict(FILES)) as hub:
        yield hub


@pytest.fixture
async def models(tmp_path: Path, bus: Bus, hub: ModelHub, chosen: Chosen) -> AsyncIterator[Models]:
    models = Models(ModelStore(tmp_path), bus, lambda: chosen.settings, chosen.change, hub.url)
    ready = asyncio.Event()
    running = asyncio.create_task(models.run(ready.set))
    await ready.wait()
    yield models
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_model_is_brought_with_progress_and_listed(models: Models, bus: Bus) -> None:
    told = bus.subscribe(ModelProgressed)
    brought = await models.download("tiny", wait=True)
    assert (brought.name, brought.installed, brought.in_use) == ("tiny", True, True)
    steps = [envelope.event for envelope in told.take_waiting()]
    assert [step.step for step in steps if isinstance(step, ModelProgressed)][-1] == "ready"
    assert {item.name for item in await models.page() if item.installed} == {"tiny"}
    assert len([item for item in await models.page() if item.recommended]) == 1


async def test_what_went_wrong_is_told_and_the_next_attempt_works(models: Models, hub: ModelHub) -> None:
    hub.status = 404
    with pytest.raises(NotFound):
        await models.download("tiny", wait=True)
    hub.status = 200
    assert (await models.download("tiny", wait=True)).installed


async def test_whoever_does_not_wait_is_told_what_went_wrong(models: Models, bus: Bus, hub: ModelHub) -> None:
    told = bus.subscribe(ModelProgressed)
    hub.status = 404
    await models.download("tiny")
    assert [step.step for step in await _until(told, "failed")] == ["downloading", "failed"]


async def test_a_model_that_cannot_be_measured_is_not_said_to_be_measured_for_ever(models: Models, bus: Bus) -> None:
    told = bus.subscribe(ModelProgressed)
    await models.download()  # of files that are no real model
    steps = await _until(told, "failed")
    assert [step.step for step in steps[-3:]] == ["ready", "measuring", "failed"]
    assert steps[-1].message
    assert steps[-1].remedy


async def _until(told: Subscription, step: str) -> list[ModelProgressed]:
    """What is told until `step` is, with it."""
    steps: list[ModelProgressed] = []
    async with asyncio.timeout(60):
        while not steps or steps[-1].step != step:
            event = (await told.get()).event
            assert isinstance(event, ModelProgressed)
            steps.append(event)
    return steps


async def test_what_suits_and_the_same_by_name_are_one_download(models: Models, hub: ModelHub) -> None:
    await models.download()
    assert (await models.download("tiny", wait=True)).installed
    assert [name for name, _ in hub.asked].count("model.bin") == 1


async def test_an_unknown_name_is_refused(models: Models) -> None:
    with pytest.raises(Refused) as error:
        await models.download("enormous")
    assert error.value.code == "unknown_model"


async def test_the_chosen_model_is_not_removed_before_another_is_chosen(
    models: Models, chosen: Chosen, tmp_path: Path
) -> None:
    make_model(tmp_path / "tiny")
    assert (await models.use("tiny")).in_use
    assert chosen.settings.stt_model == "tiny"
    with pytest.raises(Conflict):
        await models.remove("tiny")
    await models.use(None)
    assert chosen.settings.stt_model is None
    await models.remove("tiny")
    assert not any(item.installed for item in await models.page())


async def test_what_is_no_model_is_not_chosen(models: Models, chosen: Chosen, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name, kind in (("base", NotFound), ("empty", Refused), (None, Unavailable)):
        with pytest.raises(kind):
            await models.use(name)
    assert chosen.settings.stt_model is None
    assert [item.problem != "" for item in await models.page() if item.name == "empty"] == [True]
