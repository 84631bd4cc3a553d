"""Visitors of the machine under test, run inside its network: `python -m tests.deploy.visitor`.

`file` files one complaint over TLS, from the first page to the reference, and prints that.
`load` asks for pages until its standard input is closed, and prints how many, and what failed.
"""

import json
import ssl
import sys
import threading
import time
from collections import Counter
from http.client import HTTPException, HTTPSConnection
from types import SimpleNamespace
from typing import Any

ADDRESS = "klachten.example.org"
WRITTEN_BY = "coachee@example.org"
PAGES = ("/", "/klachtenprocedure/", "/klachtenprocedure/formulier/", "/cms/login/")


class Line(HTTPSConnection):
    """To this machine, by the name in the certificate; the certificate is checked by `ca`."""

    def __init__(self, ca: str, timeout: int = 150) -> None:
        super().__init__(ADDRESS, timeout=timeout, context=ssl.create_default_context(cafile=ca))
        self._create_connection = lambda address, *rest: SOCKET(("127.0.0.1", 443), *rest)


SOCKET = __import__("socket").create_connection


def ask(ca: str, method: str, path: str, body: str | None = None, headers: Any = None) -> Any:
    line = Line(ca)
    try:
        line.request(method, path, body, headers or {})
        reply = line.getresponse()
        return SimpleNamespace(status_code=reply.status, content=reply.read(), to=reply.headers)
    finally:
        line.close()


def load(ca: str) -> dict[str, Any]:
    """Two visitors who never wait longer than a tenth of a second."""
    stop, counted = threading.Event(), Counter[str]()

    def visit(number: int) -> None:
        while not stop.is_set():
            path = PAGES[number % len(PAGES)]
            number += 1
            try:
                what = str(ask(ca, "GET", f"{path}?{number}").status_code)
            except (OSError, HTTPException) as error:
                what = repr(error)
            counted[what] += 1
            time.sleep(0.1)

    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(2)]
    for each in visitors:
        each.start()
    sys.stdin.read()
    stop.set()
    for each in visitors:
        each.join()
    return dict(counted)


def file(ca: str) -> dict[str, Any]:
    """One complaint with a story, a name and an address for mail, as the pages of the form ask."""
    import django

    django.setup()
    from tests.complaints.public.form_filler import Filler
    from tests.faults.people import REFERENCE, Browser

    class Visitor(Browser):
        def _once(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
            return ask(ca, method, path, body, {"Origin": f"https://{ADDRESS}"} | headers)

    form = Filler(Visitor(SimpleNamespace(port=443))).start()
    form.to_check(naam="Proef", email=WRITTEN_BY, consent_mail="on").send()
    reference = REFERENCE.search(form.text)
    assert reference, form.text
    return {reference[0]: form.text}


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"load": load, "file": file}[sys.argv[1]](sys.argv[2])))
