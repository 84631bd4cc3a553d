"""What each task of the desk costs its reader: clicks, and scrolling to get at what is clicked.

What is typed, or ticked in a form, is what one has to say, and no click.
"""

from playwright.sync_api import expect

from complaints.cases import conversation
from tests.browser.conftest import sign_in
from tests.desk import LIST
from tests.factories import make_answers, make_complaint
from tests.follow import filed

WINDOW = {"width": 1280, "height": 900}


def test_a_confidants_day(base, watched, staff, costs):
    make_complaint(answers=make_answers(name="Zoë Çelik", coach="Joris"))
    (written, code), new = filed(), make_complaint(answers=make_answers(name="Ruud Nieuw"))
    conversation.write_to_handler(complaint=written, text="Wanneer hoor ik iets?", code=code)
    page = watched(viewport=WINDOW)
    sign_in(page, base, "confidant")
    main = page.locator("main")
    page.goto(base + LIST)
    with costs(1):
        main.get_by_role("link", name="Ruud Nieuw").click()
        expect(main.locator(".answer dd").first).to_be_in_viewport(ratio=1)
        assert page.evaluate("scrollY") == 0
    with costs(4):
        main.get_by_role("link", name="Eerste beoordeling").first.click()
        for name in ("Licht", "Niemand loopt gevaar", "Eenvoudig", "Klein", "Nee"):
            main.get_by_label(name, exact=True).check()
        main.get_by_role("button", name="Beoordeling vastleggen").click()
        main.get_by_role("link", name="Neem persoonlijk contact op").click()
        main.get_by_label("Wat is er besproken?").fill("Gebeld.")
        main.get_by_role("button", name="Persoonlijk contact vastleggen").click()
    for step in ("Leg de eerste beoordeling vast.", "Neem persoonlijk contact op met de klager."):
        expect(main.locator(".case-step--done", has_text=step)).to_be_visible()
    with costs(1):
        main.get_by_role("link", name="Volgende zaak").click()
        expect(main.locator(".case-standing")).not_to_contain_text(new.reference)
    page.goto(f"{base}{LIST}inspect/{written.pk}/")
    expect(main.get_by_text("Wanneer hoor ik iets?")).to_be_visible()
    with costs(1):
        main.get_by_label("Bericht", exact=True).fill("Deze week nog.")
        main.get_by_role("button", name="Versturen").click()
        expect(page.get_by_text("Het bericht staat klaar voor de klager.")).to_be_visible()
        expect(main.locator("#answer")).to_be_visible()
    page.goto(base + LIST)
    with costs(0):
        page.get_by_placeholder("Naam, coach").fill("zoe celik")
        page.keyboard.press("Enter")
        expect(main.locator(".cases tbody tr")).to_have_count(1)
    expect(main.get_by_role("link", name="Zoë Çelik")).to_be_visible()
