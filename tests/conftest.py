"""What every test shares: the Dutch locale, a scratch folder, a bootstrapped database."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core.cache import caches
from django.test import TransactionTestCase
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from tests import database
from tests.accounts.doors import show_factor

pytest_plugins = ["tests.selection"]

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("ours", deadline=None)
hypothesis.settings.load_profile("ours")


def pytest_configure(config: pytest.Config) -> None:
    """Gives each xdist worker a key file and media folder of its own, subprocesses included."""
    gc.disable()  # until all is collected: next to nothing of that goes
    if "TEST_SCRATCH" not in os.environ:  # the test settings made a folder, so nobody else ends it
        config.add_cleanup(lambda: shutil.rmtree(settings.VAR, ignore_errors=True))
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        database.forget_copies(Path(settings.VAR), keep_template=keeps_template(config))
    scratch = Path(settings.VAR, worker)
    os.environ["TEST_SCRATCH"] = str(scratch)
    settings.MEDIA_ROOT = scratch / "media"
    settings.FILES_DIR = scratch / "files"
    settings.STATIC_ROOT = scratch / "static"
    settings.VAULT_KEY_FILE = str(scratch / "vault.keys")
    settings.ERASURE_KEY_FILE = str(scratch / "erasure.keys")
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True, scope="session")
def factors_are_shown() -> Iterator[None]:
    """Whoever `force_login` lets in has shown a factor: most tests are about what is behind it."""
    user_logged_in.connect(show_factor)
    yield
    user_logged_in.disconnect(show_factor)


def pytest_collection_finish() -> None:
    """Spares the collector what stays until the end: Django, Wagtail and the tests themselves."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Every test begins in a bootstrapped database, also after one that committed."""
    with django_db_blocker.unblock():
        database.connect_to_copy(keep_template=keeps_template(request.config))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: database.put_back())
        yield


def keeps_template(config: pytest.Config) -> bool:
    return config.getoption("reuse_db") and not config.getoption("create_db")


@pytest.fixture(autouse=True)
def dutch() -> Iterator[None]:
    """Every test starts in Dutch, whatever language the one before it left behind."""
    with translation.override("nl"):
        yield


@pytest.fixture
def site(db: None) -> Any:
    """The site as `manage.py bootstrap` made it (`tests.database`); as it was after the test."""
    from wagtail.models import Site

    return Site.objects.get(is_default_site=True)


@pytest.fixture
def staff(db: None) -> SimpleNamespace:
    """The confidant, the deputy and a manager, as the settings name them."""
    from tests.factories import make_user

    return SimpleNamespace(**{role: make_user(role) for role in ("confidant", "deputy", "manager")})


@pytest.fixture(autouse=True)
def fresh_caches() -> None:
    """No test sees the header of the one before, or counts its posts."""
    for cache in caches.all():
        cache.clear()
