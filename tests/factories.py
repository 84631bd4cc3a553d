"""Makes what tests need, through the services a visitor and the CMS use."""

import io
import secrets
from datetime import date, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.utils import timezone
from PIL import Image
from wagtail.models import Site

from complaints.cases import records
from complaints.cases.attachments import StoredFile
from complaints.cases.contact import record_told_consent
from complaints.cases.contents import ConsentLine, consent_lines, consents_now, with_texts
from complaints.cases.filing import Filing, GivenConsent, file_complaint
from complaints.cases.handlers_group import EDITORS_GROUP, HANDLERS_GROUP, MANAGERS_GROUP
from complaints.cases.moves import close_complaint, move_complaint
from complaints.cases.rules import is_agreed
from complaints.cases.uploads import Incoming
from complaints.models.case import Complaint
from complaints.models.privacy import RightsRequest
from complaints.models.settings import HandlingSettings
from complaints.questions import Answer, Purpose
from complaints.stages import (
    CoachTold,
    Complexity,
    ConsentPurpose,
    Impact,
    Outcome,
    Party,
    Right,
    Route,
    Safety,
    Severity,
    Source,
    Stage,
    Urgency,
)
from complaints.terms import TermKind
from home.shell import begin_edition

PROBLEM = "Mijn coach belde drie afspraken achter elkaar af."
GROUPS = {
    "editor": (EDITORS_GROUP,),
    "manager": (MANAGERS_GROUP,),
    "superuser": (),
    "confidant": (HANDLERS_GROUP,),
    "deputy": (HANDLERS_GROUP,),
    "handler": (HANDLERS_GROUP,),
}


def make_user(role: str, **overrides: Any) -> Any:
    """A member of staff; the confidant and the deputy are also named in the settings.

    Put in and named by SQL: a row that is saved, a membership or a setting tells the handlers.
    """
    username = overrides.pop("username", role)
    fields = {
        "email": f"{username}@example.com",
        "first_name": username.title(),
        "last_name": "Test",
        "password": make_password(overrides.pop("password", "test")),
    }
    fields |= {"is_superuser": role == "superuser"} | overrides
    users, group_of = get_user_model().objects, get_user_model().groups.through.objects
    (user,) = users.bulk_create([users.model(username=username, **fields)])
    groups = Group.objects.filter(name__in=GROUPS[role])
    group_of.bulk_create(group_of.model(user=user, group=group) for group in groups)
    if role in ("confidant", "deputy"):
        HandlingSettings.objects.filter(pk=HandlingSettings.current().pk).update(**{role: user})
        begin_edition()
    return user


def set_handling(**fields: Any) -> HandlingSettings:
    """Changes the handling settings of the default site, which it makes where there is none."""
    site = Site.objects.get(is_default_site=True)
    settings = HandlingSettings.for_site(site)
    for name, value in fields.items():
        setattr(settings, name, value)
    settings.save()
    return settings


def make_answers(**texts: str) -> list[Answer]:
    """A problem, a name and an address, in two steps; `texts` changes or adds by name."""
    given = {"problem": PROBLEM, "name": "Noor Verzonnen", "email": "noor@example.com"} | texts
    steps = {"name": "Over jou", "email": "Over jou"}
    return [
        Answer(
            name=name,
            label=f"Vraag: {name}",
            field_type="multiline" if name not in steps else "singleline",
            value=text,
            purpose=name if name in Purpose.values else "",
            step=steps.get(name, "Wat er gebeurde"),
        )
        for name, text in given.items()
    ]


def make_staged_file(name: str = "foto.png", content: bytes | None = None) -> StoredFile:
    """A file as the form leaves it until sending: a small picture unless told otherwise."""
    incoming = Incoming(question="bestanden", name=name)
    incoming.add(content if content is not None else _small_png())
    stored = incoming.finish()
    assert isinstance(stored, StoredFile)
    return stored


def _small_png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (2, 2), "teal").save(out, "PNG")
    return out.getvalue()


def make_filing(**overrides: Any) -> Filing:
    consents = (
        GivenConsent(ConsentPurpose.FILING, "<p>Ik vind goed dat mijn klacht wordt bewaard.</p>"),
        GivenConsent(ConsentPurpose.MAIL, "<p>Ik wil berichten per e-mail.</p>"),
    )
    given = {"nonce": secrets.token_bytes(32), "answers": make_answers(), "consents": consents}
    return Filing(**(given | overrides))


