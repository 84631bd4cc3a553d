"""Does again what was erased and withdrawn since the backup that was just restored.

The journal lies beside the erasure key (`cases.forgetting`). Before anything else is started:
until then the cases are there again. Run twice it changes nothing more.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from complaints.cases.case import NotAllowed
from complaints.cases.contact import record_consent
from complaints.cases.contents import consents_now
from complaints.cases.forgetting import ERASED, JournalLine, read_journal
from complaints.cases.rights import ErasureReason, erase_content
from complaints.cases.sealing import KeyDestroyed
from complaints.models.case import Complaint
from complaints.models.privacy import ConsentPurpose
from complaints.vault.cipher import SealBroken

WORDS = ("Opnieuw ingetrokken na het terugzetten van een reservekopie.",)


class Command(BaseCommand):
    help = "Erases and withdraws again what a journal says, in the cases that are there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("journal", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        lines = read_journal(options["journal"])
        cases = Complaint.objects.in_bulk({line.case_id for line in lines})
        done = [apply(cases[line.case_id], line) for line in lines if line.case_id in cases]
        self.stdout.write(f"{len(lines)} lines read, {sum(done)} applied.")


def apply(case: Complaint, line: JournalLine) -> bool:
    """Does what the line says; False where it was done already, or cannot be any more."""
    if line.what == ERASED:
        before = case.event_count
        rule = line.detail if line.detail in list(ErasureReason) else ErasureReason.REQUEST
        return (
            erase_content(complaint=case, by=None, reason=ErasureReason(rule)).event_count > before
        )
    try:
        purpose = ConsentPurpose(line.purpose)
        now = consents_now(case).get(purpose)
        if now is None or not now.is_given or now.at > line.at:
            return False
        record_consent(complaint=case, purpose=purpose, is_given=False, words=WORDS)
    except (KeyDestroyed, SealBroken, NotAllowed):
        return False
    return True
