"""What stands in each mail about a case to its complainant: where it stands, what waits, by when.

Every kind goes through the same walk, so that a new one is held to it too.
"""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from complaints.cases import conversation, due_dates, moves, records, requests, rights
from complaints.cases.codes_and_links import ask_for_link, match_requests
from complaints.cases.mails import acknowledgement_before, mail_day
from complaints.models.outbox import MailKind
from complaints.stages import Outcome, Referral, Right, Route, Stage
from complaints.terms import TermKind, add_days
from complaints.vault.codes import holds_a_code
from home.models import OrganisationSettings
from tests.factories import close, make_answers, make_complaint
from tests.follow import later
from tests.services import due, forget_mail, fresh, send_all

pytestmark = pytest.mark.django_db

ADDRESS = "noor@example.com"
MAILBOX = "info@akmkunstmaat.nl"
NO_REPLY, BOUNCES = "bericht@mail.example.org", "terug@mail.example.org"
COACH = "Coach Verzonnen"
TOLD = "Tot en met %s kun je daar zeggen of je tevreden bent over de behandeling."
STAGES = {
    Stage.FILING: "in fase 1 van 3: Ingediend.",
    Stage.MEDIATION: "in fase 2 van 3: Bemiddeling.",
    Stage.COMMITTEE: "in fase 3 van 3: Klachtencommissie.",
}


@pytest.fixture(autouse=True)
def organisation(site, settings):
    settings.DEFAULT_FROM_EMAIL, settings.BOUNCES_TO = NO_REPLY, BOUNCES
    OrganisationSettings.objects.update_or_create(
        site=site, defaults={"email": MAILBOX, "phone": "020 123 45 67"}
    )


def mails():
    """What the complainant gets now."""
    return [message for message in send_all() if message.to == [ADDRESS]]


def the_mail():
    (message,) = mails()
    return message.body


def walk(route: Route, by):
    """A case through all that mails its complainant; yields (kind, case, mail)."""
    case = make_complaint(route=route, answers=make_answers(coach=COACH))
    yield MailKind.ACKNOWLEDGEMENT, case, the_mail()
    conversation.write_to_complainant(complaint=case, text="Dag.", by=by)
    yield MailKind.MESSAGE_WAITS, fresh(case), the_mail()
    until = due(case) + timedelta(days=7)
    due_dates.extend_handling(complaint=case, until=until, by=by, reason="Ziek.")
    yield MailKind.TERM_EXTENDED, fresh(case), the_mail()
    moves.move_complaint(complaint=case, to=Stage.MEDIATION, by=by, reason="Zo.")
    yield MailKind.STAGE_CHANGED, fresh(case), the_mail()
    today = timezone.localdate()
    records.give_advice(complaint=case, by=by, given_on=today, text="Praat samen.")
    yield "advice", fresh(case), the_mail()
    moves.move_complaint(
        complaint=case, to=Stage.COMMITTEE, by=by, reason="Art. 6 AVG.", ground=Referral.LEGAL
    )
    yield MailKind.STAGE_CHANGED, fresh(case), the_mail()
    records.record_ruling(complaint=case, by=by, ruled_on=today, text="Gegrond.")
    yield "ruling", fresh(case), the_mail()
    ask_for_link(address=ADDRESS)
    match_requests()
    yield MailKind.FOLLOW_LINK, fresh(case), the_mail()
    requests.ask_new_code(complaint=case)
    yield MailKind.CODE_ASKED, fresh(case), the_mail()
    close(fresh(case), by, Outcome.RULED, **WORDS, ruled_on=today)
    yield MailKind.CASE_CLOSED, fresh(case), the_mail()
    rights.ask_right(complaint=case, right=Right.ERASURE)
    rights.decide_right(complaint=case, right=Right.ERASURE, is_granted=True, by=by, reason="Ja.")
    yield MailKind.RIGHTS_DECIDED, fresh(case), the_mail()


WORDS = dict.fromkeys(("reason", "finding", "decisions", "measures"), "Zo is het.")
OF_COMPLAINANT = {
    *(MailKind.ACKNOWLEDGEMENT, MailKind.MESSAGE_WAITS, MailKind.TERM_EXTENDED),
    *(MailKind.STAGE_CHANGED, MailKind.FOLLOW_LINK, MailKind.CODE_ASKED, MailKind.CASE_CLOSED),
    MailKind.RIGHTS_DECIDED,
}
WITHOUT_STANDING = {MailKind.FOLLOW_LINK, MailKind.CODE_ASKED}
OWN_DATES = {MailKind.ACKNOWLEDGEMENT, MailKind.TERM_EXTENDED, *WITHOUT_STANDING}


