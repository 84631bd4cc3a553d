"""Who is excluded from a case cannot see that it exists: in every place one can appear.

The addresses come from the URL configuration, so that a new one is covered the day it is made:
with a case in its address it must be a 404; without, its answer must be the same, byte for byte,
whether the case is there or not.
"""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.urls.converters import UUIDConverter
from django.utils import timezone

from complaints.cases import conversation, moves, people, requests
from complaints.models.access_log import Access
from complaints.models.case import Complaint, EventKind
from complaints.models.circle import Circle
from complaints.models.outbox import OwedMail
from complaints.models.roster import Roster
from complaints.models.visibility import Exclusion, Share
from complaints.staff import permissions
from complaints.staff.actions.audience import people_of
from complaints.staff.desk import ComplaintAdmin
from complaints.staff.list.filters import filters_for
from complaints.stages import Outcome, Route
from complaints.vault.codes import new_code
from complaints.worker.clock import tick
from complaints.worker.delivery import deliver_due
from tests.factories import make_complaint, make_staged_file, make_user, set_handling

pytestmark = pytest.mark.django_db

NOON = "2026-12-08 12:00:00+01:00"
LIST = "/cms/complaints/complaint/"
URLS = {url.name: url for url in ComplaintAdmin().get_admin_urls_for_registration()}
OF_A_CASE = [name for name, url in URLS.items() if "instance_pk" in url.pattern.converters]
OF_NO_CASE = [name for name in URLS if name not in OF_A_CASE]


def step_back(case, user):
    people.declare_conflict(complaint=case, by=user)


def pass_over(case, user):
    """As by choosing the deputy, for whoever it is."""
    Complaint.objects.filter(pk=case.pk).update(passed_over=user, route=Route.DEPUTY, handler=None)


def stop_sharing(case, user):
    people.stop_sharing(complaint=case, user=user, by=case.handler)


@pytest.fixture
def confidant(staff):
    return staff.confidant


@pytest.fixture
def acting_deputy(staff):
    set_handling(confidant_absent_from=timezone.localdate())
    return staff.deputy


@pytest.fixture
def other(staff):
    return make_user("handler", username="ander")


@pytest.fixture(
    params=[
        ("confidant", step_back),
        ("confidant", pass_over),
        ("acting_deputy", step_back),
        ("acting_deputy", pass_over),
        ("other", stop_sharing),
    ],
    ids=lambda given: f"{given[0]}-{given[1].__name__}",
)
def excluded(request):
    """Somebody with cases of their own, and how they come to be kept from one more."""
    role, exclude = request.param
    user = request.getfixturevalue(role)

    def add_case(**given):
        """A case that this person saw until a moment ago."""
        case = make_complaint(files=[make_staged_file()], **given)
        if role == "other":
            people.share_case(complaint=case, to=user, by=case.handler)
        assert sees(user, case)
        exclude(case, user)
        case.refresh_from_db()
        return case

    return user, add_case


@pytest.fixture
def mine(excluded):
    """What this person does see, so that lists, filters and counts have something to show."""
    user, _add_case = excluded
    mine = [make_complaint() for _ in range(2)]
    for case in mine:
        Complaint.objects.filter(pk=case.pk).update(handler=user)
    return mine


def sees(user, case) -> bool:
    return Complaint.objects.visible_to(user).filter(pk=case.pk).exists()


