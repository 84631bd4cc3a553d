"""R-07, R-38: who handles a case, with whom it is shared, and handing over all of them.

A handler who steps back loses the case for good; one who is away lends theirs.
"""

import re
from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints.cases import conversation, moves, people, requests
from complaints.cases.case import is_intact
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.keys_and_files import KeyWrap
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.roster import Exclusion, Share
from complaints.stages import Route
from complaints.vault.codes import new_code
from tests.desk import LIST, client_for, post, post_as, says, sees, text_of, url
from tests.factories import close, make_complaint, make_many_complaints, make_user, set_handling
from tests.services import forget_mail, fresh, open_history, refused, send_all, ticked, told, undone

pytestmark = pytest.mark.django_db


def offered(user, case, name) -> set[int]:
    """Whom the form of that action lets one choose."""
    page = client_for(user).get(url(name, case)).content.decode()
    return {int(number) for number in re.findall(r'<option value="(\d+)"', page)}


@pytest.mark.parametrize(("way", "kind"), [("assign", "new_case"), ("share", "case_shared")])
def test_who_gets_a_case_hears_of_it_without_content_and_sees_no_other(
    way, kind, case, staff, other
):
    make_complaint()
    forget_mail()
    given = {"person": other.pk, "reason": "Kanarie-7"}
    answer = post_as(staff.confidant, way, case, **given)
    assert (answer.status_code, answer.url) == (302, url("inspect", case))
    assert list(Complaint.objects.visible_to(other)) == [case]
    assert "Mijn coach belde" in text_of(client_for(other).get(url("inspect", case)))
    assert told(MailKind(kind)) == [other]
    (sent,) = send_all()
    assert sent.to == [other.email]
    assert case.reference in sent.subject
    assert url("inspect", case) in sent.body
    for word in ("Kanarie-7", "Confidant", "belde", "klacht", "coach"):
        assert word not in sent.subject + sent.body
    assert "Ander" not in str(case.events.values().get(number=2))


def test_a_case_is_given_away_and_taken_over_and_both_names_stand_in_the_history(
    case, staff, other
):
    third = make_user("handler", username="derde")
    people.assign_case(complaint=case, to=other, by=staff.confidant, reason="Spreekt Frans.")
    names = {"handler": "Ander Test", "before": "Confidant Test"}
    assert open_history(case)[-1].content == names | {"reason": "Spreekt Frans."}
    read = text_of(client_for(staff.confidant).get(url("inspect", case)))
    assert "Behandelaar vanaf nu Ander Test" in read
    assert "Behandelaar tot nu Confidant Test" in read
    answer = post_as(other, "assign", case, person=third.pk)
    assert (answer.status_code, answer.url) == (302, LIST)
    assert client_for(other).get(url("inspect", case)).status_code == 404
    forget_mail()
    assert post_as(staff.confidant, "takeover", case).status_code == 302
    assert fresh(case).handler == staff.confidant
    assert not OwedMail.objects.exists()
    assert post_as(staff.confidant, "takeover", case).status_code == 409
    refused(people.assign_case, complaint=case, to=staff.confidant, by=staff.confidant)


def test_only_whoever_may_have_it_is_listed(case, staff, other):
    gone = make_user("handler", username="weg", is_active=False)
    excluded = make_user("handler", username="betrokken")
    Exclusion.objects.create(complaint=case, user=excluded, at=timezone.now())
    assert offered(staff.confidant, case, "assign") == {other.pk, staff.deputy.pk}
    for user in (gone, excluded, staff.manager, staff.confidant):
        assert post_as(staff.confidant, "assign", case, person=user.pk).status_code == 422
    case = fresh(case)
    assert (case.handler, case.event_count) == (staff.confidant, 1)


def test_r07_a_case_for_the_deputy_is_never_given_to_the_confidant(staff, other):
    case = make_complaint(route=Route.DEPUTY)
    answer = post_as(staff.deputy, "assign", case, person=staff.confidant.pk)
    assert answer.status_code == 422
    set_handling(confidant=other)
    for person in (staff.confidant, other):
        for act in (people.assign_case, people.share_case):
            refused(act, complaint=case, to=person, by=staff.deputy)


