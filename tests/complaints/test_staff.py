"""The case desk as its users see it: the list, the case file, the actions, what deleting says."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.db.models import CharField, TextField
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page

from complaints.cases import assessment, decisions, moves
from complaints.cases.contents import open_history
from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from complaints.models.keystore import KeyWrap
from complaints.models.pages import ProcedurePage
from complaints.questions import MAX_CHARACTERS
from complaints.staff.list.views import CASES_A_PAGE
from complaints.stages import CoachTold, Outcome, Route, Stage
from tests.factories import (
    make_answers,
    make_complaint,
    make_many_complaints,
    make_user,
    move,
    set_handling,
)

pytestmark = pytest.mark.django_db

NAME = "complaints_complaint_modeladmin_"
LIST = "/cms/complaints/complaint/"
EVERYTHING = f"{LIST}?whose=all&status=all"


@pytest.fixture
def confidant():
    return make_user("confidant")


@pytest.fixture
def desk(confidant) -> Client:
    client = Client()
    client.force_login(confidant)
    return client


def url_for(case, name: str = "inspect", **query) -> str:
    return reverse(NAME + name, args=[case.pk], query=query or None)


def text_of(answer) -> str:
    """What a person reads: tags out, entities and white space as on screen."""
    main = answer.content.decode().split("<main", 1)[-1]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def references(answer) -> list[str]:
    return re.findall(r'class="case-reference"[^>]*>([^<]+)<', answer.content.decode())


def case_in(stage: Stage, by) -> Complaint:
    """A case of that stage; in mediation with the advice that it can close with."""
    case = make_complaint()
    if stage is not Stage.FILING:
        case = move(case, stage, by)
    if stage is Stage.MEDIATION:
        decisions.give_advice(complaint=case, by=by, given_on=case.received_on, text="Praat.")
        case.refresh_from_db()
    return case


def withdraw(case, by):
    return moves.close_complaint(
        complaint=case, outcome=Outcome.WITHDRAWN, by=by, reason="Op verzoek."
    )


# The list.


def test_the_list_is_where_the_issue_says(desk):
    case = make_complaint()
    assert url_for(case) == f"{LIST}inspect/{case.pk}/"
    assert references(desk.get(LIST)) == [case.reference]


@time_machine.travel("2026-11-22 00:10:00+01:00")
def test_the_list_reads_at_a_glance(desk, confidant):
    """The clock stands ten past midnight: sixty days back lies before a change to summer time."""
    move(make_complaint(at=timezone.now() - timedelta(days=61)), Stage.COMMITTEE, confidant)
    read = text_of(desk.get(LIST))
    for words in ("Klachtencommissie", "61", "te laat", "Confidant Test"):
        assert words in read
    for heading in ("Kenmerk", "Fase", "Dagen open", "Termijn", "Behandelaar"):
        assert heading in read


@pytest.mark.parametrize(
    ("days", "words"), [(0, "binnen 3 werkdagen"), (-1, "te laat"), (30, "op tijd")]
)
def test_the_term_state_is_a_word(desk, days, words):
    case = make_complaint()
    due = timezone.localdate() + timedelta(days=days)
    Complaint.objects.filter(pk=case.pk).update(next_due_on=due)
    assert words in text_of(desk.get(LIST))


def test_a_closed_case_shows_its_outcome_and_comes_last(desk, confidant):
    closed = withdraw(make_complaint(), confidant)
    case = make_complaint()
    assert references(desk.get(LIST)) == [case.reference]
    answer = desk.get(EVERYTHING)
    assert references(answer) == [case.reference, closed.reference]
    assert "Afgesloten: ingetrokken" in text_of(answer)


def test_a_suspect_case_is_marked(desk):
    make_complaint()
    assert "Te controleren" not in desk.get(LIST).content.decode().split("<tbody>")[1]
    make_complaint(is_suspect=True)
    assert "klacht om te controleren" in text_of(desk.get(LIST))
    assert "Te controleren" in desk.get(LIST + "?suspect=True").content.decode().split("<tbody>")[1]


def test_a_suspect_case_that_is_no_misuse_joins_the_others(desk):
    case = make_complaint(is_suspect=True)
    url = reverse("complaints_complaint_modeladmin_check", args=[case.pk])
    assert references(desk.get(LIST)) == []
    answer = desk.post(url, {"reason": "Echt verhaal", "seen": case.event_count})
    assert answer.status_code == 302
    assert references(desk.get(LIST)) == [case.reference]


def test_a_case_without_handler_says_so(desk):
    set_handling(confidant=None)
    case = make_complaint()
    set_handling(confidant=desk.get(LIST).wsgi_request.user)
    assert case.handler is None
    assert "1 open zaak zonder behandelaar" in text_of(desk.get(LIST))
    answer = desk.get(f"{LIST}?whose=none")
    assert references(answer) == [case.reference]
    assert "Nog niemand" in text_of(answer).split("Kenmerk")[-1]


def test_filters(desk, confidant):
    filing, suspect = make_complaint(), make_complaint(is_suspect=True)
    mediation = move(make_complaint(), Stage.MEDIATION, confidant)
    closed = withdraw(make_complaint(), confidant)
    for query, expected in {
        "stage=mediation": {mediation},
        "stage=filing": {filing},
        "stage=filing&status=all": {filing, closed},
        "status=open": {filing, mediation},
        "status=all": {filing, mediation, closed},
        "status=closed": {closed},
        "outcome=withdrawn": {closed},
        "outcome=solved": set(),
        "suspect=True": {suspect},
        "suspect=all": {filing, mediation, suspect},
        "suspect=all&status=all": {filing, mediation, closed, suspect},
        "route=confidant": {filing, mediation},
        "route=deputy": set(),
        "stage=filing&status=open": {filing},
    }.items():
        found = references(desk.get(f"{LIST}?{query}"))
        assert set(found) == {case.reference for case in expected}, query


def test_search_is_on_the_reference_only(desk):
    case, other = make_complaint(), make_complaint()
    assert references(desk.get(LIST, {"q": case.reference.lower()})) == [case.reference]
    assert references(desk.get(LIST, {"q": "Verzonnen"})) == []
    assert references(desk.get(LIST, {"q": "confidant"})) == []
    assert "Geen klacht past hierbij" in text_of(desk.get(LIST, {"q": "Verzonnen"}))
    assert set(references(desk.get(LIST, {"q": "KM"}))) == {case.reference, other.reference}


@pytest.mark.parametrize(
    "query",
    [
        "sealed__contains=a",
        "handler__password__startswith=a",
        "nonsense=1",
        "nonsense__isnull=x",
        "stage=nonsense",
        "suspect=1",
        "p=0",
        "p=-1",
        "p=99999",
        "p=x",
        "o=99",
        "o=-x.y",
        "q=%00",
        "q=%FF",
        "export=csv",
        "export=xlsx",
        "e=1",
    ],
)
def test_a_query_string_adds_nothing_and_breaks_nothing(desk, query):
    case = make_complaint()
    answer = desk.get(f"{LIST}?{query}")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/html")
    if not query.startswith("q="):
        assert references(answer) == [case.reference]


def test_ordering_by_each_heading(desk, confidant):
    oldest_first = [make_complaint(at=timezone.now() - timedelta(days=d)) for d in (9, 3, 0)]
    names = [case.reference for case in oldest_first]
    for order, expected in {
        "due": names,
        "-due": names[::-1],
        "-days": names,
        "days": names[::-1],
        "reference": sorted(names),
        "-reference": sorted(names)[::-1],
    }.items():
        answer = desk.get(f"{LIST}?o={order}")
        assert references(answer) == expected, order
        sort = "descending" if order.startswith("-") else "ascending"
        assert answer.content.decode().count(f'aria-sort="{sort}"') == 1, order


def test_cases_without_a_term_come_last_either_way(desk, confidant):
    closed, case = withdraw(make_complaint(), confidant), make_complaint()
    assessment.record_coach_told(
        complaint=closed, by=confidant, answer=CoachTold.NO_COACH, note="Er was geen coach."
    )
    for order in ("due", "-due"):
        assert references(desk.get(f"{EVERYTHING}&o={order}")) == [case.reference, closed.reference]


def test_fifty_a_page(desk, confidant):
    make_many_complaints(CASES_A_PAGE + 10, handler=confidant)
    assert CASES_A_PAGE == 50
    assert len(references(desk.get(LIST))) == 50
    second = desk.get(f"{LIST}?p=2&stage=filing")
    assert len(references(second)) == 10
    assert 'aria-current="page"' in second.content.decode()
    assert "stage=filing" in second.content.decode()


def test_the_list_asks_the_same_number_of_queries_for_10_and_1000(desk, confidant):
    make_many_complaints(10, handler=confidant)
    desk.get(LIST)
    few = queries_of(desk)
    Complaint.objects.all().delete()
    make_many_complaints(1000, handler=confidant)
    many = queries_of(desk)
    assert len(few) == len(many) <= 29
    assert not [sql for sql in many if '"sealed"' in sql]


def queries_of(desk) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert desk.get(LIST).status_code == 200
    return [query["sql"] for query in captured]


def test_an_empty_desk_says_what_will_come(desk):
    assert "Er zijn nog geen klachten" in text_of(desk.get(LIST))


def test_the_desk_uses_wagtails_slim_header_and_breadcrumbs(desk):
    case = make_complaint()
    for url in (LIST, url_for(case), url_for(case, "note")):
        page = desk.get(url).content.decode()
        assert "w-slim-header" in page
        assert "w-breadcrumbs" in page
        assert "w-header__title" not in page
        assert page.count("<h1") == 1


def test_the_desks_policy_allows_nothing_inline(desk):
    case = make_complaint()
    for url in (LIST, url_for(case), url_for(case, "close", choice="ruled"), url_for(case, "note")):
        answer = desk.get(url)
        page = answer.content.decode()
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert not re.search(r"<[^>]+\sstyle=", page)
        assert "<style" not in page
        assert not re.search(r"<script(?![^>]*(src=|application/json))", page)


# The case file.


def test_the_case_file_shows_questions_and_answers_as_asked(desk):
    read = text_of(desk.get(url_for(make_complaint(answers=make_answers(phone="")))))
    assert "Vraag: problem Mijn coach belde drie afspraken achter elkaar af." in read
    assert "Vraag: phone Niet ingevuld" in read
    assert "Over jou" in read


def test_answers_are_plain_text(desk):
    hostile = "<script>alert(1)</script>\n<img src=x onerror=alert(2)>\n\n{{ 7|add:7 }} \"'"
    case = make_complaint(answers=make_answers(problem=hostile, name="<b>Noor</b>"))
    page = desk.get(url_for(case)).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>Noor" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>" in page
    assert "{{ 7|add:7 }}" in page


def test_what_staff_write_is_plain_text_too(desk, confidant):
    case = make_complaint()
    moves.add_note(complaint=case, by=confidant, note="<script>alert(3)</script>")
    assert "<script>alert" not in desk.get(url_for(case)).content.decode()


def test_the_case_file_says_who_can_read_it(desk):
    make_user("deputy")
    make_user("handler", username="ander")
    read = text_of(desk.get(url_for(make_complaint())))
    assert "Wie dit dossier kan lezen Confidant Test (vertrouwenspersoon)" in read
    assert "Deputy Test" not in read
    assert "Ander Test" not in read


def test_the_ladder_tells_where_the_case_stands(desk, confidant):
    case = move(make_complaint(), Stage.COMMITTEE, confidant)
    read = text_of(desk.get(url_for(case)))
    assert "Ingediend Geweest" in read
    assert "Bemiddeling Overgeslagen" in read
    assert "Klachtencommissie Hier staat de zaak" in read
    assert "Bindend voor beide partijen" in read
    withdraw(case, confidant)
    assert "Klachtencommissie Hier is de zaak afgesloten" in text_of(desk.get(url_for(case)))


def test_the_history_is_in_plain_dutch(desk, confidant):
    case = move(make_complaint(), Stage.MEDIATION, confidant)
    read = text_of(desk.get(url_for(case)))
    assert "Klacht ingediend" in read
    assert "door de klager" in read
    assert "Van Ingediend naar Bemiddeling" in read
    assert "door Confidant Test" in read
    assert "Toelichting Verder." in read


def test_the_history_survives_the_person(desk, confidant):
    other = make_user("handler")
    case = make_complaint()
    moves.add_note(complaint=case, by=other, note="Gezien.")
    other.delete()
    assert "door iemand die geen account meer heeft" in text_of(desk.get(url_for(case)))


@pytest.mark.parametrize("change", [{"kind": "closed"}, {"stage_to": "x"}, {"sealed": b"x"}])
def test_a_history_that_was_tampered_with_is_shown_with_a_warning(desk, confidant, change):
    case = make_complaint()
    moves.add_note(complaint=case, by=confidant, note="Gezien.")
    url = url_for(case)
    assert "klopt niet" not in text_of(desk.get(url))
    case.events.filter(number=2).update(**change)
    answer = desk.get(url)
    assert answer.status_code == 200
    assert "De geschiedenis van deze zaak klopt niet." in text_of(answer)


def test_a_contact_that_never_was_is_not_shown_as_made(desk, confidant):
    closed = withdraw(make_complaint(), confidant)
    assert "vervallen: de zaak is afgesloten zonder contact" in text_of(desk.get(url_for(closed)))
    case = make_complaint()
    moves.record_contact(complaint=case, by=confidant, note="Gebeld.")
    withdraw(case, confidant)
    assert "zonder contact" not in text_of(desk.get(url_for(case)))


def test_an_erased_case_says_that_its_content_is_gone(desk):
    case = make_complaint()
    KeyWrap.objects.filter(complaint_id=case.pk).delete()
    answer = desk.get(url_for(case))
    assert answer.status_code == 200
    assert "Deze tekst kan niet worden geopend" in text_of(answer)


def test_consents_are_shown_in_the_words_they_were_asked(desk):
    read = text_of(desk.get(url_for(make_complaint())))
    assert "Klacht verwerken op deze site" in read
    assert "Ik vind goed dat mijn klacht wordt bewaard." in read


@pytest.mark.parametrize("stage", Stage)
def test_only_what_is_allowed_now_is_offered(desk, confidant, stage):
    case = case_in(stage, confidant)
    page = desk.get(url_for(case)).content.decode()
    for to in Stage:
        assert (f"move/{case.pk}/?choice={to.value}" in page) is (to in stage.next_stages)
    for outcome in Outcome:
        offered = f"close/{case.pk}/?choice={outcome.value}" in page
        assert offered is (outcome in stage.outcomes)
    assert f"reopen/{case.pk}/" not in page
    assert f"Vanuit {stage.label} kan een zaak alleen naar" in page


def test_a_closed_case_offers_reopening_and_a_note_only(desk, confidant):
    case = withdraw(make_complaint(), confidant)
    page = desk.get(url_for(case)).content.decode()
    assert f"reopen/{case.pk}/" in page
    assert f"note/{case.pk}/" in page
    for name in ("move", "close", "contact"):
        assert f"{name}/{case.pk}/" not in page


def test_a_duplicate_links_only_to_a_case_one_may_see(desk, confidant):
    seen, unseen = make_complaint(), make_complaint()
    for other, is_linked in ((seen, True), (unseen, False)):
        case = moves.close_complaint(
            complaint=make_complaint(),
            outcome=Outcome.DUPLICATE,
            by=confidant,
            reason="Twee keer verstuurd.",
            duplicate_of=other,
        )
        if not is_linked:
            Complaint.objects.filter(pk=other.pk).update(route=Route.DEPUTY, passed_over=confidant)
        assert (url_for(other) in desk.get(url_for(case)).content.decode()) is is_linked


# The actions.

GIVEN = {
    "finding": "De afspraken vielen uit.",
    "decisions": "Een andere coach.",
    "measures": "geen",
    "explanation": "Dit gaat niet over coaching.",
    "elsewhere": "Bij de huisarts.",
    "ruled_on": "2026-03-01",
}


def post(desk, case, name, **data):
    return desk.post(url_for(case, name), {"seen": case.event_count, "reason": "Omdat."} | data)


@pytest.mark.parametrize("name", ["contact", "note"])
def test_an_action_is_stored_with_its_reason(desk, confidant, name):
    case = make_complaint()
    answer = post(desk, case, name, reason="Gebeld om tien uur.")
    assert (answer.status_code, answer.url) == (302, url_for(case))
    last = open_history(case)[-1]
    assert last.content == {"reason": "Gebeld om tien uur."}
    assert last.event.actor == confidant


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("to", Stage)
def test_moves_by_address(desk, confidant, stage, to):
    case = case_in(stage, confidant)
    is_allowed = to in stage.next_stages
    grounds = [found.value for found in stage.grounds_for(to)]
    form = desk.get(url_for(case, "move", choice=to.value))
    answer = post(desk, case, "move", choice=to.value, ground=grounds[:1])
    assert (form.status_code, answer.status_code) == ((200, 302) if is_allowed else (409, 409))
    case.refresh_from_db()
    assert case.stage == (to if is_allowed else stage)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("outcome", Outcome)
def test_outcomes_by_address(desk, confidant, stage, outcome):
    case = case_in(stage, confidant)
    given = {name: GIVEN[name] for name in outcome.needs if name in GIVEN}
    if "duplicate_of" in outcome.needs:
        given["duplicate_of"] = f" {make_complaint().reference.lower()} "
    is_allowed = outcome in stage.outcomes
    form = desk.get(url_for(case, "close", choice=outcome.value))
    answer = post(desk, case, "close", choice=outcome.value, **given)
    assert (form.status_code, answer.status_code) == ((200, 302) if is_allowed else (409, 409))
    case.refresh_from_db()
    assert case.outcome == (outcome if is_allowed else "")


@pytest.mark.parametrize(
    ("outcome", "missing"), [(outcome, name) for outcome in Outcome for name in outcome.needs]
)
def test_r02_closing_without_what_the_outcome_needs_keeps_what_was_typed(
    desk, confidant, outcome, missing
):
    case = case_in(next(stage for stage in Stage if outcome in stage.outcomes), confidant)
    given = {n: GIVEN.get(n, "KM-0000-0000") for n in outcome.needs if n != missing}
    answer = post(desk, case, "close", choice=outcome.value, reason="Mijn reden 5521", **given)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#id_{missing}"' in page
    assert f'id="id_{missing}_error"' in page
    assert "Mijn reden 5521" in page
    assert all(value in page for value in given.values())
    assert "<title>Fout: " in re.sub(r"<title>\s+", "<title>", page)
    case.refresh_from_db()
    assert case.is_open


@pytest.mark.parametrize("name", ["contact", "note", "move", "close"])
@pytest.mark.parametrize("reason", ["", "   ", "x" * (MAX_CHARACTERS + 1), "nul\x00"])
def test_a_reason_to_mend_is_a_422(desk, name, reason):
    case = make_complaint()
    choice = {"move": "mediation", "close": "withdrawn"}.get(name, "")
    answer = post(desk, case, name, choice=choice, reason=reason)
    assert answer.status_code == 422
    case.refresh_from_db()
    assert case.event_count == 1


def test_r61_messages_say_how_to_mend_it(desk, confidant):
    case = move(make_complaint(), Stage.COMMITTEE, confidant)
    answer = post(desk, case, "close", choice="ruled", reason="", ruled_on="31 foo")
    read = text_of(answer).lower()
    assert "schrijf de datum als dag-maand-jaar" in read
    for word in ("ongeldig", "geldige", "sorry", "oeps", "verplicht"):
        assert word not in read


def test_a_ruling_is_not_in_the_future(desk, confidant):
    case = move(make_complaint(), Stage.COMMITTEE, confidant)
    tomorrow = timezone.localdate() + timedelta(days=1)
    given = {name: GIVEN[name] for name in Outcome.RULED.needs}
    answer = post(
        desk, case, "close", choice="ruled", **(given | {"ruled_on": tomorrow.isoformat()})
    )
    assert answer.status_code == 422
    assert post(desk, case, "close", choice="ruled", **given).status_code == 302
    assert open_history(case)[-1].content["ruled_on"] == date(2026, 3, 1).isoformat()
    assert "1 maart 2026" in text_of(desk.get(url_for(case)))


def test_the_date_field_is_the_browsers_own(desk, confidant):
    case = move(make_complaint(), Stage.COMMITTEE, confidant)
    page = desk.get(url_for(case, "close", choice="ruled")).content.decode()
    assert 'type="date"' in page
    assert "date_time_chooser" not in page


def test_a_duplicate_of_a_case_one_may_not_see_is_a_case_that_is_not_there(desk):
    case, hidden = make_complaint(), make_complaint(route=Route.DEPUTY)
    messages = set()
    for reference in (hidden.reference, "KM-0000-0000", case.reference):
        answer = post(desk, case, "close", choice="duplicate", duplicate_of=reference)
        assert answer.status_code == 422
        messages |= set(answer.context["form"].errors["duplicate_of"])
    assert len(messages) == 1


def test_an_action_without_a_choice_asks_for_one(desk):
    case = make_complaint()
    form = desk.get(url_for(case, "close"))
    assert form.status_code == 200
    assert "Afsluiten: niet ontvankelijk" in text_of(form)
    assert post(desk, case, "close").status_code == 422


@pytest.mark.parametrize("name", ["move", "close"])
def test_an_unknown_choice_is_not_there(desk, name):
    case = make_complaint()
    assert desk.get(url_for(case, name, choice="nonsense")).status_code == 404
    assert post(desk, case, name, choice="nonsense").status_code == 404


@pytest.mark.parametrize("name", ["contact", "move", "close"])
def test_a_closed_case_takes_no_action_and_gives_back_what_was_typed(desk, confidant, name):
    case = withdraw(make_complaint(), confidant)
    choice = {"move": "mediation", "close": "withdrawn"}.get(name, "")
    assert desk.get(url_for(case, name, choice=choice)).status_code == 409
    answer = post(desk, case, name, choice=choice, reason="Mijn lange tekst 5521")
    assert answer.status_code == 409
    assert "Mijn lange tekst 5521" in answer.content.decode()
    assert "De zaak is afgesloten: ingetrokken." in text_of(answer)
    assert url_for(case) in answer.content.decode()


def test_reopening_by_address(desk, confidant):
    case = withdraw(make_complaint(), confidant)
    assert desk.get(url_for(case, "reopen")).status_code == 200
    assert post(desk, case, "reopen").status_code == 302
    case.refresh_from_db()
    assert case.is_open
    assert desk.get(url_for(case, "reopen")).status_code == 409


def test_a_case_that_changed_meanwhile_is_not_overwritten(desk, confidant):
    case = make_complaint()
    moves.add_note(complaint=case, by=confidant, note="Geheim van een ander.")
    answer = post(desk, case, "move", choice="mediation", reason="Mijn lange tekst 5521")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Er is intussen iets gebeurd in deze zaak" in page
    assert "Notitie" in text_of(answer)
    assert "Mijn lange tekst 5521" in page
    case.refresh_from_db()
    assert (case.stage, case.event_count) == (Stage.FILING, 2)
    again = re.search(r'name="seen" value="(\d+)"', page).group(1)
    assert post(desk, case, "move", choice="mediation", seen=again).status_code == 302


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 400, "1.5"])
def test_a_damaged_form_is_a_422_or_409(desk, seen):
    case = make_complaint()
    assert post(desk, case, "note", seen=seen).status_code in (409, 422)
    case.refresh_from_db()
    assert case.event_count == 1


def test_forms_post_with_a_csrf_token(confidant):
    client = Client(enforce_csrf_checks=True)
    client.force_login(confidant)
    case = make_complaint()
    assert post(client, case, "note").status_code == 403
    assert "csrfmiddlewaretoken" in client.get(url_for(case, "note")).content.decode()


# Deleting what complaints point at.


@pytest.fixture
def pages():
    root = Page.objects.get(depth=1)
    procedure = root.add_child(instance=filled(ProcedurePage, "procedure"))
    form = procedure.add_child(instance=filled(ComplaintFormPage, "formulier"))
    return {"procedure": procedure, "form": form}


def filled(kind, slug: str) -> Page:
    """A page with something in each of its own texts, whichever of them are required."""
    own = (
        field for field in kind._meta.local_fields if field.get_internal_type() != "OneToOneField"
    )
    texts = {field.name: "Tekst" for field in own if isinstance(field, CharField | TextField)}
    return kind(title=slug, slug=slug, **texts)


@pytest.mark.parametrize("which", ["procedure", "form"])
def test_deleting_a_page_loses_no_complaint_and_says_so(pages, which, desk):
    case = make_complaint(form_page_id=pages["form"].pk)
    client = Client()
    client.force_login(make_user("superuser"))
    url = reverse("wagtailadmin_pages:delete", args=[pages[which].pk])
    page = client.get(url).content.decode()
    assert "Er gaat geen klacht verloren" in page
    assert case.reference not in page
    assert client.post(url).status_code == 302
    assert not Page.objects.filter(pk=pages["form"].pk).exists()
    case.refresh_from_db()
    assert case.form_page is None
    assert "Mijn coach belde" in text_of(desk.get(url_for(case)))


def test_the_cms_carries_the_organisations_name(client):
    page = client.get("/cms/login/").content.decode()
    assert "Inloggen bij AKM KunstMaat" in page
    assert "css/cms.css" in page
    assert "Wagtail" not in re.sub(r"wagtail\w*", "", text_of(client.get("/cms/login/")))
