"""R-07, R-38: who handles a case, with whom it is shared, who steps back, and who takes over."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints.cases import conversation, moves, people, requests, rights
from complaints.cases import people as hand_over
from complaints.cases.case import NotAllowed, is_intact
from complaints.cases.contents import open_history
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.circle import Circle
from complaints.models.keys_and_files import KeyWrap
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.privacy import ConsentPurpose
from complaints.models.roster import Exclusion, Roster, Share
from complaints.public.promises import who_reads
from complaints.staff import permissions
from complaints.stages import Route, Stage
from complaints.vault.codes import new_code
from complaints.worker.clock import tick
from complaints.worker.delivery import deliver_due
from tests.desk import LIST, changed, client_for, sees, text_of, url
from tests.factories import close, make_complaint, make_many_complaints, make_user, set_handling

pytestmark = pytest.mark.django_db

CODE = new_code()
HAND_OVER = "/cms/complaints/complaint/overdragen/"


@pytest.fixture
def other(staff):
    return make_user("handler", username="ander")


@pytest.fixture
def case(staff):
    made = make_complaint()
    OwedMail.objects.all().delete()
    return made


def post(user, case, name, **data):
    case.refresh_from_db()
    given = {"seen": case.event_count, "reason": ""} | data
    return client_for(user).post(url(name, case), given)


def readers(case) -> str:
    return who_reads(case, Roster.read())


def mails() -> list[tuple[str, str]]:
    """To whom about a case: that the handlers changed is another story."""
    owed = OwedMail.objects.exclude(user=None).exclude(kind=MailKind.HANDLERS_CHANGED)
    return [(row.kind, row.user.username) for row in owed.order_by("pk")]


def sent_to(user) -> list:
    OwedMail.objects.filter(kind=MailKind.HANDLERS_CHANGED).delete()
    while deliver_due():
        pass
    return [message for message in mail.outbox if message.to == [user.email]]


def last_texts(case) -> dict:
    return open_history(case)[-1].content


class TestAssign:
    def test_the_case_goes_to_another_handler_who_hears_of_it(self, case, staff, other):
        answer = post(staff.confidant, case, "assign", person=other.pk, reason="Zij spreekt Frans.")
        case.refresh_from_db()
        assert (answer.status_code, answer.url) == (302, url("inspect", case))
        assert case.handler == other
        assert sees(other, case)
        assert mails() == [(MailKind.NEW_CASE, "ander")]
        assert last_texts(case) == {
            "handler": "Ander Test",
            "before": "Confidant Test",
            "reason": "Zij spreekt Frans.",
        }

    def test_the_history_names_both_and_the_row_holds_no_name(self, case, staff, other):
        post(staff.confidant, case, "assign", person=other.pk)
        read = text_of(client_for(staff.confidant).get(url("inspect", case)))
        assert "Behandelaar vanaf nu Ander Test" in read
        assert "Behandelaar tot nu Confidant Test" in read
        row = case.events.values().get(kind=EventKind.ASSIGNED)
        assert "Ander" not in str(row)

    def test_the_mail_holds_no_content(self, case, staff, other):
        post(staff.confidant, case, "assign", person=other.pk, reason="Kanarie-7")
        (sent,) = sent_to(other)
        assert case.reference in sent.subject
        for word in ("Kanarie-7", "Confidant", "belde", "klacht", "coach"):
            assert word not in sent.subject + sent.body

    def test_a_handler_who_gives_it_away_is_sent_to_the_list(self, case, staff, other):
        people.assign_case(complaint=case, to=other, by=staff.confidant)
        third = make_user("handler", username="derde")
        answer = post(other, case, "assign", person=third.pk)
        assert (answer.status_code, answer.url) == (302, LIST)
        assert not sees(other, case)
        assert client_for(other).get(url("inspect", case)).status_code == 404

    def test_only_who_may_have_it_is_listed(self, case, staff, other):
        gone = make_user("handler", username="weg", is_active=False)
        excluded = make_user("handler", username="betrokken")
        Exclusion.objects.create(complaint=case, user=excluded, at=timezone.now())
        page = client_for(staff.confidant).get(url("assign", case)).content.decode()
        offered = set(re.findall(r'<option value="(\d+)"', page))
        assert offered == {str(other.pk), str(staff.deputy.pk)}
        for user in (gone, excluded, staff.manager, staff.confidant):
            assert post(staff.confidant, case, "assign", person=user.pk).status_code == 422
        case.refresh_from_db()
        assert (case.handler, case.event_count) == (staff.confidant, 1)

    def test_r07_a_case_for_the_deputy_is_never_given_to_the_confidant(self, staff, other):
        case = make_complaint(route=Route.DEPUTY)
        assert post(staff.deputy, case, "assign", person=staff.confidant.pk).status_code == 422
        set_handling(confidant=other)
        for person in (staff.confidant, other):
            for act in (people.assign_case, people.share_case):
                with pytest.raises(NotAllowed):
                    act(complaint=case, to=person, by=staff.deputy)

    @pytest.mark.parametrize("route", Route)
    def test_who_may_have_a_case_is_asked_both_ways_alike(self, route, staff, other):
        """Of the people, for a list of choices; of the cases, for a hand-over of many."""
        case = make_complaint(route=route)
        make_user("handler", username="weg", is_active=False)
        involved = make_user("handler", username="betrokken")
        Exclusion.objects.create(complaint=case, user=involved, at=timezone.now())
        everybody = type(other).objects.all()
        of_people = set(Circle(case, Roster.read()).candidates)
        of_cases = {user for user in everybody if Complaint.objects.may_go_to(user).exists()}
        assert of_people == of_cases
        assert other in of_people
        assert involved not in of_people
        assert (staff.confidant in of_people) is (route is Route.CONFIDANT)

    def test_taking_over_mails_nobody(self, case, staff, other):
        people.assign_case(complaint=case, to=other, by=staff.confidant)
        OwedMail.objects.all().delete()
        assert post(staff.confidant, case, "takeover").status_code == 302
        case.refresh_from_db()
        assert (case.handler, mails()) == (staff.confidant, [])
        assert post(staff.confidant, case, "takeover").status_code == 409

    def test_one_who_has_it_is_not_given_it_again(self, case, staff):
        with pytest.raises(NotAllowed):
            people.assign_case(complaint=case, to=staff.confidant, by=staff.confidant)

    def test_two_staff_at_once_the_second_is_told(self, case, staff, other):
        third = make_user("handler", username="derde")
        seen = case.event_count
        assert post(staff.confidant, case, "assign", person=other.pk).status_code == 302
        answer = post(staff.confidant, case, "assign", person=third.pk, seen=seen)
        assert answer.status_code == 409
        assert "Behandelaar gewijzigd" in text_of(answer)
        case.refresh_from_db()
        assert case.handler == other

    def test_who_gets_the_case_is_no_longer_one_it_is_shared_with(self, case, staff, other):
        people.share_case(complaint=case, to=other, by=staff.confidant)
        people.assign_case(complaint=case, to=other, by=staff.confidant)
        people.assign_case(complaint=case, to=staff.deputy, by=staff.confidant)
        assert not sees(other, case)

    def test_an_erased_case_can_still_be_given_away(self, case, staff, other):
        KeyWrap.objects.filter(complaint_id=case.pk).delete()
        people.assign_case(complaint=case, to=other, by=staff.confidant, note="Kanarie")
        case.refresh_from_db()
        assert case.handler == other
        assert case.events.get(number=2).sealed is None
        assert is_intact(case)

    def test_a_suspect_case_mails_nobody(self, staff, other):
        case = make_complaint(is_suspect=True)
        people.assign_case(complaint=case, to=other, by=staff.confidant)
        people.share_case(complaint=case, to=staff.deputy, by=staff.confidant)
        assert not OwedMail.objects.filter(complaint=case).exists()


class TestShare:
    @pytest.fixture
    def shared(self, case, staff, other):
        assert post(staff.confidant, case, "share", person=other.pk).status_code == 302
        case.refresh_from_db()
        return case

    def test_they_see_this_one_case_and_no_other(self, shared, other):
        make_complaint()
        assert list(Complaint.objects.visible_to(other)) == [shared]
        assert "Mijn coach belde" in text_of(client_for(other).get(url("inspect", shared)))
        assert mails()[0] == (MailKind.CASE_SHARED, "ander")

    def test_the_mail_holds_no_content(self, shared, other):
        (sent,) = sent_to(other)
        assert shared.reference in sent.subject
        assert url("inspect", shared) in sent.body
        for word in ("Confidant", "belde", "klacht", "coach"):
            assert word not in (sent.subject + sent.body).replace("/cms/complaints/", "")

    @pytest.mark.parametrize("name", ["note", "message", "contact"])
    def test_they_read_note_write_and_talk(self, shared, other, name):
        assert client_for(other).get(url(name, shared)).status_code == 200
        assert post(other, shared, name, reason="Gelezen.").status_code == 302

    def test_they_do_not_decide_and_are_told_why(self, shared, staff, other):
        """What they may in each state stands in `test_shared.py`."""
        answer = post(other, shared, "close", choice="withdrawn", reason="Omdat.")
        assert answer.status_code == 409
        for page in (answer, client_for(other).get(url("inspect", shared))):
            assert "Deze zaak is met je gedeeld" in text_of(page)
        shared.refresh_from_db()
        assert (shared.handler, shared.event_count) == (staff.confidant, 2)

    def test_stopping_works_at_once(self, shared, staff, other):
        client = client_for(other)
        assert client.get(url("inspect", shared)).status_code == 200
        assert post(staff.confidant, shared, "unshare", person=other.pk).status_code == 302
        assert client.get(url("inspect", shared)).status_code == 404
        assert shared.reference not in client.get(LIST).content.decode()
        last = open_history(shared)[-1]
        assert (last.event.kind, last.content) == (
            EventKind.UNSHARED,
            {"shared_with": "Ander Test"},
        )

    def test_what_they_were_typing_when_it_stopped_is_not_stored(self, shared, staff, other):
        people.stop_sharing(complaint=shared, user=other, by=staff.confidant)
        assert post(other, shared, "note", reason="Nog iets.").status_code == 404
        shared.refresh_from_db()
        assert shared.event_count == 3

    def test_it_can_be_shared_again_and_both_stand_in_the_history(self, shared, staff, other):
        people.stop_sharing(complaint=shared, user=other, by=staff.confidant)
        people.share_case(complaint=shared, to=other, by=staff.confidant)
        assert sees(other, shared)
        kinds = list(shared.events.values_list("kind", flat=True))
        assert kinds[1:] == [EventKind.SHARED, EventKind.UNSHARED, EventKind.SHARED]

    def test_who_sees_it_already_is_not_offered(self, shared, staff, other):
        page = client_for(staff.confidant).get(url("share", shared)).content.decode()
        assert set(re.findall(r'<option value="(\d+)"', page)) == {str(staff.deputy.pk)}
        for user in (other, staff.confidant):
            with pytest.raises(NotAllowed):
                people.share_case(complaint=shared, to=user, by=staff.confidant)

    def test_stopping_what_is_not_shared_is_not_allowed(self, case, staff, other):
        with pytest.raises(NotAllowed):
            people.stop_sharing(complaint=case, user=other, by=staff.confidant)

    def test_a_case_is_shared_once_with_a_person(self, shared, other):
        with pytest.raises(IntegrityError), transaction.atomic():
            Share.objects.create(complaint=shared, user=other, at=timezone.now())

    def test_the_case_file_names_them_as_shared_with(self, shared, staff):
        read = text_of(client_for(staff.confidant).get(url("inspect", shared)))
        assert "Confidant Test (vertrouwenspersoon), Ander Test (gedeeld met)" in read

    def test_one_who_left_the_group_does_not_read_it_any_more(self, shared, other):
        other.groups.clear()
        assert not sees(type(other).objects.get(pk=other.pk), shared)

    def test_asking_for_the_deputy_ends_what_the_confidant_shared(self, shared, staff, other):
        requests.ask_for_deputy(complaint=shared)
        assert not sees(other, shared)
        assert sees(staff.deputy, shared)


class TestConflict:
    def test_they_lose_it_at_once_and_the_list_shows_no_trace(self, case, staff):
        client = client_for(staff.confidant)
        case.refresh_from_db()
        data = {"seen": case.event_count, "reason": "Mijn zus is de coach."}
        answer = client.post(url("conflict", case), data, follow=True)
        assert answer.redirect_chain == [(LIST, 302)]
        page = answer.content.decode()
        assert "Je ziet deze zaak niet meer" in page
        assert case.reference not in page
        assert str(case.pk) not in page
        assert client.get(url("inspect", case)).status_code == 404

    def test_it_goes_to_the_deputy_who_hears_of_it(self, case, staff):
        people.declare_conflict(complaint=case, by=staff.confidant, note="Kanarie-3")
        case.refresh_from_db()
        assert case.handler == staff.deputy
        assert sees(staff.deputy, case)
        assert mails() == [(MailKind.NEW_CASE, "deputy")]
        conflicted, assigned = open_history(case)[1:]
        assert (conflicted.event.actor, conflicted.content) == (
            staff.confidant,
            {"reason": "Kanarie-3"},
        )
        assert assigned.content == {"handler": "Deputy Test", "before": "Confidant Test"}

    def test_no_reason_is_asked(self, case, staff):
        assert post(staff.confidant, case, "conflict").status_code == 302
        assert case.events.get(number=2).sealed is None

    def test_with_nobody_left_it_waits_and_managers_hear(self, case, staff):
        for person in (staff.confidant, staff.deputy):
            people.declare_conflict(complaint=case, by=person)
        case.refresh_from_db()
        assert case.handler is None
        assert mails()[-1] == (MailKind.UNASSIGNED_CASE, "manager")
        tick()
        case.refresh_from_db()
        assert case.handler is None
        for user in (staff.confidant, staff.deputy, staff.manager):
            assert not sees(user, case)

    def test_then_it_goes_to_the_next_who_is_named(self, case, staff, other):
        for person in (staff.confidant, staff.deputy):
            people.declare_conflict(complaint=case, by=person)
        tick()
        set_handling(deputy=other)
        tick()
        tick()
        case.refresh_from_db()
        assert case.handler == other
        assert mails().count((MailKind.NEW_CASE, "ander")) == 1

    def test_r07_of_a_case_for_the_deputy_the_confidant_never_gets_it(self, staff):
        case = make_complaint(route=Route.DEPUTY)
        people.declare_conflict(complaint=case, by=staff.deputy)
        tick()
        case.refresh_from_db()
        assert case.handler is None
        assert not Complaint.objects.exclude(handler=None).exists()
        assert not sees(staff.confidant, case)

    def test_one_the_case_was_shared_with_steps_back_and_the_handler_stays(
        self, case, staff, other
    ):
        people.share_case(complaint=case, to=other, by=staff.confidant)
        assert post(other, case, "conflict").status_code == 302
        case.refresh_from_db()
        assert (case.handler, sees(other, case)) == (staff.confidant, False)
        assert not case.shares.filter(revoked_at=None).exists()
        with pytest.raises(NotAllowed):
            people.share_case(complaint=case, to=other, by=staff.confidant)

    def test_stepping_back_twice_changes_nothing(self, case, staff):
        people.declare_conflict(complaint=case, by=staff.confidant)
        with pytest.raises(NotAllowed):
            people.declare_conflict(complaint=case, by=staff.confidant)
        case.refresh_from_db()
        assert case.event_count == 3

    def test_mail_that_still_waited_for_them_does_not_go(self, case, staff):
        conversation.write_to_handler(complaint=case, text="Is er nieuws?", code=CODE)
        people.declare_conflict(complaint=case, by=staff.confidant)
        assert not sent_to(staff.confidant)
        assert len(sent_to(staff.deputy)) == 1

    def test_asking_for_the_deputy_does_not_give_it_to_a_deputy_who_stepped_back(self, case, staff):
        people.declare_conflict(complaint=case, by=staff.deputy)
        requests.ask_for_deputy(complaint=case)
        case.refresh_from_db()
        assert (case.handler, case.route) == (None, Route.DEPUTY)
        assert mails() == [(MailKind.UNASSIGNED_CASE, "manager")]
        tick()
        case.refresh_from_db()
        assert case.handler is None

    def test_reopening_does_not_bring_it_back_to_them(self, case, staff):
        close(case, staff.confidant)
        people.declare_conflict(complaint=case, by=staff.confidant)
        moves.reopen_complaint(complaint=case, by=staff.deputy, reason="Nieuw feit.")
        tick()
        case.refresh_from_db()
        assert case.handler == staff.deputy
        assert not sees(staff.confidant, case)

    def test_being_named_anew_does_not_bring_it_back(self, case, staff):
        people.declare_conflict(complaint=case, by=staff.confidant)
        set_handling(confidant=staff.deputy, deputy=staff.confidant)
        set_handling(confidant_absent_from=timezone.localdate())
        assert not sees(staff.confidant, case)

    def test_while_the_confidant_is_away_a_deputy_who_stepped_back_is_passed(self, staff):
        set_handling(confidant_absent_from=timezone.localdate())
        case = make_complaint()
        people.declare_conflict(complaint=case, by=staff.deputy)
        case.refresh_from_db()
        assert case.handler == staff.confidant


class TestAbsence:
    @pytest.fixture
    def away(self, case):
        set_handling(
            confidant_absent_from=timezone.localdate() - timedelta(days=1),
            confidant_absent_until=timezone.localdate() + timedelta(days=5),
        )

    def back(self):
        set_handling(
            confidant_absent_from=timezone.localdate() - timedelta(days=9),
            confidant_absent_until=timezone.localdate() - timedelta(days=1),
        )

    def test_the_deputy_sees_decides_and_counts_all(self, case, staff, away):
        client = client_for(staff.deputy)
        assert case.reference in client.get(LIST).content.decode()
        assert "Je hebt 1 open zaak." in client.get("/cms/").content.decode()
        assert permissions.unread_cases(staff.deputy).count() == 1
        assert post(staff.deputy, case, "move", choice="mediation", reason="Ja.").status_code == 302

    def test_word_of_the_complainant_goes_to_the_deputy(self, case, staff, away):
        conversation.write_to_handler(complaint=case, text="Is er nieuws?", code=CODE)
        assert mails() == [(MailKind.COMPLAINANT_ACTED, "deputy")]

    def test_not_of_a_case_that_the_deputy_stepped_back_from(self, case, staff, away):
        people.declare_conflict(complaint=case, by=staff.deputy)
        conversation.write_to_handler(complaint=case, text="Is er nieuws?", code=CODE)
        assert mails() == [(MailKind.COMPLAINANT_ACTED, "confidant")]

    def test_another_handlers_cases_keep_their_mail(self, case, staff, other, away):
        people.assign_case(complaint=case, to=other, by=staff.confidant)
        OwedMail.objects.all().delete()
        conversation.write_to_handler(complaint=case, text="Is er nieuws?", code=CODE)
        assert mails() == [(MailKind.COMPLAINANT_ACTED, "ander")]

    def test_afterwards_the_deputys_cases_stay_with_the_deputy_and_the_confidant_sees_them(
        self, case, staff, away
    ):
        """A complainant keeps the person they have been talking to."""
        during = make_complaint()
        self.back()
        tick()
        during.refresh_from_db()
        assert during.handler == staff.deputy
        assert set(Complaint.objects.visible_to(staff.deputy)) == {during}
        assert set(Complaint.objects.visible_to(staff.confidant)) == {case, during}
        assert permissions.is_in_charge(staff.deputy, during)
        assert post(staff.confidant, during, "takeover").status_code == 302
        assert not sees(staff.deputy, during)

    def test_afterwards_new_cases_and_mails_are_the_confidants_again(self, case, staff, away):
        self.back()
        assert make_complaint().handler == staff.confidant
        OwedMail.objects.all().delete()
        conversation.write_to_handler(complaint=case, text="Is er nieuws?", code=CODE)
        assert mails() == [(MailKind.COMPLAINANT_ACTED, "confidant")]


def test_a_deputy_who_becomes_the_confidant_keeps_what_they_handle(staff, other):
    """They know the case already; the next deputy sees it too, and the promise says so."""
    case = make_complaint(route=Route.DEPUTY)
    set_handling(confidant=staff.deputy, deputy=other)
    assert sees(staff.deputy, case)
    assert sees(other, case)
    assert not sees(staff.confidant, case)
    assert readers(case) == "De plaatsvervanger. Er leest nog een behandelaar mee."
    people.assign_case(complaint=case, to=other, by=staff.deputy)
    assert not sees(staff.deputy, case)


class TestHandOver:
    def hand_over(self, user, handler, to):
        return client_for(user).post(HAND_OVER, {"handler": handler.pk, "to": to.pk}, follow=True)

    def test_all_running_cases_go_in_one_action_each_logged(self, staff, other):
        cases = [make_complaint() for _ in range(3)]
        closed = requests.withdraw_complaint(complaint=make_complaint())
        OwedMail.objects.all().delete()
        answer = self.hand_over(staff.confidant, staff.confidant, other)
        assert "3 zaken zijn overgedragen aan Ander Test." in text_of(answer)
        assert "niet overgedragen" not in text_of(answer)
        for case in cases:
            case.refresh_from_db()
            assert case.handler == other
            assert last_texts(case) == {"handler": "Ander Test", "before": "Confidant Test"}
            assert is_intact(case)
        closed.refresh_from_db()
        assert closed.handler == staff.confidant
        assert mails() == [(MailKind.NEW_CASE, "ander")]

    def test_the_one_mail_names_no_case(self, staff, other):
        case = make_complaint()
        OwedMail.objects.all().delete()
        hand_over.hand_over_all(handler=staff.confidant, to=other, by=staff.confidant)
        (sent,) = sent_to(other)
        assert len(mail.outbox) == 1
        assert case.reference not in sent.subject + sent.body
        assert LIST in sent.body

    def test_a_case_the_successor_may_not_see_stays_and_is_only_counted(self, staff, other):
        kept, excluded = make_complaint(), make_complaint()
        Exclusion.objects.create(complaint=excluded, user=other, at=timezone.now())
        answer = self.hand_over(staff.confidant, staff.confidant, other)
        read = text_of(answer)
        assert "1 zaak is overgedragen aan Ander Test." in read
        assert "1 zaak is niet overgedragen: Ander Test mag die niet behandelen." in read
        for case, handler in ((kept, other), (excluded, staff.confidant)):
            case.refresh_from_db()
            assert case.handler == handler
        page = client_for(other).get(LIST).content.decode()
        assert excluded.reference not in page
        assert "niet overgedragen" not in page

    def test_r07_nothing_of_the_deputys_goes_to_the_confidant(self, staff):
        case = make_complaint(route=Route.DEPUTY)
        done = hand_over.hand_over_all(handler=staff.deputy, to=staff.confidant, by=staff.deputy)
        assert (done.moved, done.stayed) == (0, 1)
        case.refresh_from_db()
        assert case.handler == staff.deputy

    def test_a_case_one_is_not_in_charge_of_is_not_touched_or_counted(self, staff, other):
        hidden = make_complaint(route=Route.DEPUTY)
        page = client_for(staff.confidant).get(HAND_OVER).content.decode()
        assert f'value="{staff.deputy.pk}"' not in page.split('name="to"')[0]
        answer = self.hand_over(staff.confidant, staff.deputy, other)
        assert answer.status_code == 422
        done = hand_over.hand_over_all(handler=staff.deputy, to=other, by=staff.confidant)
        assert (done.moved, done.stayed) == (0, 0)
        hidden.refresh_from_db()
        assert (hidden.handler, hidden.event_count) == (staff.deputy, 1)

    def test_the_confidant_hands_over_for_somebody_who_left(self, case, staff, other):
        people.assign_case(complaint=case, to=other, by=staff.confidant)
        other.is_active = False
        other.save()
        answer = self.hand_over(staff.confidant, other, staff.deputy)
        assert "1 zaak is overgedragen aan Deputy Test." in text_of(answer)

    def test_what_was_shared_with_the_successor_becomes_theirs(self, case, staff, other):
        people.share_case(complaint=case, to=other, by=staff.confidant)
        hand_over.hand_over_all(handler=staff.confidant, to=other, by=staff.confidant)
        assert not case.shares.filter(revoked_at=None).exists()

    @pytest.mark.parametrize("missing", ["handler", "to"])
    def test_a_form_to_mend_is_a_422(self, case, staff, other, missing):
        data = {"handler": staff.confidant.pk, "to": other.pk} | {missing: ""}
        answer = client_for(staff.confidant).post(HAND_OVER, data)
        assert answer.status_code == 422
        assert f'href="#id_{missing}"' in answer.content.decode()

    def test_not_to_the_one_who_has_them(self, case, staff):
        answer = self.hand_over(staff.confidant, staff.confidant, staff.confidant)
        assert answer.status_code == 422
        assert "Kies iemand anders" in text_of(answer)

    def test_who_has_nothing_to_hand_over_reads_so(self, case, other):
        client = client_for(other)
        assert "Er zijn nu geen lopende zaken" in text_of(client.get(HAND_OVER))
        answer = client.post(HAND_OVER, {"handler": case.handler.pk, "to": other.pk})
        assert answer.status_code == 422
        assert "Er zijn nu geen lopende zaken" in text_of(answer)

    def test_two_at_once_hand_over_each_case_once(self, case, staff, other):
        """The second finds the batch's rows with another handler."""
        ids = [case.pk]
        hand_over.hand_over_all(handler=staff.confidant, to=other, by=staff.confidant)
        moved = hand_over._hand_over(ids, staff.confidant, staff.deputy, staff.confidant)
        case.refresh_from_db()
        assert (moved, case.handler, case.event_count) == (0, other, 2)

    def test_many_cases_go_in_batches_also_where_the_content_is_gone(
        self, staff, other, monkeypatch
    ):
        monkeypatch.setattr(hand_over, "BATCH", 7)
        make_many_complaints(20, handler=staff.confidant)
        with CaptureQueriesContext(connection) as captured:
            done = hand_over.hand_over_all(handler=staff.confidant, to=other, by=staff.confidant)
        assert (done.moved, done.stayed) == (20, 0)
        assert not Complaint.objects.exclude(handler=other).exists()
        assert len(captured) < 20 * 3 + 3 * 14

    def test_a_batch_that_fails_leaves_the_others_done(self, staff, other, monkeypatch):
        monkeypatch.setattr(hand_over, "BATCH", 1)
        make_many_complaints(3, handler=staff.confidant)
        real, calls = hand_over.record, []

        def fails_at_the_second(case, *about, **given):
            calls.append(case)
            if len(calls) == 2:
                raise RuntimeError
            return real(case, *about, **given)

        monkeypatch.setattr(hand_over, "record", fails_at_the_second)
        with pytest.raises(RuntimeError):
            hand_over.hand_over_all(handler=staff.confidant, to=other, by=staff.confidant)
        assert Complaint.objects.filter(handler=other).count() == 1
        done = hand_over.hand_over_all(handler=staff.confidant, to=other, by=staff.confidant)
        assert (done.moved, done.stayed) == (2, 0)