def test_whoever_gets_it_shares_it_no_more_a_suspect_mails_nobody_an_erased_one_goes_too(
    case, staff, other
):
    people.share_case(complaint=case, to=other, by=staff.confidant)
    people.assign_case(complaint=case, to=other, by=staff.confidant)
    people.assign_case(complaint=case, to=staff.deputy, by=staff.confidant)
    assert not sees(other, case)
    suspect = make_complaint(is_suspect=True)
    people.assign_case(complaint=suspect, to=other, by=staff.confidant)
    people.share_case(complaint=suspect, to=staff.deputy, by=staff.confidant)
    assert not OwedMail.objects.filter(complaint=suspect).exists()
    KeyWrap.objects.filter(complaint_id=case.pk).delete()
    people.assign_case(complaint=case, to=other, by=staff.confidant, reason="Kanarie")
    assert fresh(case).handler == other
    assert case.events.last().sealed is None
    assert is_intact(fresh(case))


def test_a_share_is_stopped_at_once_and_can_begin_again(case, staff, other):
    """Also for what they are typing; and asking for the deputy ends it."""
    share = {"complaint": case, "to": other, "by": staff.confidant}
    people.share_case(**share)
    client, confidant = client_for(other), client_for(staff.confidant)
    read = text_of(confidant.get(url("inspect", case)))
    assert "Confidant Test (vertrouwenspersoon), Ander Test (gedeeld met)" in read
    assert client.get(url("inspect", case)).status_code == 200
    assert offered(staff.confidant, case, "share") == {staff.deputy.pk}
    for user in (other, staff.confidant):  # who see it already
        refused(people.share_case, **share | {"to": user})
    with pytest.raises(IntegrityError), transaction.atomic():
        Share.objects.create(complaint=case, user=other, at=timezone.now())
    assert post_as(staff.confidant, "unshare", case, person=other.pk).status_code == 302
    assert client.get(url("inspect", case)).status_code == 404
    assert case.reference not in client.get(LIST).content.decode()
    assert post_as(other, "note", case, reason="Nog iets.").status_code == 404
    assert open_history(case)[-1].content == {"shared_with": "Ander Test"}
    refused(people.stop_sharing, complaint=case, user=other, by=staff.confidant)
    people.share_case(**share)
    assert sees(other, case)
    kinds = list(case.events.values_list("kind", flat=True))
    assert kinds[1:] == [EventKind.SHARED, EventKind.UNSHARED, EventKind.SHARED]
    requests.ask_for_deputy(complaint=case)
    assert not sees(other, case)
    assert sees(staff.deputy, case)


HAND_OVER = "/cms/complaints/complaint/overdragen/"


def hand_over(user, handler, to):
    """By the page: the answer."""
    return client_for(user).post(
        HAND_OVER, {"handler": handler.pk, "to": to.pk, "sure": "yes"}, follow=True
    )


def hand_over_all(handler, to, by) -> tuple[int, int]:
    """By the service: how many went and how many stayed."""
    return people.hand_over_all(handler=handler, to=to, by=by)


def test_all_running_cases_go_each_logged_and_one_mail_names_none(staff, other):
    cases = [make_complaint() for _ in range(3)]
    closed = requests.withdraw_complaint(complaint=make_complaint())
    forget_mail()
    read = text_of(hand_over(staff.confidant, staff.confidant, other))
    assert "3 zaken zijn overgedragen aan Ander Test." in read
    assert "niet overgedragen" not in read
    (sent,) = send_all()
    assert sent.to == [other.email]
    assert OwedMail.objects.get().kind == MailKind.NEW_CASE
    assert LIST in sent.body
    for case in map(fresh, cases):
        assert case.handler == other
        names = {"handler": "Ander Test", "before": "Confidant Test"}
        assert open_history(case)[-1].content == names
        assert is_intact(case)
        assert case.reference not in sent.subject + sent.body
    assert fresh(closed).handler == staff.confidant


def test_a_case_the_successor_may_not_see_stays_and_is_only_counted(staff, other):
    given, excluded = make_complaint(), make_complaint()
    Exclusion.objects.create(complaint=excluded, user=other, at=timezone.now())
    read = text_of(hand_over(staff.confidant, staff.confidant, other))
    assert "1 zaak is overgedragen aan Ander Test." in read
    assert "1 zaak is niet overgedragen: Ander Test mag die niet behandelen." in read
    assert (fresh(given).handler, fresh(excluded).handler) == (other, staff.confidant)
    page = client_for(other).get(LIST).content.decode()
    assert excluded.reference not in page
    assert "niet overgedragen" not in page


