"""Cases that hang together: both ways, and only as far as one may see."""

import io

import pytest
from pypdf import PdfReader

from complaints.cases import moves, people
from complaints.stages import Outcome, Route
from tests.desk import changed, client_for, post, text_of, url
from tests.factories import close, make_complaint, make_user
from tests.services import fresh, refused

pytestmark = pytest.mark.django_db

WHY = {"reason": "Zelfde dag."}


@pytest.fixture
def case(confidant):
    return make_complaint()


@pytest.fixture
def second(confidant):
    """Another case of the confidant."""
    return make_complaint()


@pytest.fixture
def read_along(case, second, other, confidant):
    """The other colleague reads the case too, and not the second."""
    people.share_case(complaint=case, to=other, by=confidant)


def test_two_cases_are_related_both_ways_and_it_can_be_taken_back(desk, case, second):
    assert post(desk, "link", case, other=second.reference.lower(), **WHY).status_code == 302
    for one, another in ((case, second), (second, case)):
        page = desk.get(url("inspect", one))
        assert f"Hangt samen met {another.reference}" in text_of(page)
        assert url("inspect", another) in page.content.decode()
    assert post(desk, "unlink", second, other=case.pk, **WHY).status_code == 302
    assert not case.related.exists()
    assert "Hangt samen met" not in text_of(desk.get(url("inspect", case)))
    assert f"Geen verband meer met {case.reference}" in text_of(desk.get(url("inspect", second)))


@pytest.mark.parametrize("which", ["hidden", "absent", "itself"])
def test_only_another_case_that_one_may_see(desk, case, which):
    make_user("deputy")
    hidden = make_complaint(route=Route.DEPUTY)
    reference = {"hidden": hidden.reference, "absent": "KM-0000-0000", "itself": case.reference}
    answer = post(desk, "link", case, other=reference[which], **WHY)
    assert answer.status_code == 422
    assert "Je hebt geen andere zaak met dit kenmerk." in text_of(answer)
    assert not case.related.exists()


@pytest.mark.parametrize("how", ["related", "duplicate"])
def test_a_related_case_that_goes_out_of_sight_is_named_nowhere(desk, confidant, case, second, how):
    """Not in the facts, not in the history, and not as something to unlink."""
    if how == "related":
        moves.relate(complaint=case, other=second, by=confidant, **WHY)
    else:
        close(case, confidant, Outcome.DUPLICATE, duplicate_of=second)
    assert second.reference in text_of(desk.get(url("inspect", case)))
    changed(second, route=Route.DEPUTY, passed_over=confidant)
    assert second.reference not in desk.get(url("inspect", case)).content.decode()
    answer = desk.get(url("unlink", case))
    assert answer.status_code == 409
    assert second.reference not in answer.content.decode()


def test_no_case_is_related_to_itself_nor_parted_from_what_it_is_not(confidant, case, second):
    refused(moves.unrelate, complaint=case, other=second, by=confidant, **WHY)
    refused(moves.relate, complaint=case, other=case, by=confidant, **WHY)


def test_a_case_is_not_tied_to_one_that_a_reader_of_it_may_not_see(
    desk, confidant, case, second, read_along, other
):
    """Not as related, not as a double; not at the desk, not by the services."""
    double = {"choice": "duplicate", "duplicate_of": second.reference}
    for name, given in (("link", {"other": second.reference}), ("close", double)):
        answer = post(desk, name, case, **given, **WHY)
        assert answer.status_code == 422
        assert "Deze twee zaken kun je niet aan elkaar verbinden" in text_of(answer)
    refused(moves.relate, complaint=case, other=second, by=confidant, **WHY)
    refused(close, case=case, by=confidant, outcome=Outcome.DUPLICATE, duplicate_of=second)
    assert not case.related.exists()
    assert (fresh(case).is_open, case.events.count()) == (True, 2)
    people.share_case(complaint=second, to=other, by=confidant)
    assert post(desk, "link", case, other=second.reference, **WHY).status_code == 302


@pytest.mark.parametrize("how", ["related", "duplicate"])
def test_one_who_reads_a_case_later_learns_of_no_other(desk, confidant, case, second, other, how):
    """Not by the line, not by its reason, not on paper, not by what changed meanwhile."""
    seen = case.event_count
    if how == "related":
        for act in (moves.relate, moves.unrelate):
            act(complaint=case, other=second, by=confidant, reason=f"Kanarie-{act.__name__}")
    else:
        close(case, confidant, Outcome.DUPLICATE, reason="Kanarie-4", duplicate_of=second)
    people.share_case(complaint=case, to=other, by=confidant)
    client = client_for(other)
    pages = [
        text_of(client.get(url("inspect", case))),
        words_of(client.get(url("dossier-pdf", case, notities=1)).content),
        text_of(post(client, "note", case, seen=seen, **WHY)),
    ]
    for page in pages:
        assert ("Gedeeld met nog iemand" if how == "related" else "Afgesloten: dubbel") in page
        for words in ("Verband", "verband", "Kanarie", second.reference):
            assert words not in page
    whole = text_of(desk.get(url("inspect", case)))
    assert whole.count("Kanarie") >= (2 if how == "related" else 1)


def words_of(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)
