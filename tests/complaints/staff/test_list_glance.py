"""What the list opens: who, which coach, what, what is new; the search; what is kept of it."""

import logging
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from complaints.cases import conversation, requests, rights
from complaints.cases.contact import change_contact
from complaints.cases.rights import ErasureReason, erase_content
from complaints.cases.sealing import lookup_key, mark_of
from complaints.models.case import Complaint
from complaints.models.keys_and_files import KeyWrap
from complaints.models.privacy import Access
from complaints.stages import Right, Route, Stage
from tests.desk import LIST, changed, client_for, references, says, text_of, url
from tests.factories import make_answers, make_complaint, make_user, move

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def row_of(desk, case: Complaint) -> str:
    """What one reads in the row of this case."""
    rows = desk.get(LIST).content.decode().split("<tr")
    (row,) = [row for row in rows if str(case.pk) in row]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub("</?b>", "", row))).partition("> ")[2]


def search(desk, typed: str):
    return desk.post(LIST, {"q": typed}, follow=True)


def test_a_row_names_the_complainant_now_the_coach_and_one_line_of_the_problem(desk):
    long = "Ze kwam niet.\n\nEn belde  niet af. " * 40
    case = make_complaint(answers=make_answers(problem=long, coach="Anna Bakker"))
    assert "Noor Verzonnen" in row_of(desk, case)
    assert "over Anna Bakker: Ze kwam niet. En belde niet af. Ze" in row_of(desk, case)
    assert len(row_of(desk, case)) < 450
    given = {"name": "Fien <b>Bedacht</b>", "email": "", "phone": "", "may_mail": False}
    change_contact(complaint=case, **given, words=[])
    assert "Fien &lt;b&gt;Bedacht" in row_of(desk, case)
    assert "anoniem" in row_of(desk, make_complaint(answers=make_answers(name=" ")))


@pytest.mark.every_database
def test_what_does_not_open_stops_no_list(desk, confidant):
    broken, wrapless, erased = make_complaint(), make_complaint(), make_complaint()
    changed(broken, sealed=b"not what was sealed")
    KeyWrap.objects.filter(complaint_id=wrapless.pk).update(wrapped=b"no key")
    erase_content(complaint=erased, by=confidant, reason=ErasureReason.REQUEST)
    for case in (broken, wrapless):
        assert "Kan niet worden geopend" in row_of(desk, case)
    assert "Gewist" in row_of(desk, erased)
    assert references(search(desk, "Verzonnen")) == []


@pytest.mark.every_database
def test_what_is_new_is_said_until_it_was_read_and_what_is_asked_until_decided(desk, confidant):
    """A case that was handed over is new to whoever got it."""
    case = make_complaint()
    assert "nieuwe klacht" in row_of(desk, case)
    desk.get(url("inspect", case))
    assert "nieuw" not in row_of(desk, case)
    conversation.write_to_handler(complaint=case, text="Hallo", code="")
    assert "nieuw bericht" in row_of(desk, case)
    assert "nieuwe klacht" not in row_of(desk, case)
    desk.get(url("inspect", case))
    rights.ask_right(complaint=case, right=Right.ACCESS)
    move(case, Stage.MEDIATION, confidant)
    changed(case, is_unread=False)
    requests.ask_for_committee(complaint=case)
    for _ in range(2):
        row = row_of(desk, case)
        assert "vraagt om inzage" in row
        assert "vraagt om fase 3" in row
        desk.get(url("inspect", case))
    move(case, Stage.COMMITTEE, confidant)
    assert "vraagt om fase 3" not in row_of(desk, case)
    handed = changed(make_complaint(), handler=(successor := make_user("deputy")))
    client = client_for(successor)
    client.get(url("inspect", handed))
    changed(handed, is_unread=True)
    assert "nieuw voor jou" in row_of(client, handed)