def test_r07_a_case_one_is_not_in_charge_of_or_that_is_not_for_them_is_not_touched(staff, other):
    """Not counted either, by whoever may not know that it is there."""
    hidden = make_complaint(route=Route.DEPUTY)
    assert hand_over_all(staff.deputy, staff.confidant, staff.deputy) == (0, 1)
    page = client_for(staff.confidant).get(HAND_OVER).content.decode()
    assert f'value="{staff.deputy.pk}"' not in page.split('name="to"')[0]
    assert hand_over(staff.confidant, staff.deputy, other).status_code == 422
    assert hand_over_all(staff.deputy, other, staff.confidant) == (0, 0)
    hidden = fresh(hidden)
    assert (hidden.handler, hidden.event_count) == (staff.deputy, 1)


def test_for_somebody_who_left_and_what_was_shared_with_the_successor_becomes_theirs(
    case, staff, other
):
    people.share_case(complaint=case, to=staff.deputy, by=staff.confidant)
    people.assign_case(complaint=case, to=other, by=staff.confidant)
    other.is_active = False
    other.save()
    answer = hand_over(staff.confidant, other, staff.deputy)
    assert "1 zaak is overgedragen aan Deputy Test." in text_of(answer)
    assert not case.shares.filter(revoked_at=None).exists()


def test_a_form_to_mend_is_a_422_with_the_reason(case, staff, other):
    for missing in ("handler", "to"):
        data = {"handler": staff.confidant.pk, "to": other.pk} | {missing: ""}
        answer = client_for(staff.confidant).post(HAND_OVER, data)
        assert answer.status_code == 422
        assert f'href="#id_{missing}"' in answer.content.decode()
    answer = hand_over(staff.confidant, staff.confidant, staff.confidant)
    assert answer.status_code == 422
    assert "Kies iemand anders" in text_of(answer)
    assert "Er zijn nu geen lopende zaken" in text_of(client_for(other).get(HAND_OVER))
    answer = hand_over(other, case.handler, other)
    assert answer.status_code == 422
    assert "Er zijn nu geen lopende zaken" in text_of(answer)


def test_many_cases_go_also_where_the_content_is_gone_all_or_none(staff, other, monkeypatch):
    make_many_complaints(20, handler=staff.confidant)
    with monkeypatch.context() as patch:
        patch.setattr(people.notifications, "owe", Mock(side_effect=OSError("full")))
        with pytest.raises(OSError, match="full"):
            hand_over_all(staff.confidant, other, staff.confidant)
    assert not Complaint.objects.filter(handler=other).exists()
    with CaptureQueriesContext(connection) as captured:
        assert hand_over_all(staff.confidant, other, staff.confidant) == (20, 0)
    assert not Complaint.objects.exclude(handler=other).exists()
    assert len(captured) < 20 * 5 + 14
    assert hand_over_all(other, staff.confidant, staff.confidant) == (20, 0)
    assert told(MailKind.NEW_CASE) == [other], "who takes them hears nothing"


def step_back(case, *persons):
    for person in persons:
        people.declare_conflict(complaint=case, by=person)
    return fresh(case)


