"""What is stored. Import the submodule you need, never this package: pages may call services."""

from complaints.models.attachment import Attachment
from complaints.models.case import Complaint, Event
from complaints.models.checklist import ChecklistItem, ChecklistTick
from complaints.models.coach import Coach
from complaints.models.consent import Consent, ConsentText
from complaints.models.decision import Advice, Ruling
from complaints.models.draft import Draft
from complaints.models.form import ComplaintFormPage
from complaints.models.form_field import ComplaintFormField
from complaints.models.keystore import KeyWrap
from complaints.models.link import FollowLink, LinkRequest
from complaints.models.outbox import CaseContact, OwedMail
from complaints.models.pages import ConfidantPage, ProcedurePage, ProcedureStage
from complaints.models.preference import DeskPreference
from complaints.models.procedure import ProcedurePublication, ProcedureText
from complaints.models.reader import Access, Exclusion, Share
from complaints.models.reading import Reading
from complaints.models.reply_template import ReplyTemplate
from complaints.models.rights import RightsRequest
from complaints.models.settings import HandlingSettings
from complaints.models.term import Term
from complaints.models.theme import Theme

__all__ = [
    "Access",
    "Advice",
    "Attachment",
    "CaseContact",
    "ChecklistItem",
    "ChecklistTick",
    "Coach",
    "Complaint",
    "ComplaintFormField",
    "ComplaintFormPage",
    "ConfidantPage",
    "Consent",
    "ConsentText",
    "DeskPreference",
    "Draft",
    "Event",
    "Exclusion",
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
    "ReplyTemplate",
    "RightsRequest",
    "Ruling",
    "Share",
    "Term",
    "Theme",
]
