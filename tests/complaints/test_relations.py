"""Cases that hang together: both ways, and only as far as one may see."""

import pytest
from django.test import Client
from django.urls import reverse

from complaints.models.case import Complaint
from complaints.services import handling, relations
from complaints.services.handling import NotAllowed
from complaints.stages import Outcome, Route
from tests.complaints.test_staff import text_of
from tests.factories import make_complaint, make_user

pytestmark = pytest.mark.django_db

NAME = "complaints_complaint_modeladmin_"


@pytest.fixture
def confidant():
    return make_user("confidant")


@pytest.fixture
def desk(confidant) -> Client:
    client = Client()
    client.force_login(confidant)
    return client


def url(name: str, case) -> str:
    return reverse(NAME + name, args=[case.pk])


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
        relations.relate(complaint=case, other=other, by=confidant, reason="Zelfde dag.")
    else:
        handling.close_complaint(
            complaint=case,
            outcome=Outcome.DUPLICATE,
            by=confidant,
            reason="Dubbel.",
            duplicate_of=other,
        )
    assert other.reference in text_of(desk.get(url("inspect", case)))
    Complaint.objects.filter(pk=other.pk).update(route=Route.DEPUTY, passed_over=confidant)
    assert other.reference not in desk.get(url("inspect", case)).content.decode()
    answer = desk.get(url("unlink", case))
    assert answer.status_code == 409
    assert other.reference not in answer.content.decode()


def test_what_is_not_related_cannot_be_unrelated(confidant):
    with pytest.raises(NotAllowed):
        relations.unrelate(
            complaint=make_complaint(), other=make_complaint(), by=confidant, reason="Zo."
        )


def test_a_case_is_not_related_to_itself(confidant):
    case = make_complaint()
    with pytest.raises(NotAllowed):
        relations.relate(complaint=case, other=case, by=confidant, reason="Zo.")
