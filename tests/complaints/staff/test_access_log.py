"""R-39: every reading of a case is kept, with who and when, and shown in the case file."""

from datetime import datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from complaints.cases import contents, people, records, rights
from complaints.models.keys_and_files import Attachment
from complaints.models.privacy import Access, AccessKind
from complaints.staff.file.views import READINGS_A_PAGE
from complaints.stages import Route, Stage
from tests.desk import LIST, NAME, client_for, post, reads, says, text_of, url
from tests.factories import advise, make_complaint, make_staged_file, make_user, move
from tests.services import fresh

pytestmark = pytest.mark.django_db

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ADVICE = "Praat samen."
SEALED = ("inspect", "file", "copy")


@pytest.fixture
def case(staff):
    return make_complaint(files=[make_staged_file()])


def section_of(answer) -> str:
    return text_of(answer).rsplit("Wie dit dossier las", 1)[1]


def read_often(case, user, times: int) -> None:
    for _ in range(times):
        kind = AccessKind.READ if case else AccessKind.LIST
        contents.record_access(complaint=case, user=user, kind=kind)


def decide(case, to, by) -> None:
    """An advice in mediation, or a ruling at the committee."""
    move(case, to, by)
    if to is Stage.MEDIATION:
        advise(case, by)
    else:
        records.record_ruling(complaint=case, by=by, ruled_on=case.received_on, text=ADVICE)


def logged() -> list[tuple[str, str]]:
    rows = Access.objects.select_related("user").order_by("pk")
    return [(row.kind, row.user.username) for row in rows]


@pytest.fixture
def client(staff):
    """The browser of the confidant."""
    return client_for(staff.confidant)


class TestWhatIsKept:
    def test_each_reading_is_kept_with_who_and_when(self, case, staff, client):
        now = datetime(2026, 12, 8, 10, 0, tzinfo=AMSTERDAM)
        for name, kind in (("inspect", "read"), ("file", "file"), ("copy", "file")):
            with time_machine.travel(now, tick=False):
                client.force_login(staff.confidant)
                assert client.get(url(name, case)).status_code == 200
            row = Access.objects.latest("pk")
            assert fresh(case).event_count == 1, "reading is no event of the case"
            stored = str(vars(row))
            for word in ("confidant", "Confidant", "Test", "belde", case.reference):
                assert word not in stored
            assert (row.complaint, row.user, row.kind, row.at) == (case, staff.confidant, kind, now)
            assert row.user_label == f"user:{staff.confidant.pk}"
        assert Access.objects.count() == 3

    def test_what_shows_nothing_or_is_refused_or_does_not_open_is_not_kept(self, case, client):
        client.head(reverse(NAME + "index"))
        for name, method in product(SEALED, ("head", "options", "post")):
            getattr(client, method)(url(name, case))
            assert logged() == [], (name, method)
        clients = {client_for(make_user(role)): 404 for role in ("editor", "superuser", "handler")}
        for (other, status), name in product([*clients.items(), (Client(), 302)], SEALED):
            assert other.get(url(name, case)).status_code == status, name
        Attachment.objects.update(sealed=b"not what was sealed")
        for name in ("file", "copy"):
            assert client.get(url(name, case)).status_code == 302
        letter = make_complaint(files=[make_staged_file("brief.txt", b"Een brief.")])
        assert client.get(url("copy", letter)).status_code == 404
        for name, choice in (("advice-answer", ""), ("close", "ruled")):
            assert client.get(url(name, case, choice=choice)).status_code == 409
        for name in ("note", "close", "assign"):
            assert "belde" not in reads(client, name, case)
        assert logged() == []

    def test_the_form_of_an_action_that_shows_what_is_sealed_is_a_reading(
        self, case, staff, client
    ):
        read, ways = [(AccessKind.READ, "confidant")], []
        ways += [("advice-answer", "", Stage.MEDIATION), ("close", "advised", Stage.MEDIATION)]
        ways += [("comply", "", Stage.COMMITTEE), ("close", "ruled", Stage.COMMITTEE)]
        for name, choice, to in ways:
            if case.stage != to:
                decide(case, to, staff.confidant)
            Access.objects.all().delete()
            says(client.get(url(name, case, choice=choice)), ADVICE)
            assert logged() == read
            client.head(url(name, case, choice=choice))
            assert logged() == read
            again = post(client, name, case, choice=choice, by_coach="x")
            says(again, ADVICE, status=422)
            assert logged() == read * 2


