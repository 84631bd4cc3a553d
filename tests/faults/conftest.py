"""The whole dose runs in `make faults`; `make test` takes a small one."""

import os

import pytest


@pytest.fixture
def whole_dose() -> bool:
    """Whether to run at full strength (FAULTS=whole)."""
    return os.environ.get("FAULTS") == "whole"
