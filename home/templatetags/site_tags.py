"""What the public templates need beyond Django's own tags: the menu, stylesheets, form controls."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from django import template
from django.forms import BoundField
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from wagtail.blocks import StreamValue
from wagtail.models import Site
from wagtail.rich_text import RichText, expand_db_html

from home.models import OrganisationSettings
from home.shell import offered

register = template.Library()
OWN_PAGE = re.compile(r'<a href="/(?!documenten/)[^"]*">')


@register.simple_tag(takes_context=True)
def organisation_name(context: Context) -> str:
    """The name of the organisation, for the CMS: asked once a request, and by itself."""
    request = context["request"]
    if not hasattr(request, "organisation_name"):
        default = OrganisationSettings.objects.filter(site__is_default_site=True)
        request.organisation_name = default.values_list("name", flat=True).first() or ""
    return str(request.organisation_name)


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[dict[str, Any]]:
    """The links of the menu: its pages on the two levels below the site's root, in tree order."""
    request = context.get("request")
    site = Site.find_for_request(request) if request is not None else None
    if site is None:
        return []
    root, current = site.root_page, getattr(context.get("page"), "pk", None)
    return [
        {"title": page.title, "url": page.get_url(request), "is_current": page.pk == current}
        for page in offered().values()
        if page.show_in_menus and page.is_descendant_of(root) and page.depth <= root.depth + 2
    ]


@register.simple_tag
@cache
def stylesheets(names: str, room: str) -> SafeString:
    """Links the CSS of the parts named, in that order (`"ladder callout"`), out of that room."""
    return format_html_join(
        "\n",
        '<link rel="stylesheet" href="{}">',
        ((static(f"css/{room}/{name}.css"),) for name in names.split()),
    )


@register.filter
def rich(text: RichText | str | None) -> SafeString:
    """An editor's rich text, ready to show; never give it what a complainant typed."""
    source = text.source if isinstance(text, RichText) else text
    return mark_safe(expand_db_html(str(source or "")))  # noqa: S308 - what an editor wrote


@register.filter
def without_ways(html: str) -> SafeString:
    """A text to keep: its links to our own pages are words, for a page moves or is taken down."""
    return mark_safe(OWN_PAGE.sub("<a>", html))  # noqa: S308 - the same


@register.filter
def empty_rows(rows: Iterable[Any]) -> list[Any]:
    """The questions of an answer list that were left empty."""
    return [row for row in rows if not (row["text"] if isinstance(row, dict) else row.text)]


@register.filter
def has_block(stream: StreamValue, name: str) -> bool:
    """Whether an editor put a block of that kind in the text."""
    return any(block.block_type == name for block in stream)


@register.simple_tag
def described_by(bound: BoundField) -> str:
    """The ids of what explains a form field: its help, its limits, its error."""
    question: Any = bound.field.question  # type: ignore[attr-defined]  # given by its builder
    parts = {"helptext": question.help_text, "limits": question.is_files, "error": bound.errors}
    return " ".join(f"{bound.auto_id}_{name}" for name, present in parts.items() if present)


@register.simple_tag
def control(bound: BoundField) -> SafeString:
    """The input, select or textarea of a form field, tied to its explanation."""
    ids = described_by(bound)
    return bound.as_widget(attrs={"aria-describedby": ids} if ids else {})
