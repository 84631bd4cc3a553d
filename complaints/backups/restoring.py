"""Puts a backup into an empty installation: content of any age, with the newest keys there are.

Both parts are read to their end before anything is written. What breaks off after that is undone.
Then what was erased and withdrawn since the backup is done again, out of the journal beside the
erasure key (`cases.forgetting`): until that is applied the cases are there again.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core import serializers
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from tqdm import tqdm

from complaints.backups import taking
from complaints.backups.parts import (
    CONTENT,
    KEYS,
    MANIFEST,
    Member,
    Refused,
    alone,
    identities_in,
    names_under,
    parts_in,
    place,
    read_part,
    refusing,
)
from complaints.cases.case import NotAllowed, locked
from complaints.cases.contact import record_consent
from complaints.cases.contents import consents_now, open_answers
from complaints.cases.forgetting import (
    ERASED,
    WITHDRAWN,
    JournalLine,
    append,
    journal_path,
    read_journal,
)
from complaints.cases.moves import end_case
from complaints.cases.rights import erase_content
from complaints.cases.sealing import LOOKUP_ID, SERVER, KeyDestroyed, case_keys, key_of_wrap
from complaints.files import store
from complaints.models.case import Complaint
from complaints.models.keys_and_files import KeyWrap
from complaints.models.privacy import ErasureReason
from complaints.stages import ConsentPurpose, Outcome
from complaints.vault.cipher import SealBroken
from complaints.vault.keyring import RING

BATCH = 500
OF_CONTENT = re.compile(r"database/\d{6,}|files/[0-9a-f]{32}|media/.+|manifest\.json")
WORDS = ("Opnieuw ingetrokken na het terugzetten van een reservekopie.",)
Tell = Callable[[str], Any]


@refusing("Nothing was restored")
@alone(waits=False)
def restore(address: str, identity: Path, content: str, tell: Tell) -> None:
    """Restores the newest content that lies there, or the one of that name. Raises Refused."""
    storage, identities = place(address), identities_in(identity)
    if identity.stat().st_mode & 0o077:
        tell(f"Others can read {identity}, which opens every backup: chmod 600 {identity}")
    contents, keys = (list(parts_in(storage, part).values()) for part in (CONTENT, KEYS))
    content = content or (contents or ["any content part"])[-1]
    if not keys or content not in contents:
        missing = content if keys else "any keys part, without which nothing opens"
        raise Refused(f"{address} has not {missing}. It has: {', '.join(contents + keys)}.")
    files = (default_storage, store.sealed_files())
    require_empty(*files)

    def read(name: str, doing: str) -> Iterator[Member]:
        with (
            storage.open(name) as file,
            tqdm.wrapattr(file, "read", total=file.size, desc=doing, disable=None) as source,
        ):
            yield from read_part(source, identities)

    held = dict(read(keys[-1], "reads"))
    about: dict[str, Any] = {}
    for name, data in read(content, "checks"):
        if not OF_CONTENT.fullmatch(name):
            raise Refused(f"This version does not know {name} of a backup. Install a newer one.")
        about = json.loads(data) if name == MANIFEST else about
    require_fitting(about, held)
    require_empty(*files)  # still: reading took a while, and what breaks off is emptied
    try:
        write_content(read(content, "restores"))
        if taking.counts() != about["counts"]:
            raise Refused("Not all rows arrived. It was undone.")
        call_command("migrate", interactive=False, verbosity=0)
        put_covered(held)
        append(held[taking.JOURNAL].decode(errors="replace").splitlines(keepends=True))
        applied = apply_journal(read_journal(journal_path()), tell)
        opened = open_all(tell)
    except BaseException:
        empty_again(*files)
        with refusing("It broke off, and was undone"):
            raise
    tell(f"{content} is restored with {keys[-1]}: {opened} complaints open.")
    tell(f"{applied} erasures and withdrawals of since were done again.")


def require_empty(*storages: Any) -> None:
    """Raises Refused where something is that could be overwritten."""
    if connection.introspection.table_names():
        raise Refused("The database is not empty. Make a new one, and name it in DATABASE_URL.")
    if any(any(names_under(each)) for each in storages):
        raise Refused("The folder of media or of sealed files is not empty. Move what is in it.")


def require_fitting(about: dict[str, Any], held: dict[str, bytes]) -> None:
    """Raises Refused where content, keys, this version and these settings do not fit together."""
    known = {MANIFEST, taking.JOURNAL, *(model._meta.label for model in taking.covered_models())}
    of_keys, ours = json.loads(held[MANIFEST]), MigrationLoader(None).disk_migrations
    newer = {tuple(name) for name in about["migrations"] + of_keys["migrations"]} - ours.keys()
    wraps = json.loads(held.get(KeyWrap._meta.label, "[]"))
    rows = [row["fields"] for row in wraps if row["fields"]["holder"] == SERVER]
    needed = {key_of_wrap(base64.b64decode(row["wrapped"])) for row in rows}
    missing = needed - {"", *(key.key_id for key in RING.all())}
    if (about["part"], of_keys["part"]) != (CONTENT, KEYS):
        raise Refused("A part was given the name of the other. Give both their own names again.")
    if odd := held.keys() ^ known:
        raise Refused(f"Its keys are of another version, by {min(odd)}. Restore with that one.")
    if of_keys["at"] < about["at"]:
        raise Refused("The newest keys are older than this content. Choose older --content.")
    if about["database"] != connection.vendor:
        raise Refused(f"It is of {about['database']}. Restore it there, then: manage.py copy_from.")
    if newer:
        raise Refused(f"It is of a newer version, with {newer}. Install that first.")
    if missing:
        raise Refused(f"VAULT_KEY_FILE lacks {missing}. Put the copy there that was kept apart.")


def write_content(members: Iterator[Member]) -> None:
    """Writes the members as they come: the database first, then files."""
    if connection.vendor == "postgresql":
        options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        into: Any = taking.pg_program("pg_restore", *options, pipe="stdin")
    else:
        connection.close()
        into = Path(connection.settings_dict["NAME"]).open("wb")  # noqa: SIM115 - closed below
    with into as database:
        for name, data in members:
            folder, _, rest = name.partition("/")
            if folder == taking.DATABASE:
                database.write(data)
            elif folder == taking.FILES:
                file = store.NewFile(UUID(rest))
                file.write(data)
                file.close()
            elif folder == taking.MEDIA:
                default_storage.save(rest, ContentFile(data))


@transaction.atomic
def put_covered(held: dict[str, bytes]) -> None:
    """Puts what the keys part has under the erasure key of here; what it has not was erased."""
    cases = {*Complaint.objects.values_list("pk", flat=True), LOOKUP_ID}
    for model, names in taking.covered_models().items():
        rows = serializers.deserialize("python", json.loads(held[model._meta.label]))
        newest: dict[Any, Any] = {row.object.pk: row.object for row in rows}
        stored = model._base_manager
        if model is KeyWrap:
            kept = [wrap for wrap in newest.values() if wrap.complaint_id in cases]
            stored.bulk_create(kept, batch_size=BATCH)
            continue
        now = stored.only(*names).in_bulk()
        stored.filter(pk__in=now.keys() - newest).delete()
        there = [row for pk, row in newest.items() if pk in now]
        changed = [row for row in there if any(vars(row)[n] != vars(now[row.pk])[n] for n in names)]
        stored.bulk_update(changed, names, batch_size=BATCH)


def apply_journal(lines: Iterable[JournalLine], tell: Tell) -> int:
    """Returns how many of the lines changed a case that is there; tells what cannot be done.

    Done twice it changes nothing more.
    """
    done, ways = 0, {ERASED: erase_again, WITHDRAWN: withdraw_again}
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
def erase_again(case: Complaint, line: JournalLine) -> bool:
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


def withdraw_again(case: Complaint, line: JournalLine) -> bool:
    """Unless it was given again since."""
    purpose = ConsentPurpose(line.purpose(case))
    now = consents_now(case).get(purpose)
    if now is None or not now.is_given or now.at > line.at:
        return False
    record_consent(complaint=case, purpose=purpose, is_given=False, words=WORDS)
    return True


def open_all(tell: Tell) -> int:
    """Opens every complaint and returns how many did; tells which did not, broken before perhaps.

    Raises Refused where none does: then the keys are not of this database.
    """
    opened, broken = 0, []
    pks = list(Complaint.objects.exclude(sealed=b"").values_list("pk", flat=True))
    for start in range(0, len(pks), BATCH):
        batch = pks[start : start + BATCH]
        keys = case_keys(batch)
        for case in Complaint.objects.filter(pk__in=batch):
            try:
                opened += bool(open_answers(case, keys[case.pk]))
            except (SealBroken, KeyError):  # it has no key
                broken.append(case.reference)
    if broken:
        tell(f"{len(broken)} complaints do not open: {', '.join(broken)}.")
        if not opened:
            raise Refused("No complaint opens with the keys that are there. It was undone.")
    return opened


def empty_again(*storages: Any) -> None:
    """Takes away what was written of what came to nothing; all of it is ours."""
    connection.close()
    if connection.vendor == "sqlite":
        for ending in ("", "-wal", "-shm"):
            Path(f"{connection.settings_dict['NAME']}{ending}").unlink(missing_ok=True)
    for table in connection.introspection.table_names():
        connection.cursor().execute(f'DROP TABLE IF EXISTS "{table}" CASCADE')
    for storage in storages:
        for name in list(names_under(storage)):
            storage.delete(name)
