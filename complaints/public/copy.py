"""The copy a complainant keeps: a PDF made from the token, fetched by a post and never stored."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Site

from complaints.models.case import Complaint
from complaints.paper.receipt import Receipt, receipt_pdf
from complaints.public.promises import is_reachable, promises, readers
from complaints.public.send import receipt_code
from complaints.public.state import FormState
from complaints.questions import answers_as_asked
from home.models import OrganisationSettings


def copy_response(request: HttpRequest, state: FormState, complaint: Complaint) -> HttpResponse:
    """A tagged PDF/A-2a of what was sent, with its reference and dates (R-52, R-63)."""
    site = Site.find_for_request(request)
    organisation = OrganisationSettings.for_site(site) if site else OrganisationSettings()
    due = dict(complaint.terms.values_list("kind", "due_on"))
    answers = answers_as_asked(state.definition, state.answers)
    receipt = Receipt(
        organisation=organisation.name,
        reference=complaint.reference,
        filed_on=timezone.localdate(complaint.filed_at),
        promises=[
            (promise["text"], promise["date"])
            for promise in promises(due, reachable=is_reachable(answers))
        ],
        readers=readers(complaint),
        answers=answers,
        receipt_code=receipt_code(state),
        contact="\n".join(filter(None, [organisation.email, organisation.phone])),
    )
    response = HttpResponse(receipt_pdf(receipt), content_type="application/pdf")
    name = _("kopie-%(reference)s.pdf") % {"reference": complaint.reference}
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
