"""The same work in several threads at one moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections


def at_once(number: int, work: Callable[[], Any]) -> list[Any]:
    """Returns what each of so many threads got; raises what one of them raised."""
    start = threading.Barrier(number)

    def one() -> Any:
        try:
            start.wait(timeout=30)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(number) as pool:
        return [done.result() for done in [pool.submit(one) for _ in range(number)]]
