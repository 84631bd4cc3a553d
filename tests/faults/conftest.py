"""What the fault tests share: `make faults` runs the whole dose, `make test` a small one."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.servers import IS_WHOLE, OF_THIS_RUN, Site, running_site


@pytest.fixture
def whole_dose() -> bool:
    """Whether to run at full strength (FAULTS=whole)."""
    return IS_WHOLE


@pytest.fixture(params=["sqlite", "postgres"] if IS_WHOLE else [OF_THIS_RUN])
def real_site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site for one test: in `make test` on PostgreSQL, else on each in turn."""
    with running_site(request.param) as site:
        yield site


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints what the tests measured, for docs/faults.md."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "measured":
                terminalreporter.write_line(f"measured: {value}")
