"""The first assessment (R-23) and the agreement to mediation, as the desk keeps and shows them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from complaints.events import EventKind
from complaints.models.handling import Theme
from complaints.stages import Severity, Stage
from tests.desk import changed, post, says, text_of, url
from tests.factories import move
from tests.services import fresh

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


def test_r23_the_last_assessment_stands_apart_and_the_first_stays_in_the_history(desk, case):
    theme = Theme.objects.create(name="Aanwezigheid")
    assert post(desk, "assess", case, **GIVEN, theme=theme.pk, reason="Eerst.").status_code == 302
    now = GIVEN | {"severity": "light"}
    assert post(desk, "assess", case, **now, theme=theme.pk, reason="Nu anders.").status_code == 302
    case = fresh(case)
    assert (case.severity, case.theme) == (Severity.LIGHT, theme)
    read = text_of(desk.get(url("inspect", case)))
    top = read[read.index("Eerste beoordeling Thema Aanwezigheid") : read.index("Geschiedenis")]
    for words in ("Ernst Licht", "Misschien loopt iemand gevaar", "Gevolg voor de klager Groot"):
        assert words in top
    assert "Nu anders." in top
    assert "Eerst." not in top
    assert "Eerst." in read


def test_a_theme_that_is_switched_off_cannot_be_chosen_but_stays(desk, case):
    theme = Theme.objects.create(name="Van vroeger", is_active=False)
    assert post(desk, "assess", case, **GIVEN, theme=theme.pk).status_code == 422
    changed(case, theme=theme)
    assert post(desk, "assess", case, **GIVEN, theme=theme.pk).status_code == 302


def test_nothing_is_guessed_and_what_must_happen_at_once_is_written_down(desk, case):
    for missing in GIVEN:
        given = {name: value for name, value in GIVEN.items() if name != missing}
        answer = post(desk, "assess", case, **given, reason="Getypt.")
        says(answer, "Kies wat het best past.", status=422)
        assert "Getypt." in answer.content.decode()
    answer = post(desk, "assess", case, **GIVEN | {"urgency": "yes"})
    says(answer, "Schrijf op wat er meteen moet gebeuren.", status=422)


def test_what_both_said_to_mediation_is_recorded_of_a_day_that_was_and_before_the_committee(
    desk, case, confidant
):
    tomorrow = timezone.localdate() + timedelta(days=1)
    answer = post(desk, "agree", case, **AGREED | {"agreed_on": str(tomorrow)})
    says(answer, "Vul een dag in die al geweest is, of vandaag.", status=422)
    assert post(desk, "agree", case, **AGREED).status_code == 302
    read = text_of(desk.get(url("inspect", case)))
    assert "De klager Ja, doet mee" in read
    assert "De kunstcoach Gevraagd, nog geen antwoord" in read
    assert "maandag 5 januari 2026" in read
    assert b"In een gesprek" not in bytes(case.events.get(kind=EventKind.AGREED).sealed)
    move(case, Stage.COMMITTEE, confidant, "Zo.")
    assert post(desk, "agree", case, **AGREED).status_code == 409
