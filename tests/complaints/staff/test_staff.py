"""The case desk as its users see it: the list, the case file, the actions, what deleting says."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils import timezone

from complaints.cases import moves, records
from complaints.cases.contents import open_history
from complaints.models.case import Complaint
from complaints.models.keys_and_files import KeyWrap
from complaints.questions import MAX_CHARACTERS
from complaints.staff.list.views import CASES_A_PAGE
from complaints.stages import Outcome, Route, Stage
from tests.desk import LIST, changed, references, text_of, url
from tests.factories import (
    close,
    coach_told,
    make_answers,
    make_complaint,
    make_many_complaints,
    make_user,
    move,
)

pytestmark = pytest.mark.django_db

EVERYTHING = f"{LIST}?whose=all&status=all"


def case_in(stage: Stage, by) -> Complaint:
    """A case of that stage; in mediation with the advice that it can close with."""
    case = make_complaint()
    if stage is not Stage.FILING:
        case = move(case, stage, by)
    if stage is Stage.MEDIATION:
        records.give_advice(complaint=case, by=by, given_on=case.received_on, text="Praat.")
        case.refresh_from_db()
    return case


# The list.


def test_the_list_is_where_the_issue_says(desk):
    case = make_complaint()
    assert url("inspect", case) == f"{LIST}inspect/{case.pk}/"
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


def test_a_closed_case_shows_its_outcome_and_comes_last(desk, confidant):
    closed = close(make_complaint(), confidant)
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
    assert references(desk.get(LIST)) == []
    answer = desk.post(url("check", case), {"reason": "Echt verhaal", "seen": case.event_count})
    assert answer.status_code == 302
    assert references(desk.get(LIST)) == [case.reference]


def test_a_query_string_adds_nothing_and_breaks_nothing(desk):
    case = make_complaint()
    for query in (
        *("sealed__contains=a", "handler__password__startswith=a", "nonsense=1", "p=0", "p=-1"),
        *("nonsense__isnull=x", "stage=nonsense", "suspect=1", "p=99999", "p=x", "o=99", "o=-x.y"),
        *("export=csv", "export=xlsx", "e=1", "q=%00", "q=%FF"),
    ):
        answer = desk.get(f"{LIST}?{query}")
        assert answer.status_code == 200, query
        assert answer["Content-Type"].startswith("text/html"), query
        if not query.startswith("q="):
            assert references(answer) == [case.reference], query


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
    closed, case = close(make_complaint(), confidant), make_complaint()
    coach_told(closed, confidant)
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


def test_the_desk_uses_wagtails_slim_header_and_breadcrumbs(desk):
    case = make_complaint()
    for address in (LIST, url("inspect", case), url("note", case)):
        page = desk.get(address).content.decode()
        assert "w-slim-header" in page
        assert "w-breadcrumbs" in page
        assert "w-header__title" not in page
        assert page.count("<h1") == 1


def test_the_desks_policy_allows_nothing_inline(desk):
    case = make_complaint()
    forms = (url("close", case, choice="ruled"), url("note", case))
    for address in (LIST, url("inspect", case), *forms):
        answer = desk.get(address)
        page = answer.content.decode()
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert not re.search(r"<[^>]+\sstyle=", page)
        assert "<style" not in page
        assert not re.search(r"<script(?![^>]*(src=|application/json))", page)


# The case file.


def test_the_case_file_shows_questions_and_answers_as_asked(desk):
    read = text_of(desk.get(url("inspect", make_complaint(answers=make_answers(phone="")))))
    assert "Vraag: problem Mijn coach belde drie afspraken achter elkaar af." in read
    assert "Vraag: phone Niet ingevuld" in read
    assert "Over jou" in read


def test_answers_are_plain_text(desk):
    hostile = "<script>alert(1)</script>\n<img src=x onerror=alert(2)>\n\n{{ 7|add:7 }} \"'"
    case = make_complaint(answers=make_answers(problem=hostile, name="<b>Noor</b>"))
    page = desk.get(url("inspect", case)).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>Noor" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>" in page
    assert "{{ 7|add:7 }}" in page


def test_what_staff_write_is_plain_text_too(desk, confidant):
    case = make_complaint()
    moves.add_note(complaint=case, by=confidant, note="<script>alert(3)</script>")
    assert "<script>alert" not in desk.get(url("inspect", case)).content.decode()


def test_the_case_file_says_who_can_read_it(desk):
    make_user("deputy")
    make_user("handler", username="ander")
    read = text_of(desk.get(url("inspect", make_complaint())))
    assert "Wie dit dossier kan lezen Confidant Test (vertrouwenspersoon)" in read
    assert "Deputy Test" not in read
    assert "Ander Test" not in read


def test_the_ladder_tells_where_the_case_stands(desk, confidant):
    case = move(make_complaint(), Stage.COMMITTEE, confidant)
    read = text_of(desk.get(url("inspect", case)))
    assert "Ingediend Geweest" in read
    assert "Bemiddeling Overgeslagen" in read
    assert "Klachtencommissie Hier staat de zaak" in read
    assert "Bindend voor beide partijen" in read
    close(case, confidant)
    assert "Klachtencommissie Hier is de zaak afgesloten" in text_of(desk.get(url("inspect", case)))


def test_the_history_is_in_plain_dutch(desk, confidant):
    case = move(make_complaint(), Stage.MEDIATION, confidant)
    read = text_of(desk.get(url("inspect", case)))
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
    assert "door iemand die geen account meer heeft" in text_of(desk.get(url("inspect", case)))


@pytest.mark.parametrize("change", [{"kind": "closed"}, {"stage_to": "x"}, {"sealed": b"x"}])
def test_a_history_that_was_tampered_with_is_shown_with_a_warning(desk, confidant, change):
    case = make_complaint()
    moves.add_note(complaint=case, by=confidant, note="Gezien.")
    file = url("inspect", case)
    assert "klopt niet" not in text_of(desk.get(file))
    case.events.filter(number=2).update(**change)
    answer = desk.get(file)
    assert answer.status_code == 200
    assert "De geschiedenis van deze zaak klopt niet." in text_of(answer)


def test_a_contact_that_never_was_is_not_shown_as_made(desk, confidant):
    closed = close(make_complaint(), confidant)
    page = text_of(desk.get(url("inspect", closed)))
    assert "vervallen: de zaak is afgesloten zonder contact" in page
    case = make_complaint()
    moves.record_contact(complaint=case, by=confidant, note="Gebeld.")
    close(case, confidant)
    assert "zonder contact" not in text_of(desk.get(url("inspect", case)))


def test_an_erased_case_says_that_its_content_is_gone(desk):
    case = make_complaint()
    KeyWrap.objects.filter(complaint_id=case.pk).delete()
    answer = desk.get(url("inspect", case))
    assert answer.status_code == 200
    assert "Deze tekst kan niet worden geopend" in text_of(answer)


def test_consents_are_shown_in_the_words_they_were_asked(desk):
    read = text_of(desk.get(url("inspect", make_complaint())))
    assert "Klacht verwerken op deze site" in read
    assert "Ik vind goed dat mijn klacht wordt bewaard." in read


@pytest.mark.parametrize("stage", Stage)
def test_only_what_is_allowed_now_is_offered(desk, confidant, stage):
    case = case_in(stage, confidant)
    page = desk.get(url("inspect", case)).content.decode()
    for to in Stage:
        assert (f"move/{case.pk}/?choice={to.value}" in page) is (to in stage.next_stages)
    for outcome in Outcome:
        offered = f"close/{case.pk}/?choice={outcome.value}" in page
        assert offered is (outcome in stage.outcomes)
    assert f"reopen/{case.pk}/" not in page
    assert f"Vanuit {stage.label} kan een zaak alleen naar" in page


def test_a_closed_case_offers_reopening_and_a_note_only(desk, confidant):
    case = close(make_complaint(), confidant)
    page = desk.get(url("inspect", case)).content.decode()
    assert f"reopen/{case.pk}/" in page
    assert f"note/{case.pk}/" in page
    for name in ("move", "close", "contact"):
        assert f"{name}/{case.pk}/" not in page


def test_a_duplicate_links_only_to_a_case_one_may_see(desk, confidant):
    seen, unseen = make_complaint(), make_complaint()
    for other, is_linked in ((seen, True), (unseen, False)):
        case = close(make_complaint(), confidant, Outcome.DUPLICATE, duplicate_of=other)
        if not is_linked:
            changed(other, route=Route.DEPUTY, passed_over=confidant)
        page = desk.get(url("inspect", case)).content.decode()
        assert (url("inspect", other) in page) is is_linked


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
    return desk.post(url(name, case), {"seen": case.event_count, "reason": "Omdat."} | data)


@pytest.mark.parametrize("name", ["contact", "note"])
def test_an_action_is_stored_with_its_reason(desk, confidant, name):
    case = make_complaint()
    answer = post(desk, case, name, reason="Gebeld om tien uur.")
    assert (answer.status_code, answer.url) == (302, url("inspect", case))
    last = open_history(case)[-1]
    assert last.content == {"reason": "Gebeld om tien uur."}
    assert last.event.actor == confidant


@pytest.mark.parametrize("stage", Stage)
def test_moves_by_address(desk, confidant, stage):
    case = case_in(stage, confidant)
    for to in Stage:
        grounds = [found.value for found in stage.grounds_for(to)]
        found = tried(desk, case, "move", choice=to.value, ground=grounds[:1])
        expected = (200, 302, to) if to in stage.next_stages else (409, 409, stage)
        assert (*found[:2], found[2].stage) == expected, to


@pytest.mark.parametrize("stage", Stage)
def test_outcomes_by_address(desk, confidant, stage):
    case, double = case_in(stage, confidant), make_complaint()
    for outcome in Outcome:
        given = {name: GIVEN[name] for name in outcome.needs if name in GIVEN}
        if "duplicate_of" in outcome.needs:
            given["duplicate_of"] = f" {double.reference.lower()} "
        found = tried(desk, case, "close", choice=outcome.value, **given)
        expected = (200, 302, outcome) if outcome in stage.outcomes else (409, 409, "")
        assert (*found[:2], found[2].outcome) == expected, outcome


def tried(desk, case, name, **given) -> tuple[int, int, Complaint]:
    """What the form and the post answer, and the case as it would be: all of it undone."""
    form = desk.get(url(name, case, choice=given["choice"]))
    with transaction.atomic():
        answer = post(desk, case, name, **given)
        after = Complaint.objects.get(pk=case.pk)
        transaction.set_rollback(True)
    return form.status_code, answer.status_code, after


@pytest.mark.parametrize("outcome", Outcome)
def test_r02_closing_without_what_the_outcome_needs_keeps_what_was_typed(desk, confidant, outcome):
    case = case_in(next(stage for stage in Stage if outcome in stage.outcomes), confidant)
    for missing in outcome.needs:
        given = {n: GIVEN.get(n, "KM-0000-0000") for n in outcome.needs if n != missing}
        answer = post(desk, case, "close", choice=outcome.value, reason="Mijn reden 5521", **given)
        page = answer.content.decode()
        assert answer.status_code == 422, missing
        assert f'href="#id_{missing}"' in page
        assert f'id="id_{missing}_error"' in page
        assert "Mijn reden 5521" in page
        assert all(value in page for value in given.values()), missing
        assert "<title>Fout: " in re.sub(r"<title>\s+", "<title>", page)
    case.refresh_from_db()
    assert case.is_open


def test_a_reason_to_mend_is_a_422(desk):
    case, choices = make_complaint(), {"move": "mediation", "close": "withdrawn"}
    for name in ("contact", "note", "move", "close"):
        for reason in ("", "   ", "x" * (MAX_CHARACTERS + 1), "nul\x00"):
            answer = post(desk, case, name, choice=choices.get(name, ""), reason=reason)
            assert answer.status_code == 422, (name, reason[:9])
    case.refresh_from_db()
    assert case.event_count == 1


def test_a_damaged_form_is_a_422_or_409(desk):
    case = make_complaint()
    for seen in ("", "x", "-1", "9" * 400, "1.5"):
        assert post(desk, case, "note", seen=seen).status_code in (409, 422), seen[:9]
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
    assert "1 maart 2026" in text_of(desk.get(url("inspect", case)))


def test_the_date_field_is_the_browsers_own(desk, confidant):
    case = move(make_complaint(), Stage.COMMITTEE, confidant)
    page = desk.get(url("close", case, choice="ruled")).content.decode()
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
    form = desk.get(url("close", case))
    assert form.status_code == 200
    assert "Afsluiten: niet ontvankelijk" in text_of(form)
    assert post(desk, case, "close").status_code == 422


@pytest.mark.parametrize("name", ["move", "close"])
def test_an_unknown_choice_is_not_there(desk, name):
    case = make_complaint()
    assert desk.get(url(name, case, choice="nonsense")).status_code == 404
    assert post(desk, case, name, choice="nonsense").status_code == 404


@pytest.mark.parametrize("name", ["contact", "move", "close"])
def test_a_closed_case_takes_no_action_and_gives_back_what_was_typed(desk, confidant, name):
    case = close(make_complaint(), confidant)
    choice = {"move": "mediation", "close": "withdrawn"}.get(name, "")
    assert desk.get(url(name, case, choice=choice)).status_code == 409
    answer = post(desk, case, name, choice=choice, reason="Mijn lange tekst 5521")
    assert answer.status_code == 409
    assert "Mijn lange tekst 5521" in answer.content.decode()
    assert "De zaak is afgesloten: ingetrokken." in text_of(answer)
    assert url("inspect", case) in answer.content.decode()


def test_reopening_by_address(desk, confidant):
    case = close(make_complaint(), confidant)
    assert desk.get(url("reopen", case)).status_code == 200
    assert post(desk, case, "reopen").status_code == 302
    case.refresh_from_db()
    assert case.is_open
    assert desk.get(url("reopen", case)).status_code == 409


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


def test_forms_post_with_a_csrf_token(confidant):
    client = Client(enforce_csrf_checks=True)
    client.force_login(confidant)
    case = make_complaint()
    assert post(client, case, "note").status_code == 403
    assert "csrfmiddlewaretoken" in client.get(url("note", case)).content.decode()


def test_the_cms_carries_the_organisations_name(client):
    page = client.get("/cms/login/").content.decode()
    assert "Inloggen bij AKM KunstMaat" in page
    assert "css/cms.css" in page
    assert "Wagtail" not in re.sub(r"wagtail\w*", "", text_of(client.get("/cms/login/")))
