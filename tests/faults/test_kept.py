"""What nginx keeps of the pages: a change is seen within two seconds, and nothing is anybody's."""

import shutil
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.faults.nginx import behind_nginx, nginx
from tests.faults.servers import Site, ask, free_port

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed"),
]
BOUND = 2
PRIVACY, FORM, FOLLOW = "/privacy/", "/klachtenprocedure/formulier/", "/klacht-volgen/"
SECRET = "/KLACHT-volgen/link/geheim-kenmerk/"


# What is done to the site by another process, and how a visitor sees that it is.
CHANGES = {
    "publish": (PRIVACY, lambda page: "Een nieuwe inleiding." in page.text),
    "setting": (PRIVACY, lambda page: "KunstMaat Nieuw" in page.text),
    "away": (FORM, lambda page: "omdat die nu afwezig is" in page.text),
    "schedule": (PRIVACY, lambda page: "Vanaf vandaag." in page.text),
    "private": (PRIVACY, lambda page: page.status == 302),
    "unpublish": (PRIVACY, lambda page: page.status == 404),
}
TEXTS = {"setting": ["KunstMaat Nieuw"], "schedule": ["Vanaf vandaag."]}


@pytest.mark.tail
def test_every_visitor_sees_a_change_within_two_seconds(real_site: Site, tmp_path):
    """Of two processes, while pages are asked all the time."""
    real_site.start_web()
    with behind_nginx(real_site, tmp_path):
        for change, (path, is_new) in CHANGES.items():
            assert not is_new(ask(real_site.port, path)), change
            seen = []
            with ThreadPoolExecutor(1) as other:
                done = other.submit(real_site.inside, "change", change, *TEXTS.get(change, ()))
                while not done.done() or time.time() < done.result() + BOUND + 1:
                    begun, answer = time.time(), ask(real_site.port, path)
                    assert answer.status != 429
                    seen.append((begun, is_new(answer)))
                    time.sleep(0.15)  # nginx lets no network ask more
            done_at = done.result()
            late = [begun - done_at for begun, new in seen if not new and begun > done_at + BOUND]
            assert late == [], change


class Behind(BaseHTTPRequestHandler):
    """A site that says what may be kept, and remembers what reached it."""

    asked: Counter[str] = Counter()
    given: list[dict[str, str]] = []

    def do_GET(self) -> None:
        Behind.asked[self.path] += 1
        Behind.given.append(dict(self.headers))
        time.sleep(0.2)
        body = f"{self.path} {Behind.asked[self.path]}".encode()
        self.send_response(404 if "weg" in self.path else 200)
        self.send_header("Cache-Control", "no-cache" if self.path == "/" else "public, max-age=60")
        if self.path in ("/", "/koekje/"):
            self.send_header("X-Accel-Expires", "1")
        if self.path == "/koekje/":
            self.send_header("Set-Cookie", "csrf=1")
        self.send_header("Vary", "Cookie")
        self.send_header("ETag", '"een"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_args: object) -> None: ...


@contextmanager
def behind(port: int):
    with ThreadingHTTPServer(("127.0.0.1", port), Behind) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


@pytest.mark.tail
def test_nginx_keeps_what_it_is_told_for_those_without_a_cookie_and_tells_nobody(tmp_path):
    """One asks for all; while Django is down they read the last; no log says who asked what."""
    port, inner = free_port(), free_port()
    with nginx(tmp_path, port=port, inner=[inner]):
        with behind(inner):
            with ThreadPoolExecutor(20) as crowd:
                texts = list(crowd.map(lambda _: ask(port, "/").text, range(20)))
            assert set(texts) == {"/ 1"}
            assert ask(port, "/", If_None_Match='"een"').status == 304
            assert (
                ask(port, "/", Accept_Encoding="br, gzip").text == "/ 2"
            )  # compressed, for others
            assert {given["Accept-Encoding"] for given in Behind.given[1:]} == {"gzip"}
            assert "Accept-Encoding" not in Behind.given[0]
            for headers in ({"Cookie": "a=1"}, {"Authorization": "Basic eDp4"}):
                before = Behind.asked["/"]
                assert ask(port, "/", **headers).text == f"/ {before + 1}"
            assert ask(port, "/", "POST", b"x").text != ask(port, "/").text
            for path in ("/koekje/", "/gewoon/", "/weg/", FOLLOW, "/?naam=Fien"):
                assert {ask(port, path).text for _ in "123"} == {f"{path} {n}" for n in (1, 2, 3)}
            given = Behind.given[-1]
            assert (given["X-Forwarded-For"], given["X-Forwarded-Proto"]) == ("127.0.0.1", "http")
            assert given["Host"] == "127.0.0.1"
        last = ask(port, "/").text
        time.sleep(BOUND + 1)
        assert ask(port, "/").text == last
        for path in (FOLLOW, "/?naam=Fien", "/gewoon/", SECRET):
            assert ask(port, path).status == 502, path
        assert ask(port, "/", Cookie="a=1").status == 502
        memory = tmp_path / "memory"
        (memory / "full").write_bytes(bytes(shutil.disk_usage(memory).free))
        assert ask(port, SECRET, "POST", bytes(200_000)).status == 500
    written = (tmp_path / "klachten.log").read_text()
    assert f"GET {FOLLOW} 502" in written
    assert "/KLACHT-volgen/link/ 500" in written
    for log in (written, (tmp_path / "klachten-errors.log").read_text()):
        assert not [told for told in ("127.0", "geheim", "Fien", "client:") if told in log]
