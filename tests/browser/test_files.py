"""Adding files in a real browser, with scripts and without, on a phone too."""

import re

import pytest
from playwright.sync_api import Page, expect

from complaints.cases.attachments import open_files
from complaints.models.case import Complaint
from tests.browser.conftest import fits, send, stands_at, tail
from tests.browser.test_filing import FORM, onward
from tests.evidence import PDF, picture

LABEL = "Bestanden toevoegen"
WAYS = {
    "scripts": {},
    "no javascript": {"java_script_enabled": False},
    "a phone": {"viewport": {"width": 320, "height": 640}},
}


def chosen(name: str, content: bytes) -> dict:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def to_files(page: Page, base: str) -> None:
    page.goto(base + FORM)
    page.get_by_label("Wat is het probleem?").fill("De coach kwam niet.")
    page.get_by_text(LABEL).first.click()


@pytest.mark.parametrize("way", [pytest.param("scripts", marks=tail), "no javascript", "a phone"])
def test_files_are_added_refused_taken_away_and_sent(base, watched, is_clean, way):
    page, photo = watched(**WAYS[way]), picture()
    to_files(page, base)
    page.get_by_label(LABEL).set_input_files(
        [chosen("brief.pdf", PDF), chosen("foto.jpg", photo), chosen("virus.exe", b"MZ\x90\x00")]
    )
    page.get_by_label("Wat had je verwacht?").fill("Dat er iemand kwam.")
    onward(page)
    expect(page.get_by_role("alert")).to_contain_text("‘virus.exe’ is een soort bestand")
    expect(page.get_by_label("Wat had je verwacht?")).to_have_value("Dat er iemand kwam.")
    expect(page.get_by_role("listitem").filter(has_text="brief.pdf")).to_be_visible()
    if way != "no javascript":
        is_clean(page)
        assert fits(page)
    page.get_by_role("button", name=re.compile("Verwijder.*brief.pdf")).click()
    expect(page.get_by_text("brief.pdf")).to_have_count(0)
    page.get_by_label(LABEL).set_input_files([chosen("nog een.txt", b"Hij kwam niet.")])
    page.get_by_role("button", name="Voeg toe").click()
    expect(page.get_by_text("nog een.txt").first).to_be_visible()
    onward(page)
    onward(page)
    expect(page.get_by_text("foto.jpg")).to_be_visible()
    send(page)
    files = open_files(Complaint.objects.get())
    assert [file.name for file in files] == ["foto.jpg", "nog een.txt"]
    assert b"".join(files[0].chunks()) == photo


def test_enter_in_a_field_goes_on_and_presses_no_files_button(base, page):
    to_files(page, base)
    page.get_by_label(LABEL).set_input_files([chosen("brief.pdf", PDF)])
    page.get_by_role("button", name="Voeg toe").click()
    page.get_by_text("In mijn antwoorden staat iets").first.click()
    page.get_by_label("In mijn antwoorden staat iets").press("Enter")
    stands_at(page, "Wie het betreft en hoe we je bereiken")
    page.get_by_role("button", name="Vorige stap").click()
    expect(page.get_by_text("brief.pdf").first).to_be_visible()
