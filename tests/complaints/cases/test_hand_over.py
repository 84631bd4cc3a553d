"""All running cases of one handler go to another in one action (R-38)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints.cases import people, requests
from complaints.cases.case import is_intact
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.roster import Exclusion
from complaints.stages import Route
from tests.desk import LIST, client_for, text_of
from tests.factories import make_complaint, make_many_complaints
from tests.services import forget_mail, fresh, open_history, send_all

pytestmark = pytest.mark.django_db

HAND_OVER = "/cms/complaints/complaint/overdragen/"


def hand_over(user, handler, to):
    """By the page: the answer."""
    return client_for(user).post(
        HAND_OVER, {"handler": handler.pk, "to": to.pk, "sure": "yes"}, follow=True
    )


def hand_over_all(handler, to, by) -> tuple[int, int]:
    """By the service: how many went and how many stayed."""
    done = people.hand_over_all(handler=handler, to=to, by=by)
    return done.moved, done.stayed


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


def test_r07_nothing_of_the_deputys_goes_to_the_confidant(staff):
    case = make_complaint(route=Route.DEPUTY)
    assert hand_over_all(staff.deputy, staff.confidant, staff.deputy) == (0, 1)
    assert fresh(case).handler == staff.deputy


def test_a_case_one_is_not_in_charge_of_is_not_touched_or_counted(staff, other):
    hidden = make_complaint(route=Route.DEPUTY)
    page = client_for(staff.confidant).get(HAND_OVER).content.decode()
    assert f'value="{staff.deputy.pk}"' not in page.split('name="to"')[0]
    assert hand_over(staff.confidant, staff.deputy, other).status_code == 422
    assert hand_over_all(staff.deputy, other, staff.confidant) == (0, 0)
    hidden = fresh(hidden)
    assert (hidden.handler, hidden.event_count) == (staff.deputy, 1)


def test_the_confidant_hands_over_for_somebody_who_left(case, staff, other):
    people.assign_case(complaint=case, to=other, by=staff.confidant)
    other.is_active = False
    other.save()
    answer = hand_over(staff.confidant, other, staff.deputy)
    assert "1 zaak is overgedragen aan Deputy Test." in text_of(answer)


def test_what_was_shared_with_the_successor_becomes_theirs(case, staff, other):
    people.share_case(complaint=case, to=other, by=staff.confidant)
    hand_over_all(staff.confidant, other, staff.confidant)
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


def test_two_at_once_hand_over_each_case_once(case, staff, other):
    """The second finds the batch's rows with another handler."""
    hand_over_all(staff.confidant, other, staff.confidant)
    moved = people._hand_over([case.pk], staff.confidant, staff.deputy, staff.confidant)
    case = fresh(case)
    assert (moved, case.handler, case.event_count) == (0, other, 2)


def test_many_cases_go_in_batches_also_where_the_content_is_gone(staff, other, monkeypatch):
    monkeypatch.setattr(people, "BATCH", 7)
    make_many_complaints(20, handler=staff.confidant)
    with CaptureQueriesContext(connection) as captured:
        assert hand_over_all(staff.confidant, other, staff.confidant) == (20, 0)
    assert not Complaint.objects.exclude(handler=other).exists()
    assert len(captured) < 20 * 3 + 3 * 14


def test_a_batch_that_fails_leaves_the_others_done(staff, other, monkeypatch):
    monkeypatch.setattr(people, "BATCH", 1)
    make_many_complaints(3, handler=staff.confidant)
    real, calls = people.record, []

    def fails_at_the_second(case, *about, **given):
        calls.append(case)
        if len(calls) == 2:
            raise RuntimeError
        return real(case, *about, **given)

    monkeypatch.setattr(people, "record", fails_at_the_second)
    with pytest.raises(RuntimeError):
        hand_over_all(staff.confidant, other, staff.confidant)
    assert Complaint.objects.filter(handler=other).count() == 1
    assert hand_over_all(staff.confidant, other, staff.confidant) == (2, 0)
