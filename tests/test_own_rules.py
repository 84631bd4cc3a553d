"""Rules of our own that no linter knows, read off the code: each exception has its place here.

Why not semgrep, and what ruff's bandit rules leave alone: docs/decisions/0030.
"""

import ast
import re
from collections.abc import Iterator

from django.conf import settings

ROOMS = ("accounts", "complaints", "home", "site/config")
SCREENS = ("complaints/staff/", "complaints/public/")
# A look-up at the desk begins at what this person may see.
MAY_SEE = {"visible_to", "in_charge_of", "handled_by", "may_go_to", "unread_by", "none"}
FOLLOWING, DRAFTS = "complaints/public/following/views.py", "complaints/public/filing/drafts.py"
ALLOWED = {
    "marked safe": {  # what editors write
        *("home/templatetags/site_tags.py rich", "home/templatetags/site_tags.py without_ways"),
        "templates/complaints/procedure_version.html",
    },
    "every case": {
        *(f"{FOLLOWING} {name}" for name in ("_enter", "_by_code", "_done_before")),  # their code's
        "complaints/staff/file/case_file.py _other_cases",  # `visible_cases` is asked of the keys
        "complaints/staff/list/views.py paginate_queryset",  # the keys come out of those
        "complaints/staff/handlers.py counts_by_month",  # a manager counts them
        "complaints/staff/handlers.py cases",  # as here
    },
    "logged": {  # beside a fixed text
        *("cover_anew()", "field.model._meta.db_table", "len(older)", "number", "is_new", "names"),
        *("case.reference", "self.instance.reference", "reference", "reason.value", "owed.kind"),
        *("kind", "with_answers", "erased", "dropped"),
        "what",  # a reference, or one of our own names: `case.by_itself`
    },
    "no CSRF": {
        *("complaints/public/filing/views.py fill_in", f"{DRAFTS} resume", f"{FOLLOWING} follow"),
        f"{FOLLOWING} link",
        "complaints/public/following/session.py quick_exit",  # they ask the origin
        "complaints/staff/pages.py as_view",  # `UploadPage` asks after reading
    },
    "SQL put together": {  # out of our own names of tables and settings
        *("complaints/receivers.py settings_that_lose", "complaints/cases/forgetting.py _cover"),
        "complaints/cases/forgetting.py _under",
        *(f"complaints/backups/taking.py {name}" for name in ("counts", "sqlite_dump")),
        "complaints/backups/restoring.py empty_again",
        "complaints/management/commands/copy_from.py move",
        "complaints/models/tables.py ask",  # made by Django, out of a question without values
    },
}


def broken(source: str, path: str) -> Iterator[tuple[str, str]]:
    """Each rule that this code breaks, and the function in which it does; of a log line, what."""
    places = [(node, path) for node in ast.iter_child_nodes(ast.parse(source))]
    while places:
        node, place = places.pop()
        if isinstance(node, ast.FunctionDef):
            place = f"{path} {node.name}"
            if any("csrf_exempt" in ast.unparse(each) for each in node.decorator_list):
                yield "no CSRF", place
        yield from ((rule, place) for rule, breaks in RULES.items() if breaks(node, path))
        yield from (("logged", value) for value in logged(node))
        places += [(child, place) for child in ast.iter_child_nodes(node)]


def marks_safe(node: ast.AST, path: str) -> bool:
    return called(node) in {"mark_safe", "SafeString", "SafeText"}


def asks_every_case(node: ast.AST, path: str) -> bool:
    """A manager of `Complaint` that leads to another method than one that says for whom."""
    if not path.startswith(SCREENS) or not isinstance(node, ast.Attribute):
        return False
    manager = ast.unparse(node.value)
    return bool(re.fullmatch(r"Complaint\.(_?\w+_manager|objects)", manager)) and (
        node.attr not in MAY_SEE
    )


def logged(node: ast.AST) -> set[str]:
    """What a log line holds beside its text; the whole call where that is no fixed one."""
    if not isinstance(node, ast.Call) or not re.match(r"log(ger|ging)?\.", ast.unparse(node.func)):
        return set()
    if called(node) == "getLogger":
        return set()
    text, *values = node.args
    given = {k.arg: ast.unparse(k.value) for k in node.keywords}
    is_known = isinstance(text, ast.Constant) and given in ({}, {"exc_info": "True"})
    return {ast.unparse(each) for each in (values if is_known else [node])}


def goes_around_csrf(node: ast.AST, path: str) -> bool:
    is_said = isinstance(node, ast.Assign) and ast.unparse(node.value) == "True"
    named = ast.unparse(node.targets[0]) if is_said else ""
    return named.endswith("csrf_exempt") or called(node) == "csrf_exempt"


def puts_sql_together(node: ast.AST, path: str) -> bool:
    """SQL that is no fixed text, wherever it is run."""
    if called(node) not in {"execute", "executemany", "raw", "RawSQL", "extra"}:
        return False
    return not (node.args and isinstance(node.args[0], ast.Constant))


def called(node: ast.AST) -> str:
    return ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""


RULES = {
    "marked safe": marks_safe,
    "every case": asks_every_case,
    "no CSRF": goes_around_csrf,
    "SQL put together": puts_sql_together,
}


def test_no_rule_is_broken_but_where_it_is_said():
    """Nor does any exception stand there that is none any more: so each rule is seen to look."""
    found = {rule: set() for rule in ALLOWED}
    for path in (path for room in ROOMS for path in (settings.ROOT / room).rglob("*.py")):
        for rule, place in broken(path.read_text(), str(path.relative_to(settings.ROOT))):
            found[rule].add(place)
    for path in (settings.ROOT / "templates").rglob("*.html"):
        if re.search(r"\|\s*safe(seq)?\b|autoescape\s+off", path.read_text()):
            found["marked safe"].add(str(path.relative_to(settings.ROOT)))
    assert found == ALLOWED
