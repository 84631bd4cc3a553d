"""Whoever sends slowly stops nobody: pages come and a complaint is filed meanwhile."""

import re
import shutil
import socket
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread

import pytest

from config.slow_bodies import hanging_up
from tests.complaints.public.form_filler import FORM
from tests.faults.people import Complainant
from tests.faults.servers import ROOT, SILENT, Site, free_port, wait_until

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


def assert_a_person_gets_through(site: Site, slow: ExitStack) -> None:
    person = Complainant(site)
    person.form._read(person.first)
    slow_posts(site.port, person.form.page.values["token"][0], slow)
    pages = [Complainant(site, is_patient=False).browser.get(FORM) for _ in range(10)]
    assert [page.status_code for page in pages] == [200] * 10
    person.file()


@pytest.mark.faults
def test_pages_come_and_a_complaint_is_filed_beside_two_hundred_slow_posts(real_site: Site):
    real_site.start_web()
    with ExitStack() as slow:
        assert_a_person_gets_through(real_site, slow)
        assert real_site.inside("staged") > SLOW // 4


@contextmanager
def behind_nginx(site: Site, folder: Path):
    """The site as deploy/nginx.conf serves it, but without TLS; nginx's folder is a small disk."""
    conf = Path(ROOT, "deploy/nginx.conf").read_text()
    inner, site.port = site.port, free_port()
    memory, log = folder / "memory", folder / "access.log"
    conf = re.sub(r"server \{\s*listen 80;.*?\n\}\n", "", conf, flags=re.DOTALL)
    conf = re.sub(r"\n\s*ssl_[^;]*;", "", conf).replace("443 ssl http2", f"127.0.0.1:{site.port}")
    conf = conf.replace("127.0.0.1:8000", f"127.0.0.1:{inner}").replace(
        "/run/klachten-nginx", str(memory)
    )
    conf = conf.replace("/var/log/nginx/klachten.log", str(log)).replace(
        "/var/log/nginx/klachten-errors.log", str(folder / "errors.log")
    )
    around = "daemon off; user root; pid {0}/pid; events {{ worker_connections 1000; }}\nhttp {{\n"
    (folder / "nginx.conf").write_text(f"{around.format(folder)}{conf}\n}}\n")
    memory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", memory], check=True)
    server = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-p", folder], **SILENT)
    try:
        wait_until(site.answers, "nginx listens")
        yield log
    finally:
        server.terminate()
        server.wait()
        subprocess.run(["umount", memory], check=True)
        site.port = inner


@pytest.mark.faults
@pytest.mark.tail
@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
def test_behind_nginx_a_slow_post_reaches_no_process_and_lies_in_memory(real_site: Site, tmp_path):
    real_site.start_web()
    with behind_nginx(real_site, tmp_path) as log, ExitStack() as slow:
        assert_a_person_gets_through(real_site, slow)
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
