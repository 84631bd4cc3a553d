"""Keeps which texts were in force: consents given or taken back (R-31), and the procedure."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from complaints import notifications
from complaints.cases.case import check_not_too_much, locked, mark_unread, record
from complaints.cases.codes_and_links import end_links
from complaints.cases.history import COMPLAINANT
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import CaseContact
from complaints.models.pages import ProcedurePage, ProcedurePublication, ProcedureText
from complaints.models.privacy import Consent, ConsentPurpose, ConsentText


def append_consent(
    *,
    complaint: Complaint,
    purpose: ConsentPurpose,
    html: str,
    is_given: bool = True,
    at: datetime,
) -> Consent:
    """Writes one line of the ledger, with the exact words (HTML) it was about."""
    text = consent_texts([html])[html]
    return Consent.objects.create(
        complaint=complaint, purpose=purpose, is_given=is_given, text=text, at=at
    )


def consent_texts(htmls: Iterable[str]) -> dict[str, ConsentText]:
    """The kept text of each of these words: found in one query, written where it is new."""
    sums = {hashlib.sha256(html.encode()).hexdigest(): html for html in htmls}
    found = ConsentText.objects.in_bulk(sums, field_name="sha256")
    for sha256, html in sums.items():
        if sha256 not in found:
            found[sha256], _ = ConsentText.objects.get_or_create(
                sha256=sha256, defaults={"html": html}
            )
    return {sums[sha256]: text for sha256, text in found.items()}


@transaction.atomic
def record_consent(
    *,
    complaint: Complaint,
    purpose: ConsentPurpose,
    html: str,
    is_given: bool,
    by: User | None = None,
) -> Consent:
    """Records consent given or withdrawn after filing; `by` is who recorded it for them, if so.

    Raises TooMuchToday for giving; taking back is never refused.
    """
    case = locked(complaint)
    if by is None and is_given:
        check_not_too_much(case)
    now = timezone.now()
    consent = append_consent(complaint=case, purpose=purpose, html=html, is_given=is_given, at=now)
    kind = EventKind.CONSENTED if is_given else EventKind.WITHDREW
    record(case, kind, by, {"consent": str(purpose.label)}, label=COMPLAINANT)
    if purpose is ConsentPurpose.MAIL and not is_given:
        CaseContact.objects.filter(complaint=case).delete()
        end_links(case)
    if by is None:
        mark_unread(case)
        notifications.owe_to_handler(case, occasion=f"consent-{consent.pk}")
    return consent


def has_consent(complaint: Complaint, purpose: ConsentPurpose) -> bool:
    """Whether the newest line of the ledger for this purpose says yes."""
    newest = complaint.consents.filter(purpose=purpose).order_by("-at", "-pk").first()
    return newest is not None and newest.is_given


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
