"""A letter, registered in a real browser."""

from playwright.sync_api import expect

from complaints.models.case import Complaint
from complaints.stages import Source
from tests.browser.conftest import sign_in

DESK = "/cms/complaints/complaint/"


def test_a_letter_becomes_a_complaint_with_a_code_to_hand_over(base, watched, is_clean, staff):
    desk = watched()
    sign_in(desk, base, "confidant")
    desk.goto(base + DESK)
    desk.get_by_role("link", name="Registreren").click()
    main = desk.locator("main")
    main.get_by_label("Brief").check()
    main.get_by_label("Wanneer kwam ze binnen?").fill("2026-01-05")
    main.get_by_label("Wat is er gebeurd?").fill("Mijn coach kwam niet.")
    main.get_by_label("Vertrouwenspersoon", exact=True).check()
    main.get_by_label("Nog niet gevraagd").check()
    main.locator("#id_scans").set_input_files(
        {"name": "brief.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 x %%EOF"}
    )
    main.get_by_role("button", name="Registreer de klacht").click()
    expect(main.get_by_role("heading", level=1)).to_have_text("De klacht is geregistreerd")
    is_clean(desk, within="main")
    with desk.expect_download() as download:
        main.get_by_role("button", name="Download de kopie met volgcode (pdf)").click()
    case = Complaint.objects.get()
    assert download.value.suggested_filename == f"kopie-{case.reference}.pdf"
    assert case.source == Source.LETTER
    assert case.attachments.count() == 1