def test_two_open_cases_about_one_coach_show_to_whoever_sees_both(desk, confidant):
    first = make_complaint(answers=make_answers(coach="Anna  Bakker "))
    assert "open over deze coach" not in row_of(desk, first)
    second = make_complaint(answers=make_answers(coach="anna bakker"))
    hidden = make_complaint(answers=make_answers(coach="Anna Bakker"), route=Route.DEPUTY)
    make_complaint(answers=make_answers(coach="Anna Bakkers"))
    make_complaint(), make_complaint()  # about no coach at all
    for case in (first, second):
        assert "(2 open over deze coach )" in row_of(desk, case)
    assert text_of(desk.get(LIST)).count("open over deze coach") == 2
    assert hidden.coach_mark == first.coach_mark == mark_of("ANNA BAKKER", lookup_key())
    assert mark_of("Anna Bakker", b"another secret" * 3) != first.coach_mark
    erase_content(complaint=second, by=confidant, reason=ErasureReason.REQUEST)
    assert Complaint.objects.get(pk=second.pk).coach_mark == ""
    assert "open over deze coach" not in row_of(desk, first)


@pytest.mark.every_database
def test_a_search_finds_a_name_a_coach_and_words_and_a_reference_in_any_text(desk, confidant):
    answers = {"name": "Zoë Çelik", "coach": "Joris Meijer", "problem": "Het atelier was te koud."}
    case, other = make_complaint(answers=make_answers(**answers)), make_complaint()
    conversation.write_to_handler(complaint=case, text="Ook de verwarming is stuk.", code="")
    for typed in ("zoe", "CELIK zoë", "meijer", "atelier koud", "  Joris   Çelik ", "verwarming"):
        assert references(search(desk, typed)) == [case.reference], typed
    for typed in ("atelier Fatima", "%", "_", "???", "\u202e", "a" * 300):
        says(search(desk, typed), "Geen klacht past hierbij")
    whole, letters = case.reference, case.reference.removeprefix("KM-")
    for typed in (
        *(whole, whole.lower(), whole.replace("-", " "), whole[:-1]),
        *(letters, letters.replace("-", "")),
        *(f"Betreft: {whole}, van gisteren", f"{whole} en {other.reference}"),
    ):
        found = set(references(search(desk, typed)))
        assert case.reference in found, typed
        assert (other.reference in found) is (other.reference in typed)
    requests.withdraw_complaint(complaint=case)
    assert references(search(desk, "atelier")) == [], "words of open cases only"
    assert references(search(desk, whole)) == [whole]
    changed(other, is_suspect=True)
    assert references(search(desk, "Noor Verzonnen")) == [other.reference]
    make_complaint(answers=make_answers(name="Geheim"), route=Route.DEPUTY)
    says(search(desk, "Geheim"), "Geen klacht past hierbij")  # of a case one does not see
    outsider = client_for(make_user("superuser"))
    assert outsider.post(LIST, {"q": "Geheim"}).status_code == 404


@pytest.mark.every_database
def test_what_was_searched_stands_in_no_log_and_no_address_and_is_another_ones_riddle(desk, caplog):
    case = make_complaint()
    with caplog.at_level(logging.DEBUG):
        answer = desk.post(LIST, {"q": "Noor"})
        there = answer["Location"]
        page = desk.get(there)
    assert references(page) == [case.reference]
    assert "Noor" not in there + caplog.text
    (sealed,) = parse_qs(urlsplit(there).query)["q"]
    assert sealed not in str(list(Access.objects.values()))
    html = page.content.decode()
    assert re.findall(r'(?:href|action)="[^"]*Noor[^"]*"', html) == []
    assert 'value="Noor"' in html
    theirs = client_for(make_user("deputy")).get(there)
    assert "Noor" not in text_of(theirs).replace("Noor Verzonnen", "")
    assert 'value="Noor"' not in theirs.content.decode()


def test_a_page_of_the_list_is_one_reading_and_a_search_is_one(desk, confidant):
    desk.get(LIST)
    assert not Access.objects.exists(), "nothing was shown"
    for _ in range(3):
        make_complaint()
    desk.get(LIST)
    (row,) = Access.objects.all()
    assert (row.kind, row.complaint, row.user) == ("list", None, confidant)
    Access.objects.all().delete()
    for typed in ("Noor", "niets van dit alles"):
        search(desk, typed)
    assert [row.kind for row in Access.objects.all()] == ["search", "search"]
    Access.objects.all().delete()
    search(desk, Complaint.objects.first().reference)  # opens nothing to look, and shows a row
    assert [row.kind for row in Access.objects.all()] == ["list"]
