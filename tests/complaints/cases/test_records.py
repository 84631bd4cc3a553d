"""What a handler records of a case: assessment (R-23), duties (R-22, R-34), advice and ruling.

R-06: advice and ruling are different records, with different words and different effects.
"""

import json
from datetime import date, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from complaints.cases import contents, for_complainant, moves, records, rights, sealing
from complaints.events import EventKind
from complaints.models.handling import Advice, Ruling, Theme
from complaints.stages import Acceptance, CoachTold, Compliance, Outcome, Severity, Source, Stage
from complaints.terms import TermKind
from complaints.vault import cipher, codes
from tests.desk import LIST, changed, post, says, text_of, url
from tests.factories import close, coach_told, make_complaint, move
from tests.follow import FOLLOW, entered, filed
from tests.services import due, fresh, is_met, open_history, refused, send_all, undone

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

TODAY = date(2026, 1, 5)
REASONED = {"finding": "A", "decisions": "B", "measures": "C", "reason": "D"}
BINDS, BINDS_NOT = "bindt jullie allebei", "bindt niet"


@pytest.fixture
def case():
    return make_complaint(nonce=bytes(32))


def followed() -> str:
    return text_of(entered(codes.code_from_nonce(bytes(32))).get(FOLLOW))


def advised(case, by):
    move(case, Stage.MEDIATION, by)
    return records.give_advice(complaint=case, by=by, given_on=TODAY, text="Praat samen.")


def ruled(case, by):
    move(case, Stage.COMMITTEE, by)
    given = {"ruled_on": TODAY, "text": "De afspraak vervalt."}
    return records.record_ruling(complaint=case, by=by, **given)


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


@pytest.fixture
def letter(clock):
    return make_complaint(source=Source.LETTER, received_on=date(2026, 12, 7))


def test_r22_a_letter_is_acknowledged_on_the_day_it_was_sent_and_once(letter, desk, confidant):
    """Nothing was sent before receipt or after today."""
    given = {"complaint": letter, "by": confidant, "reason": "Per brief."}
    for day in (date(2026, 12, 6), date(2026, 12, 9)):
        refused(records.record_acknowledgement, **given, sent_on=day)
        refused(records.record_coach_told, **given, answer=CoachTold.TOLD, told_on=day)
    assert not is_met(letter, TermKind.COACH_TOLD)
    for sent_on, status in (("2026-12-09", 422), ("07-12-2026", 302)):
        answer = post(desk, "acknowledge", letter, reason="Per brief.", sent_on=sent_on)
        assert answer.status_code == status
    met = letter.terms.get(kind=TermKind.ACKNOWLEDGEMENT).met_at
    assert timezone.localdate(met) == date(2026, 12, 7)
    assert "afgehandeld op 7 december 2026" in desk.get(url("inspect", letter)).content.decode()
    refused(records.record_acknowledgement, **given, sent_on=date(2026, 12, 8))
    for case in (letter, make_complaint()):
        assert desk.get(url("acknowledge", case)).status_code == 409


def test_r34_the_coach_is_told_or_there_is_a_reason(clock, desk):
    """The desk asks for the day, or the reason why not."""
    told = {"answer": "told", "reason": "Per brief.", "told_on": "2026-12-08"}
    for given, missing, read in (
        (told, "told_on", "De kunstcoach is geïnformeerd"),
        (told | {"answer": "defeats"}, "reason", "het zou het doel van het onderzoek in de weg"),
        (told | {"answer": "no_coach"}, "reason", "deze klacht gaat niet over een kunstcoach"),
    ):
        case = make_complaint()
        answer = post(desk, "coach-told", case, **given | {missing: ""})
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [missing]
        assert post(desk, "coach-told", case, **given).status_code == 302
        assert is_met(case, TermKind.COACH_TOLD)
        day = {"told_on": "2026-12-08"} if given is told else {}
        content = {"coach_told": given["answer"], "reason": "Per brief."}
        assert open_history(case)[-1].content == content | day
        assert read in desk.get(url("inspect", case)).content.decode()
        assert desk.get(url("coach-told", case)).status_code == 409


