"""A site on SQLite goes to PostgreSQL: each row the same, and the next one has the next number."""

import json
import os
import subprocess
import sys
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

from complaints.cases.drafts import save_draft
from complaints.models.case import Complaint
from complaints.vault.codes import new_code
from tests.cases import STATES, make_case_in
from tests.factories import make_staged_file, make_user
from tools.tests import postgres

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.tail,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="it starts on SQLite"),
]
NOT_MOVED = ("sessions", "wagtailsearch")
LATER = """
from complaints.backups.restoring import open_all
from complaints.models.case import Complaint
from tests.factories import make_complaint
from wagtail.models import Page
before = Complaint.objects.count()
make_complaint()
print(open_all(print), before, Page.objects.search("klacht").count() > 0)
"""


@pytest.fixture(scope="module")
def there():
    with postgres() as environment:
        yield os.environ | environment | {"DJANGO_SETTINGS_MODULE": "config.settings.test"}


def manage(there: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "manage.py", *command]
    return subprocess.run(program, env=there, cwd=settings.ROOT, capture_output=True, text=True)


def rows_in(dump: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Each row by its model and key; of JSON what it says, for PostgreSQL keeps no order in it."""

    def said(value: Any) -> Any:
        is_json = isinstance(value, str) and value.startswith("[{")
        return json.loads(value) if is_json else value

    return {
        (row["model"], str(row["pk"])): {name: said(value) for name, value in row["fields"].items()}
        for row in json.loads(dump)
    }


def test_all_of_it_is_moved_or_nothing_and_refusals_say_why(staff, there):
    handler, reader = make_user("handler"), make_user("handler", username="reader")
    for state in STATES:
        make_case_in(state, by=staff.confidant, handler=handler, reader=reader)
    save_draft(code=new_code(), content=b"draft", files=[make_staged_file()])
    source = f"sqlite:///{connection.settings_dict['NAME']}"
    assert "older version" in manage(there, "copy_from", f"{source}-not").stderr
    User.objects.filter(pk=staff.deputy.pk).update(first_name="kanarie" * 30)
    refused = manage(there, "copy_from", source).stderr
    assert "A row of auth_user does not fit, so nothing was moved: DataError" in refused
    assert "kanarie" not in refused
    User.objects.filter(pk=staff.deputy.pk).update(first_name="é" * 150)
    dump, here = ["dumpdata", *(f"--exclude={app}" for app in NOT_MOVED)], StringIO()
    call_command(*dump, stdout=here)
    done = manage(there, "copy_from", source)
    assert "rows were copied and are the same" in done.stdout, done.stderr
    assert rows_in(manage(there, *dump).stdout) == rows_in(here.getvalue())
    opened, cases, is_found = manage(there, "shell", "-v0", "-c", LATER).stdout.split()[-3:]
    assert (int(opened), is_found) == (int(cases) + 1, "True")
    assert int(cases) == Complaint.objects.count()
    assert "not empty" in manage(there, "copy_from", source).stderr
