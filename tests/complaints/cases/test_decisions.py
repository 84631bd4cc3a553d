"""R-06: advice and ruling are different records, with different words and different effects."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from complaints.cases import contents, for_complainant, records, rights, sealing
from complaints.events import EventKind
from complaints.models.handling import Advice, Ruling
from complaints.stages import Acceptance, Compliance, Outcome, Stage
from complaints.vault import cipher, codes
from tests.desk import post, text_of, url
from tests.factories import close, make_complaint, move
from tests.follow import FOLLOW, entered
from tests.services import refused, send_all

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


@pytest.mark.parametrize(
    ("stage", "action", "given", "says", "not_this"),
    [
        (
            Stage.MEDIATION,
            "advise",
            {"given_on": "2026-01-05", "text": "Praat samen."},
            ("Praat samen.", BINDS_NOT),
            BINDS,
        ),
        (
            Stage.COMMITTEE,
            "rule",
            {"ruled_on": "2026-01-05", "comply_by": "2026-02-05", "text": "De afspraak vervalt."},
            ("De afspraak vervalt.", BINDS, "donderdag 5 februari 2026"),
            BINDS_NOT,
        ),
    ],
)
def test_the_complainant_reads_it_and_whether_it_binds_and_the_mail_says_only_that(
    desk, case, confidant, stage, action, given, says, not_this
):
    move(case, stage, confidant)
    assert post(desk, action, case, **given).status_code == 302
    read = followed()
    assert all(words in read for words in says)
    assert not_this not in read
    send_all()
    (sent,) = [m for m in mail.outbox if "wacht" in m.body and m.to == ["noor@example.com"]]
    assert says[1] in " ".join(sent.body.split())
    for words in (not_this, "Praat samen", "vervalt"):
        assert words not in sent.body


def test_the_case_file_shows_both_apart_and_before_where_they_belong(desk, case, confidant):
    read = text_of(desk.get(url("inspect", case)))
    assert "Advies geven kan alleen in de fase Bemiddeling." in read
    assert "Een uitspraak vastleggen kan alleen in de fase Klachtencommissie." in read
    advised(case, confidant)
    ruled(case, confidant)
    read = text_of(desk.get(url("inspect", case)))
    assert "Advies van de vertrouwenspersoon Bindt niet: elke partij kiest zelf." in read
    assert "Uitspraak van de klachtencommissie Bindt beide partijen." in read


def test_each_party_takes_the_advice_over_or_not_and_may_wait(desk, case, confidant):
    advised(case, confidant)
    answer = {"by_complainant": "accepted"}
    assert post(desk, "advice-answer", case, **answer).status_code == 302
    assert Advice.objects.get().by_coach == Acceptance.UNKNOWN
    assert post(desk, "advice-answer", case, **answer, by_coach="refused").status_code == 302
    row = Advice.objects.get()
    assert (row.by_complainant, row.by_coach) == (Acceptance.ACCEPTED, Acceptance.REFUSED)
    read = text_of(desk.get(url("inspect", case)))
    assert "De klager Neemt het advies over" in read
    assert "De kunstcoach Neemt het advies niet over" in read


@pytest.mark.every_database
def test_compliance_is_recorded_also_after_closing(desk, case, confidant):
    ruled(case, confidant)
    close(case, confidant, Outcome.RULED, ruled_on=TODAY, **REASONED)
    given = {"compliance": "partly", "compliance_on": "2026-02-01"}
    assert post(desk, "comply", case, **given).status_code == 302
    assert Ruling.objects.get().compliance == Compliance.PARTLY
    assert "Nakoming Deels nagekomen" in text_of(desk.get(url("inspect", case)))


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


@pytest.mark.parametrize("stage", Stage)
def test_advice_is_for_mediation_and_a_ruling_for_the_committee(case, confidant, stage):
    if stage is not Stage.FILING:
        move(case, stage, confidant)
    for decide, where, day in (
        (records.give_advice, Stage.MEDIATION, "given_on"),
        (records.record_ruling, Stage.COMMITTEE, "ruled_on"),
    ):
        given = {"complaint": case, "by": confidant, "text": "Zo.", day: TODAY}
        if stage is where:
            assert decide(**given).sealed
        else:
            refused(decide, **given)


def test_without_advice_or_ruling_there_is_nothing_to_answer_or_carry_out(case, confidant):
    move(case, Stage.MEDIATION, confidant)
    given = {"complaint": case, "by": confidant}
    both = dict.fromkeys(("by_complainant", "by_coach"), Acceptance.ACCEPTED)
    refused(records.answer_advice, **given, **both)
    done = {"compliance": Compliance.FULL, "compliance_on": TODAY}
    refused(records.record_compliance, **given, **done)


def test_closing_shows_what_is_recorded_and_fills_in_its_date(desk, case, confidant):
    advised(case, confidant)
    assert "Praat samen." in text_of(desk.get(url("close", case, choice="advised")))
    ruled(case, confidant)
    page = desk.get(url("close", case, choice="ruled"))
    assert "De afspraak vervalt." in text_of(page)
    assert 'value="2026-01-05"' in page.content.decode()


def test_without_an_advice_closing_with_one_is_not_offered_and_it_says_why(desk, case, confidant):
    move(case, Stage.MEDIATION, confidant)
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
def test_the_dossier_holds_both_and_erasing_leaves_only_that_there_were_some(case, confidant):
    advised(case, confidant)
    ruled(case, confidant)
    history = for_complainant.dossier_of(case, sealing.case_key(case.pk))["history"]
    found = {line["kind"]: line["texts"] for line in history}
    assert found[EventKind.ADVISED] == {"given_on": "2026-01-05", "advice": "Praat samen."}
    assert found[EventKind.RULED]["ruling"] == "De afspraak vervalt."
    rights.erase_content(complaint=case, by=None, reason=rights.ErasureReason.REQUEST)
    assert Advice.objects.get().sealed is None
    assert Ruling.objects.get().sealed is None


@pytest.mark.every_database
def test_a_text_opens_only_in_its_own_place(case, confidant):
    first = advised(case, confidant)
    records.give_advice(complaint=case, by=confidant, given_on=TODAY, text="Anders.")
    second = Advice.objects.exclude(pk=first.pk).get()
    Advice.objects.filter(pk=first.pk).update(sealed=second.sealed)
    with pytest.raises(cipher.SealBroken):
        contents.open_advices(case)