class TestTheSection:
    def test_it_names_who_read_it_and_what_they_did_newest_first(self, case, staff, client):
        deputy = staff.deputy
        with time_machine.travel(datetime(2026, 12, 7, 23, 59, tzinfo=AMSTERDAM), tick=False):
            contents.record_access(complaint=case, user=deputy, kind=AccessKind.FILE)
            contents.record_access(complaint=case, user=deputy, kind=AccessKind.PRINT)
        with time_machine.travel(datetime(2026, 12, 8, 9, 5, tzinfo=AMSTERDAM), tick=False):
            client.force_login(staff.confidant)
            assert url("accesses", case) in client.get(url("inspect", case)).content.decode()
            read = section_of(client.get(url("accesses", case)))
        assert read.strip().startswith(
            "dinsdag 8 december 2026 09:05 Confidant Test: dossier gelezen "
            "maandag 7 december 2026 23:59 Deputy Test: dossier op papier gezet "
            "23:59 Deputy Test: bestand geopend"
        )

    def test_every_reading_can_be_seen_page_by_page(self, case, staff, client):
        """A page that is not there is the nearest that is."""
        read_often(case, staff.deputy, READINGS_A_PAGE + 2)
        accesses = url("accesses", case)
        first, second = client.get(accesses), client.get(f"{accesses}?p=2")
        assert text_of(first).count("dossier gelezen") == READINGS_A_PAGE
        assert text_of(second).count("dossier gelezen") == 2
        assert "?p=2" in first.content.decode()
        says(second, "Pagina 2 van 2")
        for page in ("0", "3", "-1", "x", "9" * 400, "²", ""):
            says(client.get(accesses, {"p": page}), "Deputy Test: dossier gelezen")

    def test_who_saw_the_list_or_searched_is_shown_page_by_page_and_no_word(self, staff, client):
        """How many cases only to whoever saw them: another's number could tell of a hidden one."""
        make_complaint(), make_complaint(route=Route.DEPUTY)
        with time_machine.travel(datetime(2026, 12, 8, 9, 5, tzinfo=AMSTERDAM), tick=False):
            for browser, person in ((client, staff.confidant), (client_for(staff.deputy), None)):
                browser.force_login(person or staff.deputy)
                browser.get(LIST)
                browser.post(LIST, {"q": "belde vaak"}, follow=True)
            client.force_login(staff.confidant)
            read = says(client.get(reverse(NAME + "readings")), "de server Rechten gewijzigd")
        when, me, other = "8-12-2026 09:05", "Confidant Test", "Deputy Test"
        rows = [
            f"{when} {who} {what}"
            for who in (other, me)
            for what in ("Gezocht in de klachten", "Lijst bekeken", "Ingelogd")
        ]
        seen = [f"{row}: 1 zaak" for row in rows[3:5]]
        assert " ".join([*rows[:3], *seen, rows[5]]) in read
        assert "belde" not in read
        read_often(None, staff.deputy, READINGS_A_PAGE)
        says(client.get(f"{reverse(NAME + 'readings')}?p=2"), other, "Pagina 2 van 2")

    def test_it_tells_nothing_of_this_case_or_another_and_is_no_reading(self, case, staff, client):
        read_often(make_complaint(), staff.deputy, 1)
        read = reads(client, "accesses", case, "Nog niemand.")
        assert "belde" not in read
        assert "Deputy" not in read
        assert len(logged()) == 1

    def test_whoever_read_it_stays_named_also_without_account_share_or_content(
        self, case, staff, client
    ):
        gone, other = make_user("handler"), make_user("handler", username="ander")
        read_often(case, gone, 1)
        label = f"user:{gone.pk}"
        gone.delete()
        people.share_case(complaint=case, to=other, by=staff.confidant)
        client_for(other).get(url("inspect", case))
        people.stop_sharing(complaint=case, user=other, by=staff.confidant)
        rights.erase_content(complaint=case, by=None, reason=rights.ErasureReason.RETENTION)
        did = "dossier gelezen"
        told = (f"iemand die geen account meer heeft: {did}", f"Ander Test: {did}")
        reads(client, "accesses", case, *told)
        assert Access.objects.filter(user=None, user_label=label).exists()
