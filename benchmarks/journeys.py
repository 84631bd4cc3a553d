"""What a visitor does on our site and on the plain one; the addresses are the same."""

import itertools
import re
import socket
from http.client import HTTPConnection

from benchmarks.load import Work, ask

HOME = "/"
PROCEDURE = "/klachtenprocedure/"
FORM = "/klachtenprocedure/formulier/"
POST = "/klacht-indienen/"
LIST = "/cms/complaints/complaint/"
TOKEN = re.compile(r'name="token" value="([^"]+)"')
NETWORKS = itertools.count(1)
LENGTH = re.compile(rb"\r\nContent-Length: (\d+)")
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
STORY = "De coach kwam drie keer niet opdagen en belde niet af. " * 20
ANSWERS = {"q-probleem": STORY, "q-naam": "Fien"}


def get(path: str, cookie: str = "") -> Work:
    def do(connection: HTTPConnection, _given: None) -> None:
        ask(connection, "GET", path, cookie=cookie)

    return Work(do)


def fifty(path: str) -> Work:
    """So many over one line, by a client that takes less than nginx; from a network of its own."""
    asked = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

    def do(connection: HTTPConnection, _given: None) -> None:
        high, low = divmod(next(NETWORKS), 256)
        address = (connection.host, connection.port)
        with socket.create_connection(address, source_address=(f"127.{high}.{low}.1", 0)) as line:
            for _ in range(50):
                line.sendall(asked)
                take_answer(line)

    return Work(do)


def take_answer(line: socket.socket) -> None:
    head, _, body = line.recv(65536).partition(b"\r\n\r\n")
    length = LENGTH.search(head)
    if not head.startswith(b"HTTP/1.1 200") or length is None:
        raise RuntimeError(head.decode())
    missing = int(length[1]) - len(body)
    while missing > 0:
        missing -= len(line.recv(missing))


def walk_to_check(connection: HTTPConnection) -> str:
    """The token of the check page, after the first page and each step."""
    body, _ = ask(connection, "GET", FORM)
    while 'name="consent_filing"' not in body:
        fields = ANSWERS | {"token": found(TOKEN, body), "action": "next"}
        body, _ = ask(connection, "POST", POST, fields)
    return found(TOKEN, body)


def send(connection: HTTPConnection, token: str) -> None:
    fields = {"consent_filing": "on", "token": token, "action": "send", "at": "check"}
    body, _ = ask(connection, "POST", POST, fields)
    if "Je klacht is ontvangen" not in body:
        raise RuntimeError("not filed")


def open_plain(connection: HTTPConnection) -> tuple[str, str]:
    body, cookie = ask(connection, "GET", FORM)
    return found(CSRF, body), cookie


def submit_plain(connection: HTTPConnection, given: tuple[str, str]) -> None:
    token, cookie = given
    fields = {"csrfmiddlewaretoken": token, "probleem": STORY, "naam": "Fien"}
    body, _ = ask(connection, "POST", FORM, fields, cookie)
    if "Bedankt" not in body:
        raise RuntimeError("not sent")


def found(pattern: re.Pattern[str], body: str) -> str:
    match = pattern.search(body)
    if match is None:
        raise RuntimeError(f"no {pattern.pattern} in the page")
    return match.group(1)


# The one post that stores and answers; and every page from the first to the confirmation.
press_ours = Work(send, walk_to_check)
press_plain = Work(submit_plain, open_plain)
file_ours = Work(lambda connection, _given: send(connection, walk_to_check(connection)))
file_plain = Work(lambda connection, _given: submit_plain(connection, open_plain(connection)))
