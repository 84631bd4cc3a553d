"""The list of cases: what it shows by itself, what each filter shows, and that it stays quick."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.utils import timezone
from wagtail.users.models import UserProfile

from complaints.cases import requests, todo
from complaints.models.case import Complaint
from complaints.models.handling import Theme
from complaints.models.roster import Roster
from complaints.staff.list.filters import CaseFilters, Selection, next_case
from complaints.staff.list.views import CASES_A_PAGE
from complaints.stages import Outcome, Party, Stage, Status
from tests.desk import LIST, changed, post, references, says, url
from tests.factories import make_complaint, make_many_complaints

pytestmark = pytest.mark.django_db


def shown(desk, query: str = "") -> set[str]:
    answer = desk.get(f"{LIST}?{query}")
    assert answer.status_code == 200
    return set(references(answer))


def close(case: Complaint) -> Complaint:
    closed = {"status": Status.CLOSED, "outcome": Outcome.WITHDRAWN, "closed_at": timezone.now()}
    return changed(case, next_due_on=None, **closed)


def test_all_open_cases_with_the_nearest_date_first_and_mine_apart_or_by_a_heading(desk, other):
    """A closed case shows its outcome and comes last either way."""
    today, days = timezone.localdate(), {"late": -2, "theirs": 0, "nobody": 1, "mine": 9}
    cases = {
        name: changed(
            make_complaint(at=timezone.now() - timedelta(days=20 - day)),
            next_due_on=today + timedelta(days=day),
        )
        for name, day in days.items()
    }
    cases["undated"] = changed(make_complaint(), next_due_on=None)
    changed(cases["theirs"], handler=other), changed(cases["nobody"], handler=None)
    closed, in_order = close(make_complaint()), [case.reference for case in cases.values()]
    answer = desk.get(LIST)
    assert references(answer) == in_order
    says(answer, "5 open zaken", "Nog niemand", "Ander Test")
    says(desk.get(f"{LIST}?whose=mine"), "3 open zaken")
    assert shown(desk, "whose=mine") == {
        cases[name].reference for name in ("late", "mine", "undated")
    }
    *dated, undated = in_order
    for order, arrow, expected in (
        ("due", "up", in_order),
        ("-due", "down", [*dated[::-1], undated]),
        ("received", "up", in_order),
        ("-received", "down", in_order[::-1]),
    ):
        answer = desk.get(f"{LIST}?ordering={order}")
        assert references(answer) == expected, order
        assert f"icon-arrow-{arrow}-after teal" in answer.content.decode(), order
    for order in ("", "due", "-due"):
        answer = desk.get(f"{LIST}?whose=all&status=all&ordering={order}")
        assert set(references(answer)[4:]) == {undated, closed.reference}, order
        says(answer, "Ingetrokken")


@time_machine.travel("2026-11-22 00:10:00+01:00", tick=False)
def test_a_row_says_what_a_handler_has_to_know(desk):
    """The clock stands ten past midnight: sixty days back lies before a change to summer time."""
    case = make_complaint(at=timezone.now() - timedelta(days=61))
    late = timezone.localdate() - timedelta(days=1)
    changed(case, waiting_on=Party.COACH, stage=Stage.MEDIATION, next_due_on=late)
    row = says(
        desk.get(LIST),
        *("Klacht", "Fase", "Ontvangen", "Termijn", "Behandelaar"),
        *(case.reference, "Noor Verzonnen", "nieuwe klacht", "Bemiddeling", "22-9-2026"),
        *("1 dag te laat Persoonlijk contact", "Confidant Test wacht op de kunstcoach"),
    )
    assert "de klok staat stil" not in row
    changed(case, is_unread=False, paused_on=timezone.localdate(), waiting_on=Party.HANDLER)
    row = says(desk.get(LIST), "de klok staat stil", "wacht op jou")
    assert "nieuwe klacht" not in row
    for days, words in ((0, "vandaag"), (1, "nog 1 dag"), (3, "nog 3 dagen"), (-8, "8 dagen te")):
        changed(case, next_due_on=timezone.localdate() + timedelta(days=days))
        says(desk.get(LIST), words)


def test_the_buttons_above_the_list_are_of_what_is_shown_in_ones_own_language(desk, confidant):
    """They are kept from one page for the next."""
    for query in ("?", "?stage=mediation", "?unread=yes&ordering=-due", "?"):
        assert f'/export/{query}"' in unescape(desk.get(f"{LIST}{query}").content.decode())
    dutch = desk.get(LIST).content.decode()
    UserProfile.objects.update_or_create(user=confidant, defaults={"preferred_language": "en"})
    english = desk.get(LIST).content.decode()
    for theirs, ours in (("Show keyboard shortcuts", "Toon sneltoetsen"), ("Export", "Exporteren")):
        assert theirs in english
        assert ours in dutch
        assert ours not in english


@pytest.fixture
def spread(confidant, other):
    """One case for each word of each filter that the first case does not have."""
    fields = {
        "plain": {"is_unread": False},
        "theirs": {"handler": other},
        "nobody": {"handler": None},
        "closed": {},
        "mediation": {"stage": Stage.MEDIATION},
        "late": {"next_due_on": timezone.localdate() - timedelta(days=1)},
        "soon": {"next_due_on": timezone.localdate()},
        "undated": {"next_due_on": None},
        "money": {"theme": Theme.objects.create(name="Geld")},
        "coach": {"waiting_on": Party.COACH},
        "suspect": {"is_suspect": True},
    }
    far = {"next_due_on": timezone.localdate() + timedelta(days=30), "is_unread": False}
    cases = {name: changed(make_complaint(), **{**far, **own}) for name, own in fields.items()}
    close(cases["closed"])
    changed(cases["plain"], is_unread=True)
    return cases


MINE = {"plain", "mediation", "late", "soon", "undated", "money", "coach"}
SEEN = MINE | {"theirs", "nobody"}
SHOWN_BY = {
    "": SEEN,
    "whose=mine": MINE,
    "whose=all": SEEN,
    "whose=none": {"nobody"},
    "whose=OTHER": {"theirs"},
    "status=closed": {"closed"},
    "whose=mine&status=all": MINE | {"closed"},
    "status=all": SEEN | {"closed"},
    "stage=mediation": {"mediation"},
    "stage=committee": set(),
    "term=late": {"late"},
    "term=soon": {"soon"},
    "term=none": {"undated"},
    "term=on_time": SEEN - {"late", "soon", "undated"},
    "term=late&status=all": {"late"},
    "theme=THEME": {"money"},
    "theme=none": SEEN - {"money"},
    "waiting=coach": {"coach"},
    "waiting=committee": set(),
    "unread=yes": {"plain"},
    "unread=no": SEEN - {"plain"},
    "outcome=withdrawn": {"closed"},
    "outcome=solved": set(),
    "whose=mine&waiting=handler": MINE - {"coach"},
    "severity=serious&route=deputy&source=letter": SEEN,  # filters no more
    "suspect=True": {"suspect"},
    "suspect=all&whose=mine": MINE | {"suspect"},
    "waiting=coach&unread=no&stage=filing": {"coach"},
    "waiting=coach&stage=mediation": set(),
}


def test_each_filter_shows_its_own_cases(desk, spread, other):
    theme, names = spread["money"].theme_id, {c.reference: name for name, c in spread.items()}
    for query, expected in SHOWN_BY.items():
        asked = query.replace("OTHER", str(other.pk)).replace("THEME", str(theme))
        assert {names[reference] for reference in shown(desk, asked)} == expected, query


@time_machine.travel("2026-11-23 09:00:00+01:00", tick=False)
def test_the_filter_on_terms_says_what_the_list_says(desk):
    """Every day from ten before to ten after today is in the one state its row shows."""
    for days in range(-10, 11):
        changed(make_complaint(), next_due_on=timezone.localdate() + timedelta(days=days))
    found = []
    for word in ("late", "soon", "on_time"):
        answer = desk.get(f"{LIST}?term={word}")
        rows = answer.content.decode().split("<tbody>")[1]
        assert rows.count(f'class="term term--{word}"') == len(references(answer)) > 0
        found += references(answer)
    assert len(found) == 21


def test_what_is_filtered_is_said_in_words_each_with_a_way_back(desk):
    """Wagtail's own pills: their crosses ask for the results without that filter."""
    make_complaint()
    answer = desk.get(f"{LIST}?stage=filing&unread=yes&ordering=-received&p=2")
    says(answer, "Fase: Ingediend", "Nieuw: Ja")
    crosses = re.findall(
        r'src-value="([^"]+)"\s+[^>]*\s+class="w-pill__remove"', answer.content.decode()
    )
    asked = [dict(parse_qsl(urlsplit(unescape(cross)).query)) for cross in crosses]
    kept = {"ordering": "-received", "_w_filter_fragment": "1"}
    assert asked == [kept | {"unread": "yes"}, kept | {"stage": "filing"}]
    for cross in crosses:
        results = desk.get(unescape(cross))
        assert len(references(results)) == 1
        assert "<html" not in results.content.decode()


