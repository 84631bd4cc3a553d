"""Does again what was erased and withdrawn since the backup that was just restored.

The journal lies beside the erasure key (`cases.forgetting`). Before anything else is started:
until then the cases are there again. Run twice it changes nothing more.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from complaints.cases.case import NotAllowed, locked
from complaints.cases.contact import record_consent
from complaints.cases.contents import consents_now
from complaints.cases.forgetting import ERASED, WITHDRAWN, JournalLine, read_journal
from complaints.cases.moves import end_case
from complaints.cases.rights import erase_content
from complaints.cases.sealing import KeyDestroyed
from complaints.models.case import Complaint
from complaints.models.privacy import ConsentPurpose, ErasureReason
from complaints.stages import Outcome
from complaints.vault.cipher import SealBroken

ERASED_SINCE = "Gewist na het terugzetten van een reservekopie."
WORDS = ("Opnieuw ingetrokken na het terugzetten van een reservekopie.",)


class Command(BaseCommand):
    help = "Erases and withdraws again what a journal says, in the cases that are there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("journal", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        lines = read_journal(options["journal"])
        references = {line.reference for line in lines}
        cases = Complaint.objects.in_bulk(references, field_name="reference")
        done = [
            self.apply(cases[line.reference], line) for line in lines if line.reference in cases
        ]
        self.stdout.write(f"{len(lines)} lines read, {sum(done)} applied.")

    def apply(self, case: Complaint, line: JournalLine) -> bool:
        """Does what the line says; False where it was done already, or cannot be done."""
        try:
            if line.what == ERASED:
                return erase(case, line)
            return line.what == WITHDRAWN and withdraw(case, line)
        except NotAllowed as refusal:
            self.stderr.write(f"{line.reference} {line.what}: {refusal}. Look at it yourself.")
        except (KeyDestroyed, SealBroken, ValueError):  # erased since, or a line cut short
            pass
        return False


@transaction.atomic
def erase(case: Complaint, line: JournalLine) -> bool:
    """As it went then: only what is closed goes, and what looked like misuse goes whole.

    The backup may be from before it was closed: how it was closed went with what is lost.
    """
    case = locked(case)
    before = case.event_count
    rule = line.detail if line.detail in list(ErasureReason) else ErasureReason.REQUEST
    if case.is_open and case.sealed and rule != ErasureReason.SUSPECT:
        outcome = Outcome.SLIP if rule == ErasureReason.MISTAKE else Outcome.WITHDRAWN
        end_case(case, outcome, None, {"reason": ERASED_SINCE})
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
