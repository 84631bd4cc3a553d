"""The coachee follows the case: in with the receipt code, reads, writes, withdraws, and leaves."""

import io
import json
import re
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from unittest.mock import Mock

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from complaints.cases import case as bounds
from complaints.cases import conversation, moves, rights, sealing
from complaints.cases.consents import has_consent
from complaints.cases.history import is_intact
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import CaseContact, MailKind, OwedMail
from complaints.models.privacy import ConsentPurpose
from complaints.public.following import views
from complaints.stages import Outcome, Route, Stage, Status
from complaints.vault.codes import new_code, show_code
from complaints.worker.clock import tick
from tests.desk import client_for
from tests.factories import close, make_answers, make_complaint, move, set_handling
from tests.follow import FOLLOW, entered, filed, text_of

pytestmark = pytest.mark.django_db

SCHEMA = Path(__file__).parents[3] / "site/static/schema/dossier-1.json"
STRANGER = "Dit schreef een ander."


@pytest.fixture
def mine(site, staff):
    return filed()


@pytest.fixture
def case(mine):
    return mine[0]


@pytest.fixture
def code(mine):
    return mine[1]


@pytest.fixture
def me(code):
    return entered(code)


class TestGettingIn:
    @pytest.mark.parametrize(
        "spelled",
        [
            lambda code: code,
            show_code,
            lambda code: show_code(code).lower().replace("-", " "),
            lambda code: code.replace("0", "o").replace("1", "l"),
        ],
    )
    def test_the_code_is_taken_in_any_spelling(self, case, code, spelled):
        page = entered(spelled(code)).get(FOLLOW)
        assert case.reference in text_of(page)

    def test_a_typing_error_is_caught_before_anything_is_looked_up(self, case, code):
        wrong = ("1" if code[0] != "1" else "2") + code[1:]
        answer = Client().post(FOLLOW, {"action": "enter", "code": wrong})
        assert answer.status_code == 422
        assert "Er zit een typefout in de code." in text_of(answer)
        assert wrong in answer.content.decode()

    def test_a_code_of_nobody_opens_nothing(self, case):
        answer = Client().post(FOLLOW, {"action": "enter", "code": new_code()})
        assert answer.status_code == 422
        assert "Bij deze code hoort geen klacht." in text_of(answer)
        assert not answer.cookies

    def test_a_known_and_an_unknown_code_ask_the_same(self, case, code):
        asked = []
        for tried in (code, new_code()):
            with CaptureQueriesContext(connection) as captured:
                Client().post(FOLLOW, {"action": "enter", "code": tried})
            looked_up = [q["sql"] for q in captured if "keystore" in q["sql"]]
            asked.append([sql.split(" WHERE ")[0] for sql in looked_up])
        assert asked[0] == asked[1] != []

    def test_guesses_are_braked_and_the_right_code_always_passes(self, code, monkeypatch):
        monkeypatch.setattr(views, "wrong_codes", views.ForgetfulRate(views.WRONG_CODES, 600))
        client = Client()
        statuses = {
            client.post(FOLLOW, {"action": "enter", "code": new_code()}).status_code
            for _ in range(views.WRONG_CODES + 1)
        }
        assert statuses == {422, 429}
        assert client.post(FOLLOW, {"action": "enter", "code": code}).status_code == 303

    def test_the_session_is_no_login_of_the_cms(self, me):
        (cookie,) = me.cookies.values()
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert cookie["path"] == FOLLOW
        assert SESSION_KEY not in me.session
        assert me.get("/cms/").status_code == 302

    def test_the_cookie_gives_neither_code_nor_case_away(self, me, case, code):
        (cookie,) = me.cookies.values()
        for secret in (code, str(case.pk), case.reference):
            assert secret not in cookie.value

    def test_it_is_never_stored_nor_indexed_and_its_title_is_neutral(self, me):
        page = me.get(FOLLOW)
        assert "no-store" in page["Cache-Control"]
        assert page["Referrer-Policy"] == "same-origin"
        html = page.content.decode()
        assert '<meta name="robots" content="noindex">' in html
        assert "lacht" not in re.search(r"<title>(.*?)</title>", html, re.S)[1].split("–")[0]


