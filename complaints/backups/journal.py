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
    done, ways = 0, {ERASED: erase, WITHDRAWN: withdraw}
    for line in lines:
        case = Complaint.objects.filter(reference=line.reference).first()
        try:
            done += case is not None and ways[line.what](case, line)
        except NotAllowed as refusal:
            tell(f"{line.reference} {line.what}: {refusal}. Look at it yourself.")
        except (KeyDestroyed, SealBroken, LookupError, ValueError):  # erased since, or cut short
            continue
    return done


@transaction.atomic
def erase(case: Complaint, line: JournalLine) -> bool:
    """As it went then: only what is closed goes, and what looked like misuse goes whole.

    How it was closed since is lost; no word of that is sealed, as its key may be gone already.
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