def test_an_empty_list_says_what_there_is_also_what_came_in_after_closing(desk):
    says(desk.get(LIST), "Er zijn nog geen klachten")
    changed(close(make_complaint()), is_unread=False)
    says(desk.get(LIST), "Je hebt geen open zaken.")
    calm = "Niets. Geen van je zaken is te laat, bijna te laat of ongelezen."
    says(desk.get("/cms/"), calm, "Je hebt geen open zaken.")
    says(desk.get(f"{LIST}?stage=committee"), "Geen klacht past hierbij.")
    case = requests.withdraw_complaint(complaint=make_complaint())
    says(desk.get("/cms/"), "1 afgesloten zaak is ongelezen", "Je hebt geen open zaken.")
    assert references(desk.get(f"{LIST}?unread=yes")) == [case.reference]
    assert references(desk.get(LIST)) == []


def test_start_page_badge_digest_and_quick_filters_say_what_the_list_shows(desk, spread, confidant):
    """One count each, wherever it stands; and each line leads to just those cases."""
    changed(spread["suspect"], is_unread=True)
    changed(spread["closed"], next_due_on=timezone.localdate() - timedelta(days=3))
    start = desk.get("/cms/").content.decode()
    panel = start.split('id="desk-panel-heading"')[1].split("</section>")[0]
    lines = re.findall(r'<a href="([^"]+)">(\d+) ([^<]+)</a>', panel)
    assert [f"{number} {words}" for _link, number, words in lines] == [
        *("1 zaak is te laat", "1 zaak heeft een termijn binnen 3 werkdagen"),
        *("1 zaak is ongelezen", "1 afgesloten zaak is te laat", "6 zaken wachten op jou"),
        "1 zaak heeft nog geen behandelaar",
    ]
    for link, number, words in lines:
        assert len(references(desk.get(unescape(link)))) == int(number), words
    assert "Klachten, 1 ongelezen" in start
    assert f"Je hebt {len(shown(desk, 'whose=mine'))} open zaken." in panel

    sentences = todo.todo_of(confidant, Roster.read()).sentences  # of which the digest is made
    assert list(sentences.values()) == [f"{number} {words}" for _link, number, words in lines]

    page = desk.get(LIST).content.decode().split('aria-label="Snelle filters"')[1]
    quick = re.findall(r'href="([^"]+)"( aria-current="page")?>([^<]+)<', page.split("</nav>")[0])
    assert [words for _url, _on, words in quick] == ["Alles", "Te laat", "Nieuw", "Wacht op mij"]
    assert [bool(on) for _url, on, _words in quick] == [True, False, False, False]
    for (link, _on, words), count in zip(quick, (len(SEEN), 2, 1, 6), strict=True):
        answer = desk.get(unescape(link))
        assert len(references(answer)) == count, words
        assert f'aria-current="page">{words}<' in answer.content.decode()


