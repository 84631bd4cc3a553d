"""Fills a bootstrapped site with logins, coaches and six complaints."""

import hashlib
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from complaints.cases.contact import record_told_consent
from complaints.cases.filing import Filing, GivenConsent, file_complaint, filed_with
from complaints.cases.moves import close_complaint, move_complaint, record_contact
from complaints.cases.records import record_coach_told
from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from complaints.models.form_field import ROUTE_ANSWERS
from complaints.models.handling import Coach
from complaints.models.pages import ConfidantPage
from complaints.models.settings import HandlingSettings
from complaints.questions import Answers, FormDefinition, Purpose, answers_as_asked
from complaints.stages import CoachTold, ConsentPurpose
from demo.content import COACH_WAS_TOLD, COACHES, COMPLAINTS, PASSWORD, PEOPLE, DemoComplaint


class Command(BaseCommand):
    help = "Makes logins (password: demo), coaches and six complaints of made-up people."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        logins = [person[0] for person in PEOPLE if make_login(*person)]
        appoint(logins)
        missing = [demo for demo in COMPLAINTS if filed_with(nonce_of(demo)) is None]
        if len(missing) == len(COMPLAINTS) and not Coach.objects.exists():
            Coach.objects.bulk_create(Coach(name=name) for name in COACHES)
        if missing:
            file_all(missing)
        if options["verbosity"]:
            self.stdout.write(
                f"Made {len(logins)} logins (password: {PASSWORD}) and {len(missing)} complaints."
            )


def make_login(username: str, first_name: str, last_name: str, group: str) -> bool:
    """Whether a login had to be made; one that is there keeps its password and groups."""
    users = get_user_model().objects
    if users.filter(username=username).exists():
        return False
    in_group = Group.objects.filter(name=group).first()
    if in_group is None:
        raise CommandError(f"There is no group {group}. Run `manage.py bootstrap` first.")
    user = users.create_user(
        username, f"{username}@example.org", PASSWORD, first_name=first_name, last_name=last_name
    )
    user.groups.add(in_group)
    return True


def appoint(logins: list[str]) -> None:
    """New logins become confidant and deputy where nobody is named; the profile names the first."""
    handling = HandlingSettings.current()
    if handling.pk is None:
        raise CommandError("There is no site yet. Run `manage.py bootstrap` first.")
    for field, username in (("confidant", "vertrouwenspersoon"), ("deputy", "plaatsvervanger")):
        if username in logins and getattr(handling, field) is None:
            setattr(handling, field, get_user_model().objects.get(username=username))
            handling.save(update_fields=[field])
    page = ConfidantPage.objects.filter(person=None).first()
    if page is not None and handling.confidant is not None:
        page.person = handling.confidant
        page.save_revision().publish()


def file_all(demos: list[DemoComplaint]) -> None:
    page = ComplaintFormPage.objects.live().first()
    if page is None:
        raise CommandError("There is no published form. Run `manage.py bootstrap` first.")
    definition = page.definition()
    for demo in demos:
        handle_case(file_demo(demo, definition), demo)


def file_demo(demo: DemoComplaint, definition: FormDefinition) -> Complaint:
    """Files through the service that a visitor's complaint goes through."""
    answers = dict(demo.answers)
    routing = definition.question_for(Purpose.ROUTE)
    if routing is not None:
        answers[routing.clean_name] = str(ROUTE_ANSWERS[demo.route])
    return file_complaint(
        filing=Filing(
            nonce=nonce_of(demo),
            answers=answers_as_asked(definition, answers),
            consents=consents(answers, definition),
            form_page_id=definition.page_id,
            route=demo.route,
        ),
        at=timezone.now() - timedelta(days=demo.days_ago),
    )


def consents(answers: Answers, definition: FormDefinition) -> list[GivenConsent]:
    """What the check page would have asked for these answers."""
    texts = definition.consents
    given = [GivenConsent(ConsentPurpose.FILING, texts.filing)]
    email = definition.question_for(Purpose.EMAIL)
    if email is not None and answers.get(email.clean_name):
        given.append(GivenConsent(ConsentPurpose.MAIL, texts.mail))
    if any(q.sensitive and answers.get(q.clean_name) for _step, q in definition.questions()):
        given.append(GivenConsent(ConsentPurpose.HEALTH, texts.health))
    return given


def handle_case(complaint: Complaint, demo: DemoComplaint) -> None:
    """Takes a case to where the demo wants it, by whoever handles it."""
    by = complaint.handler
    if by is None:
        return
    if demo.contact:
        record_contact(complaint=complaint, by=by, reason=demo.contact)
        record_coach_told(
            complaint=complaint,
            by=by,
            answer=CoachTold.TOLD,
            told_on=timezone.localdate(),
            reason=COACH_WAS_TOLD,
        )
    for stage, reason in demo.moves:
        ground = next(iter(complaint.current_stage.grounds_for(stage)), None)
        if ground is not None:
            purpose, how = ConsentPurpose.COMMITTEE, "Aan de telefoon gezegd."
            record_told_consent(complaint=complaint, purpose=purpose, by=by, reason=how)
        complaint = move_complaint(
            complaint=complaint, to=stage, by=by, reason=reason, ground=ground
        )
    if demo.outcome is not None and demo.closing is not None:
        close_complaint(complaint=complaint, outcome=demo.outcome, by=by, **demo.closing)


def nonce_of(demo: DemoComplaint) -> bytes:
    """The same each time, so that a second run files nothing."""
    return hashlib.sha256(f"demo:{demo.name}".encode()).digest()