def test_r34_the_duty_towards_the_coach_outlives_the_case(clock, desk, confidant):
    """And reopening changes nothing of it."""
    case = close(make_complaint(), confidant)
    assert case.next_due_kind == TermKind.COACH_TOLD
    assert case.next_due_on == due(case, TermKind.COACH_TOLD)
    page = text_of(desk.get(url("inspect", case)))
    assert "Eerst komt: Kunstcoach informeren, uiterlijk donderdag 7 januari 2027." in page
    assert "Kunstcoach informeren uiterlijk donderdag 7 januari 2027 op tijd" in page
    assert "nog 30 dagen Kunstcoach informeren" in text_of(desk.get(f"{LIST}?status=closed"))
    reopen = {"complaint": case, "by": confidant, "reason": "Toch niet."}
    with undone():
        again = moves.reopen_complaint(**reopen)
        assert not is_met(again, TermKind.COACH_TOLD)
        assert due(again, TermKind.COACH_TOLD) == date(2027, 1, 7)
        assert again.next_due_kind == TermKind.CONTACT
    clock.move_to("2027-01-08 10:00:00+01:00")
    desk.force_login(confidant)
    assert case.reference in text_of(desk.get(f"{LIST}?term=late"))
    assert "1 afgesloten zaak is te laat" in text_of(desk.get("/cms/"))
    case = coach_told(case, confidant)
    assert is_met(case, TermKind.COACH_TOLD)
    assert (case.next_due_on, case.next_due_kind) == (None, "")
    assert case.reference not in text_of(desk.get(f"{LIST}?term=late"))
    assert "te laat" not in text_of(desk.get(url("inspect", case)))
    assert is_met(moves.reopen_complaint(**reopen), TermKind.COACH_TOLD)


def test_r34_where_nothing_is_held_any_more_nothing_is_told(desk, confidant):
    """Erasing ends the duty, or a date would stand that nobody could meet."""
    case = close(make_complaint(), confidant)
    case = rights.erase_content(complaint=case, by=confidant, reason=rights.ErasureReason.REQUEST)
    assert (case.next_due_on, case.next_due_kind) == (None, "")
    assert "vervallen: de inhoud van de zaak is gewist" in text_of(desk.get(url("inspect", case)))
    assert desk.get(url("coach-told", case)).status_code == 409


def test_the_duty_towards_the_coach_stays_out_of_the_dossier_and_what_came_of_it_not(
    site, confidant
):
    case, code = filed()
    given = {"complaint": case, "by": confidant, "reason": "Alleen voor ons."}
    records.record_coach_told(**given, answer=CoachTold.DEFEATS)
    dossier = json.loads(entered(code).post(FOLLOW, {"action": "json"}).content)
    assert {term["kind"] for term in dossier["terms"]} == {"contact", "progress", "handling"}
    told = [line for line in dossier["history"] if line["kind"] == EventKind.COACH_TOLD]
    assert [line["texts"] for line in told] == [{"coach_told": CoachTold.DEFEATS}]


@pytest.mark.parametrize(
    ("stage", "action", "given", "words", "not_this"),
    [
        (Stage.MEDIATION, "advise", {"given_on": TODAY}, (BINDS_NOT,), BINDS),
        (
            Stage.COMMITTEE,
            "rule",
            {"ruled_on": TODAY, "comply_by": "2026-02-05"},
            (BINDS, "donderdag 5 februari 2026"),
            BINDS_NOT,
        ),
    ],
)
def test_the_complainant_reads_it_and_whether_it_binds_and_the_mail_says_only_that(
    desk, case, confidant, stage, action, given, words, not_this
):
    move(case, stage, confidant)
    assert post(desk, action, case, **given, text="Praat samen.").status_code == 302
    read = followed()
    assert all(each in read for each in ("Praat samen.", *words))
    assert not_this not in read
    send_all()
    (sent,) = [m for m in mail.outbox if "wacht" in m.body and m.to == ["noor@example.com"]]
    assert words[0] in " ".join(sent.body.split())
    for each in (not_this, "Praat samen"):
        assert each not in sent.body


