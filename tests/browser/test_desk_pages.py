"""R-50: every page of the desk, as its addresses and its actions say, is accessible and fits.

Each action is opened in a case whose state allows it, in choices that ask all it can ask: a page
that only says no is no look at its form. On a desk; in `make test-all` also on a phone in the dark.
"""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.urls.converters import UUIDConverter
from django.utils import timezone
from playwright.sync_api import Page

from complaints.cases import conversation, moves
from complaints.models.case import Complaint
from complaints.models.privacy import Access
from complaints.staff.actions import ACTIONS
from complaints.staff.desk import EDITORS, HANDLERS, ComplaintAdmin
from complaints.staff.list.views import CaseListView
from complaints.staff.permissions import case_or_404
from complaints.stages import Source
from tests.browser.conftest import TOO_WIDE, check_desk, is_clean, tail
from tests.browser.measure import PHONE, WIDE, top_of
from tests.cases import STATES, address_of, every_way, make_case_in
from tests.desk import NAME, client_for, url
from tests.factories import make_complaint, make_user
from tests.follow import filed

DOWNLOADS = {"file", "copy", "dossier-pdf"}
LOOKS = {
    "a desk": {"reduced_motion": "reduce"},
    "a phone in the dark": {"viewport": PHONE, "color_scheme": "dark", "reduced_motion": "reduce"},
}
# Puts another page's main part here, if it has the same sheets and scripts, and those only.
PUT = """async (address) => {
  if (location.protocol === "about:") return null;
  const answer = await fetch(address);
  const read = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [old, main] = [document, read].map((each) => each.querySelector("main"));
  const needs = (page) => [page.body.className.replace(" ready", ""), ...[...page.querySelectorAll(
    "link[rel=stylesheet], style, script[src]")].map((each) => each.outerHTML)].join("\\n");
  if (needs(read) !== needs(document)) return null;
  old.replaceWith(main);
  history.replaceState(null, "", address);
  return answer.status;
}"""


@pytest.fixture(params=["a desk", pytest.param("a phone in the dark", marks=tail)])
def page(request, desk, staff) -> Page:
    """The confidant's browser."""
    return desk(**LOOKS[request.param])


def bring(page: Page, address: str) -> None:
    """Opens a page at 200; around its main part most pages of the desk are what stands there."""
    status = page.evaluate(PUT, address) or page.goto(address).status
    assert status == 200, address


@pytest.fixture
def cases(base, staff) -> dict:
    handler, reader = (make_user("handler", username=name) for name in ("derde", "meelezer"))
    people = {"by": staff.confidant, "handler": handler, "reader": reader}
    return {state: make_case_in(state, **people) for state in STATES}


def test_every_form_of_an_action_is_seen(base, page, cases, staff):
    """With every field it has; those that ask most first, so that none is seen for what was."""
    by, forms = staff.confidant, {}
    seen = [case_or_404(by, case.pk) for case in cases.values()]
    for action, choice in every_way():
        case = next(case for case in seen if action.is_allowed(by, case, choice))
        asked = {"itself", *action.fields(by, case, choice)}
        forms[address_of(case, action, choice)] = {(action.name, name) for name in asked}
    shown = set()
    for address, fields in sorted(forms.items(), key=lambda form: -len(form[1])):
        if fields <= shown:
            continue
        shown |= fields
        bring(page, base + address)
        assert page.locator("main .action form button[type=submit]").count() == 1, address
        check_desk(page)


def test_every_page_that_is_no_action(base, page, cases, staff, monkeypatch):
    """Each address of the desk is seen at 200, and so are the panel, the guides, a second page."""
    monkeypatch.setattr(CaseListView, "paginate_by", 5)
    first = next(iter(cases.values()))
    addresses = [
        *(reverse(NAME + "inspect", args=[case.pk]) for case in cases.values()),
        reverse(NAME + "accesses", args=[first.pk]),
        *pages_without_case(),
        *(reverse(NAME + name, args=[first.pk]) for name in ("move", "close")),
        reverse(NAME + "decide", args=[cases["closed"].pk]),
        reverse("guide", args=[EDITORS]),
        reverse("guide", args=[HANDLERS]),
        *(reverse(name) for name in ("handlers", "selfcheck")),
        reverse("handler", args=[staff.deputy.pk]),
        reverse(NAME + "index") + "?p=2",
        reverse(NAME + "index") + "?stage=filing&suspect=all",
        reverse(NAME + "index") + "?stage=committee&term=late",
        reverse(NAME + "export") + "?stage=filing",
        reverse("wagtailadmin_home"),
    ]
    for address in addresses:
        bring(page, base + address)
        check_desk(page)


