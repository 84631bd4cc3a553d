"""The daily digest: what waits, counted, to who asked for it, without naming a case."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from complaints.cases.todo import todo_of, wants_digest
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.roster import Exclusion, Roster
from complaints.models.settings import DeskPreference
from complaints.stages import Route
from tests.desk import changed, client_for, text_of
from tests.factories import close, make_complaint, make_user, set_handling
from tests.services import forget_mail, send_all, tick, told

pytestmark = pytest.mark.django_db


def panel_of(client) -> str:
    """The lines of the start page that say what waits."""
    panel = client.get("/cms/").content.decode().split('id="desk-panel-heading"')[1]
    return panel.split("</section>")[0]


def test_the_digest_counts_what_waits_and_names_no_case(reader, clock):
    late, soon, new = (make_complaint() for _ in range(3))
    today = timezone.localdate()
    changed(late, next_due_on=today - timedelta(days=1), is_unread=False)
    changed(soon, next_due_on=today, is_unread=False)
    tick()
    forget_mail(but=MailKind.DAILY_DIGEST)
    (sent,) = send_all()
    assert sent.subject == "Wat er vandaag wacht"
    said = ("is te laat", "heeft een termijn binnen 3 werkdagen", "is ongelezen")
    assert all(f"- 1 zaak {words}\n" in sent.body for words in said)
    assert "/cms/\n" in sent.body
    assert not any(case.reference in sent.body for case in (late, soon, new))
    assert "KM-" not in sent.body


@pytest.mark.parametrize("is_away", [False, True])
@pytest.mark.parametrize("role", ["confidant", "deputy"])
def test_the_digest_and_the_start_page_say_the_same(role, is_away, staff, clock):
    """Of their own, of nobody's, of closed ones, and while they stand in of the confidant's."""
    user, other = getattr(staff, role), make_user("handler")
    DeskPreference.objects.create(user=user, wants_digest=True)
    today = timezone.localdate()
    for handler in (staff.confidant, staff.deputy, other, None):
        for days in (-1, 0, 30):
            route = Route.DEPUTY if handler == staff.deputy else Route.CONFIDANT
            case = make_complaint(route=route)
            if days == -1:
                close(case, other)
            changed(case, handler=handler, next_due_on=today + timedelta(days=days))
    set_handling(confidant_absent_from=today if is_away else None)
    expected = 2 if role == "deputy" and is_away else 1
    todo = todo_of(user, Roster.read())
    assert (todo.closed_late, todo.soon, todo.late) == (expected, expected, 0)
    tick()
    forget_mail(but=MailKind.DAILY_DIGEST)
    (sent,) = send_all()
    lines = re.findall(r"<li><a[^>]*>([^<]+)</a></li>", panel_of(client_for(user)))
    assert re.findall(r"^- (.+)$", sent.body, re.MULTILINE) == lines
    assert len(lines) >= 4


def test_each_line_leads_who_stands_in_to_as_many_cases_as_it_says(staff, clock):
    today = timezone.localdate()
    for route in Route:
        for days in (-1, 0):
            case = make_complaint(route=route)
            changed(case, next_due_on=today + timedelta(days=days))
    set_handling(confidant_absent_from=today)
    client = client_for(staff.deputy)
    links = re.findall(r'href="([^"]+)">(\d+) ', panel_of(client))
    assert len(links) == 4
    assert client.get("/cms/complaints/complaint/").content.decode().count("wacht op jou") == 4
    for way, number in links:
        assert f" {number} klachten" in text_of(client.get(unescape(way))), way


def test_the_digest_counts_only_what_its_reader_may_see_as_long_as_they_handle(reader, clock):
    make_complaint(route=Route.DEPUTY)
    make_complaint(is_suspect=True)
    excluded = make_complaint()
    Exclusion.objects.create(complaint=excluded, user=reader, at=timezone.now())
    tick()
    assert told(MailKind.DAILY_DIGEST) == []
    make_complaint()
    tick()
    assert told(MailKind.DAILY_DIGEST) == [reader]
    reader.groups.clear()
    clock.move_to("2026-12-16 10:00:00+01:00")
    tick()
    assert told(MailKind.DAILY_DIGEST) == [reader]
    assert reader not in told(MailKind.TERM_REMINDER)


@pytest.mark.any_database
def test_the_digest_comes_once_each_working_day_to_who_wants_it(reader, staff, clock):
    make_complaint()
    make_complaint(route=Route.DEPUTY)
    clock.move_to("2026-12-11 05:00:00+01:00")
    for _ in range(8 * 4):
        tick()
        clock.shift(timedelta(hours=3))
    digests = OwedMail.objects.filter(kind=MailKind.DAILY_DIGEST).order_by("pk")
    assert list(digests.values_list("user", "occasion")) == [
        (reader.pk, "2026-12-11"),
        (reader.pk, "2026-12-14"),
    ]


def test_a_handler_asks_for_the_digest_on_their_own_page_and_nobody_else_does(staff):
    account = reverse("wagtailadmin_account")
    for role in ("editor", "manager", "superuser"):
        client = client_for(make_user(role, username=f"{role}2"))
        page = client.get(account).content.decode()
        assert "Mail mij elke werkdag" not in page, role
        assert "klachten-wants_digest" not in page, role
    client = client_for(staff.confidant)
    assert "Mail mij elke werkdag wat er wacht" in client.get(account).content.decode()
    given = {
        "name_email-first_name": "Vera",
        "name_email-last_name": "Test",
        "name_email-email": staff.confidant.email,
        "locale-preferred_language": "nl",
        "locale-current_time_zone": "Europe/Amsterdam",
        "theme-theme": "system",
        "theme-contrast": "system",
        "theme-density": "default",
        "theme-keyboard_shortcuts": "on",
    }
    for box, is_wanted in ({"klachten-wants_digest": "on"}, True), ({}, False):
        assert client.post(account, given | box).status_code == 302
        assert wants_digest(staff.confidant) is is_wanted


def test_where_nothing_waits_there_is_no_digest_nor_is_one_sent_that_lay_till_then(reader, clock):
    case = changed(make_complaint(), is_unread=False)
    tick()
    assert told(MailKind.DAILY_DIGEST) == []
    changed(case, is_unread=True)
    tick()
    forget_mail(but=MailKind.DAILY_DIGEST)
    changed(case, is_unread=False)
    assert send_all() == []
    assert OwedMail.objects.get().dropped_reason == "nothing_waits"
