"""What is stored. Import the submodule you need, never this package: pages may call services."""

from complaints.models.access_log import Access
from complaints.models.attachment import Attachment
from complaints.models.case import Complaint, Event, ReadReceipt
from complaints.models.decision import Advice, Ruling
from complaints.models.form import ComplaintFormPage
from complaints.models.form_field import ComplaintFormField
from complaints.models.handlers import DeskPreference
from complaints.models.keystore import KeyWrap
from complaints.models.lists import ChecklistItem, ChecklistTick, Coach, ReplyTemplate, Theme
from complaints.models.outbox import CaseContact, OwedMail
from complaints.models.pages import (
    ConfidantPage,
    ProcedurePage,
    ProcedurePublication,
    ProcedureStage,
    ProcedureText,
)
from complaints.models.privacy import Consent, ConsentText, RightsRequest
from complaints.models.settings import HandlingSettings
from complaints.models.term import Term
from complaints.models.visibility import Exclusion, Share
from complaints.models.ways_back import Draft, FollowLink, LinkRequest

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
    "ReadReceipt",
    "ReplyTemplate",
    "RightsRequest",
    "Ruling",
    "Share",
    "Term",
    "Theme",
]
