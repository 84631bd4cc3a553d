"""What is stored. Import the submodule you need, never this package: pages may call services."""

from complaints.models.attachment import Attachment
from complaints.models.case import Complaint, Event
from complaints.models.coach import Coach
from complaints.models.consent import Consent, ConsentText
from complaints.models.draft import Draft
from complaints.models.form import ComplaintFormPage
from complaints.models.form_field import ComplaintFormField
from complaints.models.keystore import KeyWrap
from complaints.models.link import FollowLink, LinkRequest
from complaints.models.outbox import CaseContact, OwedMail
from complaints.models.pages import ConfidantPage, ProcedurePage, ProcedureStage
from complaints.models.procedure import ProcedurePublication, ProcedureText
from complaints.models.reading import Reading
from complaints.models.settings import HandlingSettings
from complaints.models.term import Term

__all__ = [
    "Attachment",
    "CaseContact",
    "Coach",
    "Complaint",
    "ComplaintFormField",
    "ComplaintFormPage",
    "ConfidantPage",
    "Consent",
    "ConsentText",
    "Draft",
    "Event",
    "FollowLink",
    "HandlingSettings",
    "KeyWrap",
    "LinkRequest",
    "OwedMail",
    "ProcedurePage",
    "ProcedurePublication",
    "ProcedureStage",
    "ProcedureText",
    "Reading",
    "Term",
]
