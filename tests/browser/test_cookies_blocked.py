"""A browser set to refuse every cookie files a complaint, with scripts and without."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Response

from complaints.models.case import Complaint
from tests.browser.conftest import SCRIPTS_OR_NOT
from tests.browser.test_filing import file_complaint

BLOCKED = {"profile": {"default_content_setting_values": {"cookies": 2}}}


@pytest.fixture
def refusing(full_chromium, tmp_path) -> Callable[..., BrowserContext]:
    """Makes a Chromium with a profile of its own, in which cookies are blocked."""
    profile = tmp_path / "profile" / "Default"
    profile.mkdir(parents=True)
    (profile / "Preferences").write_text(json.dumps(BLOCKED))
    return lambda **options: full_chromium(profile.parent, **options)


@SCRIPTS_OR_NOT
def test_a_complaint_is_filed_and_no_cookie_is_even_asked(base, refusing, scripts):
    context = refusing(java_script_enabled=scripts)
    answers: list[Response] = []
    context.on("response", lambda answer: answers.append(answer))
    page = context.new_page()
    if scripts:
        page.goto(base)
        assert page.evaluate("document.cookie = 'a=b'; document.cookie") == ""
    reference = file_complaint(page, base)
    assert Complaint.objects.get().reference == reference
    assert len(answers) > 6
    assert [answer.url for answer in answers if answer.header_value("set-cookie")] == []
    assert context.cookies() == []
