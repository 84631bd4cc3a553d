"""Two web servers and two workers that hold nothing: one of each may go, and nobody notices."""

import threading
import time

import pytest

from complaints.vault.codes import new_code
from tests.complaints.public.form_filler import RESUME
from tests.faults.faulty_smtp import FaultySmtp
from tests.faults.nginx import behind_nginx
from tests.faults.people import Browser, assert_nothing_lost
from tests.faults.servers import wait_until
from tests.faults.shared import skip_where_something_is_missing, two_machines
from tests.faults.test_killed import Crowd

pytestmark = [pytest.mark.faults, pytest.mark.tail]

PAGE = "/klachtenprocedure/"


@pytest.fixture
def machines():
    skip_where_something_is_missing()
    with two_machines() as (one, two, servers):
        for site in (one, two):
            site.start_web()
            for _each in range(6):  # both processes of each have loaded everything
                Browser(site).get(PAGE)
        yield one, two, servers


def test_one_of_each_is_killed_under_load_and_nothing_is_lost_or_sent_too_often(
    machines, whole_dose, record_property, tmp_path
):
    complaints, rounds = (240, 2) if whole_dose else (40, 1)
    one, two, servers = machines
    kills = [
        *(lambda: one.kill("web"), one.start_web, lambda: two.kill("worker"), two.start_worker),
        *(servers["redis"].kill, servers["redis"].start),
        *(lambda: two.kill("web"), two.start_web, lambda: one.kill("worker"), one.start_worker),
        one.database.restart,
    ]
    with FaultySmtp(one.smtp_port, is_faulty=False) as smtp:
        smtp.up()
        one.start_worker()
        two.start_worker()
        inner = one.port
        with behind_nginx(one, tmp_path, two):
            crowd = Crowd(one, complaints, has_file=True)
            steps = len(kills) * rounds
            for number in range(steps):
                crowd.wait_for(complaints * (number + 1) // (steps + 2))
                outer, one.port = one.port, inner  # it is itself again, not the proxy before it
                kills[number % len(kills)]()
                one.port = outer
            receipts = crowd.receipts()
        assert len(receipts) == complaints
        two.inside("all_sent")
    assert_nothing_lost(two, receipts)
    for case in two.inside("contents")["complaints"]:
        assert case["files"] == [receipts[case["reference"]]], case["reference"]
    doubles, leases_lost = smtp.doubles, 3 * rounds  # two workers, and what both asked of
    assert doubles <= leases_lost * 5
    logs = one.log("web") + two.log("web")
    record_property(
        "measured",
        f"two machines: {steps} kills and starts, {complaints} acknowledged with a file each, "
        f"0 lost; {len(set(smtp.arrived))} mails, {doubles} twice; "
        f"Redis away said {logs.count('cache.away')} times",
    )


def test_what_one_publishes_the_other_shows_within_two_seconds(machines, record_property):
    taken = []
    for number, (here, there) in enumerate([machines[:2], machines[1::-1]]):
        title, seen = f"Zo gaat dat nu {number}", {}
        is_over = threading.Event()

        def look(path, there=there, title=title, seen=seen, is_over=is_over):
            browser = Browser(there)
            while path not in seen and not is_over.wait(0.02):
                if title in browser.get(path).content.decode():
                    seen[path] = time.time()

        lookers = [threading.Thread(target=look, args=(path,)) for path in ("/", PAGE)]
        for looker in lookers:
            looker.start()
        published = here.inside("publish", title)
        wait_until(lambda seen=seen: len(seen) == 2, "the other shows it")
        is_over.set()
        taken += [max(0, at - published) for at in seen.values()]
    assert max(taken) < 2, taken
    record_property("measured", f"published, on the other after {max(taken):.2f} s at most")


def test_wrong_codes_are_counted_together_and_apart_while_redis_is_away(machines):
    one, two, servers = machines
    browsers = [Browser(one), Browser(two)]
    headers = {"X-Forwarded-For": "203.0.113.7"}
    guess = lambda browser: browser.post(RESUME, {"code": new_code()}, headers).status_code  # noqa: E731
    first = [guess(browsers[number % 2]) for number in range(20)]
    assert 429 not in first
    assert [guess(browser) for browser in browsers] == [429, 429]
    servers["redis"].kill()
    assert 429 not in [guess(browsers[number % 2]) for number in range(6)]
    servers["redis"].start()
    wait_until(lambda: guess(browsers[0]), "it answers")
