"""Who handles a case, with whom it is shared, and who stepped back from it (R-07, R-38)."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from complaints import notifications
from complaints.models.case import Complaint, Event, EventKind
from complaints.models.handlers import name_of
from complaints.models.reader import Exclusion
from complaints.models.settings import HandlingSettings
from complaints.services.handling import NotAllowed
from complaints.services.history import Entry, append_event
from complaints.services.sealing import case_keys
from complaints.services.succession import may_have, next_handler
from complaints.services.unread import mark_unread


@transaction.atomic
def assign_case(*, complaint: Complaint, to: Any, by: Any, note: str = "") -> Complaint:
    """Gives a case to another handler, or to oneself; it is unread for whoever did not choose it.

    Raises NotAllowed for the one who has it already, and for who may not have it.
    """
    case = _locked(complaint.pk)
    if case.handler_id == to.pk or not may_have(case, to):
        raise NotAllowed("is theirs already, or may not be")
    names = {"handler": name_of(to), "before": name_of(case.handler)}
    case.handler = to
    case.save(update_fields=["handler"])
    _end_shares(case, to)
    event = _append(case, EventKind.ASSIGNED, by, names | {"reason": note.strip()})
    if to.pk != by.pk:
        mark_unread(case)
        notifications.owe_handed_over(case, occasion=f"assigned-{event.number}")
    return case


@transaction.atomic
def share_case(*, complaint: Complaint, to: Any, by: Any, note: str = "") -> Complaint:
    """Lets one more handler read this one case and write in it, until it is stopped.

    Raises NotAllowed for who sees it already, and for who may not.
    """
    case = _locked(complaint.pk)
    sees = Complaint.objects.visible_to(to).filter(pk=case.pk).exists()
    if sees or not may_have(case, to):
        raise NotAllowed("sees it already, or may not")
    case.shares.create(user=to, at=timezone.now())
    names = {"shared_with": name_of(to), "reason": note.strip()}
    event = _append(case, EventKind.SHARED, by, names)
    notifications.owe_shared(case, to, occasion=str(event.number))
    return case


@transaction.atomic
def stop_sharing(*, complaint: Complaint, user: Any, by: Any, note: str = "") -> Complaint:
    """Ends a share at once: from here on the case does not exist for them. Raises NotAllowed."""
    case = _locked(complaint.pk)
    if not _end_shares(case, user):
        raise NotAllowed("not shared with them")
    names = {"shared_with": name_of(user), "reason": note.strip()}
    _append(case, EventKind.UNSHARED, by, names)
    return case


@transaction.atomic
def declare_conflict(*, complaint: Complaint, by: Any, note: str = "") -> Complaint:
    """A handler steps back: they lose the case for good, and it goes to whoever may have it.

    With nobody it waits, and the managers hear that a case does. Raises NotAllowed the second time.
    """
    case = _locked(complaint.pk)
    _, is_new = Exclusion.objects.get_or_create(
        complaint=case, user=by, defaults={"at": timezone.now()}
    )
    if not is_new:
        raise NotAllowed("is excluded already")
    _end_shares(case, by)
    _append(case, EventKind.CONFLICTED, by, {"reason": note.strip()})
    if case.handler_id == by.pk:
        pass_on(case, HandlingSettings.current())
    return case


def pass_on(case: Complaint, people: HandlingSettings) -> None:
    """To the next in line, in the site's name: the one who had it has no say in it.

    The caller holds the case locked.
    """
    before, case.handler = case.handler, next_handler(case, people)
    case.save(update_fields=["handler"])
    names = {"handler": name_of(case.handler), "before": name_of(before)}
    event = _append(case, EventKind.ASSIGNED, None, names)
    mark_unread(case)
    if case.handler is not None:
        _end_shares(case, case.handler)
    notifications.owe_handed_over(case, occasion=f"passed-on-{event.number}")


def _end_shares(case: Complaint, user: Any) -> int:
    return case.shares.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())


def _append(case: Complaint, kind: EventKind, by: Any, content: dict[str, str]) -> Event:
    """With the names sealed; of a case whose content was erased, without them."""
    key = case_keys([case.pk]).get(case.pk)
    said = {name: text for name, text in content.items() if text}
    entry = Entry(content=said) if key is not None and said else None
    return append_event(complaint=case, kind=kind, at=timezone.now(), by=by, entry=entry, key=key)


def _locked(pk: UUID) -> Complaint:
    return Complaint.objects.select_for_update(of=("self",)).get(pk=pk)
