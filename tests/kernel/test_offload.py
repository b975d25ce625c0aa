"""Leaving the event loop: the worker threads of blocking libraries."""

import threading

from companion.kernel.offload import WorkerThread


async def test_a_thread_that_was_closed_is_there_again_for_who_starts_anew() -> None:
    worker = WorkerThread("files")
    for _ in range(2):
        assert (await worker.call(lambda: threading.current_thread().name)).startswith("files")
        worker.close()
    worker.close()
