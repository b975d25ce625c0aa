"""The tray of Windows and macOS as a program: `python -m tests.real.pystray_program`, with pystray's back end for X11.

It reads orders on standard input (`show LOOK`, `click LABEL`, `end`) and tells on standard output, an object a line,
what happened. As in the daemon, pystray has the main thread, and the event loop another.
"""

import asyncio
import json
import sys
import threading
from collections.abc import Callable
from typing import Any

from companion.adapters.desktop.tray import Look, MenuItem, TrayView
from companion.adapters.desktop.tray_pystray import PystrayTray, run_beside
from companion.kernel.status import Health


def mend_xlib() -> None:
    """Have python-xlib (0.33) send everything.

    What one thread asks for just as another is done sending stays unsent until more is asked for: the icon's loop then
    waits for ever for its own end. Only X11's back end uses it, which the product does not.
    """
    from Xlib.protocol.display import Display

    as_it_is = Display.send_and_recv

    def send_and_recv(display: Any, **until: Any) -> None:
        as_it_is(display, **until)
        while display.request_queue and not display.send_active:
            display.send_recv_lock.acquire()
            as_it_is(display, flush=True)

    Display.send_and_recv = send_and_recv


def tell(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


def view(look: Look) -> TrayView:
    """What the icon shows, with a line that acts, one that cannot be clicked, and a separator between them."""
    loop_thread = threading.current_thread()

    def acts(label: str) -> Callable[[], None]:
        return lambda: tell(clicked=label, in_loop=threading.current_thread() is loop_thread)

    menu = (
        MenuItem("save", "Save last 15 s", acts("Save last 15 s")),
        MenuItem("line"),
        MenuItem("replay", f"Replay: {look.value}"),
        MenuItem("quit", "Quit", acts("Quit")),
    )
    return TrayView(look, "FluxBoard Companion", look.value * 40, menu)


def icon_of(tray: PystrayTray) -> Any:
    """pystray's own icon: what the toolkit draws its menu from."""
    return tray._icon


def describe(tray: PystrayTray) -> None:
    icon = icon_of(tray)
    lines = [{"text": str(item.text), "enabled": bool(item.enabled)} for item in icon.menu.items]
    tell(menu=lines, title=icon.title)


async def obey(tray: PystrayTray) -> None:
    """Carry out the orders until `end`."""
    while order := (await asyncio.to_thread(sys.stdin.readline)).strip():
        word, _, rest = order.partition(" ")
        if word == "show":
            tray.show(view(Look(rest)))
        elif word == "menu":
            describe(tray)
        elif word == "click":
            icon = icon_of(tray)
            [item] = [item for item in icon.menu.items if item.text == rest]
            await asyncio.to_thread(item, icon)  # as the toolkit does it: from a thread that is not the loop's
        elif word == "end":
            return


async def serve(tray: PystrayTray) -> str:
    def report(state: str, health: Health, detail: str, remedy: str) -> None:
        tell(report=state, detail=detail, in_main=threading.current_thread() is threading.main_thread())

    running = asyncio.create_task(tray.run(report))
    await obey(tray)
    running.cancel()
    await asyncio.wait([running])
    return "served"


if __name__ == "__main__":
    mend_xlib()
    pystray_tray = PystrayTray()
    ended = run_beside(pystray_tray, lambda: asyncio.run(serve(pystray_tray)))
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(5.0)  # one that was told to end may need a moment
    tell(ended=ended, threads=[thread.name for thread in threading.enumerate()])
