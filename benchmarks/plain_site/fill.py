"""Makes the plain site's pages, with the texts and the questions our own site begins with."""

import re
from typing import Any

import django

LINK = re.compile(r'data-to="(\w+)"')
SUBMISSIONS_TEXT = "<p>Bedankt.</p>"
LIKE = {"coach": "singleline", "route": "singleline", "tick": "checkbox"}
NOT_ASKED = {"step", "note", "files"}


def fill() -> None:
    """Plants a home page, a content page with the procedure's text, and a form below that."""
    from wagtail.models import Page, Site

    from benchmarks.plain_site.models import ContentPage, FormPage, HomePage
    from complaints.content import FORM, PROCEDURE, STAGES
    from home.content import HOME, WAYS_ON

    root = Page.get_first_root_node()
    front = root.add_child(instance=HomePage(title="Plain", slug="plain"))
    text = front.add_child(instance=_page(ContentPage, PROCEDURE, show_in_menus=True))
    ask = text.add_child(instance=_page(FormPage, FORM, show_in_menus=True))
    privacy = front.add_child(instance=ContentPage(title="Privacy", slug="privacy"))
    ids = {"procedure": text.pk, "confidant": text.pk, "form": ask.pk, "privacy": privacy.pk}
    cards = [
        ("card", {"page": ids[key], "title": title, "text": line}) for key, title, line in WAYS_ON
    ]
    first = [
        (
            "note",
            {
                "title": PROCEDURE["talk_first_title"],
                "text": PROCEDURE["talk_first_text"],
            },
        )
    ]
    stages = [
        (
            "note",
            {
                "title": row["title"],
                "text": f"<p>{row['who_acts']}</p><p>{row['binding']}</p>{row['text']}",
            },
        )
        for row in STAGES
    ]
    _publish(front, HOME, cards + HOME["body"], ids)
    _publish(text, PROCEDURE, first + stages + PROCEDURE["body"], ids)
    _fill_form(ask, FORM, ids)
    site = Site.objects.get()
    site.root_page, site.hostname = front, "localhost"
    site.save()
    Page.objects.get(slug="home").delete()


def _page(page_type: Any, fields: dict[str, Any], **more: Any) -> Any:
    return page_type(title=fields["title"], slug=fields["slug"], **more)


def _publish(page: Any, fields: dict[str, Any], body: list[Any], ids: dict[str, int]) -> None:
    """The words of our page, each of our blocks that is no running text as a note."""
    page.introduction = _linked(fields["introduction"], ids)
    raw = [
        {"type": kind if kind in {"prose", "card"} else "note", "value": _linked(value, ids)}
        for kind, value in body
    ]
    page.body = page.body.stream_block.to_python(raw)
    page.save_revision().publish()


def _fill_form(page: Any, fields: dict[str, Any], ids: dict[str, int]) -> None:
    """The same questions as ours, on one page, as Wagtail's form has them."""
    from benchmarks.plain_site.models import FormField
    from complaints.content import QUESTIONS

    page.introduction = _linked(fields["introduction"] + fields["privacy_notice"], ids)
    page.thank_you_text = SUBMISSIONS_TEXT
    page.to_address, page.from_address, page.subject = "a@example.org", "b@example.org", "Nieuw"
    page.form_fields = [
        FormField(
            sort_order=number,
            clean_name=row["id"],
            label=row["label"],
            help_text=row.get("help_text", ""),
            choices="\n".join(row.get("choices", {}).values()),
            required=False,
            field_type=row.get("shape") or LIKE.get(row["type"], row["type"]),
        )
        for number, row in enumerate(QUESTIONS)
        if row["type"] not in NOT_ASKED
    ]
    page.save_revision().publish()


def _linked(value: Any, ids: dict[str, int]) -> Any:
    """The value with each `data-to` made into Wagtail's link to that page, at any depth."""
    if isinstance(value, str):
        return LINK.sub(lambda found: f'linktype="page" id="{ids[found[1]]}"', value)
    if isinstance(value, dict):
        return {name: _linked(part, ids) for name, part in value.items()}
    return value


if __name__ == "__main__":
    django.setup()
    fill()
