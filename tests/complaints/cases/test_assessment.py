"""The first assessment (R-23) and the agreement to mediation, as the desk keeps and shows them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from complaints.cases.contents import open_history
from complaints.cases.records import assess
from complaints.cases.rights import ErasureReason, erase_content
from complaints.events import EventKind
from complaints.models.lists import Theme
from complaints.stages import Complexity, Impact, Safety, Severity, Stage, Urgency
from tests.desk import changed, post, text_of, url
from tests.factories import close, make_complaint, move
from tests.services import fresh, refused

pytestmark = pytest.mark.django_db

GIVEN = {
    "severity": "serious",
    "safety": "doubtful",
    "complexity": "simple",
    "impact": "large",
    "urgency": "no",
}
AGREED = {
    "by_complainant": "yes",
    "by_coach": "asked",
    "agreed_on": "2026-01-05",
    "reason": "In een gesprek.",
}


def test_r23_an_assessment_stands_in_a_part_of_its_own(desk, case):
    theme = Theme.objects.create(name="Aanwezigheid")
    assert post(desk, "assess", case, **GIVEN, theme=theme.pk).status_code == 302
    case = fresh(case)
    assert (case.severity, case.theme) == (Severity.SERIOUS, theme)
    read = text_of(desk.get(url("inspect", case)))
    assert read.index("Eerste beoordeling Thema Aanwezigheid") < read.index("Geschiedenis")
    for words in ("Ernst Ernstig", "Misschien loopt iemand gevaar", "Gevolg voor de klager Groot"):
        assert words in read


def test_the_last_assessment_counts_and_the_first_stays_in_the_history(desk, case):
    post(desk, "assess", case, **GIVEN, reason="Eerst zo.")
    post(desk, "assess", case, **GIVEN | {"severity": "light"}, reason="Nu anders.")
    assert fresh(case).severity == Severity.LIGHT
    read = text_of(desk.get(url("inspect", case)))
    top = read[read.index("Eerste beoordeling Ernst") : read.index("Geschiedenis")]
    assert "Nu anders." in top
    assert "Eerst zo." not in top
    assert "Eerst zo." in read


@pytest.mark.parametrize("missing", GIVEN)
def test_nothing_of_an_assessment_is_guessed(desk, case, missing):
    given = {name: value for name, value in GIVEN.items() if name != missing}
    answer = post(desk, "assess", case, **given, reason="Getypt.")
    assert answer.status_code == 422
    assert "Kies wat het best past." in text_of(answer)
    assert "Getypt." in answer.content.decode()


def test_what_must_happen_at_once_is_written_down(desk, case):
    answer = post(desk, "assess", case, **GIVEN | {"urgency": "yes"})
    assert "Schrijf op wat er meteen moet gebeuren." in text_of(answer)


def test_a_theme_that_is_switched_off_cannot_be_chosen_but_stays(desk, case):
    theme = Theme.objects.create(name="Van vroeger", is_active=False)
    assert post(desk, "assess", case, **GIVEN, theme=theme.pk).status_code == 422
    changed(case, theme=theme)
    assert post(desk, "assess", case, **GIVEN, theme=theme.pk).status_code == 302


def test_what_is_assessed_is_sealed_but_for_theme_and_severity(desk, case):
    post(desk, "assess", case, **GIVEN, reason="Geheim.")
    event = case.events.get(kind=EventKind.ASSESSED)
    assert b"Geheim." not in bytes(event.sealed)
    assert b"doubtful" not in bytes(event.sealed)
    assert open_history(case)[-1].content["reason"] == "Geheim."


def test_a_closed_or_erased_case_is_not_assessed(confidant):
    closed = close(make_complaint(), confidant)
    erased = erase_content(complaint=make_complaint(), by=None, reason=ErasureReason.REQUEST)
    rated = {
        "severity": Severity.LIGHT,
        "safety": Safety.SAFE,
        "complexity": Complexity.SIMPLE,
        "impact": Impact.SMALL,
        "urgency": Urgency.NO,
    }
    for case in (closed, erased):
        refused(assess, complaint=case, by=confidant, **rated)
        assert fresh(case).severity == ""


def test_what_both_parties_said_to_mediation_is_recorded(desk, case):
    assert post(desk, "agree", case, **AGREED).status_code == 302
    read = text_of(desk.get(url("inspect", case)))
    assert "De klager Ja, doet mee" in read
    assert "De kunstcoach Gevraagd, nog geen antwoord" in read
    assert "maandag 5 januari 2026" in read
    assert b"In een gesprek" not in bytes(case.events.get(kind=EventKind.AGREED).sealed)


def test_agreement_is_not_asked_at_the_committee(desk, case, confidant):
    move(case, Stage.COMMITTEE, confidant, "Zo.")
    assert post(desk, "agree", case, **AGREED).status_code == 409
    assert not case.events.filter(kind=EventKind.AGREED).exists()


def test_the_day_of_an_agreement_has_been(desk, case):
    tomorrow = timezone.localdate() + timedelta(days=1)
    answer = post(desk, "agree", case, **AGREED | {"agreed_on": str(tomorrow)})
    assert answer.status_code == 422
    assert "Vul een dag in die al geweest is, of vandaag." in text_of(answer)
