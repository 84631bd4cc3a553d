"""The consent ledger: each purpose apart, appended, and as easy to take back as to give."""

import pytest

from complaints.cases.case import is_intact
from complaints.cases.rights import record_consent
from complaints.events import EventKind
from complaints.models.outbox import OwedMail
from complaints.models.privacy import ConsentPurpose
from complaints.stages import Stage
from tests.factories import has_consent, move
from tests.services import fresh

pytestmark = pytest.mark.django_db


def give(case, purpose, is_given=True):
    return record_consent(complaint=case, purpose=purpose, html="<p>Ja</p>", is_given=is_given)


def test_r31_each_purpose_is_kept_apart_and_both_moments_stay(case):
    assert not has_consent(case, ConsentPurpose.COACH)
    given = give(case, ConsentPurpose.COACH)
    assert has_consent(case, ConsentPurpose.COACH)
    assert not has_consent(case, ConsentPurpose.COMMITTEE)
    give(case, ConsentPurpose.COACH, is_given=False)
    assert not has_consent(case, ConsentPurpose.COACH)
    kinds = list(case.events.values_list("kind", flat=True))
    assert kinds[-2:] == [EventKind.CONSENTED, EventKind.WITHDREW]
    assert is_intact(fresh(case))
    given.is_given = False
    with pytest.raises(ValueError, match="never changed"):
        given.save()


def test_r32_withdrawing_mail_stops_the_mail(case, confidant):
    give(case, ConsentPurpose.MAIL, is_given=False)
    move(case, Stage.MEDIATION, confidant)
    assert not OwedMail.objects.filter(complaint=case, user=None).exists()
