"""A new version comes up under load: not one request fails."""

import itertools
import shutil
import socket
import threading

import pytest

from tests.complaints.public.form_filler import FORM
from tests.faults.nginx import behind_nginx
from tests.faults.people import Browser, Complainant, assert_nothing_lost
from tests.faults.servers import Site, wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.tail,
    pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed"),
]

READERS, WRITERS = 4, 4


class Load:
    """People who read and people who file, each of whom gives up at the first error."""

    def __init__(self, site: Site) -> None:
        self.is_over = threading.Event()
        self.problems: list[BaseException] = []
        self.pages, self.people = 0, []
        self.numbers = itertools.count()
        work = [self.read] * READERS + [self.file] * WRITERS
        self.threads = [threading.Thread(target=self.run, args=(one, site)) for one in work]
        for thread in self.threads:
            thread.start()

    def run(self, work, site: Site) -> None:
        try:
            work(site)
        except BaseException as problem:
            self.problems.append(problem)

    def read(self, site: Site) -> None:
        browser = Browser(site, is_patient=False)
        browser.network = f"127.7.{next(self.numbers)}"
        while not self.is_over.wait(0.1):
            page = browser.get(FORM)
            assert page.status_code == 200, page.status_code
            self.pages += 1

    def file(self, site: Site) -> None:
        person = Complainant(site, is_patient=False)
        self.people.append(person)
        while not self.is_over.is_set():
            person.file()

    def go_on(self) -> None:
        """Returns when some more has come and was filed; or when something failed."""
        pages, filed = self.pages + 20, self.filed + 4
        more = lambda: self.problems or (self.pages >= pages and self.filed >= filed)  # noqa: E731
        wait_until(more, "more comes")

    @property
    def filed(self) -> int:
        return sum(len(one.receipts) for one in self.people)

    def end(self) -> dict[str, str]:
        """Returns the receipts of everybody."""
        self.is_over.set()
        for thread in self.threads:
            thread.join()
        return {ref: story for one in self.people for ref, story in one.receipts.items()}


def test_not_one_request_fails_while_the_web_server_is_reloaded_and_started_anew(
    real_site, whole_dose, record_property, tmp_path
):
    times = 8 if whole_dose else 2
    with socket.create_server(("127.0.0.1", real_site.port), backlog=512) as listening:
        real_site.start_web_on(listening)
        with behind_nginx(real_site, tmp_path):
            load = Load(real_site)
            for _each in range(times):
                load.go_on()
                real_site.reload_web()
                real_site.end_web()
                real_site.start_web_on(listening)
                load.go_on()
                real_site.reload_web()
            receipts = load.end()
        assert not load.problems, load.problems
        assert_nothing_lost(real_site, receipts)
    assert len(receipts) > times
    record_property(
        "measured",
        f"{real_site.database.kind}: {2 * times} reloads and {times} restarts under load: "
        f"0 of {load.pages} pages and {len(receipts)} filings failed",
    )
