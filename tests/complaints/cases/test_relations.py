"""Cases that hang together: both ways, and only as far as one may see."""

import io

import pytest
from pypdf import PdfReader

from complaints.cases import moves, people
from complaints.cases.case import NotAllowed
from complaints.stages import Outcome, Route
from tests.desk import changed, client_for, text_of, url
from tests.factories import close, make_complaint, make_user

pytestmark = pytest.mark.django_db


def post(desk, name: str, case, **data):
    case.refresh_from_db()
    return desk.post(url(name, case), {"seen": case.event_count, "reason": "Zelfde dag.", **data})


def test_two_cases_are_related_both_ways(desk):
    case, other = make_complaint(), make_complaint()
    assert post(desk, "link", case, other=other.reference.lower()).status_code == 302
    for one, another in ((case, other), (other, case)):
        page = desk.get(url("inspect", one))
        assert f"Hangt samen met {another.reference}" in text_of(page)
        assert url("inspect", another) in page.content.decode()


def test_it_can_be_taken_back(desk):
    case, other = make_complaint(), make_complaint()
    post(desk, "link", case, other=other.reference)
    assert post(desk, "unlink", other, other=case.pk).status_code == 302
    assert not case.related.exists()
    assert "Hangt samen met" not in text_of(desk.get(url("inspect", case)))
    assert f"Geen verband meer met {case.reference}" in text_of(desk.get(url("inspect", other)))


@pytest.mark.parametrize("which", ["hidden", "absent", "itself"])
def test_only_another_case_that_one_may_see(desk, which):
    make_user("deputy")
    case, hidden = make_complaint(), make_complaint(route=Route.DEPUTY)
    reference = {"hidden": hidden.reference, "absent": "KM-0000-0000", "itself": case.reference}
    answer = post(desk, "link", case, other=reference[which])
    assert answer.status_code == 422
    assert "Je hebt geen andere zaak met dit kenmerk." in text_of(answer)
    assert not case.related.exists()


@pytest.mark.parametrize("how", ["related", "duplicate"])
def test_a_related_case_that_goes_out_of_sight_is_named_nowhere(desk, confidant, how):
    """Not in the facts, not in the history, and not as something to unlink."""
    case, other = make_complaint(), make_complaint()
    if how == "related":
        moves.relate(complaint=case, other=other, by=confidant, reason="Zelfde dag.")
    else:
        close(case, confidant, Outcome.DUPLICATE, duplicate_of=other)
    assert other.reference in text_of(desk.get(url("inspect", case)))
    changed(other, route=Route.DEPUTY, passed_over=confidant)
    assert other.reference not in desk.get(url("inspect", case)).content.decode()
    answer = desk.get(url("unlink", case))
    assert answer.status_code == 409
    assert other.reference not in answer.content.decode()


def test_what_is_not_related_cannot_be_unrelated(confidant):
    with pytest.raises(NotAllowed):
        moves.unrelate(
            complaint=make_complaint(), other=make_complaint(), by=confidant, reason="Zo."
        )


def test_a_case_is_not_related_to_itself(confidant):
    case = make_complaint()
    with pytest.raises(NotAllowed):
        moves.relate(complaint=case, other=case, by=confidant, reason="Zo.")


@pytest.fixture
def read_along(confidant):
    """A case that one more colleague reads, and one that this colleague does not."""
    colleague = make_user("handler", username="ander")
    case, other = make_complaint(), make_complaint()
    people.share_case(complaint=case, to=colleague, by=confidant)
    return case, other, colleague


NOT_TIED = "Deze twee zaken kun je niet aan elkaar verbinden"


def test_a_case_is_not_related_to_one_that_a_reader_of_it_may_not_see(desk, read_along):
    case, other, _colleague = read_along
    answer = post(desk, "link", case, other=other.reference)
    assert answer.status_code == 422
    assert NOT_TIED in text_of(answer)
    assert not case.related.exists()


def test_a_case_is_not_closed_as_a_double_of_one_that_a_reader_may_not_see(desk, read_along):
    case, other, _colleague = read_along
    answer = post(desk, "close", case, choice="duplicate", duplicate_of=other.reference)
    assert answer.status_code == 422
    assert NOT_TIED in text_of(answer)
    case.refresh_from_db()
    assert case.is_open


def test_the_services_refuse_it_too(confidant, read_along):
    case, other, _colleague = read_along
    with pytest.raises(NotAllowed):
        moves.relate(complaint=case, other=other, by=confidant, reason="Zelfde dag.")
    with pytest.raises(NotAllowed):
        close(case, confidant, Outcome.DUPLICATE, duplicate_of=other)
    assert case.events.count() == 2


def test_what_every_reader_may_see_can_be_tied(desk, confidant, read_along):
    case, other, colleague = read_along
    people.share_case(complaint=other, to=colleague, by=confidant)
    assert post(desk, "link", case, other=other.reference).status_code == 302


def test_who_reads_a_related_case_later_learns_of_no_other(desk, confidant):
    """Not by the line, not by its reason, not on paper, not by what changed meanwhile."""
    case, other = make_complaint(), make_complaint()
    seen = case.event_count
    moves.relate(complaint=case, other=other, by=confidant, reason="Kanarie-2")
    moves.unrelate(complaint=case, other=other, by=confidant, reason="Kanarie-3")
    colleague = make_user("handler", username="ander")
    people.share_case(complaint=case, to=colleague, by=confidant)
    client = client_for(colleague)
    pages = [
        text_of(client.get(url("inspect", case))),
        words_of(client.get(url("dossier-pdf", case) + "?notities=1").content),
        text_of(post(client, "note", case, seen=seen)),
    ]
    for page in pages:
        assert "Gedeeld met nog iemand" in page
        for words in ("Verband", "verband", "Kanarie", other.reference):
            assert words not in page
    whole = text_of(desk.get(url("inspect", case)))
    assert "Kanarie-2" in whole
    assert "Kanarie-3" in whole


def test_who_reads_a_double_later_reads_not_of_what(confidant):
    case, other = make_complaint(), make_complaint()
    close(case, confidant, Outcome.DUPLICATE, reason="Kanarie-4", duplicate_of=other)
    colleague = make_user("handler", username="ander")
    people.share_case(complaint=case, to=colleague, by=confidant)
    client = client_for(colleague)
    for page in (
        text_of(client.get(url("inspect", case))),
        words_of(client.get(url("dossier-pdf", case) + "?notities=1").content),
    ):
        assert "Afgesloten: dubbel" in page
        assert "Kanarie-4" not in page
        assert other.reference not in page


def words_of(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)
