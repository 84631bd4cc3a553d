"""Everything held about a case and meant for its complainant, as data (GDPR art. 15, 20; R-35).

The shape is published as `static/schema/dossier-1.json`; a change of it is a new version.
"""

from typing import Any

from complaints.models.case import Complaint
from complaints.models.consent import Consent
from complaints.models.procedure import ProcedureText
from complaints.questions import Answer
from complaints.services.files import StoredFile, open_files
from complaints.services.following import Happening, happenings
from complaints.services.reading import open_answers
from complaints.stages import Outcome, Stage
from complaints.terms import TermKind

VERSION = 1


def dossier_of(complaint: Complaint, key: bytes) -> dict[str, Any]:
    """The case as JSON can hold it; moments and days in ISO 8601, values as English words."""
    text: ProcedureText | None = complaint.procedure_text
    return {
        "version": VERSION,
        "reference": complaint.reference,
        "filed_at": complaint.filed_at.isoformat(),
        "received_on": complaint.received_on.isoformat(),
        "stage": Stage(complaint.stage).value,
        "is_open": complaint.is_open,
        "outcome": Outcome(complaint.outcome).value if complaint.outcome else None,
        "closed_at": complaint.closed_at.isoformat() if complaint.closed_at else None,
        "procedure": {"title": text.title, "sha256": text.sha256} if text else None,
        "terms": [
            {
                "kind": term.kind,
                "due_on": term.due_on.isoformat(),
                "met_at": term.met_at.isoformat() if term.met_at else None,
            }
            for term in complaint.terms.all()
            if TermKind(term.kind).is_promised
        ],
        "answers": [_answer(answer) for answer in open_answers(complaint, key)],
        "files": [_file(file) for file in open_files(complaint, key)],
        "history": [_happening(found) for found in happenings(complaint, key)],
        "consents": [_consent(line) for line in complaint.consents.select_related("text")],
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {"step": answer.step, "question": answer.label, "answer": answer.value}


def _file(file: StoredFile) -> dict[str, Any]:
    return {"name": file.name, "kind": file.kind, "bytes": file.size}


def _happening(found: Happening) -> dict[str, Any]:
    event = found.event
    return {
        "at": event.at.isoformat(),
        "kind": event.kind,
        "by": "complainant" if found.is_own else "organisation",
        "stage": event.stage_to or None,
        "outcome": event.outcome or None,
        "texts": found.texts,
        "read_at": found.read_at.isoformat() if found.read_at else None,
    }


def _consent(line: Consent) -> dict[str, Any]:
    return {
        "purpose": line.purpose,
        "is_given": line.is_given,
        "at": line.at.isoformat(),
        "text": line.text.html,
    }
