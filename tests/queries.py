"""What a request asks of the database: how much, and nothing twice."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext


def assert_no_statement_twice(captured: CaptureQueriesContext) -> None:
    """Fails with the statements, values included, that were run more than once."""
    times = Counter(query["sql"] for query in captured.captured_queries)
    repeated = [f"{number} times: {sql}" for sql, number in times.items() if number > 1]
    assert not repeated, "\n".join(repeated)


@contextmanager
def few_queries(most: int) -> Iterator[CaptureQueriesContext]:
    """Fails where the block runs more than `most` statements, or one statement twice."""
    with CaptureQueriesContext(connection) as captured:
        yield captured
    asked = [query["sql"] for query in captured.captured_queries]
    assert len(asked) <= most, f"{len(asked)} statements:\n" + "\n".join(asked)
    assert_no_statement_twice(captured)
