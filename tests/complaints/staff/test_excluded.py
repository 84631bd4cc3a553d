"""Who is excluded from a case cannot see that it exists: in every place one can appear.

The addresses come from the URL configuration, so that a new one is covered the day it is made:
with a case in its address it must be a 404; without, its answer must be the same, byte for byte,
whether the case is there or not. Of cases that hang together `test_moves` tells the same, and of
what the clock does `test_people` and `test_gone`.
"""

import itertools
import re
from collections.abc import Iterator
from uuid import UUID

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse
from django.urls.converters import UUIDConverter
from django.utils import timezone

from complaints.cases import conversation, people, requests
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.privacy import Access
from complaints.models.roster import Share
from complaints.staff.desk import ComplaintAdmin
from complaints.staff.list.filters import ORDERS, CaseFilters
from complaints.stages import Route
from complaints.vault.codes import new_code
from tests.desk import LIST, NAME, changed, client_for, sees
from tests.factories import make_complaint, make_staged_file, set_handling
from tests.services import fresh, send_all, tick

pytestmark = pytest.mark.django_db

NOON = "2026-12-08 12:00:00+01:00"
URLS = {url.name: url for url in ComplaintAdmin().get_admin_urls_for_registration()}
OF_A_CASE = [name for name, url in URLS.items() if "instance_pk" in url.pattern.converters]
OF_NO_CASE = [name for name in URLS if name not in OF_A_CASE]


WAYS = {
    "step back": lambda case, user: people.declare_conflict(complaint=case, by=user),
    # As by choosing the deputy, for whoever it is.
    "pass over": lambda case, user: changed(
        case, passed_over=user, route=Route.DEPUTY, handler=None
    ),
    "stop": lambda case, user: people.stop_sharing(complaint=case, user=user, by=case.handler),
}
HIDDEN = {
    "confidant": ("step back", "pass over"),
    "acting_deputy": ("step back", "pass over"),
    "other": ("stop",),
}


@pytest.fixture
def acting_deputy(staff):
    set_handling(confidant_absent_from=timezone.localdate())
    return staff.deputy


@pytest.fixture(params=HIDDEN)
def role(request, staff):
    return request.param


@pytest.fixture
def user(role, request):
    """Somebody with cases of their own, who is kept from some more."""
    return request.getfixturevalue(role)


@pytest.fixture
def add_cases(role, user):
    """Makes a case a way of being excluded, each seen by this person until a moment ago."""

    def add(**given) -> list[Complaint]:
        cases = [make_complaint(files=[make_staged_file()], **given) for _way in HIDDEN[role]]
        for case, way in zip(cases, HIDDEN[role], strict=True):
            if role == "other":
                people.share_case(complaint=case, to=user, by=case.handler)
            assert sees(user, case)
            WAYS[way](case, user)
        return list(map(fresh, cases))

    return add


@pytest.fixture
def mine(user):
    """What this person does see, so that lists, filters and counts have something to show."""
    return [changed(make_complaint(), handler=user) for _ in range(2)]


def address(name: str, case) -> str:
    """Its address for this case; another key in it is the case's file, or its own number."""
    file = case.attachments.first()
    given = {"instance_pk": case.pk, "file_pk": file.pk}
    for key, converter in URLS[name].pattern.converters.items():
        given.setdefault(key, case.pk if isinstance(converter, UUIDConverter) else 1)
    keys = URLS[name].pattern.converters
    return reverse(name, kwargs={key: given[key] for key in keys})