class TestStaying:
    def test_half_an_hour_of_nothing_ends_it(self, me, case):
        with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
            page = me.get(FOLLOW)
        assert case.reference not in text_of(page)
        assert "Volgcode" in text_of(page)

    def test_each_page_starts_the_half_hour_anew(self, me, case):
        for minutes in (20, 40, 60):
            with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False):
                assert case.reference in text_of(me.get(FOLLOW))

    def test_what_was_typed_survives_its_end(self, me, code, case):
        with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
            page = me.post(FOLLOW, {"action": "write", "message": "Dit wil ik kwijt."})
            assert page.status_code == 401
            assert 'value="Dit wil ik kwijt."' in page.content.decode()
            again = me.post(
                FOLLOW, {"action": "enter", "code": code, "message": "Dit wil ik kwijt."}
            )
        assert "Dit wil ik kwijt.</textarea>" in again.content.decode()
        assert not case.events.filter(kind=EventKind.WROTE).exists()

    def test_leaving_forgets_the_browser(self, me):
        me.post(FOLLOW, {"action": "leave"})
        assert "Je bent uitgelogd." in text_of(me.get(FOLLOW + "?uit=1"))

    def test_a_replaced_code_ends_the_session(self, me, case):
        sealing.replace_code(case.pk, new_code())
        assert case.reference not in text_of(me.get(FOLLOW))

    def test_an_erased_case_ends_the_session(self, me, case):
        rights.erase_content(complaint=case, by=None, reason=rights.ErasureReason.REQUEST)
        assert case.reference not in text_of(me.get(FOLLOW))

    @pytest.mark.parametrize("cookie", ["", "x", "AAAA", "=" * 40, "é"])
    def test_a_cookie_that_is_not_ours_asks_for_the_code(self, case, cookie):
        client = Client()
        client.cookies["volgen"] = cookie
        assert "Volgcode" in text_of(client.get(FOLLOW))


class TestReading:
    def test_it_says_where_the_case_stands_and_what_comes_by_when(self, me, case):
        read = text_of(me.get(FOLLOW))
        assert "Hier is je klacht nu" in read
        assert "Je krijgt een uitkomst met uitleg." in read
        assert "Je diende je klacht in." in read
        assert "Mijn coach belde drie afspraken achter elkaar af." in read

    def test_what_was_done_is_promised_no_longer(self, me, case, staff):
        assert "Iemand neemt persoonlijk contact met je op." in text_of(me.get(FOLLOW))
        moves.record_contact(complaint=case, by=staff.confidant, note="Gebeld.")
        read = text_of(me.get(FOLLOW))
        assert "Iemand neemt persoonlijk contact met je op." not in read
        assert "Er was persoonlijk contact met je." in read
        assert "Gebeld." not in read

    def test_nobody_without_an_address_is_promised_a_call(self, site, staff):
        _case, code = filed(answers=make_answers(name="", email=""))
        read = text_of(entered(code).get(FOLLOW))
        assert "je leest hem met je volgcode." in read
        assert "persoonlijk contact" not in read

    def test_who_can_read_it_is_said_by_role(self, me):
        assert "De vertrouwenspersoon, en alleen bij afwezigheid" in text_of(me.get(FOLLOW))

    def test_a_move_is_told_without_what_staff_wrote_for_themselves(self, me, case, staff):
        moves.move_complaint(
            complaint=case, to=Stage.MEDIATION, by=staff.confidant, reason="Voor collega's."
        )
        moves.add_note(complaint=case, by=staff.confidant, note="Notitie voor mijzelf.")
        read = text_of(me.get(FOLLOW))
        assert "Je klacht ging naar fase 2: Bemiddeling." in read
        assert "Voor collega's." not in read
        assert "Notitie voor mijzelf." not in read

    def test_an_outcome_is_read_with_finding_decisions_and_measures(self, me, case, staff):
        close(
            case,
            staff.confidant,
            Outcome.SOLVED,
            reason="Intern.",
            finding="De afspraken vielen uit.",
            decisions="Nieuwe afspraken.",
            measures="Voor 1 maart.",
        )
        read = text_of(me.get(FOLLOW))
        for words in ("De afspraken vielen uit.", "Nieuwe afspraken.", "Voor 1 maart."):
            assert words in read
        assert "Intern." not in read

    def test_reading_by_the_handler_shows_with_its_moment(self, me, case, staff):
        assert "Gelezen op" not in text_of(me.get(FOLLOW))
        handler = client_for(staff.confidant)
        handler.get(f"/cms/complaints/complaint/inspect/{case.pk}/")
        assert "Gelezen op" in text_of(me.get(FOLLOW))

    def test_sixty_events_ask_as_many_queries_as_five(self, me, case, staff):
        def queries() -> int:
            me.get(FOLLOW)
            with CaptureQueriesContext(connection) as captured:
                me.get(FOLLOW)
            return len(captured)

        for number in range(5):
            conversation.write_to_complainant(complaint=case, text=f"{number}", by=staff.confidant)
        few = queries()
        for number in range(55):
            conversation.write_to_complainant(complaint=case, text=f"{number}", by=staff.confidant)
        assert queries() == few


