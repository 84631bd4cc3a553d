"""Who handles complaints, and the desk of the confidant, for every test about complaints."""

from typing import Any

import pytest
from django.test import Client

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
