"""The register of processing and the DPIA say what the code does: what is new has to be in them."""

import ast
import re
from collections import defaultdict
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import PositiveSmallIntegerField

from complaints.content import QUESTIONS
from complaints.management.commands.bootstrap import PERMISSIONS
from complaints.models.form_field import purpose_of
from complaints.models.keys_and_files import STAGED_FOR
from complaints.models.outbox import MailKind
from complaints.models.privacy import READ_UNTIL, AccessKind
from complaints.models.settings import HandlingSettings
from complaints.questions import Purpose
from complaints.stages import ConsentPurpose, Party, Right
from tests.complaints.models.test_clear_columns import listed

REGISTER, DPIA, TO_CONFIRM = (
    Path(settings.ROOT, "docs", name).read_text()
    for name in ("verwerkingsregister.md", "dpia.md", "ter-bevestiging.md")
)
TERMS_BY_LAW = {"coach_told_days", "rights_days"}  # of the terms of handling
OWES = {"owe", "_owed", "_owe_once", "owe_to_complainant", "tell_complainant"}
# Whom a mail is for, by what the code that owes it calls them.
RECIPIENTS = {
    "None": "de klager",
    "complaint.handler": "wie de zaak behandelt",
    "person": "wie de zaak behandelt",
    "to": "wie een zaak krijgt of meeleest",
    "deputy": "de plaatsvervanger",
    "handler": "alle behandelaars",
    "user": "wie is uitgenodigd",
    "manager": "het beheer",
    "request.user": "wie de proefmail vraagt",
}


def table(paper, heading):
    """The cells of each row of the table under a heading, without its head."""
    _before, found, part = paper.partition(f"\n## {heading}\n")
    assert found, heading
    lines = re.findall(r"^\| (.+) \|$", part.partition("\n## ")[0], re.MULTILINE)
    return [tuple(line.split(" | ")) for line in lines[1:]]


def labels(members):
    return {str(label) for label in members.labels}


def is_user(field):
    return field.is_relation and field.related_model is get_user_model()


def owed_in(function):
    """Each mail that a function owes: its kind, which may stand in `kind`, and whom it is for."""
    kind = None
    nodes = [node for node in ast.walk(function) if isinstance(node, ast.Assign | ast.Call)]
    for node in sorted(nodes, key=lambda node: node.lineno):
        found = re.search(r"MailKind\.([A-Z_]+)", ast.unparse(node))
        if isinstance(node, ast.Assign):
            is_kind = found and "kind" in ast.unparse(node.targets[0])
            kind = found[1] if is_kind else kind
            continue
        name, given = ast.unparse(node.func).rpartition(".")[2], [*map(ast.unparse, node.args)]
        member = found[1] if found else kind if "kind" in given else None
        if name in OWES and member is not None:
            is_theirs = name.endswith("complainant")
            yield member, "None" if is_theirs else next(arg for arg in given if arg in RECIPIENTS)


def recipients():
    """The kinds of mail by whom they go to, as the code owes them."""
    owed = defaultdict(set)
    rooms = [Path(settings.ROOT, room) for room in ("complaints", "accounts", "home")]
    texts = [file.read_text() for room in rooms for file in room.rglob("*.py")]
    for tree in (ast.parse(text) for text in texts if "MailKind." in text):
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for member, to in owed_in(function):
                owed[RECIPIENTS[to]].add(str(MailKind[member].label))
    return owed


def test_every_kind_of_mail_is_written_down_with_whom_it_goes_to():
    written = {to: set(kinds.split("; ")) for to, kinds in table(REGISTER, "Mails")}
    owed = recipients()
    assert written == owed
    assert set().union(*owed.values()) == labels(MailKind), "each kind is owed to somebody"


def test_everybody_who_reads_is_written_down_and_whether_a_group_reads_complaints():
    people = {str(f.verbose_name) for f in HandlingSettings._meta.local_fields if is_user(f)}
    reads = {row[0]: row[1] for row in table(REGISTER, "Wie leest")}
    assert set(reads) == people | set(PERMISSIONS) | labels(Party)
    for group, permissions in PERMISSIONS.items():
        is_reader = "complaints.handle_complaint" in permissions
        assert reads[group] == ("ja" if is_reader else "nee"), group
    said = " ".join(REGISTER.lower().split())
    for label in labels(AccessKind):
        assert label.lower() in said, "each kind of reading is kept, and said"


def test_every_term_of_keeping_stands_in_both_with_its_default():
    handling = set(HandlingSettings.panels[0].children) - TERMS_BY_LAW
    terms = {
        str(field.verbose_name): str(field.default)
        for field in HandlingSettings._meta.local_fields
        if isinstance(field, PositiveSmallIntegerField) and field.name not in handling
    }
    terms["uren dat een bestand blijft van wie niet verstuurt"] = f"{STAGED_FOR.days * 24}"
    terms["dagen tussen het besluit om te wissen en het wissen"] = f"{READ_UNTIL.days}"
    for paper in (REGISTER, DPIA):
        assert dict(table(paper, "Bewaartermijnen")) == terms


def test_every_question_is_written_down_with_its_purpose_and_whether_it_is_required():
    asked = {
        (
            row["label"],
            str(Purpose(purpose_of({"type": row["type"], "value": row})).label),
            "ja" if row.get("needed") == "required" else "nee",
            "ja" if row.get("sensitive") else "nee",
        )
        for row in QUESTIONS
        if row["type"] not in ("step", "note")
    }
    assert set(table(REGISTER, "Vragen van het formulier")) == asked


def test_every_consent_and_every_right_is_written_down():
    grounds = {row[0]: row[1] for row in table(REGISTER, "Doelen en gronden")}
    for purpose in labels(ConsentPurpose):
        assert "toestemming" in grounds[purpose], purpose
    assert labels(Right) <= {row[0] for row in table(REGISTER, "Rechten")}


def test_everything_stored_about_a_person_is_written_down():
    """Complainants and coaches by the list of what is in clear; staff by what points at a user."""
    models = apps.get_models(include_auto_created=True)
    of_staff = {
        model.__name__
        for model in models
        if any(map(is_user, model._meta.local_fields)) or model is get_user_model()
    }
    if not apps.is_installed("wagtail.api.v3"):
        of_staff.discard("APIToken")  # Wagtail 8's; without its API nothing makes one
    of_cases = {name for part in listed()[0] for name in part}
    written = set(re.findall(r"`(\w+)`", " ".join(map(" ".join, table(REGISTER, "Gegevens")))))
    assert of_staff | of_cases <= written, (of_staff | of_cases) - written
    assert written <= {model.__name__ for model in models}


def test_the_sums_of_the_risks_are_right_and_the_owner_is_asked_every_decision():
    risks = table(DPIA, "Risico's")
    for row in risks:
        for chance, impact, risk in (re.findall(r"\d", cell) for cell in (row[2], row[4])):
            assert int(chance) * int(impact) == int(risk), row
    asked = {row[0] for row in table(DPIA, "Te bevestigen")}
    assert asked == {row[0] for row in table(TO_CONFIRM, "Uit de DPIA")}
    marks = set(re.findall(r"\bB\d+\b", DPIA + REGISTER))
    assert marks == asked != set(), "what is marked is asked"
