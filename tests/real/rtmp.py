"""A real RTMP server for the tests: nginx with its RTMP module, on a free port, which keeps what it receives."""

import asyncio
import contextlib
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

MODULE = "/usr/lib/nginx/modules/ngx_rtmp_module.so"


class RtmpServer:
    """Receives at `address`; what arrives is in the files of `received`."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"rtmp://127.0.0.1:{self.port}/live"

    def received(self) -> list[Path]:
        return sorted((self.folder / "received").glob("*.flv"))

    def start(self) -> None:
        """Start it, or start it again on the same port."""
        (self.folder / "received").mkdir(parents=True, exist_ok=True)
        (self.folder / "received").chmod(0o777)
        configuration = self.folder / "nginx.conf"
        configuration.write_text(
            f"load_module {MODULE};\ndaemon off;\nmaster_process off;\npid {self.folder}/nginx.pid;\n"
            f"error_log {self.folder}/error.log notice;\nevents {{}}\n"
            f"rtmp {{ server {{ listen 127.0.0.1:{self.port}; application live {{ live on; record all; "
            f"record_unique on; record_path {self.folder}/received; }} }} }}\n"
        )
        argv = ["/usr/sbin/nginx", "-c", str(configuration), "-p", str(self.folder), "-e", f"{self.folder}/error.log"]
        self._process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    async def until_it_listens(self) -> None:
        for _ in range(100):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            await asyncio.sleep(0.05)
        raise AssertionError((self.folder / "error.log").read_text())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def rtmp_server(folder: Path) -> AsyncIterator[RtmpServer]:
    """A running server, ended with the block."""
    server = RtmpServer(folder, free_port())
    server.start()
    try:
        await server.until_it_listens()
        yield server
    finally:
        server.stop()
