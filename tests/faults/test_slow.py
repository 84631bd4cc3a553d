"""Whoever sends slowly stops nobody: pages come and a complaint is filed meanwhile."""

import shutil
import socket
from contextlib import ExitStack, nullcontext
from threading import Thread

import pytest

from config.gunicorn import hanging_up
from tests.faults.nginx import behind_nginx
from tests.faults.people import Complainant
from tests.faults.servers import Site

SLOW = 200
HEAD = b"POST /klacht-indienen/ HTTP/1.1\r\nHost: localhost\r\n"
BODY = b"Content-Length: 200000\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n"
PART = b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b'
FILE = b'--b\r\nContent-Disposition: form-data; name="q-bestanden"; filename="a.txt"\r\n\r\n'


CONTENT = b"Dit is wat ik erbij voeg. "


def slow_posts(port: int, token: str, slow: ExitStack) -> None:
    """Begins so many posts and ends none: some with a header half sent, some with half a file."""
    form = HEAD + BODY + PART % (b"token", token.encode()) + b"\r\n" + FILE
    begun = [HEAD, HEAD + BODY + b"-", form + CONTENT * 6000]
    for number in range(SLOW):
        line = slow.enter_context(
            socket.create_connection(
                ("127.0.0.1", port), source_address=(f"127.0.{number % 9}.1", 0)
            )
        )
        line.sendall(begun[number % len(begun)])


@pytest.mark.faults
@pytest.mark.parametrize(
    "way",
    [
        "by itself",
        pytest.param(
            "behind nginx",
            marks=[
                pytest.mark.tail,
                pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed"),
            ],
        ),
    ],
)
def test_pages_come_and_a_complaint_is_filed_beside_two_hundred_slow_posts(
    real_site: Site, tmp_path, way
):
    """Behind nginx a slow post reaches no process and lies in memory."""
    real_site.start_web()
    is_behind = way == "behind nginx"
    outer = behind_nginx(real_site, tmp_path) if is_behind else nullcontext()
    with outer as log, ExitStack() as slow:
        person = Complainant(real_site)
        person.form._read(person.first)
        slow_posts(real_site.port, person.form.token, slow)
        pages = [Complainant(real_site, is_patient=False).first for _ in range(10)]
        assert [page.status_code for page in pages] == [200] * 10
        person.file()
        if not is_behind:
            assert real_site.inside("staged") > SLOW // 4
            return
        assert real_site.inside("staged") == 0
        kept = shutil.disk_usage(tmp_path / "memory").used
        assert kept > SLOW // 3 * len(CONTENT) * 5000
    assert "127.0." not in log.read_text()


def test_a_body_may_take_a_while_and_then_has_to_come_at_a_pace():
    ours, theirs = socket.socketpair()
    read = []

    def application(environ, start_response):
        while piece := environ["wsgi.input"].read(300):
            read.append(piece)
        return []

    environ = {
        "gunicorn.socket": ours,
        "CONTENT_LENGTH": "1000000",
        "wsgi.input": ours.makefile("rb", 0),
    }
    request = Thread(target=hanging_up(application, seconds=0.2), args=(environ, None))
    request.start()
    for _ in range(5):
        theirs.sendall(b"a" * 300)
        request.join(0.1)
    assert request.is_alive()
    request.join(20)
    assert not request.is_alive()
    assert b"".join(read) == b"a" * 1500
