"""The follow page as a complainant uses it: a case of theirs, in with the code, what one reads."""

import re
from html import unescape
from typing import Any

from django.test import Client

from complaints.cases.filing import file_complaint
from complaints.models.case import Complaint
from complaints.vault.codes import code_from_nonce
from tests.factories import make_filing

FOLLOW = "/klacht-volgen/"


def filed(**given: Any) -> tuple[Complaint, str]:
    """A complaint and its receipt code."""
    filing = make_filing(**given)
    return file_complaint(filing=filing), code_from_nonce(filing.nonce)


def entered(code: str) -> Client:
    """A browser that went in with this code."""
    client = Client()
    assert client.post(FOLLOW, {"action": "enter", "code": code}).status_code == 303
    return client


def text_of(response: Any) -> str:
    """What one reads on the whole page, menu and foot included."""
    page = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return " ".join(unescape(page).split())
