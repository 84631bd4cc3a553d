"""Processes are killed while people file. What the site acknowledged is there, whole and once."""

import threading
import time

import pytest

from tests.faults.people import Complainant, assert_nothing_lost
from tests.faults.servers import Site, wait_until

pytestmark = pytest.mark.faults

CLIENTS = 8


class Crowd:
    """People who file at the same moment until each has the receipts they came for."""

    def __init__(self, site: Site, complaints: int, *, has_file: bool = False) -> None:
        self.people: list[Complainant] = []
        self.problems: list[BaseException] = []
        self.wanted = complaints // CLIENTS
        self.threads = [
            threading.Thread(target=self._file, args=(site, has_file), daemon=True)
            for _ in range(CLIENTS)
        ]
        for thread in self.threads:
            thread.start()

    def _file(self, site: Site, has_file: bool) -> None:
        try:
            person = Complainant(site, has_file=has_file, has_bad_line=True)
            self.people.append(person)
            while len(person.receipts) < self.wanted:
                person.file()
        except BaseException as problem:
            self.problems.append(problem)
            raise

    @property
    def acknowledged(self) -> int:
        return sum(len(person.receipts) for person in self.people)

    def wait_for(self, complaints: int) -> None:
        wait_until(lambda: self.problems or self.acknowledged >= complaints, "more are filed")
        assert not self.problems, self.problems

    def receipts(self) -> dict[str, str]:
        for thread in self.threads:
            thread.join()
        return {ref: story for person in self.people for ref, story in person.receipts.items()}


def kill_web(site: Site) -> None:
    site.kill("web")
    site.start_web()


def kill_mail_worker(site: Site) -> None:
    site.kill("worker")
    site.start_worker()


def kill_database(site: Site) -> None:
    site.database.stop_at_once()
    site.database.start()


def restart_database(site: Site) -> None:
    site.database.restart()


NEMESIS = {
    "sqlite": [Site.kill_one_web_worker, kill_web, kill_mail_worker],
    "postgres": [
        *(kill_database, Site.kill_one_web_worker, kill_web, kill_mail_worker),
        restart_database,
    ],
}


def test_kills_lose_no_acknowledged_complaint_nor_double_one(
    real_site, whole_dose, record_property
):
    complaints, kills = (1000, 12) if whole_dose else (24, 3)
    ways = NEMESIS[real_site.database.kind]
    real_site.start_web()
    real_site.start_worker()
    began = time.monotonic()
    crowd = Crowd(real_site, complaints)
    for number in range(kills):
        crowd.wait_for(complaints * (number + 1) // (kills + 2))
        ways[number % len(ways)](real_site)
    crowd.wait_for(complaints)
    seconds = time.monotonic() - began
    receipts = crowd.receipts()
    assert len(receipts) == complaints
    assert_nothing_lost(real_site, receipts)
    errors = sum(person.browser.errors for person in crowd.people)
    lost = sum(person.browser.answers // 7 for person in crowd.people)
    record_property(
        "measured",
        f"{real_site.database.kind}: {kills} kills, {complaints} acknowledged in {seconds:.0f} s, "
        f"{errors} errors seen and sent again ({lost} of them lost answers), 0 lost, 0 double",
    )