@pytest.mark.any_database
def test_who_steps_back_loses_it_at_once_and_it_goes_to_the_deputy_who_hears_of_it(case, staff):
    """The list shows no trace. A reason may be given, and is not asked."""
    with undone():
        people.declare_conflict(complaint=case, by=staff.confidant, reason="Kanarie-3")
        assert open_history(case)[1].content == {"reason": "Kanarie-3"}
    client = client_for(staff.confidant)
    data = {"seen": fresh(case).event_count}
    why = "Mijn zus is de coach."
    asked = client.post(url("conflict", case), data | {"reason": why})
    says(asked, "Weet je het zeker?", "nooit meer", "De zaak gaat naar Deputy Test.")
    assert why in asked.content.decode()
    assert sees(staff.confidant, case)
    answer = client.post(url("conflict", case), data | {"sure": "yes"}, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    page = answer.content.decode()
    assert "Je ziet deze zaak niet meer" in page
    assert case.reference not in page
    assert str(case.pk) not in page
    assert client.get(url("inspect", case)).status_code == 404
    assert fresh(case).handler == staff.deputy
    assert sees(staff.deputy, case)
    assert told(MailKind.NEW_CASE) == [staff.deputy]
    conflicted, assigned = open_history(case)[1:]
    assert (conflicted.event.actor, conflicted.event.sealed) == (staff.confidant, None)
    assert assigned.content == {"handler": "Deputy Test", "before": "Confidant Test"}
    refused(people.declare_conflict, complaint=case, by=staff.confidant)
    assert fresh(case).event_count == 3


@pytest.mark.any_database
def test_with_nobody_left_it_waits_and_goes_to_the_next_who_is_named(case, staff, other):
    assert step_back(case, staff.confidant, staff.deputy).handler is None
    assert told(MailKind.UNASSIGNED_CASE) == [staff.manager]
    assert ticked(case).handler is None
    for user in (staff.confidant, staff.deputy, staff.manager):
        assert not sees(user, case)
    set_handling(deputy=other)
    assert ticked(case).handler == other
    assert told(MailKind.NEW_CASE).count(other) == 1


@pytest.mark.any_database
def test_one_it_was_shared_with_steps_back_and_the_handler_stays(case, staff, other):
    people.share_case(complaint=case, to=other, by=staff.confidant)
    assert post_as(other, "conflict", case).status_code == 302
    assert (fresh(case).handler, sees(other, case)) == (staff.confidant, False)
    assert not case.shares.filter(revoked_at=None).exists()
    refused(people.share_case, complaint=case, to=other, by=staff.confidant)


@pytest.mark.parametrize("when", ["filing", "afterwards"])
def test_r07_a_case_for_a_deputy_who_stepped_back_waits(when, case, staff):
    if when == "filing":
        case = make_complaint(route=Route.DEPUTY)
    forget_mail()
    step_back(case, staff.deputy)
    if when == "afterwards":
        requests.ask_for_deputy(complaint=case)
    case = fresh(case)
    assert (case.handler, case.route) == (None, Route.DEPUTY)
    assert [owed.user for owed in OwedMail.objects.all()] == [staff.manager]
    assert told(MailKind.UNASSIGNED_CASE) == [staff.manager]
    assert ticked(case).handler is None
    assert not sees(staff.confidant, case)


@pytest.mark.any_database
def test_neither_reopening_nor_an_absence_brings_it_back_to_them(case, staff):
    close(case, staff.confidant)
    step_back(case, staff.confidant)
    moves.reopen_complaint(complaint=case, by=staff.deputy, reason="Nieuw feit.")
    assert ticked(case).handler == staff.deputy
    assert not sees(staff.confidant, case)
    set_handling(confidant_absent_from=timezone.localdate())
    assert step_back(make_complaint(), staff.deputy).handler == staff.confidant


def away(begin: int, end: int) -> None:
    """The confidant is, from so many days after today until so many."""
    today = timezone.localdate()
    days = {"from": today + timedelta(days=begin), "until": today + timedelta(days=end)}
    set_handling(**{f"confidant_absent_{name}": day for name, day in days.items()})


@pytest.mark.any_database
def test_while_the_confidant_is_away_who_hears_word_of_the_complainant(case, staff, other):
    away(-1, 5)
    for hears, change in (
        (staff.deputy, lambda: None),
        (staff.confidant, lambda: step_back(case, staff.deputy)),
        (other, lambda: people.assign_case(complaint=case, to=other, by=staff.confidant)),
        (staff.confidant, lambda: away(-9, -1)),
    ):
        with undone():
            change()
            text = "Is er nieuws?"
            conversation.write_to_handler(complaint=case, text=text, code=new_code())
            assert told(MailKind.COMPLAINANT_ACTED) == [hears]


def test_meanwhile_the_deputy_decides_and_afterwards_keeps_what_came(case, staff):
    """A complainant keeps the person they have been talking to; new ones go as before."""
    away(-1, 5)
    client = client_for(staff.deputy)
    assert case.reference in client.get(LIST).content.decode()
    page = client.get("/cms/").content.decode()
    assert "Je hebt 1 open zaak." in page
    assert "Klachten, 1 ongelezen" in page
    assert post(client, "move", case, choice="mediation", reason="Ja.").status_code == 302
    during = make_complaint()
    away(-9, -1)
    assert ticked(during).handler == staff.deputy
    assert set(Complaint.objects.visible_to(staff.deputy)) == {during}
    assert set(Complaint.objects.visible_to(staff.confidant)) == {case, during}
    assert during in Complaint.objects.in_charge_of(staff.deputy)
    assert post_as(staff.confidant, "takeover", during).status_code == 302
    assert not sees(staff.deputy, during)
    assert make_complaint().handler == staff.confidant
