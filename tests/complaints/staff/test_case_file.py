"""What the case file tells at a glance: the parties, who is next, what was asked about data, and
what has to be known before a case goes to the committee."""

import re
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from complaints.cases import records, requests, rights
from complaints.cases.case import NotAllowed
from complaints.cases.contents import open_history
from complaints.cases.moves import wait_on
from complaints.cases.rights import ErasureReason, erase_content, record_consent
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.privacy import ConsentPurpose
from complaints.stages import Outcome, Party, Referral, Right, Route, Stage
from tests.desk import NAME, post, url
from tests.factories import close, make_answers, make_complaint, move, set_handling

pytestmark = pytest.mark.django_db

WORDS = {"reason": "Omdat.", "finding": "Ja.", "decisions": "Ja.", "measures": "Geen."}


def text_of(answer) -> str:
    body = re.sub(r"(?s)<(script|style).*?</\1>|<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", unescape(body))


# The parties.


def test_the_parties_stand_together_with_what_reaches_them(desk):
    set_handling(committee_name="Commissie Kunst", committee_contact="Postbus 1\n3500 AA Utrecht")
    answers = make_answers(name="Noor Verzonnen", phone="06 0000 0000", coach="Coach Bedacht")
    read = text_of(desk.get(url("inspect", make_complaint(answers=answers))))
    assert "Klager Noor Verzonnen 06 0000 0000" in read
    assert "krijgt berichten per e-mail" in read
    assert "Kunstcoach Coach Bedacht" in read
    assert "Klachtencommissie Commissie Kunst Postbus 1 3500 AA Utrecht" in read


def test_what_is_not_known_of_a_party_is_said(desk):
    case = make_complaint(answers=make_answers(name="", coach=""), consents=())
    read = text_of(desk.get(url("inspect", case)))
    assert "Klager Gaf geen naam" in read
    assert "krijgt geen e-mail: bericht lezen kan op de volgpagina" in read
    assert "Kunstcoach Niet genoemd" in read


def test_of_an_erased_case_no_party_is_left(desk, confidant):
    case = make_complaint(answers=make_answers(name="Noor Verzonnen"))
    close(case, confidant)
    erase_content(complaint=case, by=None, reason=ErasureReason.REQUEST)
    read = text_of(desk.get(url("inspect", case)))
    assert "Noor Verzonnen" not in read
    assert "Klager Gaf geen naam" in read


# Who is next.


def test_the_handler_says_whom_the_case_waits_on(desk):
    case = make_complaint()
    answer = post(desk, "waiting", case, party="coach", reason="Ze belt terug.")
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.waiting_on == Party.COACH
    read = text_of(desk.get(url("inspect", case)))
    assert "Deze zaak wacht op: kunstcoach." in read
    assert "Wacht op Kunstcoach" in read
    assert "Ze belt terug." in read
    listed = desk.get(reverse(NAME + "index") + "?waiting=coach")
    assert case.reference in text_of(listed)


def test_it_waits_on_one_party_and_for_that_nobody_is_asked_twice(desk, confidant):
    case = make_complaint()
    assert 'value="handler"' not in desk.get(url("waiting", case)).content.decode()
    assert post(desk, "waiting", case, party="handler").status_code == 422
    with pytest.raises(NotAllowed):
        wait_on(complaint=case, party=Party.HANDLER, by=confidant)


def test_a_closed_case_waits_on_nobody_else(desk, confidant):
    case = make_complaint()
    close(case, confidant)
    assert post(desk, "waiting", case, party="coach").status_code == 409


def test_the_complainant_is_not_told_whom_we_wait_on(desk, confidant):
    case = wait_on(complaint=make_complaint(), party=Party.COACH, by=confidant, note="Intern.")
    assert case.events.filter(kind=EventKind.WAITS).exists()
    assert b"Intern." not in bytes(case.events.get(kind=EventKind.WAITS).sealed)


def test_after_the_ruling_the_handler_is_next(confidant):
    case = move(make_complaint(), Stage.COMMITTEE, confidant)
    assert case.waiting_on == Party.COMMITTEE
    records.record_ruling(
        complaint=case, by=confidant, ruled_on=case.received_on, text="De afspraak vervalt."
    )
    case.refresh_from_db()
    assert case.waiting_on == Party.HANDLER


# To the committee.


def test_before_the_committee_it_is_said_whether_the_complainant_asked_and_agrees(desk, confidant):
    case = move(make_complaint(), Stage.MEDIATION, confidant)
    read = text_of(desk.get(url("move", case, choice="committee")))
    assert "De klager vroeg op deze site niet om de klachtencommissie." in read
    assert "nog geen toestemming om de klacht met de commissie te delen" in read
    with time_machine.travel("2030-03-04 12:00+00:00"):
        requests.ask_for_committee(complaint=case)
        given = {"complaint": case, "purpose": ConsentPurpose.COMMITTEE, "html": "<p>Ja.</p>"}
        record_consent(**given, is_given=True)
    read = text_of(desk.get(url("move", case, choice="committee")))
    assert "De klager vroeg op maandag 4 maart 2030 om de klachtencommissie." in read
    assert "vindt het sinds maandag 4 maart 2030 goed dat de commissie de klacht leest" in read
    with time_machine.travel("2030-03-05 12:00+00:00"):
        record_consent(**given, is_given=False)
    read = text_of(desk.get(url("move", case, choice="committee")))
    assert "De klager trok op dinsdag 5 maart 2030 de toestemming in" in read


