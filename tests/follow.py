"""The follow page as a complainant uses it: a case of theirs, in with the code, what one reads."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine
from django.test import Client
from django.utils import timezone

from complaints.cases import sealing
from complaints.cases.filing import file_complaint
from complaints.models.case import Complaint
from complaints.vault.codes import code_from_nonce
from tests.desk import says as says
from tests.desk import text_of as text_of
from tests.factories import make_filing

FOLLOW = "/klacht-volgen/"
SCHEMA = Path(__file__).parents[1] / "site/static/schema/dossier-1.json"


def filed(**given: Any) -> tuple[Complaint, str]:
    """A complaint and its receipt code."""
    filing = make_filing(**given)
    return file_complaint(filing=filing), code_from_nonce(filing.nonce)


def entered(code: str) -> Client:
    """A browser that went in with this code."""
    client = Client()
    assert client.post(FOLLOW, {"action": "enter", "code": code}).status_code == 303
    return client


def opens(code: str) -> bool:
    """Whether this receipt code opens a case."""
    try:
        return bool(sealing.case_key_by_code(code))
    except sealing.CodeUnknown:
        return False


def act(client: Client, action: str, message: Any = "", *, headers: Any = None, **more: Any) -> Any:
    """Presses a button of the follow page; `more` are other fields."""
    data = {"action": action, "message": message} | more
    return client.post(FOLLOW, data, headers=headers)


def later(**passed: float) -> time_machine.travel:
    """The moment that is so much later, as a context in which time stands still."""
    return time_machine.travel(timezone.now() + timedelta(**passed), tick=False)


def read(client: Client, query: str = "") -> str:
    """What the follow page says in this browser."""
    return text_of(client.get(FOLLOW + query))


def fits(value, schema) -> None:
    """Whether a value is as a schema says, for the part of JSON Schema that ours uses."""
    if "anyOf" in schema:
        kinds = {"string": str, "array": list, "object": dict, "null": type(None)}
        fitting = [s for s in schema["anyOf"] if isinstance(value, kinds[s.get("type", "string")])]
        assert fitting, value
        schema = fitting[0]
    if schema.get("type") == "object" and "properties" in schema:
        assert set(value) == set(schema["required"]) == set(schema["properties"])
        for name, inner in schema["properties"].items():
            fits(value[name], inner)
    elif isinstance(schema.get("additionalProperties"), dict):
        for inner in value.values():
            fits(inner, schema["additionalProperties"])
    assert schema.get("type") != "string" or isinstance(value, str)
    if schema.get("type") == "array":
        for item in value:
            fits(item, schema["items"])
    if schema.get("format") == "date-time":
        assert datetime.fromisoformat(value).tzinfo is not None
    assert "enum" not in schema or value in schema["enum"]
    assert "const" not in schema or value == schema["const"]
