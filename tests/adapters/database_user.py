"""Uses a database as told: `python -m tests.adapters.database_user FILE`; JSON answers each line."""

import asyncio
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from sqlalchemy import text

from companion.adapters import database
from companion.adapters.database import Database
from companion.domain.models import Mark, utc_now
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError
from companion.kernel.status import ComponentChanged, StatusBoard

database.WATCH_SECONDS = 0.05
CROWD = 5
"""As many as there are connections at the same time: of these some are new."""
COUNT = text("SELECT count(*) FROM mark")


class User:
    """What can be told: write, read, look, and to wait until the board says something."""

    def __init__(self, file: Path) -> None:
        self.bus = Bus()
        self.board = StatusBoard(self.bus)
        self.database = Database(file, self.board)

    async def write(self) -> str:
        async with self.database.write() as session:
            session.add(Mark(at=utc_now()))
        return "ok"

    async def read(self) -> int:
        async with self.database.read() as session:
            return int((await session.execute(COUNT)).scalar_one())

    async def look(self) -> int:
        return await self.database.look(lambda connection: int(connection.execute(COUNT).scalar_one()))

    async def crowd(self) -> list[str]:
        """What many readers at once meet."""
        return sorted({str(answer) for answer in await asyncio.gather(*(self.do("read") for _ in range(CROWD)))})

    async def until(self, state: str) -> list[str]:
        """All that the board says of it, once it says `state`."""
        changes = self.bus.subscribe(ComponentChanged)
        async with asyncio.timeout(20):
            while (said := self.board.get("database")) is None or said.state != state:
                await changes.get()
        self.bus.unsubscribe(changes)
        return [said.state, said.health, said.detail, said.remedy]

    async def do(self, command: str) -> Any:
        name, *words = command.split()
        try:
            return await getattr(self, name)(*words)
        except CompanionError as error:
            return error.code
        except TimeoutError:
            return f"{self.board.all()}"


def _raise(ended: "asyncio.Future[None]") -> None:
    """Whoever waits for an answer must not wait for ever."""
    if not ended.cancelled():
        traceback.print_exception(ended.exception())
        os._exit(1)


async def main(file: Path) -> None:
    """Serve until the input ends; what keeps it from starting is the only answer."""
    user, ready = User(file), asyncio.Event()
    running = asyncio.ensure_future(user.database.run(ready.set))
    waiting = asyncio.ensure_future(ready.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        error = running.exception()
        told = [error.code, error.message, error.remedy] if isinstance(error, CompanionError) else [repr(error)]
        print(json.dumps(told), flush=True)
        waiting.cancel()
        return
    print(json.dumps("ready"), flush=True)
    running.add_done_callback(_raise)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await user.do(line)), flush=True)
    running.cancel()
    await asyncio.wait({running})


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