def test_the_next_case_follows_the_filter_of_the_list(confidant, desk):
    today = timezone.localdate()
    first, second, third = (
        changed(make_complaint(), next_due_on=today + timedelta(days=days), stage=stage)
        for days, stage in ((1, Stage.FILING), (2, Stage.MEDIATION), (3, Stage.FILING))
    )
    for kept, after, expected in (
        ("", first, second),
        ("", third, first),
        ("stage=filing", first, third),
        ("stage=filing", second, first),
        ("stage=mediation", second, None),
        ("stage=committee", first, None),
        ("ordering=-due", third, second),
        ("nonsense=%00&q=x", first, second),
    ):
        assert next_case(confidant, kept, after) == expected, (kept, after)
    answer = desk.get(f"{LIST}?stage=filing&term=soon").content.decode()
    assert f"inspect/{third.pk}/?filter=stage%3Dfiling%26term%3Dsoon" in unescape(answer)
    kept = {"filter": "stage=filing"}
    page = desk.get(url("inspect", first), kept).content.decode()
    assert f"{LIST}?stage=filing" in page  # the way back
    onward = re.search(r'href="([^"]*/volgende/[^"]*)"', page)[1]
    assert (
        desk.get(unescape(onward))["Location"] == f"{url('inspect', third)}?filter=stage%3Dfiling"
    )
    assert "?filter" not in desk.get(LIST).content.decode()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's own plan")