def make_complaint(**overrides: Any) -> Complaint:
    """A complaint filed now as a visitor does; `at` files it at another moment."""
    at = overrides.pop("at", None)
    return file_complaint(filing=make_filing(**overrides), at=at)


def agree(case: Complaint, purpose: ConsentPurpose, by: Any) -> None:
    """They agreed to that on the telephone, and one of us recorded it."""
    record_told_consent(complaint=case, purpose=purpose, by=by, reason="Gezegd.")


def move(case: Complaint, to: Stage, by: Any, reason: str = "Verder.") -> Complaint:
    """To another stage, on the first ground that the procedure knows for it; they agreed."""
    now = Complaint.objects.get(pk=case.pk)
    if to is Stage.COMMITTEE and not is_agreed(now, ConsentPurpose.COMMITTEE):
        agree(case, ConsentPurpose.COMMITTEE, by)
    ground = next(iter(now.current_stage.grounds_for(to)), None)
    return move_complaint(complaint=case, to=to, by=by, reason=reason, ground=ground)


def close(
    case: Complaint, by: Any, outcome: Outcome = Outcome.WITHDRAWN, **given: Any
) -> Complaint:
    """Closes it with an outcome and what that needs; the reason is there unless given."""
    given = {"reason": "Op verzoek."} | given
    return close_complaint(complaint=case, outcome=outcome, by=by, **given)


def coach_told(case: Complaint, by: Any) -> Complaint:
    """Meets the term by which the coach hears of the complaint: there was no coach."""
    note = "Er was geen coach."
    return records.record_coach_told(complaint=case, by=by, answer=CoachTold.NO_COACH, reason=note)


def assess(case: Complaint, by: Any, **given: Any) -> Complaint:
    """A first assessment: a light case, in which nobody is in danger, unless told otherwise."""
    light = {"severity": Severity.LIGHT, "safety": Safety.SAFE, "complexity": Complexity.SIMPLE}
    light |= {"impact": Impact.LARGE, "urgency": Urgency.NO}
    return records.assess(complaint=case, by=by, **(light | given))


def advise(case: Complaint, by: Any, text: str = "Praat samen.") -> Complaint:
    """Gives advice on the day it came in; the case is in mediation."""
    return records.give_advice(complaint=case, by=by, given_on=case.received_on, text=text)


def request_due(case: Complaint, right: Right, due_on: date) -> RightsRequest:
    """A request about data to be decided by that day, as a row: no event, no mail."""
    given = {"asked_at": timezone.now(), "due_on": due_on}
    return RightsRequest.objects.create(complaint=case, right=right, **given)


def make_many_complaints(number: int, *, handler: Any = None) -> None:
    """Rows for counting queries only: their content is no sealed text."""
    now = timezone.now()
    Complaint.objects.bulk_create(
        Complaint(
            reference=f"KM-BULK-{index:04d}",
            nonce_hash=secrets.token_bytes(32),
            source=Source.WEB,
            route=Route.CONFIDANT,
            waiting_on=Party.HANDLER,
            filed_at=now - timedelta(days=index % 60),
            received_on=timezone.localdate() - timedelta(days=index % 60),
            next_due_on=timezone.localdate() + timedelta(days=index % 40 - 10),
            next_due_kind=TermKind.HANDLING,
            handler=handler,
            sealed=b"not sealed",
        )
        for index in range(number)
    )


def case_in(stage: Stage, by: Any) -> Complaint:
    """A case of that stage; in mediation with the advice that it can close with."""
    case = make_complaint()
    if stage is not Stage.FILING:
        case = move(case, stage, by)
    if stage is Stage.MEDIATION:
        advise(case, by)
        case.refresh_from_db()
    return case


def ledger(case: Complaint) -> list[ConsentLine]:
    """The ledger of consent, as it is stored now, with the words."""
    return with_texts(consent_lines(Complaint.objects.get(pk=case.pk)))


def has_consent(case: Complaint, purpose: ConsentPurpose) -> bool:
    """Whether the newest line of the ledger for this purpose says yes."""
    newest = consents_now(case).get(purpose)
    return newest is not None and newest.is_given
