"""`seed_complaints`, of the benchmarks' settings: many cases that are sealed as real ones are."""

import pytest
from django.core.management import call_command

from benchmarks.management.commands.seed_complaints import Command
from complaints.cases.case import is_intact
from complaints.cases.contents import open_answers
from complaints.models.case import Complaint
from tests.factories import make_user


@pytest.mark.django_db
def test_seeded_complaints_are_sealed_and_intact(site):
    handlers = {make_user("confidant").pk, make_user("handler").pk}
    call_command(Command(), 30, verbosity=0)
    assert Complaint.objects.count() == 30
    case = Complaint.objects.first()
    assert is_intact(case)
    assert open_answers(case)[1].text == "Fien Verzonnen"
    assert b"Fien" not in bytes(case.sealed)
    assert {*Complaint.objects.values_list("handler", flat=True)} == handlers
