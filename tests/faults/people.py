"""People who file over HTTP, and what they hold the site to afterwards."""

import itertools
import re
import secrets
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection, HTTPException
from threading import Thread
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.complaints.public.form_filler import FORM, Filler, has_files
from tests.evidence import named
from tests.faults.servers import PATIENCE, Site, wait_until

REFERENCE = re.compile(r"KM-[0-9A-Z]{4}-[0-9A-Z]{4}")
NUMBERS = itertools.count()


class Browser:
    """Gets and posts as Django's test client does, but to a real server.

    A patient one sends the same again after an error, as a person does with the retry button.
    One with a bad line loses every seventh answer on the way, when the site has done its work.
    """

    def __init__(self, site: Site, *, is_patient: bool = True, has_bad_line: bool = False) -> None:
        self.port = site.port
        self.is_patient = is_patient
        self.has_bad_line = has_bad_line
        self.answers = self.errors = 0
        self.network = "127.0.0"  # of ours, as a proxy before the site sees it

    def get(self, path: str) -> Any:
        return self._ask("GET", path, None, {})

    def post(self, path: str, data: dict[str, Any], headers: dict[str, str]) -> Any:
        kind, body = "application/x-www-form-urlencoded", urlencode(data, doseq=True).encode()
        if any(map(has_files, data.values())):
            kind, body = MULTIPART_CONTENT, encode_multipart(BOUNDARY, data)
        return self._ask("POST", path, body, headers | {"Content-Type": kind})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
        deadline = time.monotonic() + PATIENCE
        while True:
            reply = self._once(method, path, body, headers)
            if reply is not None and (reply.status_code < 500 or not self.is_patient):
                return reply
            self.errors += 1
            assert time.monotonic() < deadline, f"{PATIENCE} seconds of errors"
            time.sleep(0.1)

    def _once(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
        source = (f"{self.network}.1", 0)
        connection = HTTPConnection("127.0.0.1", self.port, PATIENCE, source_address=source)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            answer = SimpleNamespace(status_code=reply.status, content=reply.read())
            self.answers += 1
            return None if self.has_bad_line and self.answers % 7 == 0 else answer
        except (OSError, HTTPException):
            return None  # refused, cut off, half an answer: an error page of the browser
        finally:
            connection.close()


class Complainant:
    """Files one complaint after another, each a story of its own, from a network of its own."""

    def __init__(self, site: Site, *, has_file: bool = False, **line: bool) -> None:
        self.browser = Browser(site, **line)
        self.has_file = has_file
        self.form = Filler(self.browser)
        self.first = self.browser.get(FORM)
        self.receipts: dict[str, str] = {}  # reference to story

    def write(self, *, length: int = 200) -> str:
        """The first step, with which the form gets the nonce that makes it one complaint."""
        story = f"Verhaal {next(NUMBERS)} <&> ë: ".ljust(length, secrets.token_hex(8)[0])
        network = ".".join(str(secrets.randbelow(250) + 1) for _ in range(3))
        self.form.headers = {"X-Forwarded-For": f"{network}.7"}
        self.browser.network = f"127.{network.partition('.')[2]}"
        self.form._read(self.first)
        file = {"bestanden": [named("verhaal.txt", story.encode())]} if self.has_file else {}
        self.form.next(probleem=story, **file)
        return story

    def file(self, *, length: int = 200) -> None:
        """A complaint from the first step to the reference."""
        story = self.write(length=length)
        self.form.send()
        assert self.keep_receipt(story), self.form.text

    def press_again(self) -> None:
        """The button on the page that says it could not be stored."""
        self.form.page.values.pop("", None)  # the text given back, in fields without a name
        (action,) = self.form.page.actions
        self.form.press(action)

    def keep_receipt(self, story: str) -> bool:
        found = REFERENCE.search(self.form.text)
        if self.form.response.status_code != 200 or found is None:
            return False
        self.receipts[found[0]] = story
        return True


CLIENTS = 8


class Crowd:
    """People who file at the same moment until each has the receipts they came for.

    With `is_calm` nothing may fail them: they give up at the first error, as do those beside them
    who only read. Else their line is bad, and they send again.
    """

    def __init__(
        self, site: Site, complaints: int, *, has_file: bool = False, is_calm: bool = False
    ) -> None:
        line = {"has_file": has_file, "is_patient": not is_calm, "has_bad_line": not is_calm}
        clients = CLIENTS // 2 if is_calm else CLIENTS
        self.people = [Complainant(site, **line) for _ in range(clients)]
        self.problems: list[BaseException] = []
        self.complaints, self.pages = complaints, 0
        work = [partial(self._file, person) for person in self.people]
        if is_calm:
            work += [partial(self._read, site, number) for number in range(clients)]
        self.threads = [Thread(target=self._try, args=(one,), daemon=True) for one in work]
        for thread in self.threads:
            thread.start()

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as problem:
            self.problems.append(problem)
            raise

    def _file(self, person: Complainant) -> None:
        while len(person.receipts) < self.complaints // len(self.people):
            person.file()

    def _read(self, site: Site, number: int) -> None:
        browser = Browser(site, is_patient=False)
        browser.network = f"127.7.{number}"
        while len(self.receipts) < self.complaints:
            assert browser.get(FORM).status_code == 200
            self.pages += 1
            time.sleep(0.1)

    @property
    def receipts(self) -> dict[str, str]:
        """What was acknowledged to anybody so far: the story of each reference."""
        return {r: s for person in self.people for r, s in [*person.receipts.items()]}

    def wait_for(self, complaints: int) -> None:
        wait_until(lambda: self.problems or len(self.receipts) >= complaints, "more are filed")
        assert not self.problems, self.problems

    def meanwhile(self, steps: list[Callable[[], object]]) -> dict[str, str]:
        """Does these one after another while people file; returns the receipts of all."""
        for number, step in enumerate(steps, 1):
            self.wait_for(self.complaints * number // (len(steps) + 2))
            step()
        self.wait_for(self.complaints)
        for thread in self.threads:
            thread.join()
        assert not self.problems, self.problems
        assert len(self.receipts) == self.complaints
        return self.receipts


def assert_nothing_lost(site: Site, receipts: dict[str, str], *, more_allowed: int = 0) -> None:
    """Every receipt opens its whole story; nothing is double, half stored or left over."""
    found = site.inside("contents")
    stored = {case["reference"]: case for case in found["complaints"]}
    lost = {reference for reference in receipts if reference not in stored}
    assert not lost, f"acknowledged and lost: {lost}"
    other = [r for r, story in receipts.items() if stored[r]["story"] != story]
    assert not other, f"opens to another story: {other}"
    stories = [case["story"] for case in stored.values()]
    assert len(stories) == len(set(stories)), "a story is stored twice"
    assert len(stories) <= len(receipts) + more_allowed, "stored without a receipt"
    half = {r: case["missing"] for r, case in stored.items() if case["missing"]}
    assert not half, f"half stored: {half}"
    assert found["keys_of_nothing"] == 0
    assert found["database"] == "ok"
