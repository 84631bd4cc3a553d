"""Owed mail arrives, whatever the mail server does and whoever kills the worker."""

import time

import pytest

from tests.faults.faulty_smtp import FaultySmtp
from tests.faults.people import Complainant, assert_nothing_lost
from tests.faults.servers import IS_WHOLE, Site, wait_until

pytestmark = pytest.mark.faults

WAITS = "mail.waits"


def go_on_trying(site: Site) -> None:
    """Returns when the worker has found the mail server away (again)."""
    before = site.log("worker").count(WAITS)
    wait_until(lambda: site.log("worker").count(WAITS) > before, "the worker finds no mail server")


def test_every_owed_mail_arrives_and_few_arrive_twice(real_site, measured):
    least, kills = (300, 7) if IS_WHOLE else (30, 3)
    owed = real_site.inside("owe", str(least))
    mails = len(owed)
    with FaultySmtp(real_site.smtp_port) as smtp:
        began = time.monotonic()
        real_site.start_worker()
        go_on_trying(real_site)
        smtp.up()
        smtp.room_for = mails * 3 // 4  # so that there is something left to try after the kills
        for number in range(1, kills + 1):
            smtp.wait_for(smtp.room_for * number // (kills + 1))
            if number == 2 and real_site.database.kind == "postgres":
                real_site.database.crash()
            else:
                real_site.kill_and_start("worker")
        smtp.down()
        go_on_trying(real_site)
        smtp.room_for = mails
        smtp.up()
        smtp.wait_for(mails)
        real_site.inside("all_sent")
        seconds = time.monotonic() - began
    arrived = set(smtp.arrived)
    assert {message_id.partition("@")[0] + "@" for message_id in arrived} == set(owed)
    assert smtp.doubles <= kills + 1 + smtp.lost_acknowledgements + mails * 0.05
    measured(
        f"{real_site.database.kind}: {len(arrived)} of {mails} mails arrived in {seconds:.0f} s, "
        f"{kills} kills, twice down, {smtp.refused} refused, {smtp.lost_acknowledgements} "
        f"acknowledgements lost, {smtp.doubles} arrived twice"
    )


def p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


def file_timed(person: Complainant, complaints: int) -> list[float]:
    """How long the post that sends takes, for each of so many complaints."""
    taken = []
    for _ in range(complaints):
        story = person.write()
        began = time.perf_counter()
        person.form.send()
        taken.append(time.perf_counter() - began)
        assert person.keep_receipt(story), person.form.text
    return taken


def test_filing_does_not_wait_for_a_silent_mail_server(real_site, measured):
    rounds, complaints = (6, 40) if IS_WHOLE else (2, 5)
    real_site.start_web()
    real_site.start_worker()
    person = Complainant(real_site)
    file_timed(person, 5)  # both web workers have loaded everything
    normal, silent = [], []
    with FaultySmtp(real_site.smtp_port, is_faulty=False) as smtp:
        for _ in range(rounds):
            smtp.up()
            normal += file_timed(person, complaints)
            smtp.fall_silent()
            silent += file_timed(person, complaints)
    assert p95(silent) < 10  # a post that mailed would wait for EMAIL_TIMEOUT: 20 seconds
    assert_nothing_lost(real_site, person.receipts)
    measured(
        f"{real_site.database.kind}: p95 of filing {p95(normal) * 1000:.0f} ms, with a silent mail "
        f"server {p95(silent) * 1000:.0f} ms, ratio {p95(silent) / p95(normal):.2f} "
        f"({len(silent)} filings each)"
    )
