"""Waiting for a database that cannot be used just now: what must be written is written as soon as it can be."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from companion.kernel.errors import CompanionError

log = logging.getLogger(__name__)

T = TypeVar("T")

PASSING = frozenset({"database_busy", "database_unreachable", "not_writable", "disk_full"})
"""The database's errors that pass without anything being lost: it is held, gone, write-protected, or its disk full."""
AGAIN_SECONDS = 1.0


class Patience:
    """Does one thing after another with the database, each as often as it takes.

    In the order of the calls: what is to be written later never comes before, and however many wait, only one of them
    takes its turn from those who do not.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def until_done(self, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` gives, which may be begun anew and asks nothing but the database; its other errors are raised."""
        async with self._turn:
            waits = False
            while True:
                try:
                    return await work()
                except CompanionError as error:
                    if error.code not in PASSING:
                        raise
                    if not waits:
                        log.warning("waiting for the database: %s", error.message)
                    waits = True
                await asyncio.sleep(AGAIN_SECONDS)