def test_the_ground_is_asked_kept_and_shown_to_colleagues_only(desk, confidant):
    case = move(make_complaint(), Stage.MEDIATION, confidant)
    asked = {"choice": "committee", "reason": "Ze komen er niet uit."}
    page = desk.get(url("move", case, choice="committee")).content.decode()
    assert 'value="wished"' in page
    assert 'value="skipped"' not in page
    refused = post(desk, "move", case, **asked)
    assert refused.status_code == 422
    assert "Ze komen er niet uit." in refused.content.decode()
    assert post(desk, "move", case, **asked, ground="consented").status_code == 302
    case.refresh_from_db()
    assert case.stage == Stage.COMMITTEE
    assert open_history(case)[-1].content["ground"] == Referral.CONSENTED
    read = text_of(desk.get(url("inspect", case)))
    assert "Op welke grond Wij verwijzen, en de klager stemt ermee in" in read


def test_to_the_other_stages_no_ground_is_asked(desk):
    case = make_complaint()
    assert 'name="ground"' not in desk.get(url("move", case, choice="mediation")).content.decode()
    given = {"choice": "mediation", "reason": "Ze willen praten.", "ground": "wished"}
    assert post(desk, "move", case, **given).status_code == 302


# What was asked about data.


@pytest.fixture
def asked(confidant) -> Complaint:
    with time_machine.travel("2025-03-04 12:00+00:00"):
        case = make_complaint()
        rights.ask_right(complaint=case, right=Right.ERASURE, text="Ik wil er vanaf zijn.")
    return case


def test_r35_a_request_stands_in_the_case_file_with_its_date(desk, asked):
    with time_machine.travel("2025-03-05 12:00+00:00"):
        read = text_of(desk.get(url("inspect", asked)))
    due = asked.rights_requests.get().due_on
    assert "De klager vroeg op 4 maart 2025 om wissen. Je besluit is er uiterlijk" in read
    assert str(due.year) in read
    assert "Verzoek om wissen gevraagd op 4 maart 2025" in read
    assert "Alles wissen kan pas als de zaak is afgesloten." in read


def test_who_decides_reads_what_was_asked_and_until_when(desk, asked):
    with time_machine.travel("2025-03-05 12:00+00:00"):
        read = text_of(desk.get(url("decide", asked, choice="keep")))
    assert "De klager vroeg dit op dinsdag 4 maart 2025." in read
    assert "„Ik wil er vanaf zijn.”" in read


def test_a_closed_case_says_what_was_asked_and_what_became_of_it(desk, asked, confidant):
    with time_machine.travel("2025-03-05 12:00+00:00"):
        close(asked, confidant)
        read = text_of(desk.get(url("inspect", asked)))
        assert "om wissen. Je besluit is er uiterlijk" in read
        assert "Alles wissen kan pas" not in read
        rights.decide_right(
            complaint=asked, right=Right.ERASURE, is_granted=False, by=confidant, reason="Nee."
        )
        read = text_of(desk.get(url("inspect", asked)))
    assert "Je besluit is er uiterlijk" not in read
    assert "afgewezen op 5 maart 2025" in read


# Double complaints.


def test_the_case_that_is_kept_lists_its_doubles_as_far_as_its_reader_may_see_them(desk, confidant):
    kept = make_complaint()
    double, hidden = make_complaint(), make_complaint(route=Route.DEPUTY)
    for case in (double, hidden):
        close(case, confidant, Outcome.DUPLICATE, duplicate_of=kept)
    read = text_of(desk.get(url("inspect", kept)))
    assert f"Dubbele klachten hiervan {double.reference}" in read
    assert hidden.reference not in read


# Not admissible.


def test_r02_who_is_turned_away_reads_why_and_where_to_go(desk, confidant):
    from complaints.cases.contents import own_history
    from complaints.cases.sealing import case_key

    case = make_complaint()
    told = {"explanation": "Dit gaat over een andere instelling.", "elsewhere": "Bij die club."}
    given = {"choice": "not_admissible", "reason": "Niet van ons.", **told}
    assert post(desk, "close", case, **(given | {"explanation": " "})).status_code == 422
    assert post(desk, "close", case, **given).status_code == 302
    case.refresh_from_db()
    (closed,) = (h for h in own_history(case, case_key(case.pk)) if h.event.kind == "closed")
    assert closed.content == told
