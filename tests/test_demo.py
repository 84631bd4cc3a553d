"""`manage.py demo`: six made-up complaints in different stages, once, and only in development."""

from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone
from wagtail.models import Page

from complaints.cases.case import is_intact
from complaints.cases.contents import open_answers
from complaints.models.case import Complaint
from complaints.models.handling import Coach
from complaints.models.outbox import OwedMail
from complaints.models.privacy import Consent
from complaints.models.settings import HandlingSettings
from complaints.stages import ConsentPurpose, Outcome, Route, Stage
from complaints.terms import TermState
from demo.content import COACHES, COMPLAINTS, PEOPLE
from tests.factories import ledger
from tests.services import undone

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def run(**options: object) -> str:
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def demo(site):
    assert run(verbosity=0) == ""


def test_the_demo_files_six_complaints_in_different_stages_of_which_one_is_late(demo):
    opened = [complaint.stage for complaint in Complaint.objects.open()]
    assert sorted(opened) == sorted([Stage.FILING, Stage.MEDIATION] * 2 + [Stage.COMMITTEE])
    assert Complaint.objects.closed().get().outcome == Outcome.SOLVED
    assert all(is_intact(complaint) for complaint in Complaint.objects.all())
    late = Complaint.objects.get(next_due_on__lt=timezone.localdate())
    assert late.filed_at < timezone.now() - timedelta(days=42)
    assert late.term_state is TermState.LATE
    # One is the deputy's, and hidden from the confidant.
    routed = Complaint.objects.get(route=Route.DEPUTY)
    confidant, deputy = (
        User.objects.get(username=name) for name in ("vertrouwenspersoon", "plaatsvervanger")
    )
    assert routed.handler == deputy
    assert list(Complaint.objects.visible_to(deputy)) == [routed]
    mine = Complaint.objects.visible_to(confidant)
    assert {*mine} == {*Complaint.objects.exclude(pk=routed.pk)}


def test_r31_each_complaint_keeps_all_that_was_written_and_the_consent_it_calls_for(demo):
    kept = [{a.name: a.value for a in open_answers(c)} for c in Complaint.objects.all()]
    for wanted in COMPLAINTS:
        assert any(wanted.answers.items() <= answers.items() for answers in kept), wanted.name
    lines = [line for case in Complaint.objects.all() for line in ledger(case)]
    times = Counter(line.purpose for line in lines if line.is_given)
    once = (ConsentPurpose.HEALTH, ConsentPurpose.COMMITTEE)
    wanted = {ConsentPurpose.FILING: 6, ConsentPurpose.MAIL: 5, **dict.fromkeys(once, 1)}
    assert times == wanted


def test_the_logins_are_in_their_groups_and_a_second_run_keeps_what_was_changed(demo):
    for username, _first, _last, group in PEOPLE:
        user = User.objects.get(username=username)
        assert [held.name for held in user.groups.all()] == [group]
        assert user.check_password("demo")
        assert user.email.endswith("@example.org")
        assert not user.is_superuser

    def counts() -> list[int]:
        return [m.objects.count() for m in (Complaint, User, Coach, OwedMail, Consent)]

    user = User.objects.get(username="redactie")
    user.set_password("something of her own")
    user.save()
    HandlingSettings.objects.update(deputy=None)
    Coach.objects.exclude(name=COACHES[0]).delete()
    before = counts()
    assert run() == "Made 0 logins (password: demo) and 0 complaints.\n"
    assert counts() == before
    user.refresh_from_db()
    assert user.check_password("something of her own")
    assert HandlingSettings.objects.get().deputy is None


def test_a_confidant_named_before_stays_and_without_bootstrap_it_says_what_to_do(site):
    with undone():
        eva = User.objects.create_user("eva")
        HandlingSettings.objects.update(confidant=eva)
        run()
        handling = HandlingSettings.objects.get()
        assert (handling.confidant, handling.deputy.username) == (eva, "plaatsvervanger")
    HandlingSettings.objects.all().delete()  # while they are there, their site stays
    Page.objects.get(depth=2).delete()
    with pytest.raises(CommandError, match="bootstrap"):
        run()
    assert not User.objects.filter(username="redactie").exists()