def client_for(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


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
    return re.sub(r"(csrfmiddlewaretoken|CSRF_TOKEN|name=\"token\")[^>\n]*", "", text)


def queries_of_the_list(user) -> Iterator[str]:
    """Every filter with each of its choices, searches, orders and pages."""
    for found in filters_for(user):
        for choice, _label in found.choices:
            yield f"?whose=all&status=all&{found.name}={choice}"
    yield from (f"?o={sign}{name}" for name in ("due", "days", "reference") for sign in ("", "-"))
    yield from ("?q=KM", "?p=1", "?p=2", "?e=1", "?whose=all&p=1")


def test_there_are_addresses_of_both_kinds():
    """Else what follows would test nothing."""
    assert {"complaints_complaint_modeladmin_inspect"} < set(OF_A_CASE)
    assert {"complaints_complaint_modeladmin_index"} < set(OF_NO_CASE)


@pytest.mark.parametrize("name", OF_A_CASE)
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_no_address_of_the_case_is_there(excluded, name, method):
    user, add_case = excluded
    case = add_case()
    count = case.event_count
    answer = getattr(client_for(user), method)(address(name, case))
    assert answer.status_code == 404
    assert case.reference not in answer.content.decode()
    case.refresh_from_db()
    assert case.event_count == count
    assert not Access.objects.exists()


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize("is_suspect", [False, True])
@pytest.mark.parametrize("name", OF_NO_CASE)
def test_no_other_page_of_the_desk_changes_by_a_character(excluded, mine, name, is_suspect):
    user, add_case = excluded
    url, client = reverse(name), client_for(user)
    before = body_of(client.get(url))
    case = add_case(is_suspect=is_suspect)
    after = body_of(client.get(url))
    assert case.reference not in after
    assert after == before


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize("is_suspect", [False, True])
def test_no_filter_search_order_or_page_of_the_list_does(excluded, mine, is_suspect):
    user, add_case = excluded
    client = client_for(user)
    queries = list(queries_of_the_list(user))
    assert len(queries) > 10
    before = {query: body_of(client.get(LIST + query)) for query in queries}
    case = add_case(is_suspect=is_suspect)
    for query in queries:
        assert body_of(client.get(LIST + query)) == before[query], query
    for search, absent in (
        (case.reference, "KM-ZZZZ-ZZZZ"),
        (case.reference.lower(), "km-zzzz-zzzz"),
    ):
        page, nothing = (body_of(client.get(LIST, {"q": typed})) for typed in (search, absent))
        assert page.replace(search, absent) == nothing  # it gives back what was typed, no more
        assert str(case.pk) not in page


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize("url", ["/cms/", "/cms/account/", "/cms/reports/site-history/"])
def test_panel_menu_and_badge_do_not_change(excluded, mine, url):
    """The start page with its panel; every page of the CMS has the menu with its badge."""
    user, add_case = excluded
    client = client_for(user)
    before = body_of(client.get(url, follow=True))
    assert "2 ongelezen" in before
    case = add_case()
    after = body_of(client.get(url, follow=True))
    assert after == before
    assert case.reference not in after


@time_machine.travel(NOON, tick=False)
def test_a_case_that_shows_as_a_double_or_in_relation_leaves_no_trace(excluded, mine):
    user, add_case = excluded
    case, (one, other) = add_case(), mine
    by = user
    moves.close_complaint(
        complaint=one,
        outcome=Outcome.DUPLICATE,
        by=by,
        reason="Twee keer verstuurd.",
        duplicate_of=other,
    )
    Complaint.objects.filter(pk=one.pk).update(duplicate_of=case)
    other.related.add(case)
    client = client_for(user)
    for seen in mine:
        page = body_of(client.get(f"{LIST}inspect/{seen.pk}/"))
        assert case.reference not in page
        assert str(case.pk) not in page


@time_machine.travel(NOON, tick=False)
def test_relations_made_before_they_were_excluded_leave_no_trace(confidant, staff):
    """Made by the services, of cases that everybody who read them saw then."""
    one, double, hidden = (make_complaint() for _ in range(3))
    moves.relate(complaint=one, other=hidden, by=confidant, reason="Kanarie-5")
    moves.close_complaint(
        complaint=double,
        outcome=Outcome.DUPLICATE,
        by=confidant,
        reason="Kanarie-6",
        duplicate_of=hidden,
    )
    people.declare_conflict(complaint=hidden, by=confidant)
    client = client_for(confidant)
    for case in (one, double):
        for url in (f"{LIST}inspect/{case.pk}/", f"{LIST}unlink/{case.pk}/", f"{LIST}?q=KM"):
            page = body_of(client.get(url))
            assert hidden.reference not in page
            assert str(hidden.pk) not in page
            assert "Kanarie" not in page
    page = body_of(client.get(f"{LIST}inspect/{one.pk}/"))
    assert str(EventKind.LINKED.label) not in re.sub(r"<(a|h\d)\b.*?</\1>", "", page, flags=re.S)


def test_it_cannot_be_named_as_a_double_and_the_refusal_is_that_of_any_other(excluded, mine):
    user, add_case = excluded
    case, client = add_case(), client_for(user)
    told = set()
    for reference in (case.reference, "KM-0000-0000"):
        mine[0].refresh_from_db()
        answer = client.post(
            f"{LIST}close/{mine[0].pk}/",
            {
                "choice": "duplicate",
                "seen": mine[0].event_count,
                "reason": "Dubbel.",
                "duplicate_of": reference,
            },
        )
        assert answer.status_code == 422
        told |= set(answer.context["form"].errors["duplicate_of"])
    assert len(told) == 1


def test_no_query_of_the_desk_has_it(excluded):
    """Lists, badge, digest, reminder and export all start at one of these."""
    user, add_case = excluded
    case = add_case()
    for found in (
        Complaint.objects.visible_to(user),
        Complaint.objects.in_charge_of(user),
        Complaint.objects.unread_by(user),
        permissions.visible_cases(user),
        permissions.unread_cases(user),
    ):
        assert not found.filter(pk=case.pk).exists()
    assert not permissions.may_see(user, case)
    assert not permissions.is_in_charge(user, case)
    assert user.username.title() not in str(people_of(Circle(case, Roster.read())))


def test_no_mail_about_it_goes_to_them(excluded):
    """What was owed before, and what happens afterwards."""
    user, add_case = excluded
    case = add_case()
    conversation.write_to_handler(complaint=case, text="Is er nieuws?", code=new_code())
    requests.say_solved(complaint=case)
    requests.withdraw_complaint(complaint=case)
    tick()
    sent = send_all()
    assert not [body for to, body in sent if to == user.email and case.reference in body]


def send_all() -> list[tuple[str, str]]:
    from django.core import mail

    while deliver_due():
        pass
    return [(address, sent.subject + sent.body) for sent in mail.outbox for address in sent.to]


@time_machine.travel(NOON, tick=False)
def test_misuse_one_is_excluded_from_is_not_announced_to_them(confidant):
    case = make_complaint(is_suspect=True)
    people.declare_conflict(complaint=case, by=confidant)
    OwedMail.objects.all().delete()
    tick()
    assert not OwedMail.objects.filter(user=confidant).exists()


def test_the_clock_never_hands_it_to_them(excluded):
    user, add_case = excluded
    case = add_case()
    for deputy in (None, user):
        Complaint.objects.filter(pk=case.pk).update(handler=None)
        set_handling(deputy=deputy, confidant_absent_from=None)
        tick()
        case.refresh_from_db()
        if Exclusion.objects.filter(complaint=case, user=user).exists() or case.passed_over == user:
            assert case.handler != user


def test_no_role_or_row_brings_it_back(confidant, staff):
    """Whatever somebody excluded is named or given later, by hand in the database too."""
    case = make_complaint()
    people.declare_conflict(complaint=case, by=confidant)
    Share.objects.create(complaint=case, user=confidant, at=timezone.now())
    Complaint.objects.filter(pk=case.pk).update(handler=confidant)
    for settings in (
        {"confidant": staff.deputy, "deputy": confidant},
        {"confidant_absent_from": timezone.localdate()},
    ):
        set_handling(**settings)
        assert not sees(confidant, case)


def test_being_excluded_looks_like_a_case_that_never_was(excluded):
    """The same 404, byte for byte, but for the address."""
    user, add_case = excluded
    client, case = client_for(user), add_case()
    hidden = client.get(f"{LIST}inspect/{case.pk}/")
    absent = client.get(f"{LIST}inspect/{UUID(int=7)}/")
    assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content)