class TestTalking:
    def test_a_message_reaches_the_handler_sealed_and_by_a_mail_without_content(
        self, me, case, staff
    ):
        page = me.post(FOLLOW, {"action": "write", "message": "Er kwam nog iets bij."})
        assert "Je bericht is verstuurd." in text_of(page)
        assert "Er kwam nog iets bij." in text_of(page)
        handler = client_for(staff.confidant)
        read = text_of(handler.get(f"/cms/complaints/complaint/inspect/{case.pk}/"))
        assert "Er kwam nog iets bij." in read
        owed = OwedMail.objects.get(kind=MailKind.COMPLAINANT_ACTED)
        assert owed.user == staff.confidant
        assert is_intact(Complaint.objects.get(pk=case.pk))

    def test_an_answer_is_read_on_the_page_and_announced_by_mail(self, me, case, staff):
        handler = client_for(staff.confidant)
        case.refresh_from_db()
        handler.post(
            f"/cms/complaints/complaint/message/{case.pk}/",
            {"reason": "Ik bel je dinsdag.", "seen": case.event_count},
        )
        assert "Ik bel je dinsdag." in text_of(me.get(FOLLOW))
        assert OwedMail.objects.filter(kind=MailKind.MESSAGE_WAITS, complaint=case).count() == 1

    def test_who_agreed_to_no_mail_gets_none(self, site, staff):
        case, _code = filed(consents=())
        conversation.write_to_complainant(complaint=case, text="Dag.", by=staff.confidant)
        assert not OwedMail.objects.filter(kind=MailKind.MESSAGE_WAITS).exists()

    @pytest.mark.parametrize(
        ("message", "words"),
        [
            ("", "Schrijf eerst een bericht."),
            ("  \n ", "Schrijf eerst een bericht."),
            ("a" * 50_001, "er passen 50.000 tekens in"),
            ("a" * 400_000, "er passen 50.000 tekens in"),
        ],
    )
    def test_a_message_that_cannot_be_is_given_back(self, me, case, message, words):
        page = me.post(FOLLOW, {"action": "write", "message": message})
        assert page.status_code == 422
        assert words in text_of(page)
        assert message.strip() in page.content.decode()
        assert not case.events.filter(kind=EventKind.WROTE).exists()

    def test_a_message_with_the_code_in_it_is_refused_with_the_reason(self, me, case, code):
        spelled = show_code(code).lower()
        page = me.post(FOLLOW, {"action": "write", "message": f"Mijn code is {spelled}."})
        assert page.status_code == 422
        assert "Haal je volgcode uit het bericht." in text_of(page)
        assert not case.events.filter(kind=EventKind.WROTE).exists()

    @pytest.mark.parametrize(
        "hostile",
        ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}{% now %}"],
    )
    def test_what_is_written_is_shown_inert(self, me, case, staff, hostile):
        page = me.post(FOLLOW, {"action": "write", "message": hostile}).content.decode()
        assert hostile not in page or "<" not in hostile
        assert hostile in unescape(page)
        handler = client_for(staff.confidant)
        desk = handler.get(f"/cms/complaints/complaint/inspect/{case.pk}/").content.decode()
        assert hostile not in desk or "<" not in hostile
        assert hostile in unescape(desk)


