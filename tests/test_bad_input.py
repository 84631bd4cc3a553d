"""Whatever anybody sends to whichever address, the site answers and never fails.

Each made request comes out of its number alone, and what it did is rolled back: to try one again,
make it by that number.
"""

import random
import re
from html import unescape
from pathlib import Path
from traceback import extract_tb
from urllib.parse import quote, urlencode

import pytest
from django.db import transaction
from django.urls import NoReverseMatch, get_resolver
from wagtail.models import Page

from config.middleware import CASE_DESK, CMS, WagtailMayNotFail
from tests.accounts.test_getting_in import addresses
from tests.cases import STATES, make_case_in
from tests.desk import client_for
from tests.factories import make_staged_file, make_user

pytestmark = pytest.mark.django_db

ROLES = ("stranger", "confidant", "editor", "manager", "superuser")
METHODS = (*("GET",) * 4, *("POST",) * 8, "HEAD", "PUT")
URLENCODED = "application/x-www-form-urlencoded"
DEEP, LONE = '{"a":' * 5000, "\ud800"
TEXTS = (
    *("", " ", "x", "\x00", "a\x00b", LONE, f"a{LONE}", "\ufffe", "\U0010ffff", "é" * 300),
    *("a" * 10_000, "<script>alert(1)</script>", "{{ 7|add:7 }}", "%s%n%00", "../../etc/passwd"),
    *("'; DROP TABLE x; --", "\r\nSet-Cookie: x=1", "\u202e", "//elders.example", "http://[::1"),
    *("javascript:1", "__class__", "pk__in", "-", "__all__", "on", "None", "zz", "\n" * 300),
)
NUMBERS_TOO_ODD = (
    *("0", "-1", "9" * 30, "9223372036854775808", "-9223372036854775809", "2147483648", "NaN"),
    *("1e999", "Infinity", "²", "٣", "½", "1_000", "0x10", "1.5", "1,5", "00", "9" * 5000, "1,2,x"),
)
DATES = (
    *("0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "31-12-9999"),
    *("01-01-0001", "2026-W99", "-2026-01-01", "2026-10-25T02:30", "9999-12-31T23:59:59+14:00"),
    *("29-2-2025", "26-11-2026", "25:61", "0", "99999999999-01-01"),
)
JSONS = (
    *("[]", "{}", "null", "1", '"x"', '"\\ud800"', '"\\u0000"', "[null]", '{"blocks": 5}', DEEP),
    *("[" * 100_000, "NaN", '{"id": "\\u0000", "type": []}', "[[[]]]", '[{"id": 1e999}]'),
)
ODD = (TEXTS, NUMBERS_TOO_ODD, DATES, JSONS)
QUERY = (
    *("q", "p", "page", "ordering", "o", "next", "choice", "id", "pk", "export", "format"),
    *("parent", "is_stored", "date_from", "lang", "mode", "results", "tag", "collection_id"),
    *("url", "locale", "page_type", "root_page", "days", "kind", "seen", "user", "action"),
    *("after", "content_type"),
)
TYPES = (
    *("application/json", "text/plain", "", "multipart/form-data; boundary=" + "b" * 500),
    *(
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\xe9",
    ),
    *("multipart/form-data; boundary=b; charset=utf-7", f"{URLENCODED}; charset=x"),
)
BODIES = (
    *(b"", b"\x00", b"\xff\xfe", b"%", b"a=%ED%A0%80&%00=%00", b"&" * 999, b"a&b&=c&=&a[]=1"),
    *(b"--b\r\n", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", b"--b--\r\n"),
    b'--b\r\nContent-Disposition: form-data; name="token"; filename="a\x00\r\nb"\r\n\r\nx\r\n',
    b"--b\r\nContent-Disposition: form-data; name*=utf-8''%ff\r\n\r\nx\r\n--b--\r\n",
    b"--b\r\nContent-Disposition: form-data; name=q\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--b--\r\n",
    b"--b\r\nContent-Type: text/plain; charset=bestaat-niet\r\n"
    b"Content-Disposition: form-data; name=q\r\n\r\nx\r\n--b--\r\n",
    b"--b\r\n" + b"X: " + b"h" * 70_000 + b"\r\n\r\nx\r\n--b--\r\n",
)
HEADERS = (
    *(("X-Requested-With", "XMLHttpRequest"), ("Accept", "application/json"), ("Accept", "\x00")),
    *(("Range", "bytes=9-1"), ("If-Modified-Since", "Thu, 01 Jan 99999 00:00:00 GMT")),
    *(("Referer", "http://[::1"), ("X-Forwarded-For", "\xff, ::1%eth0"), ("Cookie", "a=\x00;=;b")),
    *(
        ("Accept-Language", "x" * 9999),
        ("If-None-Match", '"'),
        ("Host", "[::1"),
        ("Origin", "null"),
    ),
)
OWN = re.compile(
    r'<(?:input|select|textarea|button)[^>]*? name="([^"]+)"(?:[^>]*? value="([^"]*)")?'
)
TAKEN = re.compile(r"<(?:(\w+):)?(\w+)>")


class Requests:
    """Makes them by number, for people on a site with a case in each state."""

    def __init__(self) -> None:
        handler, reader = make_user("handler"), make_user("deputy")
        self.users = {role: make_user(role) for role in ROLES[1:]} | {"stranger": None}
        given = {"by": self.users["confidant"], "handler": handler, "reader": reader}
        self.cases = [str(make_case_in(state, **given).pk) for state in STATES]
        make_staged_file()
        self.clients = {
            role: client_for(user, raise_request_exception=False)
            for role, user in self.users.items()
        }
        pages = [*Page.objects.values_list("pk", "url_path")]
        self.ids = [str(pk) for pk, _path in pages] + [str(u.pk) for u in self.users.values() if u]
        patterns = {*addresses(get_resolver(), fill=lambda taken: taken[0])}
        own = {"/" + path.split("/", 2)[-1] for _pk, path in pages} | {"/<odd:path>/"}
        everything = sorted(patterns - {"/<path:path>"} | own)
        desk = [path for path in everything if path.startswith(CASE_DESK)]
        public = [path for path in everything if not path.startswith(CMS)]
        self.parts = (everything, desk, public)
        self.forms: dict[tuple[str, str], list[tuple[str, str]]] = {}

    def make(self, number: int) -> tuple[str, str, str, dict]:
        """Who, how, where, and what with; the same for the same number."""
        chance = random.Random(number)  # noqa: S311 - the same each time
        role, method = chance.choice(ROLES), chance.choice(METHODS)
        pattern = chance.choice(chance.choice(self.parts))
        path = TAKEN.sub(lambda taken: self.place(chance, taken, pattern), pattern)
        query = [(chance.choice(QUERY), odd(chance)) for _ in range(chance.randrange(4))]
        sent = {"headers": dict(chance.sample(HEADERS, chance.choice((0, 0, 0, 1, 2))))}
        if method in ("POST", "PUT"):
            sent |= self.body(chance, self.form(role, path))
        return role, method, f"{path}?{encoded(query)}", sent

    def place(self, chance: random.Random, taken: re.Match, pattern: str) -> str:
        """Mostly what is there: of a case at the desk, of a page or an account elsewhere."""
        if chance.random() < 0.2 or taken[1] == "odd":
            return quote(odd(chance), errors="surrogatepass", safe="") or "-"
        if taken[1] == "uuid" or pattern.startswith(CASE_DESK + "complaint"):
            return chance.choice(self.cases)
        names = ("home", "complaints", "complaint", "wagtailcore", "page", "organisationsettings")
        is_name = taken[2].endswith(("name", "label", "slug")) and taken[1] != "int"
        return chance.choice(names if is_name else self.ids)

    def form(self, role: str, path: str) -> list[tuple[str, str]]:
        """The fields of that page as it shows them."""
        if (role, path) not in self.forms:
            page, _reason = self.send(role, "GET", path, {})
            text = page.decode(errors="replace") if len(page) < 10**6 else ""
            fields = {name: unescape(value) for name, value in OWN.findall(text)}
            self.forms[role, path] = [*fields.items()]
        return self.forms[role, path]

    def body(self, chance: random.Random, fields: list[tuple[str, str]]) -> dict:
        """As the page would send it but for a few odd values, or no form at all."""
        if chance.random() < 0.15:
            return {"data": chance.choice(BODIES), "content_type": chance.choice(TYPES)}
        if chance.random() < 0.1:
            return {"data": chance.choice(JSONS).encode(), "content_type": "application/json"}
        if chance.random() < 0.05:
            names = [name for name, _value in fields] or ["x"]
            return form([(f"{names[i % len(names)]}{i}", "x") for i in range(10_000)])
        filled = [pair for pair in fields if chance.random() > 0.05]
        for _ in range(chance.choice((0, 1, 1, 2, 5, len(fields)))):
            name = chance.choice(filled or [("x", "")])[0]
            filled = [pair for pair in filled if pair[0] != name or chance.random() < 0.1]
            filled.append((name, odd(chance)))
        if chance.random() < 0.02 and filled:
            filled[0] = (filled[0][0], "m" * 10_000_000)
        return form(filled) if chance.random() < 0.7 else self.multipart(chance, filled)

    def multipart(self, chance: random.Random, fields: list[tuple[str, str]]) -> dict:
        """The same with files among it, and at times cut short."""
        parts = b""
        for name, value in fields:
            file = chance.choice(("", "", "", '; filename="a.png"', '; filename="\u202e.pdf"'))
            head = f'--b\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{value}\r\n'
            parts += head.encode(errors="surrogatepass")
        whole = parts + b"--b--\r\n"
        data = whole[: chance.randrange(len(whole))] if chance.random() < 0.2 else whole
        return {"data": data, "content_type": "multipart/form-data; boundary=b"}

    def send(self, role: str, method: str, path: str, sent: dict) -> tuple[bytes, str]:
        """What is answered, and why that is wrong; without a trace."""
        client = self.clients[role]
        cookies = client.cookies.copy()
        with transaction.atomic():
            answer = client.generic(method, path, **sent)
            content = b"".join(answer) if answer.streaming else answer.content
            transaction.set_rollback(True)
        client.cookies = cookies
        if answer.status_code < 500:
            return content, ""
        kind, error, trace = getattr(answer, "exc_info", None) or (None, "", None)
        places = [f"{Path(f.filename).name}:{f.lineno}" for f in extract_tb(trace)[-3:]]
        name = kind.__name__ if kind else ""
        return content, f"{answer.status_code} {name} {str(error)[:200]!r} {places}"


def odd(chance: random.Random) -> str:
    return chance.choice(chance.choice(ODD))


def encoded(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, errors="surrogatepass")


def form(pairs: list[tuple[str, str]]) -> dict:
    return {"data": encoded(pairs).encode(), "content_type": URLENCODED}


SHARES = [pytest.param(range(n, 20_000, 8), marks=pytest.mark.tail, id=f"{n}") for n in range(8)]


@pytest.mark.parametrize("numbers", [range(150), *SHARES], ids=repr)
def test_nothing_that_is_sent_makes_the_site_fail(site, numbers, tmp_path, settings):
    settings.FILES_DIR = tmp_path
    requests, failed = Requests(), {}
    for number in numbers:
        role, method, path, sent = requests.make(number)
        _content, reason = requests.send(role, method, path, sent)
        if reason:
            shown = f"{number}: {role} {method} {path[:300]!r} {repr(sent)[:1000]}"
            failed.setdefault(reason, []).append(shown)
    told = [f"{len(what)}x {why}\n    {what[0]}" for why, what in failed.items()]
    assert not failed, "\n".join(told)


def test_what_wagtail_fails_over_is_answered_by_its_kind_and_other_faults_stay_faults(site, rf):
    desk = client_for(make_user("superuser"))
    page, below = Page.objects.get(depth=2).pk, Page.objects.filter(depth=3).last().pk
    for path, sent, status in (
        ("/cms/pages/1/set_position/", {}, 400),
        (f"/cms/pages/{page}/copy/", {}, 400),
        (f"/cms/pages/{page}/edit/", {}, 400),
        ("/cms/choose-external-link/", {"x": "1"}, 400),
        ("/cms/snippets/choose/complaints/theme/create/", {"x": "1"}, 400),
        (f"/cms/pages/{below}/delete/", {"next": "1e999"}, 400),
        ("/cms/pages/choose-parent/?p=x", {}, 404),
        ("/cms/failwhale/", {}, 410),
        ("/cms/redirects/import/process/", {"x": "1"}, 400),
    ):
        assert desk.post(path, sent).status_code == status, path
    with pytest.raises(AttributeError) as ours:
        None.is_valid()
    for fault in (ValueError("x"), KeyError("x"), NoReverseMatch("x"), ours.value):
        for where in ("/cms/pages/", "/klacht-volgen/", "/cms/complaints/complaint/"):
            request = rf.get(where, {"next": "/cms/"})
            assert WagtailMayNotFail(desk.get).process_exception(request, fault) is None
