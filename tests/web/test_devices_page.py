"""The page Devices in a real browser: what a person compares or types stands there as it is read elsewhere."""

import re
from pathlib import Path

import pytest

from companion.domain.paths import Paths
from companion.frontends.http.server import HttpServer
from tests.frontends.phones import lan_door
from tests.web.person import at_the_page
from tests.web.shelf import running

pytestmark = pytest.mark.real

# The lines that a text is broken into.
LINES = """
const lines = [];
let last = null;
const nodes = document.createTreeWalker(document.querySelector(arguments[0]), NodeFilter.SHOW_TEXT);
while (nodes.nextNode()) {
  for (let at = 0; at < nodes.currentNode.length; at++) {
    const range = document.createRange();
    range.setStart(nodes.currentNode, at);
    range.setEnd(nodes.currentNode, at + 1);
    const {top} = range.getBoundingClientRect();
    if (top !== last) lines.push('');
    last = top;
    lines[lines.length - 1] += range.toString();
  }
}
return lines;
"""


def paths(folder: Path) -> Paths:
    return Paths(*(folder / name for name in ("config", "data", "state", "logs", "videos")))


@pytest.mark.parametrize("kind", ["desktop", "phone"])
async def test_the_fingerprint_is_shown_and_broken_between_bytes_and_the_code_is_grouped(
    tmp_path: Path, built: Path, kind: str
) -> None:
    async with lan_door(tmp_path) as door:
        http = HttpServer(door.registry, door.bus, door.board, port=0, paths=paths(tmp_path / "pc"), version="1.2.3")
        async with running(http), at_the_page(http.dashboard_url("devices"), phone=kind == "phone") as person:
            for offered in (False, True):
                if offered:
                    offer = await door.do("pairing.start")
                    await person.find(".pairing-code", f"{offer.code[:4]} {offer.code[4:]}")
                place = ".offer" if offered else "section[aria-label^='Open to phones']"
                await person.find(f"{place} .fingerprint")
                lines = await person.run(LINES, f"{place} .fingerprint")
                assert "".join(lines) == door.lan.fingerprint
                assert all(re.fullmatch("([0-9A-F]{2}:)+([0-9A-F]{2})?", line) for line in lines), lines
