"""Does again what was erased and withdrawn since the backup that is being restored.

The journal lies beside the erasure key (`cases.forgetting`). Until it is applied the cases are
there again. Done twice it changes nothing more.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction

from complaints.cases.case import NotAllowed, locked
from complaints.cases.contact import record_consent
from complaints.cases.contents import consents_now
from complaints.cases.forgetting import ERASED, WITHDRAWN, JournalLine
from complaints.cases.moves import end_case
from complaints.cases.rights import erase_content
from complaints.cases.sealing import KeyDestroyed
from complaints.models.case import Complaint
from complaints.models.privacy import ConsentPurpose, ErasureReason
from complaints.stages import Outcome
from complaints.vault.cipher import SealBroken

WORDS = ("Opnieuw ingetrokken na het terugzetten van een reservekopie.",)


def apply_journal(lines: Iterable[JournalLine], tell: Callable[[str], Any]) -> int:
    """Returns how many of the lines changed a case that is there; tells what cannot be done."""
    by_reference: dict[str, list[JournalLine]] = {}
    for line in lines:
        by_reference.setdefault(line.reference, []).append(line)
    cases = Complaint.objects.in_bulk(by_reference, field_name="reference")
    return sum(
        _apply(case, line, tell) for name, case in cases.items() for line in by_reference[name]
    )


def _apply(case: Complaint, line: JournalLine, tell: Callable[[str], Any]) -> bool:
    """Does what the line says; False where it was done already, or cannot be done."""
    try:
        if line.what == ERASED:
            return erase(case, line)
        return line.what == WITHDRAWN and withdraw(case, line)
    except NotAllowed as refusal:
        tell(f"{line.reference} {line.what}: {refusal}. Look at it yourself.")
    except (KeyDestroyed, SealBroken, ValueError):  # erased since, or a line cut short
        pass
    return False


@transaction.atomic
def erase(case: Complaint, line: JournalLine) -> bool:
    """As it went then: only what is closed goes, and what looked like misuse goes whole.

    The backup may be from before it was closed: how it was closed went with what is lost. No word
    is sealed: its key may be gone already.
    """
    case = locked(case)
    before = case.event_count
    rule = line.detail if line.detail in list(ErasureReason) else ErasureReason.REQUEST
    if case.is_open and case.sealed and rule != ErasureReason.SUSPECT:
        outcome = Outcome.SLIP if rule == ErasureReason.MISTAKE else Outcome.WITHDRAWN
        end_case(case, outcome, None, {})
    after = erase_content(complaint=case, by=None, reason=ErasureReason(rule))
    is_done = after.event_count > before
    if rule == ErasureReason.SUSPECT:
        case.delete()
    return is_done


def withdraw(case: Complaint, line: JournalLine) -> bool:
    """Unless it was given again since."""
    purpose = ConsentPurpose(line.purpose(case))
    now = consents_now(case).get(purpose)
    if now is None or not now.is_given or now.at > line.at:
        return False
    record_consent(complaint=case, purpose=purpose, is_given=False, words=WORDS)
    return True
