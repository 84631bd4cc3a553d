"""The case most tests here begin with."""

from typing import Any

import pytest

from complaints.models.case import Complaint
from tests.factories import make_complaint
from tests.services import forget_mail


@pytest.fixture
def case(staff: Any) -> Complaint:
    """A complaint that the confidant handles; no mail is owed yet."""
    made = make_complaint()
    forget_mail()
    return made
