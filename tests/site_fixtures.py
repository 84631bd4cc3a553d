"""The site as `manage.py bootstrap` makes it, for tests that need pages to look at.

A pytest plugin is loaded before Django is set up, so models are imported inside.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from wagtail.models import Site


@pytest.fixture
def site(db: None) -> "Site":
    """The site that `tests.database` bootstrapped; as it was after the test."""
    from wagtail.models import Site

    return Site.objects.get(is_default_site=True)
