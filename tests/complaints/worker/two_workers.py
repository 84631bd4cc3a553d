"""Workers that tick at once, each in a thread with a connection of its own."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

WORKERS = 4
LONGEST = 5  # seconds a worker waits for the others; one that found nothing to do never comes


def all_at_once(work: Callable[[int], Any]) -> None:
    """Runs `work(0)`, `work(1)` and so on together, and fails where one of them does."""
    together, failed = threading.Barrier(WORKERS), []

    def run(number: int) -> None:
        try:
            together.wait(timeout=30)
            work(number)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failed == []


def overlapping(monkeypatch: Any, module: Any, name: str, *, after: bool = False) -> list[str]:
    """Makes each worker wait before (or `after`) this step until all have come so far.

    So all of them have read before any of them writes. Returns who came, for a test to see that
    they did meet.
    """
    meeting, real, came = threading.Barrier(WORKERS), getattr(module, name), []

    def meet() -> None:
        came.append(threading.current_thread().name)
        try:
            meeting.wait(timeout=LONGEST)
        except threading.BrokenBarrierError:
            return

    def step(*args: Any, **kwargs: Any) -> Any:
        if not after:
            meet()
        found = real(*args, **kwargs)
        if after:
            meet()
        return found

    monkeypatch.setattr(module, name, step)
    return came