class TestUnread:
    def badge(self, user) -> str:
        page = client_for(user).get("/cms/").content.decode()
        found = re.search(r"Klachten, (\d+) ongelezen", page)
        return found.group(1) if found else ""

    def opened(self, user, case) -> Complaint:
        assert client_for(user).get(url("inspect", case)).status_code == 200
        case.refresh_from_db()
        return case

    def test_a_new_case_is_unread_until_its_handler_opens_it(self, case, staff):
        assert self.badge(staff.confidant) == "1"
        assert not self.opened(staff.confidant, case).is_unread
        assert self.badge(staff.confidant) == ""

    @pytest.mark.parametrize(
        "act",
        [
            lambda case: conversation.write_to_handler(complaint=case, text="Hoi", code=CODE),
            lambda case: requests.say_solved(complaint=case),
            lambda case: requests.ask_for_committee(complaint=case),
            lambda case: requests.withdraw_complaint(complaint=case),
            lambda case: requests.ask_for_deputy(complaint=case),
            lambda case: rights.record_consent(
                complaint=case, purpose=ConsentPurpose.MAIL, html="<p>x</p>", is_given=False
            ),
        ],
        ids=["writes", "solved", "committee", "withdraws", "deputy", "consent"],
    )
    def test_whatever_the_complainant_does_makes_it_unread_again(self, case, staff, act):
        changed(case, is_unread=False)
        act(case)
        case.refresh_from_db()
        assert case.is_unread

    def test_what_staff_do_themselves_does_not(self, case, staff):
        self.opened(staff.confidant, case)
        moves.add_note(complaint=case, by=staff.confidant, note="Gezien.")
        moves.move_complaint(
            complaint=case, to=Stage.MEDIATION, by=staff.confidant, reason="Verder."
        )
        case.refresh_from_db()
        assert not case.is_unread

    def test_one_it_is_shared_with_does_not_read_it_for_the_handler(self, case, staff, other):
        people.share_case(complaint=case, to=other, by=staff.confidant)
        assert self.opened(other, case).is_unread
        assert self.badge(other) == ""

    def test_the_confidant_does_not_read_it_for_another_handler(self, case, staff, other):
        people.assign_case(complaint=case, to=other, by=staff.confidant)
        assert self.opened(staff.confidant, case).is_unread
        assert (self.badge(staff.confidant), self.badge(other)) == ("", "1")
        assert not self.opened(other, case).is_unread

    def test_of_a_case_that_nobody_has_each_in_charge_reads_it(self, case, staff):
        changed(case, handler=None)
        assert self.badge(staff.confidant) == "1"
        assert not self.opened(staff.confidant, case).is_unread

    def test_while_the_confidant_is_away_the_deputy_reads_it(self, case, staff):
        set_handling(confidant_absent_from=timezone.localdate())
        assert not self.opened(staff.deputy, case).is_unread

    def test_a_case_handed_over_is_unread_for_the_new_handler(self, case, staff, other):
        self.opened(staff.confidant, case)
        hand_over.hand_over_all(handler=staff.confidant, to=other, by=staff.confidant)
        assert self.badge(other) == "1"
        case.refresh_from_db()
        people.assign_case(complaint=case, to=staff.confidant, by=staff.confidant)
        self.opened(staff.confidant, case)
        people.assign_case(complaint=case, to=other, by=staff.confidant)
        assert self.badge(other) == "1"

    def test_looking_without_opening_reads_nothing(self, case, staff):
        client = client_for(staff.confidant)
        client.head(url("inspect", case))
        client.get(LIST)
        client.get(url("note", case))
        case.refresh_from_db()
        assert case.is_unread

    def test_misuse_is_not_counted(self, staff):
        make_complaint(is_suspect=True)
        assert self.badge(staff.confidant) == ""

    def test_many_are_counted_up_to_99(self, staff):
        make_many_complaints(99, handler=staff.confidant)
        assert self.badge(staff.confidant) == "99"
        make_complaint()
        page = client_for(staff.confidant).get("/cms/").content.decode()
        assert "Klachten, 100 ongelezen" in page
        assert "99+" in page

    @pytest.mark.parametrize("role", ["editor", "manager", "superuser"])
    def test_others_have_no_badge(self, case, role, staff):
        user = staff.manager if role == "manager" else make_user(role)
        assert "ongelezen" not in client_for(user).get("/cms/").content.decode()

    def test_the_count_is_one_query_however_many_there_are(self, staff):
        permissions.unread_cases(staff.confidant).count()
        make_many_complaints(50, handler=staff.confidant)
        cases = permissions.unread_cases(staff.confidant)
        with CaptureQueriesContext(connection) as captured:
            assert cases.count() == 50
        assert len(captured) == 1


