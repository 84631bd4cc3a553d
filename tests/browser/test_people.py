"""Who reads and who handles, in two browsers: sharing, its end, stepping back, handing over."""

from playwright.sync_api import Page, expect

from complaints.models.case import Complaint
from tests.browser.conftest import settle, sign_in, unfold
from tests.factories import make_complaint, make_user

DESK = "/cms/complaints/complaint/"
WIDE = {"width": 1280, "height": 900}


def do(page: Page, title: str, *, person: str = "", label: str = "") -> None:
    """Follows a link of the case file to its form, and sends that."""
    main = page.locator("main")
    unfold(page)
    main.get_by_role("link", name=title, exact=True).click()
    expect(main.get_by_role("heading", level=1)).to_have_text(title)
    if person:
        main.get_by_label(label).select_option(label=person)
    main.get_by_role("button", name=title).click()
    settle(page)


def test_a_case_is_shared_stopped_and_let_go_of(base, watched, is_clean, staff):
    other = make_user("handler", username="ander")
    case = make_complaint()
    confidant, reader = watched(viewport=WIDE), watched(viewport=WIDE)
    sign_in(confidant, base, "confidant")
    confidant.goto(f"{base}/cms/")
    link = confidant.get_by_role("link", name="Klachten, 1 ongelezen")
    expect(link).to_be_visible()
    shown = link.evaluate("(link) => getComputedStyle(link, '::after').content")
    assert shown == '"1"'
    confidant.goto(f"{base}{DESK}inspect/{case.pk}/")
    expect(confidant.get_by_role("link", name="Klachten, 1 ongelezen")).to_have_count(0)
    do(confidant, "Delen met nog iemand", person="Ander Test", label="Met wie deel je deze zaak?")

    sign_in(reader, base, "ander")
    reader.goto(f"{base}{DESK}")
    reader.get_by_role("link", name=case.reference).click()
    main = reader.locator("main")
    expect(main.get_by_text("Ander Test (gedeeld met)")).to_be_visible()
    unfold(reader)
    expect(main.get_by_role("link", name="Notitie of document toevoegen")).to_be_visible()
    expect(main.get_by_role("link", name="Delen met nog iemand")).to_have_count(0)
    is_clean(reader, within="main")

    confidant.get_by_role("link", name="Wie dit dossier las").click()
    expect(confidant.get_by_text("Ander Test: dossier gelezen")).to_be_visible()
    confidant.go_back()
    confidant.reload()
    unfold(confidant)
    do(confidant, "Delen stoppen", person="Ander Test", label="Met wie stop je met delen?")
    assert reader.reload().status == 404

    do(confidant, "Ik ben hier zelf bij betrokken")
    confidant.get_by_role("button", name="Ja: Ik ben hier zelf bij betrokken").click()
    expect(confidant).to_have_url(base + DESK)
    expect(confidant.get_by_text("Je ziet deze zaak niet meer.")).to_be_visible()
    expect(confidant.get_by_text(case.reference)).to_have_count(0)
    assert Complaint.objects.get().handler == staff.deputy
    assert other not in {staff.confidant, staff.deputy}


def test_a_successor_gets_all_running_cases_by_keyboard(base, watched, is_clean, staff):
    other = make_user("handler", username="ander")
    for _ in range(3):
        make_complaint()
    page = watched(viewport=WIDE)
    sign_in(page, base, "confidant")
    page.goto(base + DESK)
    page.get_by_role("button", name="Acties").press("Enter")
    for link in ("Behandelaars", "Zaken overdragen"):
        page.get_by_role("link", name=link).focus()
        page.keyboard.press("Enter")
    main = page.locator("main")
    expect(main.get_by_role("heading", level=1)).to_have_text("Zaken overdragen")
    main.get_by_role("button", name="Zaken overdragen").press("Enter")
    expect(main.get_by_text("Kies wie de zaken krijgt.").first).to_be_visible()
    is_clean(page, within="main")
    main.get_by_label("Aan wie?").select_option(label="Ander Test")
    main.get_by_role("button", name="Zaken overdragen").press("Enter")
    expect(main.get_by_text("3 zaken van Confidant Test: voortaan behandelt Ander")).to_be_visible()
    is_clean(page, within="main")
    main.get_by_role("button", name="Ja: Zaken overdragen").press("Enter")
    expect(page.get_by_text("3 zaken zijn overgedragen aan Ander Test.")).to_be_visible()
    settle(page)
    is_clean(page, within="main")
    assert set(Complaint.objects.values_list("handler", flat=True)) == {other.pk}
