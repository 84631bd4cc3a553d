"""The case file and its forms in a real browser: without a script, on a phone, in the dark."""

import re

from playwright.sync_api import expect

from complaints.cases import moves
from complaints.models.case import Complaint
from complaints.models.lists import ChecklistTick
from complaints.stages import Severity, Source, Stage
from tests.browser.conftest import sign_in
from tests.factories import advise, assess, make_complaint, move

DESK = "/cms/complaints/complaint/"


def rich_case(by) -> Complaint:
    case = assess(make_complaint(), by, severity=Severity.SERIOUS)
    moves.record_contact(complaint=case, by=by, note="Gebeld.")
    move(case, Stage.MEDIATION, by)
    advise(case, by)
    return case


def test_list_steps_and_templates_need_no_script(base, new_context, staff):
    case = rich_case(staff.confidant)
    desk = new_context(java_script_enabled=False).new_page()
    sign_in(desk, base, "confidant")
    desk.goto(base + DESK)
    desk.get_by_label("Fase").select_option("filing")
    desk.get_by_role("button", name="Toon", exact=True).click()
    expect(desk.get_by_text("Geen klacht past hierbij.")).to_be_visible()
    desk.get_by_role("link", name="Toon alle open zaken").click()
    desk.get_by_role("link", name=case.reference).click()
    desk.get_by_role("button", name=re.compile("^Gedaan ?: Hoor beide")).click()
    expect(desk.get_by_role("button", name=re.compile("^Toch niet ?: Hoor"))).to_be_visible()
    assert ChecklistTick.objects.get().text == "Hoor beide kanten."
    desk.get_by_text("Begin met een sjabloon").click()
    desk.get_by_role("link", name="Uitnodiging voor bemiddeling").click()
    expect(desk.get_by_label("Bericht", exact=True)).to_have_value(
        re.compile(
            rf"^Dag Noor Verzonnen,\n\nIk wil.*\n\nGroet,\n{staff.confidant.get_full_name()}$",
            re.DOTALL,
        )
    )


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