@pytest.mark.every_database
def test_both_stand_apart_with_what_came_of_them_also_after_closing(desk, case, confidant):
    advised(case, confidant)
    assert "Praat samen." in text_of(desk.get(url("close", case, choice="advised")))
    answer = {"by_complainant": "accepted"}
    assert post(desk, "advice-answer", case, **answer).status_code == 302
    assert Advice.objects.get().by_coach == Acceptance.UNKNOWN
    assert post(desk, "advice-answer", case, **answer, by_coach="refused").status_code == 302
    row = Advice.objects.get()
    assert (row.by_complainant, row.by_coach) == (Acceptance.ACCEPTED, Acceptance.REFUSED)
    ruled(case, confidant)
    page = desk.get(url("close", case, choice="ruled"))
    assert "De afspraak vervalt." in text_of(page)
    assert 'value="2026-01-05"' in page.content.decode()
    close(case, confidant, Outcome.RULED, ruled_on=TODAY, **REASONED)
    given = {"compliance": "partly", "compliance_on": "2026-02-01"}
    assert post(desk, "comply", case, **given).status_code == 302
    assert Ruling.objects.get().compliance == Compliance.PARTLY
    read = text_of(desk.get(url("inspect", case)))
    for words in (
        "Advies van de vertrouwenspersoon Bindt niet: elke partij kiest zelf.",
        *("De klager Neemt het advies over", "De kunstcoach Neemt het advies niet over"),
        "Uitspraak van de klachtencommissie Bindt beide partijen.",
        "Nakoming Deels nagekomen",
    ):
        assert words in read


@pytest.mark.every_database
def test_nothing_is_done_before_the_ruling_and_no_ruling_is_of_tomorrow(desk, case, confidant):
    move(case, Stage.COMMITTEE, confidant)
    early = "Kies een dag op of na de uitspraak."
    answer = post(desk, "rule", case, ruled_on="2026-01-05", comply_by="2026-01-04", text="X")
    assert (answer.status_code, early in text_of(answer)) == (422, True)
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert post(desk, "rule", case, ruled_on=tomorrow, text="X").status_code == 422
    assert not Ruling.objects.exists()
    records.record_ruling(complaint=case, by=confidant, ruled_on=TODAY, text="X")
    answer = post(desk, "comply", case, compliance="full", compliance_on="2026-01-04")
    assert (answer.status_code, early in text_of(answer)) == (422, True)


def test_without_advice_none_is_answered_or_closed_with_and_it_says_why(desk, case, confidant):
    """Nor is a ruling carried out that there is not."""
    move(case, Stage.MEDIATION, confidant)
    given = {"complaint": case, "by": confidant}
    both = dict.fromkeys(("by_complainant", "by_coach"), Acceptance.ACCEPTED)
    refused(records.answer_advice, **given, **both)
    done = {"compliance": Compliance.FULL, "compliance_on": TODAY}
    refused(records.record_compliance, **given, **done)
    assert desk.get(url("close", case, choice="advised")).status_code == 409
    read = text_of(desk.get(url("inspect", case)))
    assert "‘Afgerond met advies’ kan pas als het advies is vastgelegd." in read
    assert "Afsluiten: afgerond met advies" not in read


@pytest.mark.parametrize("is_recorded", [False, True])
def test_closing_with_a_ruling_keeps_the_one_there_is_or_records_it(is_recorded, case, confidant):
    move(case, Stage.COMMITTEE, confidant)
    given = {"ruled_on": TODAY, "text": "De afspraak vervalt."}
    if is_recorded:
        records.record_ruling(complaint=case, by=confidant, **given)
    close(case, confidant, Outcome.RULED, ruled_on=TODAY, **REASONED)
    (ruling,) = contents.open_rulings(case)
    text = given["text"] if is_recorded else "B"
    assert (ruling.row.ruled_on, ruling.text) == (TODAY, text)


@pytest.mark.every_database
def test_the_dossier_holds_both_a_text_opens_only_in_its_place_and_erasing_takes_it(
    case, confidant
):
    first = advised(case, confidant)
    second = records.give_advice(complaint=case, by=confidant, given_on=TODAY, text="Anders.")
    ruled(case, confidant)
    history = for_complainant.dossier_of(case, sealing.case_key(case.pk))["history"]
    advices = [line["texts"] for line in history if line["kind"] == EventKind.ADVISED]
    assert advices[0] == {"given_on": "2026-01-05", "advice": "Praat samen."}
    (ruling,) = [line["texts"] for line in history if line["kind"] == EventKind.RULED]
    assert ruling["ruling"] == "De afspraak vervalt."
    Advice.objects.filter(pk=first.pk).update(sealed=second.sealed)
    with pytest.raises(cipher.SealBroken):
        contents.open_advices(case)
    rights.erase_content(complaint=case, by=None, reason=rights.ErasureReason.REQUEST)
    assert {row.sealed for row in (*Advice.objects.all(), *Ruling.objects.all())} == {None}