def body_of(answer) -> str:
    """What came, without what differs each time anyway: the token of each form."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = content.decode("utf-8", "replace")
    each_time = (
        r"(csrfmiddlewaretoken|CSRF_TOKEN|name=\"token\")[^>\n]*|(?<=[?;]q=)[\w%-]+|[\w-]{50,}=*"
    )
    return re.sub(each_time, "", text)


def queries_of_the_list(user, role: str) -> Iterator[str]:
    """Every filter with its choices (for one role each, else the first), orders and pages."""
    for name, found in CaseFilters(QueryDict(), user).filters.items():
        for choice, _label in found.extra["choices"][: None if role == "confidant" else 1]:
            yield f"?status=all&{name}={choice}"
    yield from (f"?ordering={order}" for order in ORDERS)
    yield from ("?p=1", "?p=2", "?e=1", "?status=all&p=1")


@pytest.mark.any_database
def test_no_address_of_the_case_is_there(role, user, add_cases):
    """The same 404, byte for byte, as for a case that never was.

    Each way to be kept out is tried by GET and by POST at every address, by one of two roles each.
    """
    assert {NAME + "inspect"} < set(OF_A_CASE)
    client, wrong = client_for(user), []
    absent = body_of(client.get(f"{LIST}inspect/{UUID(int=7)}/"))
    methods = ("post", "get") if role == "acting_deputy" else ("get", "post")
    for case, method in zip(itertools.cycle(add_cases()), methods, strict=False):
        count, way = case.event_count, "passed over" if case.passed_over else "excluded"
        for name in OF_A_CASE:
            answer = getattr(client, method)(address(name, case))
            if answer.status_code != 404 or body_of(answer) != absent:
                wrong.append(f"{role}, {way}: {method} {name}: {answer.status_code}")
        assert fresh(case).event_count == count
    assert wrong == []
    assert not Access.objects.exists()


@pytest.mark.any_database
@time_machine.travel(NOON, tick=False)
def test_no_page_of_the_desk_nor_of_the_cms_changes_by_a_character(role, user, mine, add_cases):
    """No filter, search, order or page of the list either, nor the menu with its badge."""
    client = client_for(user)
    queries = list(queries_of_the_list(user, role))
    assert len(queries) > 10
    around = ("/cms/", "/cms/account/", "/cms/reports/site-history/")
    urls = [
        *map(reverse, OF_NO_CASE),
        *(reverse(NAME + "results") + query for query in queries),
        *around,
    ]
    assert reverse(NAME + "index") in urls

    def pages() -> dict[str, str]:
        Access.objects.all().delete()  # who saw the list is told on one of them
        return {url: body_of(client.get(url, follow=True)) for url in urls}

    before = pages()
    assert all("2 ongelezen" in before[url] for url in around)
    hidden = add_cases() + add_cases(is_suspect=True)
    after = pages()
    assert [url for url in urls if after[url] != before[url]] == []
    for case in hidden:
        assert [url for url in urls if case.reference in after[url]] == []
        for absent in ("KM-ZZZZ-ZZZZ", "km-zzzz-zzzz"):
            typed = case.reference if absent.isupper() else case.reference.lower()
            answers = (client.post(LIST, {"q": each}, follow=True) for each in (typed, absent))
            page, nothing = map(body_of, answers)
            assert page.replace(typed, absent) == nothing  # it gives back what was typed, no more
            assert str(case.pk) not in page


@pytest.mark.any_database
def test_no_mail_about_it_goes_to_them(user, add_cases):
    """What was owed before, what happens afterwards, and that it looks like misuse."""
    cases = add_cases() + add_cases(is_suspect=True)
    tick()
    for case in cases:
        conversation.write_to_handler(complaint=case, text="Is er nieuws?", code=new_code())
        requests.say_solved(complaint=case)
        requests.withdraw_complaint(complaint=case)
    tick()
    theirs = [sent.subject + sent.body for sent in send_all() if user.email in sent.to]
    assert [case for case in cases if case.reference in "".join(theirs)] == []
    assert not OwedMail.objects.filter(user=user, kind=MailKind.SUSPECT_DIGEST).exists()


@pytest.mark.any_database
def test_no_role_or_row_brings_it_back(confidant, staff):
    """Whatever somebody excluded is named or given later, by hand in the database too."""
    case = make_complaint()
    people.declare_conflict(complaint=case, by=confidant)
    Share.objects.create(complaint=case, user=confidant, at=timezone.now())
    changed(case, handler=confidant)
    swapped = {"confidant": staff.deputy, "deputy": confidant}
    for settings in (swapped, {"confidant_absent_from": timezone.localdate()}):
        set_handling(**settings)
        assert not sees(confidant, case)
