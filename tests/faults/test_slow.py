"""Whoever sends slowly stops nobody: pages come and a complaint is filed meanwhile."""

import socket
from contextlib import ExitStack
from threading import Thread

import pytest

from config.slow_bodies import hanging_up
from tests.complaints.public.form_filler import FORM
from tests.faults.people import Complainant
from tests.faults.servers import Site

SLOW = 200
HEAD = b"POST /klacht-indienen/ HTTP/1.1\r\nHost: localhost\r\n"
BODY = b"Content-Length: 200000\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n"
PART = b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b'
FILE = b'--b\r\nContent-Disposition: form-data; name="q-bestanden"; filename="a.txt"\r\n\r\n'


@pytest.mark.faults
def test_pages_come_and_a_complaint_is_filed_beside_two_hundred_slow_posts(real_site: Site):
    real_site.start_web()
    person = Complainant(real_site)
    person.form._read(person.first)
    token = person.form.page.values["token"][0].encode()
    begun = [
        HEAD,
        HEAD + BODY + b"-",
        HEAD + BODY + PART % (b"token", token) + b"\r\n" + FILE + b"a" * 150_000,
    ]
    with ExitStack() as slow:
        for number in range(SLOW):
            line = slow.enter_context(socket.create_connection(("127.0.0.1", real_site.port)))
            line.sendall(begun[number % len(begun)])
        pages = [Complainant(real_site, is_patient=False).browser.get(FORM) for _ in range(10)]
        assert [page.status_code for page in pages] == [200] * 10
        person.file()
        assert real_site.inside("staged") > SLOW // 4


def test_a_body_may_take_a_while_and_then_has_to_come_at_a_pace():
    ours, theirs = socket.socketpair()
    read = []

    def application(environ, start_response):
        while piece := environ["wsgi.input"].read(1000):
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
        theirs.sendall(b"a" * 1000)
        request.join(0.1)
    assert request.is_alive()
    request.join(2)
    assert not request.is_alive()
    assert b"".join(read) == b"a" * 5000
