"""Of everything that can be done with a case: the mail is seen before it goes, and each text box
says who will read it. Generated from the registry, so that a new action is covered at once."""

from collections.abc import Iterator

import pytest
from django.contrib.messages import get_messages

from complaints.cases.contents import own_history
from complaints.cases.sealing import case_key
from complaints.events import SHOWN
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.roster import Roster
from complaints.staff.actions import ACTIONS
from complaints.staff.actions.forms import Reader
from complaints.staff.permissions import case_or_404
from tests.cases import STATES, address_of, every_way, make_case_in, name_of, post, texts
from tests.desk import sees, text_of
from tests.factories import make_user
from tests.services import fresh, undone

pytestmark = pytest.mark.django_db

# What no handler sends to a complainant: for whom, or because of what, it goes instead.
STAFF = (
    *(MailKind.NEW_CASE, MailKind.SUSPECT_DIGEST, MailKind.UNASSIGNED_CASE),
    *(MailKind.COMPLAINANT_ACTED, MailKind.HANDLERS_CHANGED, MailKind.TERM_REMINDER),
    *(MailKind.COLLEAGUE_LATE, MailKind.DAILY_DIGEST, MailKind.CASE_SHARED, MailKind.CASES_GO),
    *(MailKind.INVITED, MailKind.MAIL_TRIED, MailKind.SITE_TROUBLE),
)
NOT_BY_A_HANDLER = dict.fromkeys(STAFF, "staff") | {
    MailKind.FOLLOW_LINK: "the complainant asked for it",
    MailKind.CODE_ASKED: "the complainant asked for a new code",
    MailKind.CONTACT_CHANGED: "the complainant changed their address",
    MailKind.DRAFT_SAVED: "the clock, about a draft that nobody else knows",
}


def test_each_kind_of_mail_is_shown_before_it_goes_or_no_handler_sends_it():
    shown = {action.mail_kind for action in ACTIONS if action.mail_kind is not None}
    assert shown & set(NOT_BY_A_HANDLER) == set()
    assert shown | set(NOT_BY_A_HANDLER) == set(MailKind)


@pytest.mark.any_database
def test_each_way_can_be_done_shows_its_mail_and_names_the_readers_of_each_box(staff, desk, other):
    """Each is done once, in the first state that allows it, and undone.

    What looks like misuse comes last: nothing done there mails its complainant.
    """
    people = {"by": staff.confidant, "handler": other, "reader": make_user("handler")}
    cases = [make_case_in(state, **people) for state in (*STATES, "filing")]
    *_others, suspect = cases
    Complaint.objects.exclude(pk=suspect.pk).update(is_suspect=False)
    OwedMail.objects.all().delete()
    seen = [case_or_404(staff.confidant, case.pk) for case in cases]
    amiss = [f"{name_of(way)}: {said}" for way in every_way() for said in faults(desk, seen, way)]
    assert amiss == []


def faults(desk, cases, way) -> Iterator[str]:
    by, (action, choice) = Roster.read().confidant, way
    case = next((case for case in cases if action.is_allowed(by, case, choice)), None)
    if case is None:
        yield "no state of tests/cases.py allows it"
        return
    with undone():
        yield from faults_of_doing(desk, case, way, desk.get(address_of(case, action, choice)))


def is_read_by_complainant(was: Complaint, now: Complaint) -> bool:
    return now.events.filter(number__gt=was.event_count, kind__in=SHOWN).exists()


# What a message after an act says, in part, and whether that is so.
CLAIMS = {
    "in het dossier": lambda was, now: now.event_count > was.event_count,
    "bijgewerkt": lambda was, now: now.event_count > was.event_count,
    "klaar voor de klager": is_read_by_complainant,
    "De klager ziet": is_read_by_complainant,
    "De klager kan": is_read_by_complainant,
    "Alleen wij lezen": lambda was, now: not is_read_by_complainant(was, now),
    "bij de andere klachten": lambda was, now: was.is_suspect and not now.is_suspect,
    "wordt niet gewist": lambda was, now: now.is_held and not was.is_held,
    "bewaartermijn geldt weer": lambda was, now: was.is_held and not now.is_held,
    "De klager leest": is_read_by_complainant,
    "Het is gewist": lambda was, now: not now.sealed and not now.is_open,
    "fase": lambda was, now: now.stage != was.stage,
    "verlengd": lambda was, now: now.terms.filter(times_extended=1).exists(),
    "staat stil": lambda was, now: now.paused_on and not was.paused_on,
    "loopt weer": lambda was, now: was.paused_on and not now.paused_on,
    "afgesloten": lambda was, now: was.is_open and not now.is_open,
    "weer open": lambda was, now: now.is_open and not was.is_open,
    "volgcode": lambda was, now: now.events.filter(kind="code_replaced").exists(),
    "Jij behandelt": lambda was, now: now.handler_id == Roster.read().confidant.pk,
    "andere behandelaar": lambda was, now: now.handler_id != was.handler_id,
    "is gedeeld": lambda was, now: now.shares.filter(revoked_at=None).count() == 2,
    "delen is gestopt": lambda was, now: not now.shares.filter(revoked_at=None).exists(),
    "verband staat": lambda was, now: now.related.count() == 2,
    "verband is weg": lambda was, now: not now.related.exists(),
    "Je ziet deze zaak niet meer": lambda was, now: not sees(Roster.read().confidant, now),
}


def faults_of_doing(desk, case, way, page) -> Iterator[str]:
    if page.status_code != 200:
        yield f"its page answers {page.status_code}"
    shown, by = page.content.decode(), page.wsgi_request.user
    boxes = texts(case, way, by)
    answer = post(desk, case, way, by)
    if answer.status_code not in (200, 302):
        yield f"answers {answer.status_code}"
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    said += [str(way[0].done)] if str(way[0].done) in text_of(answer) else []
    claims = [words for words in CLAIMS if words in " ".join(said)]
    if len(said) != 1 or not claims:
        yield f"says {said}, of which nothing is known to be true"
    for words in claims:
        if not CLAIMS[words](case, fresh(case)):
            yield f"says what is not so: {words}"
    mails = [owed.kind for owed in OwedMail.objects.filter(complaint=case, user=None)]
    if mails != ([way[0].mail_kind] if 'name="mail_body"' in shown else []):
        yield f"sends the complainant {mails}, and its page does not say so"
    read = str([line.content for line in own_history(case, case_key(case.pk))]) if boxes else ""
    for name in boxes:
        readers = way[0].fields(by, case, way[1])[name].readers
        yield from faults_of_box(name, readers, shown, f"kanarie-{name}" in read)


def faults_of_box(name: str, readers, shown: str, is_read: bool) -> Iterator[str]:
    if (Reader.COMPLAINANT in readers) != is_read:
        yield f"{name} is {'' if is_read else 'not '}read by the complainant"
    if (Reader.US in readers) == (Reader.COMPLAINANT in readers):
        yield f"{name} is for us or for the complainant"
    # The committee is given the case file without our notes: what the complainant sees.
    if (Reader.COMMITTEE in readers) != (Reader.COMPLAINANT in readers):
        yield f"{name} is read by the committee where the complainant does"
    said = shown.partition(f'id="id_{name}_readers"')[2].partition("</p>")[0]
    if not all(str(reader.label) in said for reader in readers):
        yield f"{name} does not name its readers"


def test_every_reader_there_is_reads_something():
    """Nobody is named on the list whom no text box mentions."""
    boxes = [box for action in ACTIONS for box in (*action.asks.values(), action.reason)]
    assert {reader for box in boxes for reader in getattr(box, "readers", ())} == set(Reader)
