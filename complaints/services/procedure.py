"""Keeps the procedure's text each time it is published, for the cases filed under it."""

import hashlib
from datetime import datetime

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from complaints.models.pages import ProcedurePage
from complaints.models.procedure import ProcedurePublication, ProcedureText


@transaction.atomic
def keep_published_text(
    *, page: ProcedurePage, at: datetime | None = None
) -> ProcedurePublication | None:
    """Records that the page's text is in force from `at`; None when the text did not change."""
    html = procedure_html(page)
    sha256 = hashlib.sha256(html.encode()).hexdigest()
    newest = ProcedurePublication.objects.of(page).first()
    if newest is not None and newest.text.sha256 == sha256:
        return None
    text, _ = ProcedureText.objects.get_or_create(
        sha256=sha256, defaults={"title": page.title, "html": html}
    )
    return ProcedurePublication.objects.create(
        page=page, text=text, published_at=at or timezone.now()
    )


def procedure_html(page: ProcedurePage) -> str:
    """The words of the procedure as HTML, without the site around it."""
    return render_to_string("complaints/procedure_text.html", {"page": page})
