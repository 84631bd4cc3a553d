"""R-07, R-38: who handles a case, with whom it is shared, and handing over all of them."""

import re

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints.cases import people, requests
from complaints.cases.case import is_intact
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.keys_and_files import KeyWrap
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.roster import Exclusion, Share
from complaints.stages import Route
from tests.desk import LIST, client_for, post_as, sees, text_of, url
from tests.factories import make_complaint, make_many_complaints, make_user, set_handling
from tests.services import forget_mail, fresh, open_history, refused, send_all, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def third(db):
    return make_user("handler", username="derde")


def offered(user, case, name) -> set[int]:
    """Whom the form of that action lets one choose."""
    page = client_for(user).get(url(name, case)).content.decode()
    return {int(number) for number in re.findall(r'<option value="(\d+)"', page)}


@pytest.mark.parametrize("way", ["assign", "share"])
def test_the_mail_names_the_case_and_holds_no_content(way, case, staff, other):
    forget_mail()
    post_as(staff.confidant, way, case, person=other.pk, reason="Kanarie-7")
    (sent,) = send_all()
    assert sent.to == [other.email]
    assert case.reference in sent.subject
    assert url("inspect", case) in sent.body
    for word in ("Kanarie-7", "Confidant", "belde", "klacht", "coach"):
        assert word not in sent.subject + sent.body


class TestAssign:
    def test_the_case_goes_to_another_handler_who_hears_of_it(self, case, staff, other):
        given = {"person": other.pk, "reason": "Zij spreekt Frans."}
        answer = post_as(staff.confidant, "assign", case, **given)
        assert (answer.status_code, answer.url) == (302, url("inspect", case))
        assert fresh(case).handler == other
        assert sees(other, case)
        assert told(MailKind.NEW_CASE) == [other]
        names = {"handler": "Ander Test", "before": "Confidant Test"}
        assert open_history(case)[-1].content == names | {"reason": "Zij spreekt Frans."}
        read = text_of(client_for(staff.confidant).get(url("inspect", case)))
        assert "Behandelaar vanaf nu Ander Test" in read
        assert "Behandelaar tot nu Confidant Test" in read
        row = case.events.values().get(kind=EventKind.ASSIGNED)
        assert "Ander" not in str(row)

    def test_a_handler_who_gives_it_away_is_sent_to_the_list(self, case, staff, other, third):
        people.assign_case(complaint=case, to=other, by=staff.confidant)
        answer = post_as(other, "assign", case, person=third.pk)
        assert (answer.status_code, answer.url) == (302, LIST)
        assert client_for(other).get(url("inspect", case)).status_code == 404

    def test_only_whoever_may_have_it_is_listed(self, case, staff, other):
        gone = make_user("handler", username="weg", is_active=False)
        excluded = make_user("handler", username="betrokken")
        Exclusion.objects.create(complaint=case, user=excluded, at=timezone.now())
        assert offered(staff.confidant, case, "assign") == {other.pk, staff.deputy.pk}
        for user in (gone, excluded, staff.manager, staff.confidant):
            assert post_as(staff.confidant, "assign", case, person=user.pk).status_code == 422
        case = fresh(case)
        assert (case.handler, case.event_count) == (staff.confidant, 1)

    def test_r07_a_case_for_the_deputy_is_never_given_to_the_confidant(self, staff, other):
        case = make_complaint(route=Route.DEPUTY)
        answer = post_as(staff.deputy, "assign", case, person=staff.confidant.pk)
        assert answer.status_code == 422
        set_handling(confidant=other)
        for person in (staff.confidant, other):
            for act in (people.assign_case, people.share_case):
                refused(act, complaint=case, to=person, by=staff.deputy)

    def test_taking_over_mails_nobody_and_is_done_once(self, case, staff, other):
        people.assign_case(complaint=case, to=other, by=staff.confidant)
        forget_mail()
        assert post_as(staff.confidant, "takeover", case).status_code == 302
        assert fresh(case).handler == staff.confidant
        assert not OwedMail.objects.exists()
        assert post_as(staff.confidant, "takeover", case).status_code == 409
        refused(people.assign_case, complaint=case, to=staff.confidant, by=staff.confidant)

    def test_whoever_gets_it_shares_it_no_more_a_suspect_case_mails_nobody(
        self, case, staff, other
    ):
        people.share_case(complaint=case, to=other, by=staff.confidant)
        people.assign_case(complaint=case, to=other, by=staff.confidant)
        people.assign_case(complaint=case, to=staff.deputy, by=staff.confidant)
        assert not sees(other, case)
        case = make_complaint(is_suspect=True)
        people.assign_case(complaint=case, to=other, by=staff.confidant)
        people.share_case(complaint=case, to=staff.deputy, by=staff.confidant)
        assert not OwedMail.objects.filter(complaint=case).exists()

    def test_an_erased_case_can_still_be_given_away(self, case, staff, other):
        KeyWrap.objects.filter(complaint_id=case.pk).delete()
        people.assign_case(complaint=case, to=other, by=staff.confidant, reason="Kanarie")
        case = fresh(case)
        assert case.handler == other
        assert case.events.get(number=2).sealed is None
        assert is_intact(case)


class TestShare:
    @pytest.fixture
    def shared(self, case, staff, other):
        assert post_as(staff.confidant, "share", case, person=other.pk).status_code == 302
        return fresh(case)

    def test_they_see_this_one_case_and_no_other(self, shared, staff, other):
        make_complaint()
        assert list(Complaint.objects.visible_to(other)) == [shared]
        assert "Mijn coach belde" in text_of(client_for(other).get(url("inspect", shared)))
        assert told(MailKind.CASE_SHARED) == [other]
        read = text_of(client_for(staff.confidant).get(url("inspect", shared)))
        assert "Confidant Test (vertrouwenspersoon), Ander Test (gedeeld met)" in read

    def test_stopping_works_at_once_also_for_what_they_are_typing(self, shared, staff, other):
        client = client_for(other)
        assert client.get(url("inspect", shared)).status_code == 200
        assert post_as(staff.confidant, "unshare", shared, person=other.pk).status_code == 302
        assert client.get(url("inspect", shared)).status_code == 404
        assert shared.reference not in client.get(LIST).content.decode()
        assert post_as(other, "note", shared, reason="Nog iets.").status_code == 404
        assert fresh(shared).event_count == 3
        last = open_history(shared)[-1]
        assert last.event.kind == EventKind.UNSHARED
        assert last.content == {"shared_with": "Ander Test"}

    def test_it_can_be_shared_again_and_both_stand_in_the_history(self, shared, staff, other):
        people.stop_sharing(complaint=shared, user=other, by=staff.confidant)
        refused(people.stop_sharing, complaint=shared, user=other, by=staff.confidant)
        people.share_case(complaint=shared, to=other, by=staff.confidant)
        assert sees(other, shared)
        kinds = list(shared.events.values_list("kind", flat=True))
        assert kinds[1:] == [EventKind.SHARED, EventKind.UNSHARED, EventKind.SHARED]

    def test_whoever_sees_it_already_is_not_offered(self, shared, staff, other):
        assert offered(staff.confidant, shared, "share") == {staff.deputy.pk}
        for user in (other, staff.confidant):
            refused(people.share_case, complaint=shared, to=user, by=staff.confidant)
        with pytest.raises(IntegrityError), transaction.atomic():
            Share.objects.create(complaint=shared, user=other, at=timezone.now())

    def test_asking_for_the_deputy_ends_what_the_confidant_shared(self, shared, staff, other):
        requests.ask_for_deputy(complaint=shared)
        assert not sees(other, shared)
        assert sees(staff.deputy, shared)


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