class TestDoing:
    @pytest.mark.parametrize("name", ["intrekken", "opgelost", "commissie", "plaatsvervanger"])
    def test_what_a_button_does_is_said_before_it_is_pressed(self, me, case, name):
        page = text_of(me.get(f"{FOLLOW}?doe={name}"))
        assert "Wat er dan gebeurt" in page
        case.refresh_from_db()
        assert (case.is_open, case.event_count) == (True, 1)

    def test_r13_withdrawing_closes_the_case_and_the_page_still_opens(self, me, case, staff):
        page = me.post(FOLLOW, {"action": "intrekken", "message": "Laat maar."})
        assert "Je klacht is ingetrokken." in text_of(page)
        case.refresh_from_db()
        assert (case.status, case.outcome) == (Status.CLOSED, Outcome.WITHDRAWN)
        assert "Laat maar." in text_of(me.get(FOLLOW))
        assert OwedMail.objects.filter(kind=MailKind.COMPLAINANT_ACTED).count() == 1

    def test_withdrawing_twice_is_said_and_changes_nothing(self, me, case):
        me.post(FOLLOW, {"action": "intrekken"})
        page = me.post(FOLLOW, {"action": "intrekken", "message": "Nog eens."})
        assert page.status_code == 409
        assert "Nog eens.</textarea>" in page.content.decode()
        case.refresh_from_db()
        assert case.event_count == 2

    @pytest.mark.parametrize(
        ("name", "kind"),
        [("opgelost", EventKind.SAID_SOLVED), ("commissie", EventKind.ASKED_COMMITTEE)],
    )
    def test_a_wish_is_told_to_the_handler_once_and_leaves_the_case_open(
        self, me, case, name, kind
    ):
        me.post(FOLLOW, {"action": name})
        assert f"?doe={name}" not in me.get(FOLLOW).content.decode()
        assert me.post(FOLLOW, {"action": name}).status_code == 409
        case.refresh_from_db()
        assert case.is_open
        assert case.events.filter(kind=kind).count() == 1

    def test_the_committee_is_not_offered_at_the_committee(self, me, case, staff):
        move(case, Stage.COMMITTEE, staff.confidant, "Op verzoek.")
        assert "?doe=commissie" not in me.get(FOLLOW).content.decode()

    def test_r07_the_case_goes_to_the_deputy_and_the_confidant_cannot_see_it_exists(
        self, me, case, staff
    ):
        OwedMail.objects.all().delete()
        me.post(FOLLOW, {"action": "plaatsvervanger", "message": "Zij kent mijn coach."})
        address = f"/cms/complaints/complaint/inspect/{case.pk}/"
        confidant, deputy = Client(), Client()
        confidant.force_login(staff.confidant)
        deputy.force_login(staff.deputy)
        assert confidant.get(address).status_code == 404
        assert case.reference not in text_of(confidant.get("/cms/complaints/complaint/"))
        assert "Zij kent mijn coach." in text_of(deputy.get(address))
        assert [owed.user for owed in OwedMail.objects.all()] == [staff.deputy]
        assert "De plaatsvervanger." in text_of(me.get(FOLLOW))

    def test_r07_without_a_deputy_it_waits_and_never_falls_back(self, me, case, staff):
        set_handling(deputy=None)
        me.post(FOLLOW, {"action": "plaatsvervanger"})
        tick()
        case.refresh_from_db()
        assert (case.handler, case.passed_over) == (None, staff.confidant)
        assert "Nu nog niemand" in text_of(me.get(FOLLOW))

    def test_an_unknown_action_changes_nothing(self, me, case):
        assert me.post(FOLLOW, {"action": "toveren"}).status_code == 409
        case.refresh_from_db()
        assert case.event_count == 1


