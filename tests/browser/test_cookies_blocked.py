"""A browser set to refuse every cookie files a complaint, with scripts and without."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Response

from complaints.models.case import Complaint
from tests.browser.test_filing import file_complaint
from tests.conftest import note_stranger
from tools.chromium import FLAGS, find_chromium

BLOCKED = {"profile": {"default_content_setting_values": {"cookies": 2}}}


@pytest.fixture
def refusing(chromium, tmp_path) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a Chromium with a profile of its own, in which cookies are blocked."""
    profile = tmp_path / "profile" / "Default"
    profile.mkdir(parents=True)
    (profile / "Preferences").write_text(json.dumps(BLOCKED))
    contexts: list[BrowserContext] = []
    strangers: list[str] = []

    def make(**options: object) -> BrowserContext:
        context = chromium.browser_type.launch_persistent_context(
            str(profile.parent), executable_path=find_chromium(), args=FLAGS, **options
        )
        context.set_default_timeout(10_000)
        context.on("request", lambda sent: note_stranger(sent.url, strangers))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert not strangers, f"requests left localhost: {strangers}"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
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