def test_a_case_file_begins_with_the_complaint(base, desk, staff):
    """Within the first screen, also with news above it, of 100 events as of a new case."""
    page = desk()
    new, (long, code) = make_complaint(), filed()
    client_for(staff.confidant).get(url("inspect", long))
    Access.objects.update(at=timezone.now() - timedelta(hours=1))
    moves.add_note(complaint=long, by=staff.deputy, reason="Gezien.")
    for number in range(33):
        conversation.write_to_handler(complaint=long, text=f"Bericht {number}", code=code)
        conversation.write_to_complainant(complaint=long, text=f"{number}", by=staff.deputy)
        moves.add_note(complaint=long, by=staff.deputy, reason="Gebeld, geen gehoor.")
    for case in (new, long):
        page.goto(base + reverse(NAME + "inspect", args=[case.pk]))
        for size in (WIDE, PHONE):
            page.set_viewport_size(size)
            first = top_of(page, ".answer dd")
            assert first < size["height"] - 40, (case, size, first)
            assert page.evaluate(TOO_WIDE) == 0
            if (case, size) != (new, WIDE):  # which is looked at above
                is_clean(page, within="main" if case is new else ".case-news")


def test_no_address_of_the_desk_is_forgotten():
    """Downloads and the way to the next case are no pages; all else is above, or an action."""
    urls = ComplaintAdmin().get_admin_urls_for_registration()
    names = {url.name.removeprefix(NAME) for url in urls if is_of_a_case(url)}
    pages = {"inspect", "accesses", *(action.name for action in ACTIONS)}
    assert names == {*pages, *DOWNLOADS, "next"}


def test_what_is_said_when_something_is_wrong_or_was_made(base, page, staff):
    case, _other = make_complaint(), make_user("handler", username="ander")
    page.goto(f"{base}/cms/")
    link = page.get_by_role("link", name="Klachten, 1 ongelezen", include_hidden=True)
    assert link.evaluate("(link) => getComputedStyle(link, '::after').content") == '"1"'

    def send(name: str, status: int, **texts: str) -> None:
        for field, text in texts.items():
            page.locator(f"main [name={field}]").fill(text)
        with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
            page.locator("main form button[type=submit]").last.click()
        page.wait_for_load_state()
        assert answer.value.status == status, name
        check_desk(page)

    def open_page(name: str, *args: object) -> None:
        bring(page, base + reverse(NAME + name, args=args))

    assert page.goto(base + reverse(NAME + "reopen", args=[case.pk])).status == 409
    check_desk(page)
    open_page("note", case.pk)
    moves.add_note(complaint=case, by=staff.deputy, reason="Intussen gebeld.")
    send("a note beside somebody else's", 409, reason="Mijn notitie.")
    open_page("assess", case.pk)
    send("an assessment of nothing", 422)
    open_page("coach-told", case.pk)
    page.get_by_label("De kunstcoach is geïnformeerd").check()
    send("the coach was told on no day", 422, reason="Per brief.")
    open_page("export")
    page.evaluate("document.querySelectorAll('[name=format]').forEach((it) => it.checked = false)")
    send("an export to no kind of file", 422)
    open_page("register")
    send("a registration of nothing", 422)
    for box in ("Brief", "Vertrouwenspersoon", "Nog niet gevraagd"):
        page.locator("main").get_by_label(box, exact=True).check()
    page.locator("main").get_by_label("Wanneer kwam ze binnen?").fill("2026-01-05")
    page.locator("main").get_by_label("Wat is er gebeurd?").fill("Mijn coach kwam niet.")
    scan = {"name": "brief.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 x %%EOF"}
    page.locator("#id_scans").set_input_files(scan)
    send("a letter", 200)
    letter = Complaint.objects.get(source=Source.LETTER)
    assert letter.attachments.count() == 1
    with page.expect_download() as download:
        page.get_by_role("button", name="Download de kopie met volgcode (pdf)").click()
    assert download.value.suggested_filename == f"kopie-{letter.reference}.pdf"
    open_page("conflict", case.pk)
    send("stepping back, asked once more", 200)
    assert page.get_by_text("Weet je het zeker?").is_visible()
    open_page("code", case.pk)
    send("a new code", 200, reason="Ik belde terug op het bekende nummer.")
    assert page.locator("main .action-secret").is_visible()
    open_page("hand_over")
    send("handing over to nobody", 422)
    page.get_by_label("Aan wie?").select_option(label="Ander Test")
    send("handing over, asked once more", 200)
    send("handing over", 302)
    assert page.get_by_text("2 zaken zijn overgedragen aan Ander Test.").is_visible()


def pages_without_case() -> list[str]:
    """All but the results of the list, which are a part of a page."""
    urls = ComplaintAdmin().get_admin_urls_for_registration()
    names = {url.name for url in urls if not is_of_a_case(url)} - {NAME + "results"}
    return [reverse(name) for name in sorted(names)]


def is_of_a_case(url) -> bool:
    return any(isinstance(each, UUIDConverter) for each in url.pattern.converters.values())