class TestBounds:
    """One code fills no disk: a hundred things a day, and one can always stop."""

    @pytest.fixture
    def few(self, monkeypatch):
        monkeypatch.setattr(bounds, "MOST_A_DAY", 3)

    def test_after_so_many_in_a_day_it_is_given_back_to_send_tomorrow(self, few, me, case, code):
        for number in range(2):
            assert me.post(FOLLOW, {"action": "write", "message": f"{number}"}).status_code == 200
        page = me.post(FOLLOW, {"action": "write", "message": "Nog iets."})
        assert page.status_code == 429
        assert "Nog iets.</textarea>" in page.content.decode()
        assert "Ga morgen verder, of bel of mail ons." in text_of(page)
        with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1), tick=False):
            again = entered(code).post(FOLLOW, {"action": "write", "message": "Nog iets."})
            assert again.status_code == 200

    @pytest.mark.parametrize("action", ["opgelost", "commissie", "inzage", "toestemming:coach:ja"])
    def test_it_bounds_whatever_one_does(self, few, me, case, action):
        for number in range(2):
            me.post(FOLLOW, {"action": "write", "message": f"{number}"})
        assert me.post(FOLLOW, {"action": action}).status_code == 429

    @pytest.mark.parametrize("action", ["intrekken", "plaatsvervanger", "toestemming:mail:nee"])
    def test_stopping_is_never_refused(self, few, me, case, action):
        for number in range(2):
            me.post(FOLLOW, {"action": "write", "message": f"{number}"})
        assert me.post(FOLLOW, {"action": action}).status_code == 200

    def test_what_staff_do_does_not_count(self, few, me, case, staff):
        for number in range(5):
            conversation.write_to_complainant(complaint=case, text=f"{number}", by=staff.confidant)
        assert me.post(FOLLOW, {"action": "write", "message": "Dank."}).status_code == 200


class TestConsent:
    def test_r31_what_a_choice_does_stands_beside_its_button(self, me):
        read = text_of(me.get(FOLLOW))
        assert "De kunstcoach mag mijn klacht lezen : nee" in read
        assert "Ik krijg berichten per e-mail : ja" in read
        assert "We wissen je e-mailadres voor berichten en mailen je niet meer." in read

    @pytest.mark.parametrize("purpose", [ConsentPurpose.COACH, ConsentPurpose.COMMITTEE])
    def test_sharing_is_given_and_taken_back_and_both_stay_in_the_ledger(self, me, case, purpose):
        me.post(FOLLOW, {"action": f"toestemming:{purpose.value}:ja"})
        assert has_consent(case, purpose)
        me.post(FOLLOW, {"action": f"toestemming:{purpose.value}:nee"})
        assert not has_consent(case, purpose)
        lines = case.consents.filter(purpose=purpose).values_list("is_given", flat=True)
        assert list(lines) == [True, False]
        read = text_of(me.get(FOLLOW))
        assert "Je gaf toestemming." in read
        assert "Je trok toestemming in." in read

    def test_r32_taking_mail_back_forgets_the_address_and_keeps_the_case(self, me, case):
        me.post(FOLLOW, {"action": "toestemming:mail:nee"})
        assert not CaseContact.objects.filter(complaint=case).exists()
        case.refresh_from_db()
        assert case.is_open

    @pytest.mark.parametrize(
        "action",
        ["toestemming:filing:nee", "toestemming:mail:ja", "toestemming:coach:nee", "toestemming:"],
    )
    def test_what_is_not_offered_changes_nothing(self, me, case, action):
        before = case.consents.count()
        assert me.post(FOLLOW, {"action": action}).status_code == 409
        assert case.consents.count() == before


