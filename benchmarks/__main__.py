"""`make bench`: our form beside Wagtail's own e-mail form page, same server, 8 clients.

Rounds alternate, so a machine that slows down slows both; what counts is the ratio.
"""

import http.client
import re
import statistics
import threading
import time
from collections.abc import Callable
from urllib.parse import urlencode

from benchmarks.server import OURS, PLAIN, running_site

CLIENTS = 8
ROUNDS = 5
GETS = 25
FILINGS = 6
TOKEN = re.compile(r'name="token" value="([^"]+)"')
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
STORY = "De coach kwam drie keer niet opdagen en belde niet af. " * 20

Work = Callable[[http.client.HTTPConnection], None]


def ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    fields: dict[str, str] | None = None,
    cookie: str = "",
) -> tuple[str, str]:
    """One request; its body and the cookie it set. Anything but a 200 is a fault of the run."""
    headers = FORM | ({"Cookie": cookie} if cookie else {})
    connection.request(method, path, urlencode(fields or {}) or None, headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    if answer.status != 200:
        raise RuntimeError(f"{method} {path}: {answer.status}")
    return body, (answer.getheader("Set-Cookie") or "").partition(";")[0]


def get(path: str) -> Work:
    return lambda connection: (ask(connection, "GET", path), None)[1]


def file_ours(connection: http.client.HTTPConnection) -> None:
    """Every post of a two-step form, its first page included: one filing."""
    body, _ = ask(connection, "GET", OURS)
    answers = {"q-probleem": STORY, "q-naam": "Fien", "consent_filing": "on"}
    for action in ("next", "next", "send"):
        fields = answers | {"token": found(TOKEN, body), "action": action}
        if action == "send":
            fields["at"] = "check"
        body, _ = ask(connection, "POST", "/klacht-indienen/", fields)
    if "Je klacht is ontvangen" not in body:
        raise RuntimeError("not filed")


def file_plain(connection: http.client.HTTPConnection) -> None:
    body, cookie = ask(connection, "GET", PLAIN)
    fields = {"csrfmiddlewaretoken": found(CSRF, body), "probleem": STORY, "naam": "Fien"}
    body, _ = ask(connection, "POST", PLAIN, fields, cookie)
    if "Bedankt" not in body:
        raise RuntimeError("not sent")


def found(pattern: re.Pattern[str], body: str) -> str:
    match = pattern.search(body)
    if match is None:
        raise RuntimeError(f"no {pattern.pattern} in the page")
    return match.group(1)


def rate(address: tuple[str, int], work: Work, times: int) -> tuple[float, float]:
    """Works per second over all clients, and the p95 of one in milliseconds."""
    took: list[float] = []

    def client() -> None:
        connection = http.client.HTTPConnection(*address)
        for _ in range(times):
            start = time.perf_counter()
            work(connection)
            took.append(time.perf_counter() - start)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - start
    if len(took) != CLIENTS * times:
        raise RuntimeError("a client failed")
    return len(took) / elapsed, statistics.quantiles(took, n=20)[-1] * 1000


def compare(address: tuple[str, int], name: str, ours: Work, plain: Work, times: int) -> None:
    """Alternates the two and prints medians and their ratio."""
    rows = []
    for work in (ours, plain):
        rate(address, work, 2)
    for _ in range(ROUNDS):
        rows.append((rate(address, ours, times), rate(address, plain, times)))
    ratios = [a[0] / b[0] for a, b in rows]
    middle = [statistics.median(row[i][j] for row in rows) for i in (0, 1) for j in (0, 1)]
    print(  # noqa: T201
        f"{name:28} ours {middle[0]:7.1f}/s (p95 {middle[1]:5.0f} ms)   "
        f"plain {middle[2]:7.1f}/s (p95 {middle[3]:5.0f} ms)   "
        f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    )


def main() -> None:
    with running_site() as address:
        compare(address, "first page of the form", get(OURS), get(PLAIN), GETS)
        compare(address, "filing (all its posts)", file_ours, file_plain, FILINGS)


if __name__ == "__main__":
    main()
