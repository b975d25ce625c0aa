"""Someone at a browser, whose companion runs in the test's own loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.web.browser import Window, window


class Person:
    """Someone at the browser, whose waiting does not keep the server from answering."""

    def __init__(self, page: Window) -> None:
        self.page = page

    def __getattr__(self, name: str) -> Any:
        async def do(*arguments: Any) -> Any:
            return await asyncio.to_thread(getattr(self.page, name), *arguments)

        return do

    async def reads(self, css: str) -> list[str]:
        script = "return [...document.querySelectorAll(arguments[0])].map(one => one.innerText.trim())"
        return list(await asyncio.to_thread(self.page.driver.execute_script, script, css))

    async def until(self, reached: Any, what: str) -> None:
        async with asyncio.timeout(60):
            while not await reached():
                await asyncio.sleep(0.05)
        assert await reached(), what

    async def downloads_to(self, folder: Path) -> Path:
        behaviour = {"behavior": "allow", "downloadPath": str(folder)}
        await asyncio.to_thread(self.page.driver.execute_cdp_cmd, "Browser.setDownloadBehavior", behaviour)
        return folder

    async def run(self, script: str, *arguments: Any) -> Any:
        return await asyncio.to_thread(self.page.driver.execute_script, script, *arguments)


@asynccontextmanager
async def at_the_page(link: str, *, phone: bool = False, home: Path | None = None) -> AsyncIterator[Person]:
    """A browser of its own at the page that `link` leads to."""
    opening = window("", phone=phone, home=home)
    page = await asyncio.to_thread(opening.__enter__)
    try:
        page.base = link.split("/#")[0]
        await asyncio.to_thread(page.open, link)
        await asyncio.to_thread(page.find, "main h1")
        yield Person(page)
    finally:
        await asyncio.to_thread(opening.__exit__, None, None, None)
