"""The board: three columns, the open cases of this person, and the moves the procedure allows."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from complaints.models.lists import Theme
from complaints.staff.list.views import CARDS_A_COLUMN
from complaints.stages import MOVES, Outcome, Party, Stage, Status
from tests.desk import LIST, changed, references, says, text_of
from tests.factories import make_complaint, make_many_complaints

pytestmark = pytest.mark.django_db

BOARD = "/cms/complaints/complaint/bord/"


def columns(answer) -> list[str]:
    """The HTML of each column."""
    return re.findall(
        r'<section class="board-column".*?</section>', answer.content.decode(), re.DOTALL
    )


def references_in(html: str) -> list[str]:
    return references(HttpResponse(html))


def words_in(html: str) -> str:
    return text_of(HttpResponse(html))


def test_each_open_case_stands_under_its_stage(desk):
    assert says(desk.get(BOARD)).count("Geen zaken in deze fase.") == 3
    cases = {stage: changed(make_complaint(), stage=stage) for stage in Stage}
    closed = {"status": Status.CLOSED, "outcome": Outcome.SOLVED, "closed_at": timezone.now()}
    changed(make_complaint(), **closed)
    changed(make_complaint(), is_suspect=True)
    found = columns(desk.get(BOARD))
    assert [references_in(html) for html in found] == [[cases[stage].reference] for stage in Stage]
    for html, stage in zip(found, Stage, strict=True):
        assert f"{stage.number} {stage.label} 1 zaak" in words_in(html)


def test_the_nearest_date_stands_on_top(desk):
    today = timezone.localdate()
    order = [
        changed(make_complaint(), next_due_on=day).reference
        for day in (today + timedelta(5), today, None)
    ]
    assert references_in(columns(desk.get(BOARD))[0]) == [order[1], order[0], order[2]]


def test_mine_unless_all_is_asked(desk, other):
    mine, theirs = make_complaint(), changed(make_complaint(), handler=other)
    answer = desk.get(BOARD)
    assert references_in(columns(answer)[0]) == [mine.reference]
    says(answer, "Toon alle zaken die je mag zien")
    for words in ("nonsense", "mine", str(other.pk)):
        assert references_in(columns(desk.get(f"{BOARD}?whose={words}"))[0]) == [mine.reference]
    everything = desk.get(f"{BOARD}?whose=all")
    assert set(references_in(columns(everything)[0])) == {mine.reference, theirs.reference}
    says(everything, "Toon alleen jouw zaken", "Behandelaar Ander Test")


def test_a_card_says_what_a_handler_has_to_know(desk):
    late, theme = timezone.localdate() - timedelta(days=1), Theme.objects.create(name="Afspraken")
    changed(make_complaint(), theme=theme, next_due_on=late, waiting_on=Party.COACH)
    term = ("Termijn Persoonlijk contact", "te laat")
    says(desk.get(BOARD), "Ongelezen", "Thema Afspraken", *term, "Wacht op Kunstcoach")


@pytest.mark.parametrize("stage", Stage)
def test_a_card_offers_the_moves_of_its_stage_and_no_other(desk, stage):
    """Each is a link, so keyboard and phone work; what the move asks is asked where it leads."""
    case = changed(make_complaint(), stage=stage)
    html = columns(desk.get(BOARD))[stage.number - 1]
    move = reverse("complaints_complaint_modeladmin_move", args=[case.pk])
    links = re.findall(rf'href="{move}\?choice=(\w+)"', html)
    assert links == [str(to) for to in MOVES[stage]]
    for to in links:
        answer = desk.get(f"{move}?choice={to}")
        assert answer.status_code == 200
        assert 'name="reason"' in answer.content.decode()


def test_a_column_is_bounded_with_the_way_to_the_rest(desk, confidant):
    make_many_complaints(CARDS_A_COLUMN + 1, handler=confidant)
    html = columns(desk.get(BOARD))[0]
    assert len(references_in(html)) == CARDS_A_COLUMN == 20
    assert "meer dan 20 zaken" in words_in(html)
    rest = unescape(re.search(rf'href="({LIST}\?[^"]+)"', html)[1])
    says(desk.get(rest), "21 zaken")


def test_the_outline_is_one_heading_then_columns_then_cards(desk):
    make_complaint()
    page = desk.get(BOARD).content.decode().split("<main")[1]
    assert re.findall(r"<h(\d)", page) == ["1", "2", "3", "2", "2"]
    assert not re.search(r"<[^>]+\sstyle=", page)
