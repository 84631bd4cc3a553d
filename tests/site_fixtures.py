"""The site as `manage.py bootstrap` makes it, for tests that need pages to look at.

A pytest plugin is loaded before Django is set up, so models are imported inside.
"""

from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

if TYPE_CHECKING:
    from wagtail.models import Site


@pytest.fixture
def site(db: None) -> "Site":
    """A bootstrapped site; gone after the test."""
    from wagtail.models import Site

    call_command("bootstrap", verbosity=0)
    return Site.objects.get(is_default_site=True)