def test_the_list_of_all_is_read_in_order_and_not_sorted_whole(confidant):
    make_many_complaints(300, handler=confidant)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for query in ("whose=all", "whose=all&stage=committee", "suspect=True"):
        plan = Selection(confidant, QueryDict(query)).ordered()[: CASES_A_PAGE + 1].explain()
        assert "USING INDEX complaint_list" in plan, query
        assert "USE TEMP B-TREE FOR ORDER BY" not in plan, query  # for the rest of a tie it may


def test_every_page_can_be_reached(desk, confidant):
    make_many_complaints(130, handler=confidant)
    pages = [desk.get(f"{LIST}?stage=filing&p={number}") for number in range(1, 8)]
    says(pages[0], "130 open zaken", "Pagina 1 van 6")
    for number, page in enumerate(pages[:5], start=2):
        assert f"stage=filing&amp;p={number}" in page.content.decode()
    found = [references(page) for page in pages]
    assert [len(page) for page in found] == [25, 25, 25, 25, 25, 5, 5]
    assert len(set().union(*found)) == 130
    assert found[6] == found[5], "a page that is not there is the last"


def test_a_query_string_adds_nothing_and_breaks_nothing(desk, confidant):
    """Nor does a word that is in no list filter anything."""
    plain = Selection(confidant, QueryDict()).values
    for found in CaseFilters(QueryDict(), confidant).filters:
        for word in ("nonsense", "", "0", "-1", "999999", "None", "True'--", "%E2%80%AE"):
            given = QueryDict(f"{found}={word}")
            assert Selection(confidant, given).values == plain, (found, word)
    case = make_complaint()
    for query in (
        *("sealed__contains=a", "handler__password__startswith=a", "nonsense__isnull=x"),
        *("nonsense=1", "suspect=1", "ordering=99", "ordering=-x.y"),
        *("p=0", "p=-1", "p=99999", "p=x", "export=csv", "export=xlsx", "e=1"),
        *("q=%00", "q=%FF", "q=Noor"),
    ):
        answer = desk.get(f"{LIST}?{query}")
        assert answer.status_code == 200, query
        assert answer["Content-Type"].startswith("text/html"), query
        assert references(answer) == [case.reference], query


def test_a_suspect_case_is_marked_and_joins_the_others_when_it_is_no_misuse(desk):
    plain, case = make_complaint(), make_complaint(is_suspect=True)
    answer = desk.get(LIST)
    assert references(answer) == [plain.reference]
    assert "Te controleren" not in answer.content.decode().split("<tbody>")[1]
    says(answer, "klacht om te controleren")
    assert "Te controleren" in desk.get(f"{LIST}?suspect=True").content.decode().split("<tbody>")[1]
    assert post(desk, "check", case, reason="Echt verhaal").status_code == 302
    assert set(references(desk.get(LIST))) == {plain.reference, case.reference}
