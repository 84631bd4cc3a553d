"""Two working days after a handler was too late the deputy hears of it: what they may, no more."""

import pytest
from django.utils import timezone

from complaints.cases import due_dates
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.roster import Exclusion
from complaints.stages import Right, Route
from tests.desk import changed, client_for, url
from tests.factories import make_answers, make_complaint, make_user, request_due, set_handling
from tests.services import forget_mail, send_all, tick, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("staff", "clock")]

LATE = "contact 2026-12-15 late"
TURN = "2026-12-17"  # of the deputy; the day before is only the handler's


def ticked_on(clock, day: str) -> None:
    clock.move_to(f"{day} 10:00:00+01:00")
    tick()


def occasions(kind, user) -> list[str]:
    owed = OwedMail.objects.filter(kind=kind, user=user)
    return list(owed.order_by("pk").values_list("occasion", flat=True))


def test_of_a_case_they_may_see_the_deputy_is_reminded(staff, clock):
    handler = make_user("handler")
    changed(make_complaint(route=Route.DEPUTY), handler=handler)
    ticked_on(clock, "2026-12-16")
    assert occasions(MailKind.TERM_REMINDER, handler) == [LATE]
    assert occasions(MailKind.TERM_REMINDER, staff.deputy) == []
    ticked_on(clock, TURN)
    tick()
    assert occasions(MailKind.TERM_REMINDER, staff.deputy) == [LATE]


def test_of_a_case_out_of_sight_the_deputy_hears_that_something_is_late_and_no_more(staff, clock):
    """A confidant who falls ill without a word: nobody entered that they are away."""
    case = make_complaint(answers=make_answers(problem="kanarie-R3"))
    ticked_on(clock, "2026-12-16")
    assert told(MailKind.TERM_REMINDER) == [staff.confidant]
    assert told(MailKind.COLLEAGUE_LATE) == []
    forget_mail()
    ticked_on(clock, TURN)
    OwedMail.objects.exclude(user=staff.deputy).delete()
    (sent,) = send_all()
    tick()
    assert occasions(MailKind.COLLEAGUE_LATE, staff.deputy) == [LATE]
    assert occasions(MailKind.TERM_REMINDER, staff.deputy) == []
    assert sent.to == [staff.deputy.email]
    assert sent.subject == "Er is een termijn voorbij"
    assert "In een zaak van Confidant Test is een termijn voorbij" in sent.body
    assert "Vraag Confidant Test of het nog lukt." in sent.body
    assert "Vraag de beheerder om de afwezigheid in te vullen" in sent.body
    for telling in (case.reference, str(case.pk), "KM-", "http", "contact", "december", "kanarie"):
        assert telling not in sent.body


def test_what_the_mail_advises_lets_the_deputy_read_the_case(staff, clock):
    """Absence entered: the same mail, sent then, says which case it is, and it opens."""
    case = make_complaint()
    clock.move_to(f"{TURN} 10:00:00+01:00")
    client, address = client_for(staff.deputy), url("inspect", case)
    assert client.get(address).status_code == 404
    tick()
    set_handling(confidant_absent_from=timezone.localdate())
    forget_mail(but=MailKind.COLLEAGUE_LATE)
    (sent,) = send_all()
    assert case.reference in sent.body
    assert address in sent.body
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("is_kept_from_confidant", [False, True])
def test_of_another_handlers_case_it_advises_what_helps_there(is_kept_from_confidant, staff, clock):
    """Nobody enters their absence: the confidant takes over, unless the case may not go there."""
    case = changed(make_complaint(), handler=make_user("handler"))
    if is_kept_from_confidant:
        Exclusion.objects.create(complaint=case, user=staff.confidant, at=timezone.now())
    ticked_on(clock, TURN)
    forget_mail(but=MailKind.COLLEAGUE_LATE)
    (sent,) = send_all()
    assert "Vraag Handler Test of het nog lukt." in sent.body
    takes_over = "Vraag de vertrouwenspersoon wie de zaak overneemt." in sent.body
    assert takes_over is not is_kept_from_confidant
    assert "beheerder" not in sent.body


def pass_over(case, deputy):
    changed(case, passed_over=deputy)


def exclude(case, deputy):
    Exclusion.objects.create(complaint=case, user=deputy, at=timezone.now())


def make_suspect(case, _deputy):
    changed(case, is_suspect=True)


def leave_to_nobody(case, _deputy):
    changed(case, handler=None)
    set_handling(confidant=None)


def give(case, deputy):
    changed(case, handler=deputy)


def name_another(_case, _deputy):
    set_handling(deputy=None)


@pytest.mark.parametrize("act", [pass_over, exclude, make_suspect, leave_to_nobody, give])
def test_the_deputy_hears_nothing_of_what_is_kept_from_them(act, staff, clock):
    act(make_complaint(), staff.deputy)
    ticked_on(clock, "2026-12-21")
    assert told(MailKind.COLLEAGUE_LATE) == []


@pytest.mark.parametrize("act", [exclude, name_another, give])
def test_what_was_owed_is_not_sent_to_one_it_is_not_for(act, staff, clock):
    case = make_complaint()
    ticked_on(clock, TURN)
    act(case, staff.deputy)
    forget_mail(but=MailKind.COLLEAGUE_LATE)
    assert send_all() == []
    assert OwedMail.objects.get().dropped_reason == "not_theirs"


def test_r35_of_a_request_about_data_the_deputy_hears_too(staff, clock):
    case = make_complaint()
    request_due(case, Right.ACCESS, timezone.localdate())
    due_dates.refresh_due(case)
    ticked_on(clock, "2026-12-10")
    assert occasions(MailKind.COLLEAGUE_LATE, staff.deputy) == ["access 2026-12-08 late"]
