"""R-06: advice and ruling are different records, with different words and different effects."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from complaints.cases import records
from complaints.cases.case import NotAllowed
from complaints.cases.contents import dossier_of, open_advices, open_rulings
from complaints.cases.rights import ErasureReason, erase_content
from complaints.cases.sealing import case_key
from complaints.events import EventKind
from complaints.models.handling import Advice, Ruling
from complaints.stages import Acceptance, Compliance, Outcome, Stage
from complaints.vault.codes import code_from_nonce
from complaints.worker.delivery import deliver_due
from tests.desk import post, text_of, url
from tests.factories import close, make_complaint, move
from tests.follow import FOLLOW, entered

pytestmark = pytest.mark.django_db

TODAY = date(2026, 1, 5)
REASONED = {"finding": "A", "decisions": "B", "measures": "C", "reason": "D"}


@pytest.fixture
def case():
    return make_complaint(nonce=bytes(32))


def at(case, stage, by):
    return move(case, stage, by)


def followed(code: str) -> str:
    return text_of(entered(code).get(FOLLOW))


def advised(case, by):
    at(case, Stage.MEDIATION, by)
    return records.give_advice(complaint=case, by=by, given_on=TODAY, text="Praat samen.")


def ruled(case, by):
    at(case, Stage.COMMITTEE, by)
    return records.record_ruling(complaint=case, by=by, ruled_on=TODAY, text="De afspraak vervalt.")


def test_the_complainant_reads_the_advice_and_that_it_does_not_bind(desk, case, confidant):
    at(case, Stage.MEDIATION, confidant)
    answer = post(desk, "advise", case, given_on="2026-01-05", text="Praat samen.")
    assert answer.status_code == 302
    read = followed(code_from_nonce(bytes(32)))
    assert "Praat samen." in read
    assert "Het bindt niet" in read
    assert "bindt jullie allebei" not in read


def test_the_complainant_reads_the_ruling_and_that_it_binds_both(desk, case, confidant):
    at(case, Stage.COMMITTEE, confidant)
    given = {"ruled_on": "2026-01-05", "comply_by": "2026-02-05", "text": "De afspraak vervalt."}
    assert post(desk, "rule", case, **given).status_code == 302
    read = followed(code_from_nonce(bytes(32)))
    assert "De afspraak vervalt." in read
    assert "bindt jullie allebei" in read
    assert "bindt niet" not in read
    assert "donderdag 5 februari 2026" in read


@pytest.mark.parametrize(
    ("decide", "says", "not_this"),
    [
        (advised, "bindt niet", "bindt jullie allebei"),
        (ruled, "bindt jullie allebei", "bindt niet"),
    ],
)
def test_the_mail_says_whether_it_binds_and_nothing_of_what_it_says(
    case, confidant, decide, says, not_this
):
    decide(case, confidant)
    deliver_due()
    deliver_due()
    (sent,) = [m for m in mail.outbox if "wacht" in m.body and m.to == ["noor@example.com"]]
    assert says in " ".join(sent.body.split())
    assert not_this not in sent.body
    assert "Praat samen" not in sent.body
    assert "vervalt" not in sent.body


def test_the_case_file_shows_both_apart(desk, case, confidant):
    advised(case, confidant)
    ruled(case, confidant)
    read = text_of(desk.get(url("inspect", case)))
    assert "Advies van de vertrouwenspersoon Bindt niet: elke partij kiest zelf." in read
    assert "Uitspraak van de klachtencommissie Bindt beide partijen." in read


def test_the_case_file_says_where_advice_and_ruling_belong(desk, case):
    read = text_of(desk.get(url("inspect", case)))
    assert "Advies geven kan alleen in de fase Bemiddeling." in read
    assert "Een uitspraak vastleggen kan alleen in de fase Klachtencommissie." in read


def test_each_party_takes_the_advice_over_or_not(desk, case, confidant):
    advised(case, confidant)
    answer = post(desk, "advice-answer", case, by_complainant="accepted", by_coach="refused")
    assert answer.status_code == 302
    row = Advice.objects.get()
    assert (row.by_complainant, row.by_coach) == (Acceptance.ACCEPTED, Acceptance.REFUSED)
    read = text_of(desk.get(url("inspect", case)))
    assert "De klager Neemt het advies over" in read
    assert "De kunstcoach Neemt het advies niet over" in read


def test_an_answer_that_is_not_known_yet_may_wait(desk, case, confidant):
    advised(case, confidant)
    assert post(desk, "advice-answer", case, by_complainant="accepted").status_code == 302
    assert Advice.objects.get().by_coach == Acceptance.UNKNOWN


def test_the_reason_for_colleagues_is_not_the_complainants(case, confidant):
    advised(case, confidant)
    records.answer_advice(
        complaint=case,
        by=confidant,
        by_complainant=Acceptance.ACCEPTED,
        by_coach=Acceptance.UNKNOWN,
        reason="Voor ons.",
    )
    history = dossier_of(case, case_key(case.pk))["history"]
    assert history[-1]["texts"] == {"by_complainant": "accepted"}


def test_compliance_is_recorded_also_after_closing(desk, case, confidant):
    ruled(case, confidant)
    close(case, confidant, Outcome.RULED, ruled_on=TODAY, **REASONED)
    given = {"compliance": "partly", "compliance_on": "2026-02-01"}
    assert post(desk, "comply", case, **given).status_code == 302
    assert Ruling.objects.get().compliance == Compliance.PARTLY
    assert "Nakoming Deels nagekomen" in text_of(desk.get(url("inspect", case)))


@pytest.mark.parametrize("name", ["compliance_on", "comply_by"])
def test_nothing_is_done_before_the_ruling(desk, case, confidant, name):
    if name == "compliance_on":
        ruled(case, confidant)
        answer = post(desk, "comply", case, compliance="full", compliance_on="2026-01-04")
    else:
        at(case, Stage.COMMITTEE, confidant)
        given = {"ruled_on": "2026-01-05", "comply_by": "2026-01-04", "text": "X"}
        answer = post(desk, "rule", case, **given)
    assert answer.status_code == 422
    assert "Kies een dag op of na de uitspraak." in text_of(answer)


@pytest.mark.parametrize("stage", Stage)
def test_advice_is_for_mediation_and_a_ruling_for_the_committee(case, confidant, stage):
    if stage is not Stage.FILING:
        at(case, stage, confidant)
    for decide, where, given in (
        (records.give_advice, Stage.MEDIATION, {"given_on": TODAY}),
        (records.record_ruling, Stage.COMMITTEE, {"ruled_on": TODAY}),
    ):
        if stage is where:
            assert decide(complaint=case, by=confidant, text="Zo.", **given).sealed
        else:
            with pytest.raises(NotAllowed):
                decide(complaint=case, by=confidant, text="Zo.", **given)


def test_without_advice_or_ruling_there_is_nothing_to_answer_or_carry_out(case, confidant):
    at(case, Stage.MEDIATION, confidant)
    with pytest.raises(NotAllowed):
        records.answer_advice(
            complaint=case,
            by=confidant,
            by_complainant=Acceptance.ACCEPTED,
            by_coach=Acceptance.ACCEPTED,
        )
    with pytest.raises(NotAllowed):
        records.record_compliance(
            complaint=case, by=confidant, compliance=Compliance.FULL, compliance_on=TODAY
        )


def test_closing_shows_what_is_recorded_and_fills_in_its_date(desk, case, confidant):
    advised(case, confidant)
    assert "Praat samen." in text_of(desk.get(url("close", case, choice="advised")))
    ruled(case, confidant)
    page = desk.get(url("close", case, choice="ruled"))
    assert "De afspraak vervalt." in text_of(page)
    assert 'value="2026-01-05"' in page.content.decode()


def test_without_an_advice_closing_with_one_is_not_offered_and_the_case_file_says_why(
    desk, case, confidant
):
    at(case, Stage.MEDIATION, confidant)
    assert desk.get(url("close", case, choice="advised")).status_code == 409
    read = text_of(desk.get(url("inspect", case)))
    assert "„Afgerond met advies” kan pas als het advies is vastgelegd." in read
    assert "Afsluiten: afgerond met advies" not in read


def test_closing_with_a_ruling_that_nobody_recorded_records_it(case, confidant):
    at(case, Stage.COMMITTEE, confidant)
    close(case, confidant, Outcome.RULED, ruled_on=TODAY, **REASONED)
    (ruling,) = open_rulings(case)
    assert (ruling.row.ruled_on, ruling.text) == (TODAY, "B")


def test_closing_with_a_ruling_keeps_the_one_there_is(case, confidant):
    ruled(case, confidant)
    close(case, confidant, Outcome.RULED, ruled_on=TODAY, **REASONED)
    assert [ruling.text for ruling in open_rulings(case)] == ["De afspraak vervalt."]


def test_erasing_takes_the_texts_and_leaves_that_there_were_some(case, confidant):
    advised(case, confidant)
    ruled(case, confidant)
    erase_content(complaint=case, by=None, reason=ErasureReason.REQUEST)
    assert Advice.objects.get().sealed is None
    assert Ruling.objects.get().sealed is None


def test_a_text_opens_only_in_its_own_place(case, confidant):
    first = advised(case, confidant)
    records.give_advice(complaint=case, by=confidant, given_on=TODAY, text="Anders.")
    second = Advice.objects.exclude(pk=first.pk).get()
    Advice.objects.filter(pk=first.pk).update(sealed=second.sealed)
    from complaints.vault.cipher import SealBroken

    with pytest.raises(SealBroken):
        open_advices(case)


def test_the_dossier_holds_both_in_the_published_shape(case, confidant):
    advised(case, confidant)
    ruled(case, confidant)
    history = dossier_of(case, case_key(case.pk))["history"]
    found = {line["kind"]: line["texts"] for line in history}
    assert found[EventKind.ADVISED] == {"given_on": "2026-01-05", "advice": "Praat samen."}
    assert found[EventKind.RULED]["ruling"] == "De afspraak vervalt."


def test_a_ruling_of_tomorrow_is_refused(desk, case, confidant):
    at(case, Stage.COMMITTEE, confidant)
    tomorrow = timezone.localdate() + timedelta(days=1)
    answer = post(desk, "rule", case, ruled_on=tomorrow.isoformat(), text="X")
    assert answer.status_code == 422
    assert not Ruling.objects.exists()
