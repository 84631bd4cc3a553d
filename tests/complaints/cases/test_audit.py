"""The audit: what is kept of whom, that a later change shows, and what the pages tell of it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from complaints.cases import audit, contents, forgetting, handlers_group, moves, retention
from complaints.models.case import Complaint
from complaints.models.privacy import AccessKind, AuditHead, AuditLine
from complaints.models.settings import HandlingSettings
from complaints.stages import Route
from complaints.vault.keyring import KeyFile
from complaints.worker.jobs import check
from tests.accounts.doors import with_app
from tests.desk import NAME, changed, client_for, says
from tests.factories import make_complaint, make_many_complaints, make_user
from tests.services import undone

pytestmark = pytest.mark.django_db


def verify(**options) -> str:
    """What the command says; of what is wrong, that."""
    out = StringIO()
    try:
        call_command("verify_audit", stdout=out, **options)
    except CommandError as found:
        return str(found) if found.returncode == 1 else ""
    return out.getvalue()


@pytest.fixture
def lines(staff) -> list[AuditLine]:
    """Ten lines of readings in the chain, behind what making the site left there."""
    AuditLine.objects.all().delete()
    make_many_complaints(8)
    contents.record_access(complaint=None, user=staff.confidant, kind=AccessKind.LIST, case_count=8)
    ids = Complaint.objects.values_list("pk", flat=True)
    contents.record_accesses(complaint_ids=ids, user=staff.confidant, kind=AccessKind.EXPORT)
    contents.record_access(complaint=None, user=staff.deputy, kind=AccessKind.SEARCH, case_count=3)
    audit.chain()
    return list(AuditLine.objects.order_by("number"))


def test_a_site_is_intact_and_what_came_since_is_signed_already(lines, staff):
    assert [line.number for line in lines] == list(range(1, 11))
    assert verify().startswith("Intact: 10 lines, 0 not chained yet. Ends with line 10, ")
    contents.record_access(complaint=None, user=staff.deputy, kind=AccessKind.LIST)
    assert "11 lines, 1 not chained yet" in verify()
    AuditLine.objects.filter(number=None).update(case_count=7)
    assert "not chained yet, was changed or inserted" in verify()


def test_a_changed_line_is_found_whatever_of_it_was_changed(lines, staff):
    other, fifth = make_complaint(), AuditLine.objects.filter(number=5)
    changes = (
        *({"user_label": "user:999"}, {"user": staff.deputy}, {"kind": AccessKind.READ}),
        *({"at": F("at") - timedelta(seconds=1)}, {"case_count": 3}, {"about": "user:1"}),
        *({"complaint": other}, {"mac": lines[3].mac}, {"mac": b""}, {"link": lines[3].link}),
        {"link": None},
    )
    before = fifth.values().get()
    for change in changes:
        fifth.update(**change)
        assert "line 5 " in verify(), change
        fifth.update(**before)
    assert verify().startswith("Intact")


def test_lines_that_moved_up_and_an_end_that_is_not_ours_are_found(lines):
    """What else is removed, and where: `DAMAGE`."""
    AuditLine.objects.filter(number=6).delete()
    for number in range(7, 11):  # and the others moved up
        AuditLine.objects.filter(number=number).update(number=number - 1)
    assert "line 6 does not follow" in verify()
    AuditHead.objects.update(number=9, link=lines[8].link)
    AuditLine.objects.filter(number=9).delete()
    for _time in range(2):  # the worker signs no other end than its own
        assert "end of the chain" in verify()
        assert audit.chain() is None
        AuditHead.objects.all().delete()


def test_a_line_that_was_inserted_is_found_before_and_after_it_is_chained(lines, staff):
    made = {"user": staff.deputy, "user_label": f"user:{staff.deputy.pk}", "at": timezone.now()}
    copy = {name: getattr(lines[0], name) for name in ("user_label", "at", "case_count", "mac")}
    for fields in ({**made, "mac": bytes(40)}, copy):
        line = AuditLine.objects.create(kind=AccessKind.LIST, **fields)
        assert "not chained yet, was changed or inserted" in verify()
        audit.chain()
        assert f"line {AuditHead.objects.get().number} was changed or inserted" in verify()
        assert line.link is None
    AuditLine.objects.filter(number=11).update(number=40)
    assert "between line 10 and line 12" in verify()
    AuditLine.objects.filter(number=40).update(number=13)  # the one the worker gives next
    contents.record_access(complaint=None, user=staff.deputy, kind=AccessKind.LIST)
    audit.chain()
    assert "line 13" in verify()


DAMAGE = (
    ("line 5 was changed", lambda line: line(5).update(case_count=7)),
    ("between line 0 and line 2", lambda line: line(1).delete()),
    ("between line 5 and line 9", lambda line: line(6, 7, 8).delete()),
    ("between line 8 and line 11", lambda line: line(9, 10).delete()),
    ("line 4 does not follow", lambda line: line(4).update(link=bytes(32))),
    ("line 10 does not follow", lambda line: line(10).update(link=bytes(32))),
    (
        "line 11 was changed or inserted",
        lambda line: AuditLine.objects.create(
            kind=AccessKind.LIST, user_label="user:1", at=timezone.now(), mac=bytes(40)
        ),
    ),
    # Without its end nobody knows how far it went: a number is left out.
    ("between line 10 and line 12", lambda line: AuditHead.objects.all().delete()),
    ("between line 10 and line 12", lambda line: AuditHead.objects.update(number=4)),
    ("between line 0 and line 11", lambda line: AuditLine.objects.all().delete()),
)


def test_after_a_break_one_goes_on_and_the_break_stays_named_with_who_said_so(lines, staff):
    """What was broken before stays known; what is broken after it, or beside it, is found."""
    by = f"UTC, by user:{staff.confidant.pk}: "
    for words, damage in DAMAGE:
        with undone():
            damage(lambda *numbers: AuditLine.objects.filter(number__in=numbers))
            assert not verify().startswith("Intact"), words
            with pytest.raises(RuntimeError):
                check(timezone.now())
            said = verify(go_on_as="confidant")
            assert "Known since " in said, words
            assert words in said
            assert (
                said.count(by)
                == said.count("Known")
                == AuditLine.objects.filter(kind=AccessKind.BREAK).count()
            )
            assert "Intact but for that: " in said
            contents.record_access(complaint=None, user=staff.deputy, kind=AccessKind.LIST)
            assert audit.chain() is not None
            assert "Intact but for that: " in verify(go_on_as="confidant"), "once is enough"
            assert words in verify()
            check(timezone.now())  # the worker: or it would cry each day, whatever comes
            for harm in (
                lambda: AuditLine.objects.filter(user=staff.deputy).update(case_count=9),
                lambda: AuditLine.objects.filter(kind=AccessKind.BREAK).first().delete(),
                lambda: AuditLine.objects.filter(kind=AccessKind.BREAK).update(about="1-99"),
            ):
                with undone():
                    harm()
                    assert "Intact" not in verify(), words
    assert "There is no user niemand" in verify(go_on_as="niemand")
    assert verify().startswith("Intact: 10 lines")


def test_a_new_secret_of_the_site_finds_the_old_lines_intact_while_the_old_one_is_known(lines):
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=["test"]):
        assert verify().startswith("Intact")
    with override_settings(SECRET_KEY="another"):
        assert "end of the chain" in verify()


def test_lines_go_by_their_term_and_the_chain_begins_after_them(lines, staff):
    """Also where a hold keeps one from before, and where a case is there no more."""
    held, gone = lines[2].complaint_id, lines[7].complaint_id
    Complaint.objects.filter(pk=held).update(is_held=True)
    settings, today = HandlingSettings.current(), timezone.localdate()
    over = retention.lines_over(today + timedelta(days=9999), settings)["reading"]
    audit.let_go(over.filter(number__lte=5))
    assert [line.number for line in AuditLine.objects.order_by("number")] == [3, 6, 7, 8, 9, 10]
    assert verify().startswith("Intact")
    Complaint.objects.filter(pk=gone).delete()
    assert AuditLine.objects.filter(complaint_id=gone).exists()
    assert verify().startswith("Intact")
    first = AuditLine.objects.get(number=6)
    AuditLine.objects.filter(number=6).delete()
    assert "between line 5 and line 7" in verify()
    AuditLine.objects.bulk_create([first])
    AuditLine.objects.filter(number=3).update(kind=AccessKind.PRINT)
    assert "line 3 was changed" in verify()
    AuditLine.objects.filter(number=3).delete()
    audit.let_go(over)
    assert not AuditLine.objects.exists()
    assert verify().startswith("Intact: 0 lines")
    contents.record_access(complaint=None, user=staff.deputy, kind=AccessKind.LIST)
    assert audit.chain().number == 11, "numbers are not used again"
    assert verify().startswith("Intact: 1 lines")


def test_accounts_rights_settings_factors_and_keys_are_kept_without_a_name(staff, monkeypatch):
    def kept() -> list[tuple[str, str, str]]:
        found = AuditLine.objects.filter(number=None).order_by("pk")
        return list(found.values_list("kind", "user_label", "about"))

    audit.chain()
    other, by = make_user("editor", username="ander"), f"user:{staff.manager.pk}"
    them = f"user:{other.pk}"
    handlers_group.admit_handler(other)
    assert ("admitted", "system", them) in kept()
    audit.chain()
    manager = client_for(staff.manager)
    handlers_group.stop_handling(user=other)
    address = reverse("wagtailusers_users:edit", args=[other.pk])
    data = {"username": "ander", "email": other.email, "first_name": "Anna", "last_name": "Ander"}
    answer = manager.post(address, data | {"is_active": "on", "groups": []})
    assert answer.status_code == 302, answer.content.decode()
    assert kept()[:2] == [("login", by, ""), ("stopped", "system", them)]
    assert ("account", by, them) in kept()
    audit.chain()
    handlers_group.set_absence(by=staff.confidant, start=timezone.localdate(), until=None)
    monkeypatch.setattr(KeyFile, "add", lambda _file: None)
    forgetting._begin(is_time=True)
    assert [line[0] for line in kept()] == ["settings", "erasure"]
    app = with_app(staff.deputy)
    app.save()  # it was used
    staff.deputy.set_unusable_password()
    staff.deputy.save()  # ends every factor
    assert set(kept()[2:]) == {("factor", "system", f"user:{staff.deputy.pk}")}
    assert "Anna" not in str(list(AuditLine.objects.values()))


def test_handlers_read_it_and_the_board_numbers_and_none_of_a_case_they_may_not_hear_of(staff):
    seen, hidden, unheard = make_complaint(), make_complaint(route=Route.DEPUTY), make_complaint()
    changed(unheard, passed_over=staff.manager)
    for case in (seen, hidden, unheard):
        contents.record_access(complaint=case, user=staff.deputy, kind=AccessKind.PRINT)
    handlers_group.admit_handler(make_user("editor"))
    moves.add_note(complaint=seen, by=staff.confidant, reason="Gebeld.")
    text = says(
        client_for(staff.confidant).get(reverse(NAME + "readings")),
        f"Deputy Test Dossier op papier gezet: {seen.reference}",
        "Behandelaar toegelaten: Editor Test",
        "Confidant Test Ingelogd",
    )
    assert hidden.reference not in text
    assert text.count("op papier gezet") == 2
    counts = client_for(staff.manager).get(reverse("audit_counts"))
    text = says(counts, "Dossier op papier gezet: 2")
    told = ("Deputy", "Gebeld", *(case.reference for case in (seen, hidden, unheard)))
    assert [word for word in told if word in text] == []
