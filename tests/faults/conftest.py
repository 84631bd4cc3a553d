"""What the fault tests share: `make faults` runs the whole dose, `make test` a small one."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.faults.servers import IS_WHOLE, OF_THIS_RUN, Site, running_site


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Keeps what a test measured, for docs/faults.md."""
    return partial(record_property, "measured")


@pytest.fixture(params=["sqlite", "postgres"] if IS_WHOLE else [OF_THIS_RUN])
def real_site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site for one test: in `make test` on PostgreSQL, else on each in turn."""
    with running_site(request.param) as site:
        yield site


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints it."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "measured":
                terminalreporter.write_line(f"measured: {value}")