class TestTakingItAlong:
    @pytest.fixture
    def whole(self, me, case, staff):
        me.post(FOLLOW, {"action": "write", "message": "Er kwam iets bij."})
        moves.add_note(complaint=case, by=staff.confidant, note="Alleen voor ons.")
        return me

    def test_r35_the_data_hold_all_that_is_theirs_and_nothing_of_staff(self, whole, case):
        answer = whole.post(FOLLOW, {"action": "json"})
        assert answer["Content-Type"] == "application/json"
        assert answer["Content-Disposition"] == f'attachment; filename="{case.reference}.json"'
        text = answer.content.decode()
        for words in ("Mijn coach belde", "Er kwam iets bij.", case.reference, "noor@example.com"):
            assert words in text
        assert "Alleen voor ons." not in text

    def test_the_data_are_as_the_published_schema_says(self, whole):
        schema = json.loads(SCHEMA.read_text())
        fits(json.loads(whole.post(FOLLOW, {"action": "json"}).content), schema)

    def test_on_paper_it_holds_the_same(self, whole, case):
        answer = whole.post(FOLLOW, {"action": "pdf"})
        assert answer["Content-Type"] == "application/pdf"
        reader = PdfReader(io.BytesIO(answer.content))
        text = " ".join("".join(page.extract_text() for page in reader.pages).split())
        for words in ("Mijn coach belde", "Er kwam iets bij.", case.reference):
            assert words in text
        assert "Alleen voor ons." not in text
        assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]


def fits(value, schema) -> None:
    """Whether a value is as a schema says, for the part of JSON Schema that ours uses."""
    if "anyOf" in schema:
        kinds = {"string": str, "array": list, "object": dict, "null": type(None)}
        fitting = [s for s in schema["anyOf"] if isinstance(value, kinds[s.get("type", "string")])]
        assert fitting, value
        schema = fitting[0]
    if schema.get("type") == "object" and "properties" in schema:
        assert set(value) == set(schema["required"]) == set(schema["properties"])
        for name, inner in schema["properties"].items():
            fits(value[name], inner)
    elif isinstance(schema.get("additionalProperties"), dict):
        for inner in value.values():
            fits(inner, schema["additionalProperties"])
    assert schema.get("type") != "string" or isinstance(value, str)
    if schema.get("type") == "array":
        for item in value:
            fits(item, schema["items"])
    if schema.get("format") == "date-time":
        assert datetime.fromisoformat(value).tzinfo is not None
    assert "enum" not in schema or value in schema["enum"]
    assert "const" not in schema or value == schema["const"]


class TestKeepingOthersOut:
    def test_a_code_shows_nothing_of_another_case(self, me, site):
        other = make_complaint()
        conversation.write_to_handler(complaint=other, text=STRANGER, code=new_code())
        read = text_of(me.get(FOLLOW))
        assert STRANGER not in read
        assert other.reference not in read

    def test_a_post_from_elsewhere_does_nothing(self, me, case):
        answer = me.post(
            FOLLOW, {"action": "intrekken"}, headers={"Origin": "https://evil.example"}
        )
        assert answer.status_code == 403
        case.refresh_from_db()
        assert case.is_open

    def test_the_deputys_case_names_the_deputy_as_its_reader(self, site, staff):
        _case, code = filed(route=Route.DEPUTY)
        assert "De plaatsvervanger." in text_of(entered(code).get(FOLLOW))

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_other_methods_are_refused(self, me, method):
        assert getattr(me, method)(FOLLOW).status_code == 405

    def test_a_fault_gives_the_text_back_without_a_query(
        self, me, monkeypatch, django_assert_num_queries
    ):
        monkeypatch.setattr(views, "_answer", Mock(side_effect=DatabaseError("gone")))
        with django_assert_num_queries(0):
            page = me.post(FOLLOW, {"action": "write", "message": "Niet kwijtraken."})
        assert page.status_code == 503
        assert "Niet kwijtraken.</textarea>" in page.content.decode()
