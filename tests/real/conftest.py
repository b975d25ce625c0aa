"""A real, private OBS for the tests; each worker has its own, on its own display and port."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import obsws_python
import pytest
import pytest_asyncio

from companion.adapters.obs.private import PrivateObs
from companion.adapters.obs.private_config import PrivateSettings
from tests.real import stage

StartObs = Callable[..., Awaitable[PrivateObs]]
FIRST = "-10"
"""The niceness between sessions (sched(7), autogroup) of OBS, its display and its sound."""


class FirstServedObs(PrivateObs):
    """Has the processor before all that tests run, where they may give it: elsewhere a graphics card draws for it."""

    async def launch(self) -> None:
        await super().launch()
        for pid in (self.pid, *(part.pid for part in self._parts)):
            with contextlib.suppress(OSError):
                Path(f"/proc/{pid}/autogroup").write_text(FIRST)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def picture() -> Path:
    """The numbered test picture, 30 fps."""
    return await stage.numbered_picture(fps=30)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def obs(tmp_path_factory: pytest.TempPathFactory, picture: Path) -> AsyncIterator[PrivateObs]:
    """One OBS for the whole test module: 30 fps, a replay buffer of 20 s, a keyframe every 2 s.

    A test that leaves it stopped or changed starts its own with `start_obs` instead.
    """
    settings = PrivateSettings(picture=picture, size=stage.SIZE, replay_seconds=20)
    async with FirstServedObs(tmp_path_factory.mktemp("obs"), settings) as running:
        yield running


@pytest_asyncio.fixture
async def start_obs(tmp_path: Path, picture: Path) -> AsyncIterator[StartObs]:
    """Starts an OBS of the test's own: `await start_obs(replay_seconds=10, ...)`, with the words of PrivateSettings.

    `launch=False` prepares everything, but leaves OBS itself to `launch()`. All end with the test.
    """
    async with AsyncExitStack() as stack:

        async def start(*, launch: bool = True, **words: Any) -> PrivateObs:
            settings = PrivateSettings(**{"picture": picture, "size": stage.SIZE, **words})
            private = FirstServedObs(tmp_path / "obs", settings)
            stack.push_async_callback(private.stop)
            await private.start(launch=launch)
            return private

        yield start


@pytest.fixture
def obs_client(obs: PrivateObs) -> Iterator[obsws_python.ReqClient]:
    """An independent client of `obs`."""
    with stage.witness(obs) as client:
        yield client