@pytest.mark.parametrize("route", list(Route))
def test_every_mail_greets_leads_to_the_follow_page_and_says_how_it_stands(staff, settings, route):
    by = staff.deputy if route is Route.DEPUTY else staff.confidant
    forget_mail()
    follow = f"{settings.WAGTAILADMIN_BASE_URL}/klacht-volgen/#nieuw"
    told = {}
    for kind, case, body in walk(route, by):
        told[kind] = case, body
        assert body.startswith("Hallo,\n\n"), kind
        assert body.endswith("\n\nGroet,\nAKM KunstMaat\n"), kind
        assert case.reference in body, kind
        assert follow in body.split(), kind
        assert not holds_a_code(body), kind
        assert "\n\n\n" not in body, kind
        assert not re.search(r"\{|\}|None|&\w+;", body), kind
        assert "/klachtenprocedure/" not in body, kind
        assert "vraag ernaar" not in body.lower(), kind
        for secret in ("Noor", COACH, "Zo is het.", "Praat samen", MAILBOX, "interne"):
            assert secret not in body, kind
        if kind not in WITHOUT_STANDING:
            assert STAGES[case.current_stage] in body, kind
        if kind not in OWN_DATES and case.is_open:
            outcome = mail_day(due(case))
            assert f"Uiterlijk {outcome} krijg je een uitkomst met uitleg." in body, kind
    assert set(told) >= OF_COMPLAINANT | {"advice", "ruling"}
    each_date_that_is_promised_says_uiterlijk(told)


def each_date_that_is_promised_says_uiterlijk(told):
    case, body = told[MailKind.ACKNOWLEDGEMENT]
    for kind, words in (
        (TermKind.CONTACT, "neemt iemand persoonlijk contact met je op."),
        (TermKind.HANDLING, "krijg je een uitkomst met uitleg."),
    ):
        day = mail_day(case.terms.get(kind=kind).due_on - timedelta(days=7 * (kind == "handling")))
        assert f"Uiterlijk {day} {words}" in body
    case, body = told[MailKind.TERM_EXTENDED]
    assert f"Dat wordt uiterlijk {mail_day(due(case))}." in body
    assert body.count("een uitkomst met uitleg") == 1
    case, body = told[MailKind.CASE_CLOSED]
    closed_on = timezone.localdate(case.closed_at)
    assert TOLD % mail_day(add_days(closed_on, 14)) in body
    assert "Er is een uitkomst." in body
    assert "Je zaak is afgesloten in fase 3 van 3: Klachtencommissie." in body
    case, body = told[MailKind.RIGHTS_DECIDED]
    erased_on = mail_day(rights.erased_on(case.rights_requests.get()))
    assert f"Dan is op {erased_on} alles weg." in body
    assert "bindt niet" in told["advice"][1]
    assert "bindt jullie allebei" in told["ruling"][1]


def test_the_mail_of_a_closing_says_what_one_can_still_do(case, confidant, settings):
    with_advice = moves.move_complaint(
        complaint=case, to=Stage.MEDIATION, by=confidant, reason="Zo."
    )
    records.give_advice(
        complaint=with_advice, by=confidant, given_on=timezone.localdate(), text="Praat."
    )
    forget_mail()
    close(fresh(case), confidant, Outcome.ADVISED, **WORDS)
    assert "Dan kun je daar om de klachtencommissie vragen." in the_mail()
    other = make_complaint()
    forget_mail()
    requests.withdraw_complaint(complaint=other)
    body = the_mail()
    assert "Je zaak is ingetrokken." in body
    assert "uitkomst" not in body
    assert TOLD % mail_day(timezone.localdate() + timedelta(days=14)) in body


def test_no_outcome_is_promised_by_a_day_that_passed_or_while_the_clock_stands_still(
    case, confidant
):
    def promised() -> int:
        forget_mail()
        conversation.write_to_complainant(complaint=fresh(case), text="Dag.", by=confidant)
        return the_mail().count("Uiterlijk")

    for passed, count in ((42, 1), (43, 0)):
        with later(days=passed):
            assert promised() == count
    due_dates.pause_clock(complaint=case, by=confidant, reason="Ziek.")
    assert promised() == 0


def test_past_the_confidant_a_mail_comes_from_no_mailbox_that_is_shared(staff):
    """And the number to call is the organisation's only where it may be."""
    sent = {}
    for route in Route:
        case = make_complaint(route=route)
        requests.ask_new_code(complaint=case)
        sent[route] = mails()
    for route, mailbox in ((Route.CONFIDANT, [MAILBOX]), (Route.DEPUTY, [])):
        for message in sent[route]:
            assert message.reply_to == mailbox
            assert message.extra_headers["From"] == f"AKM KunstMaat <{NO_REPLY}>"
            assert message.from_email == BOUNCES
    assert "Of bel 020 123 45 67." in sent[Route.CONFIDANT][-1].body
    assert "020" not in "".join(message.body for message in sent[Route.DEPUTY])


def test_the_acknowledgement_before_filing_is_the_same_mail_with_blanks(site):
    before = acknowledgement_before()
    assert before.subject == "Ontvangen: [kenmerk]"
    assert before.body.startswith("Hallo,\n\nWe hebben je bericht ontvangen op [dag van ontvangst]")
    for words in ("Kenmerk: [kenmerk]", STAGES[Stage.FILING]):
        assert words in before.body


def test_mail_to_staff_greets_and_signs_too_and_leads_to_the_case(staff):
    case = make_complaint()
    requests.say_solved(complaint=case)
    sent = [message for message in send_all() if message.to == [staff.confidant.email]]
    for message in sent:
        assert message.body.startswith("Hallo,\n\n")
        assert message.body.endswith("\n\nGroet,\nAKM KunstMaat\n")
    about = [message.body for message in sent if case.reference in message.subject]
    assert len(about) == 2
    assert all(f"/inspect/{case.pk}/" in body for body in about)
