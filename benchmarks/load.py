"""Clients that work side by side, on ours and on the plain site in turns; rates and CPU."""

import http.client
import os
import random
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

CLIENTS = 8
ROUNDS = 5
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Work:
    """What a client repeats: `prepare` goes uncounted, `do` is timed with what it gave."""

    do: Callable[[http.client.HTTPConnection, Any], None]
    prepare: Callable[[http.client.HTTPConnection], Any] = lambda _connection: None


@dataclass(frozen=True)
class Served:
    """A site that answers: where, and the process whose children are its workers."""

    address: tuple[str, int]
    pid: int

    def cpu_seconds(self) -> float:
        """What the workers have taken so far, of user and system time."""
        return sum(map(_cpu_seconds, self.workers))

    def mib(self) -> list[float]:
        """What each worker holds in memory now."""
        states = [Path(f"/proc/{worker}/status").read_text() for worker in self.workers]
        return [int(state.partition("VmRSS:")[2].split()[0]) / 1024 for state in states]

    @property
    def workers(self) -> list[str]:
        return Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()


def _cpu_seconds(pid: str) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    """One round: works per second over all clients, and of one work its CPU and the slow ones."""

    rate: float
    cpu_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Comparison:
    """Rounds of ours and of the plain site, in pairs. `asked` is what we want to see."""

    name: str
    asked: str
    ours: list[Measured]
    plain: list[Measured]

    def ratios(self, figure: str) -> list[float]:
        """Our figure over the plain site's, of each pair, from low to high."""
        pairs = zip(self.ours, self.plain, strict=True)
        return sorted(getattr(a, figure) / getattr(b, figure) for a, b in pairs)

    def ratio(self, figure: str) -> float:
        return statistics.median(self.ratios(figure))


def ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    fields: dict[str, str] | None = None,
    cookie: str = "",
) -> tuple[str, str]:
    """One request; its body and the cookie it set. Anything but a 200 is a fault of the run."""
    # Each from a network of its own, as visitors are: else the site takes them for one flood.
    network = f"10.{random.randrange(256)}.{random.randrange(256)}.1"  # noqa: S311 - no secret
    headers = FORM | {"X-Forwarded-For": network} | ({"Cookie": cookie} if cookie else {})
    connection.request(method, path, urlencode(fields or {}) or None, headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    if answer.status != 200:
        raise RuntimeError(f"{method} {path}: {answer.status}")
    return body, (answer.getheader("Set-Cookie") or "").partition(";")[0]


def compare(
    name: str, asked: str, ours: tuple[Served, Work], plain: tuple[Served, Work], times: int
) -> Comparison:
    """Alternates the two, so that a machine that slows down slows both."""
    for site, work in (ours, plain):
        _round(site, work, 2)
    rounds = [(_round(*ours, times), _round(*plain, times)) for _ in range(ROUNDS)]
    return Comparison(name, asked, [a for a, _b in rounds], [b for _a, b in rounds])


def _round(site: Served, work: Work, times: int) -> Measured:
    took: list[float] = []
    prepared: list[list[Any]] = _in_threads(site, lambda c: [work.prepare(c)], times)
    waiting = iter(prepared)
    lock = threading.Lock()

    def client(connection: http.client.HTTPConnection) -> None:
        with lock:
            given = next(waiting)
        begun = time.perf_counter()
        work.do(connection, given[0])
        took.append(time.perf_counter() - begun)

    start, cpu = time.perf_counter(), site.cpu_seconds()
    _in_threads(site, client, times)
    elapsed, cpu = time.perf_counter() - start, site.cpu_seconds() - cpu
    p95 = statistics.quantiles(took, n=20)[-1]
    return Measured(len(took) / elapsed, cpu / len(took) * 1000, p95 * 1000)


def _in_threads(
    site: Served, call: Callable[[http.client.HTTPConnection], Any], times: int
) -> list[Any]:
    """`call` this many times by each client; what it gave. Raises when a client failed."""
    results: list[Any] = []

    def client() -> None:
        connection = http.client.HTTPConnection(*site.address)
        results.extend([call(connection) for _ in range(times)])

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(results) != CLIENTS * times:
        raise RuntimeError("a client failed")
    return results
