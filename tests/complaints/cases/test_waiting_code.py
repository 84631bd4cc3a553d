"""A code that waits, where two act at once, a worker is killed, or the server's key changes."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from complaints.cases import codes_and_links, requests
from complaints.cases.case import NotAllowed, is_intact
from complaints.events import EventKind
from complaints.models.keys_and_files import EndedSession, FollowLink, KeyWrap
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.privacy import AccessKind, AuditLine
from tests.complaints.cases.test_two_at_once import at_once
from tests.complaints.worker.two_workers import WORKERS, all_at_once, overlapping
from tests.follow import filed, opens
from tests.services import fresh, send_all, told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made(site, staff):
    """A case and its code; nothing waits to be mailed."""
    case, code = filed()
    send_all()
    return case, code


def tomorrow():
    send_all()
    return timezone.now() + codes_and_links.CODE_WAITS + timedelta(minutes=1)


def which_open(*codes: str) -> list[bool]:
    return [opens(code) for code in codes]


def holders(case) -> list[str]:
    wraps = KeyWrap.objects.filter(complaint_id=case.pk)
    return sorted(holder.partition(":")[0] for holder in wraps.values_list("holder", flat=True))


def test_of_two_asked_at_once_the_last_one_waits(made):
    case, code = made
    codes = at_once(*[lambda: requests.ask_new_code(complaint=case)] * 2)
    assert holders(case) == ["code", "code-next", "server"]
    assert which_open(code, *codes) == [True, False, False]
    assert told(MailKind.CODE_ASKED) == [None, None]
    codes_and_links.start_codes(tomorrow())
    assert sorted(which_open(code, *codes)) == [False, False, True]
    assert is_intact(fresh(case))


def test_stopping_and_starting_at_once_leave_one_code(made):
    case, code = made
    new, now = requests.ask_new_code(complaint=case), tomorrow()
    kept, started = at_once(
        lambda: requests.keep_code(complaint=case), lambda: codes_and_links.start_codes(now)
    )
    assert started is None
    assert which_open(code, new) == [not isinstance(kept, NotAllowed), isinstance(kept, NotAllowed)]
    assert holders(case) == ["code", "server"]
    assert is_intact(fresh(case))


def test_workers_at_once_start_it_once(made, monkeypatch):
    case, code = made
    new, now = requests.ask_new_code(complaint=case), tomorrow()
    FollowLink.objects.create(complaint=case, made_at=now, expires_at=now)
    came = overlapping(monkeypatch, codes_and_links, "waiting_codes", after=True)
    all_at_once(lambda _number: codes_and_links.start_codes(now))
    assert len(came) >= WORKERS
    assert which_open(code, new) == [False, True]
    assert case.events.filter(kind=EventKind.CODE_REPLACED).count() == 1
    assert not FollowLink.objects.exists()
    assert is_intact(fresh(case))


@pytest.mark.parametrize("step", ["start_waiting_code", "end_links", "record"])
def test_a_worker_killed_half_way_leaves_the_old_code_and_starts_it_later(made, monkeypatch, step):
    case, code = made
    new, now = requests.ask_new_code(complaint=case), tomorrow()
    real = getattr(codes_and_links, step)

    def killed(*args, **kwargs):
        real(*args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(codes_and_links, step, killed)
    with pytest.raises(KeyboardInterrupt):
        codes_and_links.start_codes(now)
    assert which_open(code, new) == [True, False]
    monkeypatch.undo()
    codes_and_links.start_codes(now)
    assert which_open(code, new) == [False, True]


def test_one_killed_while_asking_leaves_nothing_that_waits(made, monkeypatch):
    case, code = made
    monkeypatch.setattr(codes_and_links, "owe_to_complainant", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        requests.ask_new_code(complaint=case)
    assert holders(case) == ["code", "server"]
    assert which_open(code) == [True]


def test_a_mail_that_does_not_leave_holds_it_back_and_no_other_case_also_under_a_new_key(made):
    (case, _code), (other, others) = made, filed()
    held, free = (requests.ask_new_code(complaint=each) for each in (case, other))
    call_command("rotate_vault_keys", "--new", verbosity=0)
    assert AuditLine.objects.filter(kind=AccessKind.KEY, user_label="system").count() == 1
    now = tomorrow()
    OwedMail.objects.filter(complaint=case).update(sent_at=None)
    codes_and_links.start_codes(now)
    assert which_open(held, free, others) == [False, True, False]


def test_of_two_who_leave_at_once_neither_fails(made):
    now = timezone.now()
    session = made[0].pk
    assert at_once(*[lambda: codes_and_links.end_session(session, now)] * 3) == [None] * 3
    assert codes_and_links.is_ended(session)
    codes_and_links.forget_what_is_over(now)
    assert not EndedSession.objects.exists()
