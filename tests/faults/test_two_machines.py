"""Two web servers and two workers that hold nothing: one of each may go, and nobody notices."""

import time
from functools import partial

import pytest

from complaints.vault.codes import new_code
from tests.complaints.public.form_filler import RESUME
from tests.faults.faulty_smtp import FaultySmtp
from tests.faults.nginx import behind_nginx
from tests.faults.people import Browser, Crowd, assert_nothing_lost
from tests.faults.servers import IS_WHOLE, Site, ask, wait_until
from tests.faults.shared import skip_where_something_is_missing, two_machines

pytestmark = [pytest.mark.faults, pytest.mark.tail]

HOME, PAGE = "/", "/privacy/"


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
    machines, measured, tmp_path
):
    complaints, rounds = (240, 2) if IS_WHOLE else (40, 1)
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
            outer = one.port

            def itself(kill) -> None:
                """Done to the first machine, not to the proxy before it."""
                one.port = inner
                kill()
                one.port = outer

            steps = [partial(itself, kill) for kill in kills * rounds]
            receipts = Crowd(one, complaints, has_file=True).meanwhile(steps)
        two.inside("all_sent")
    assert_nothing_lost(two, receipts)
    for case in two.inside("contents")["complaints"]:
        assert case["files"] == [receipts[case["reference"]]], case["reference"]
    doubles, leases_lost = smtp.doubles, 3 * rounds  # two workers, and what both asked of
    assert doubles <= leases_lost * 5
    logs = one.log("web") + two.log("web")
    measured(
        f"two machines: {len(steps)} kills and starts, {complaints} acknowledged with a file each, "
        f"0 lost; {len(set(smtp.arrived))} mails, {doubles} twice; "
        f"Redis away said {logs.count('cache.away')} times"
    )


def wait_for(site: Site, path: str, text: str) -> None:
    wait_until(lambda: text in ask(site.port, path).text, "the other shows it")


def test_what_one_publishes_the_other_shows_within_two_seconds(machines, measured):
    """In both its processes, on the page itself and where that is named."""
    taken = []
    for here, there in (machines[:2], machines[1::-1]):
        text = f"Zo gaat dat nu {len(taken)}"
        at = here.inside("change", "publish", text)
        for path in (HOME, PAGE) * 3:
            wait_for(there, path, text)
        taken.append(max(0, time.time() - at))
    assert max(taken) < 2, taken
    measured(f"published, on the other after {max(taken):.2f} s at most")


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