class TestWhatTheComplainantIsTold:
    """By role, never by name; and what is said is what is done."""

    def test_as_promised_at_filing(self, case):
        assert readers(case) == (
            "De vertrouwenspersoon, en alleen bij afwezigheid de plaatsvervanger. "
            "Verder niemand: geen coach, geen redactie, geen beheerder."
        )

    def test_one_it_is_shared_with_reads_along_until_it_stops(self, case, staff, other):
        people.share_case(complaint=case, to=other, by=staff.confidant)
        assert "Er leest nog een behandelaar mee." in readers(case)
        assert "Ander" not in readers(case)
        third = make_user("handler", username="derde")
        people.share_case(complaint=case, to=third, by=staff.confidant)
        assert "Er lezen nog 2 behandelaars mee." in readers(case)
        for person in (other, third):
            people.stop_sharing(complaint=case, user=person, by=staff.confidant)
        assert "behandelaar" not in readers(case)

    def test_another_handler_is_told_too(self, case, staff, other):
        case = people.assign_case(complaint=case, to=other, by=staff.confidant)
        assert "Er leest nog een behandelaar mee." in readers(case)

    def test_a_deputy_it_is_shared_with_reads_now(self, case, staff):
        people.share_case(complaint=case, to=staff.deputy, by=staff.confidant)
        assert readers(case).startswith("De vertrouwenspersoon en de plaatsvervanger.")

    def test_a_deputy_who_stepped_back_is_not_named(self, case, staff):
        people.declare_conflict(complaint=case, by=staff.deputy)
        assert readers(case).startswith("De vertrouwenspersoon. Verder niemand")

    def test_a_confidant_who_stepped_back_cannot_open_it(self, case, staff):
        case = people.declare_conflict(complaint=case, by=staff.confidant)
        assert readers(case) == (
            "De plaatsvervanger. De vertrouwenspersoon kan je klacht niet openen en niet zien dat "
            "hij er is."
        )

    def test_of_a_case_for_the_deputy(self, staff, other):
        case = make_complaint(route=Route.DEPUTY)
        assert readers(case).startswith("De plaatsvervanger. De vertrouwenspersoon kan")
        people.share_case(complaint=case, to=other, by=staff.deputy)
        assert "De plaatsvervanger. Er leest nog een behandelaar mee." in readers(case)
        case = people.declare_conflict(complaint=case, by=staff.deputy)
        assert readers(case).startswith("De behandelaar van je klacht. De vertrouwenspersoon")
        people.stop_sharing(complaint=case, user=other, by=staff.manager)
        assert readers(case).startswith("Nu nog niemand")

    def test_the_follow_page_shows_no_event_about_people(self, case, staff, other):
        from complaints.cases.contents import own_history
        from complaints.cases.sealing import case_key

        people.share_case(complaint=case, to=other, by=staff.confidant)
        people.assign_case(complaint=case, to=staff.deputy, by=staff.confidant)
        people.declare_conflict(complaint=case, by=staff.deputy)
        shown = {found.event.kind for found in own_history(case, case_key(case.pk))}
        assert shown == {EventKind.FILED}
