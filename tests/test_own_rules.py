"""Rules of our own that no linter knows, read off the code: each exception has its place here.

Why not semgrep, and what ruff's bandit rules leave alone: docs/decisions/0030.
"""

import ast
import re
from collections.abc import Iterator

import pytest
from django.conf import settings

ROOMS = ("accounts", "complaints", "home", "site/config")
SCREENS = ("complaints/staff/", "complaints/public/")
# A look-up at the desk begins at what this person may see.
MAY_SEE = {"visible_to", "in_charge_of", "handled_by", "may_go_to", "unread_by", "none"}
LOGGED = {
    *("cover_anew()", "field.model._meta.db_table", "len(older)", "number", "is_new", "owed.kind"),
    *("case.reference", "self.instance.reference", "reason.value", "rule", "kind", "with_answers"),
    *("erased", "reference", "dropped", "names"),
    "what",  # a reference, or one of our own names: `case.by_itself`
}
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
    "logged": set(),
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
        "complaints/backups/restoring.py empty_database_again",
        "complaints/management/commands/copy_from.py move",
        "complaints/models/tables.py ask",  # made by Django, out of a question without values
    },
}


def broken(source: str, path: str) -> Iterator[tuple[str, str]]:
    """Each rule that this code breaks, and the function in which it does."""
    places = [(node, path) for node in ast.iter_child_nodes(ast.parse(source))]
    while places:
        node, place = places.pop()
        if isinstance(node, ast.FunctionDef):
            place = f"{path} {node.name}"
            if any("csrf_exempt" in ast.unparse(each) for each in node.decorator_list):
                yield "no CSRF", place
        yield from ((rule, place) for rule, breaks in RULES.items() if breaks(node, path))
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


def logs_content(node: ast.AST, path: str) -> bool:
    """Anything but a fixed text and what is named above; a message with its values put in too."""
    if not isinstance(node, ast.Call) or not re.match(r"log(ger|ging)?\.", ast.unparse(node.func)):
        return False
    if called(node) == "getLogger":
        return False
    text, *values = node.args
    given = {k.arg: ast.unparse(k.value) for k in node.keywords}
    known = isinstance(text, ast.Constant) and given in ({}, {"exc_info": "True"})
    return not known or not {ast.unparse(value) for value in values} <= LOGGED


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
    "logged": logs_content,
    "no CSRF": goes_around_csrf,
    "SQL put together": puts_sql_together,
}


def test_no_rule_is_broken_but_where_it_is_said():
    found = {rule: set() for rule in RULES}
    for path in (path for room in ROOMS for path in (settings.ROOT / room).rglob("*.py")):
        for rule, place in broken(path.read_text(), str(path.relative_to(settings.ROOT))):
            found[rule].add(place)
    for path in (settings.ROOT / "templates").rglob("*.html"):
        if re.search(r"\|\s*safe(seq)?\b|autoescape\s+off", path.read_text()):
            found["marked safe"].add(str(path.relative_to(settings.ROOT)))
    assert found == ALLOWED


BREAKS = {
    "marked safe": ["mark_safe(text)", "safestring.mark_safe(answer.text)", "SafeString(a)"],
    "every case": [
        *("Complaint.objects.get(pk=1)", "Complaint.objects.filter(a=1).visible_to(user)"),
        *("Complaint._default_manager.all()", "Complaint.objects.all().in_charge_of(user)"),
        "def f(): return list(Complaint._base_manager.in_bulk(keys))",
    ],
    "logged": [
        *("logger.info('a %s', request.POST)", "logger.info(f'a {text}')", "log.debug(answer)"),
        *("logger.error('a', extra={'b': 1})", "logging.warning('a %s', form.cleaned_data)"),
        *("logger.info('a' + b)", "logger.info('a %s' % b)", "logger.info('%s %s', rule, email)"),
    ],
    "no CSRF": [
        *("@csrf_exempt\ndef view(request): ...", "view = csrf_exempt(view)"),
        *("view.csrf_exempt = True", "class Page:\n    is_csrf_exempt = True"),
        "@method_decorator(csrf_exempt)\ndef view(request): ...",
    ],
    "SQL put together": [
        *("cursor.execute(f'SELECT {a}')", "cursor.execute('SELECT %s' % a)", "x.execute(ask)"),
        *("Model.objects.raw('SELECT ' + a)", "rows.extra(where=[a])", "RawSQL(a, [])"),
    ],
}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_sees_what_breaks_it(rule):
    for source in BREAKS[rule]:
        assert rule in dict(broken(source, "complaints/staff/x.py")), source
