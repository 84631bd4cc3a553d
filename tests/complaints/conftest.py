"""Who handles complaints, and the desk of the confidant, for every test about complaints."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from complaints.models.outbox import OwedMail
from complaints.models.settings import DeskPreference
from tests.desk import client_for
from tests.factories import make_user


@pytest.fixture
def confidant(request: pytest.FixtureRequest, db: None) -> Any:
    """The confidant; the one of `staff` in a test that asks for them all."""
    if "staff" in request.fixturenames:
        return request.getfixturevalue("staff").confidant
    return make_user("confidant")


@pytest.fixture
def other(db: None) -> Any:
    """Somebody else who handles complaints, named in no setting."""
    return make_user("handler", username="ander")


@pytest.fixture
def desk(confidant: Any) -> Client:
    """The confidant's browser."""
    return client_for(confidant)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Tuesday 8 December 2026, ten o'clock, until it is moved."""
    with time_machine.travel("2026-12-08 10:00:00+01:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def reader(staff):
    """The confidant, who wants the digest; nothing is owed yet."""
    DeskPreference.objects.create(user=staff.confidant, wants_digest=True)
    OwedMail.objects.all().delete()
    return staff.confidant
