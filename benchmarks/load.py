"""Clients that work side by side, on ours and on the plain page in turns."""

import http.client
import random
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

CLIENTS = 8
ROUNDS = 7
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Work:
    """What a client repeats: `prepare` goes uncounted, `do` is timed with what it gave."""

    do: Callable[[http.client.HTTPConnection, Any], None]
    prepare: Callable[[http.client.HTTPConnection], Any] = lambda _connection: None


@dataclass(frozen=True)
class Measured:
    """One round: works per second over all clients, and milliseconds of the slow ones."""

    rate: float
    p95: float


@dataclass(frozen=True)
class Comparison:
    """Rounds of ours and of the plain page, in pairs."""

    name: str
    ours: list[Measured]
    plain: list[Measured]

    @property
    def ratios(self) -> list[float]:
        """Our rate over the plain page's, of each pair; 1 is as quick."""
        return sorted(a.rate / b.rate for a, b in zip(self.ours, self.plain, strict=True))

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def p95_ratio(self) -> float:
        """Our p95 over the plain page's; below 1 is quicker."""
        return statistics.median(a.p95 / b.p95 for a, b in zip(self.ours, self.plain, strict=True))


def ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    fields: dict[str, str] | None = None,
    cookie: str = "",
) -> tuple[str, str]:
    """One request; its body and the cookie it set. Anything but a 200 is a fault of the run."""
    # Each from a network of its own, as visitors are: else the site takes them for one flood.
    network = f"10.{random.randrange(256)}.{random.randrange(256)}.1"  # noqa: S311
    headers = FORM | {"X-Forwarded-For": network} | ({"Cookie": cookie} if cookie else {})
    connection.request(method, path, urlencode(fields or {}) or None, headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    if answer.status != 200:
        raise RuntimeError(f"{method} {path}: {answer.status}")
    return body, (answer.getheader("Set-Cookie") or "").partition(";")[0]


def compare(address: tuple[str, int], name: str, ours: Work, plain: Work, times: int) -> Comparison:
    """Alternates the two, so that a machine that slows down slows both."""
    for work in (ours, plain):
        _round(address, work, 2)
    rounds = [(_round(address, ours, times), _round(address, plain, times)) for _ in range(ROUNDS)]
    return Comparison(name, [a for a, _b in rounds], [b for _a, b in rounds])


def _round(address: tuple[str, int], work: Work, times: int) -> Measured:
    took: list[float] = []
    prepared: list[list[Any]] = _in_threads(address, lambda c: [work.prepare(c)], times)
    start = time.perf_counter()
    waiting = iter(prepared)
    lock = threading.Lock()

    def client(connection: http.client.HTTPConnection) -> None:
        with lock:
            given = next(waiting)
        begun = time.perf_counter()
        work.do(connection, given[0])
        took.append(time.perf_counter() - begun)

    _in_threads(address, client, times)
    elapsed = time.perf_counter() - start
    return Measured(len(took) / elapsed, statistics.quantiles(took, n=20)[-1] * 1000)


def _in_threads(
    address: tuple[str, int], call: Callable[[http.client.HTTPConnection], Any], times: int
) -> list[Any]:
    """`call` this many times by each client; what it gave. Raises when a client failed."""
    results: list[Any] = []

    def client() -> None:
        connection = http.client.HTTPConnection(*address)
        results.extend([call(connection) for _ in range(times)])

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(results) != CLIENTS * times:
        raise RuntimeError("a client failed")
    return results
