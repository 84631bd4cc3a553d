"""Which tests a run takes; with `--whole` it takes all of them, as `make test-all` does.

Without it, as in `make test`:

- What is marked `tail` waits for `--whole`: the second variants in the browser, such as the other
  colour scheme or another width.
- SQLite has everything else but the small dose of `faults`, which is on production's database.
- PostgreSQL has what touches the database. Of a function with parameters it has the first only,
  unless the database itself is what the test is about: it commits, it counts queries, or it is
  marked `every_database`. The browser is on SQLite, but for tests with that mark; so is what is
  marked `any_database`: it goes over every state and action there is, by SQL that others try too.
  In a file with that mark, `every_database` keeps what asks what no other test asks.

A test touches the database when it asks for it, by a mark or through a fixture.
"""

import pytest
from django.conf import settings

COUNTING = {"django_assert_num_queries", "django_assert_max_num_queries"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole", action="store_true", help="every parameter, on this database")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("whole"):
        return
    chosen = [item for item in items if not item.get_closest_marker("tail")]
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        chosen = of_postgres(chosen)
    else:
        chosen = [item for item in chosen if not item.get_closest_marker("faults")]
    taken = set(chosen)
    config.hook.pytest_deselected(items=[item for item in items if item not in taken])
    items[:] = chosen


def of_postgres(items: list[pytest.Item]) -> list[pytest.Item]:
    touching = [item for item in reversed(items) if touches_the_database(item)]
    firsts = {*{item.nodeid.partition("[")[0]: item for item in touching}.values()}
    return [item for item in items if is_about_the_database(item) or item in firsts]


def is_about_the_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("every_database") or item.get_closest_marker("faults"):
        return True
    mark = item.get_closest_marker("django_db")
    commits = mark is not None and mark.kwargs.get("transaction", False)
    counts = not COUNTING.isdisjoint(item.fixturenames)
    return (commits or counts) and not is_left_to_sqlite(item)


def touches_the_database(item: pytest.Item) -> bool:
    has_one = bool(item.get_closest_marker("django_db")) or "db" in item.fixturenames
    return has_one and not is_left_to_sqlite(item)


def is_left_to_sqlite(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("browser") or item.get_closest_marker("any_database"))
