"""What is new stands first and once; the rest says where the case stands, in the right names."""

import re

import pytest
from django.test import RequestFactory
from django.utils import timezone

from complaints.cases import conversation, due_dates, people, records, requests, rights
from complaints.cases.case import record
from complaints.events import SHOWN, EventKind
from complaints.models.case import ReadReceipt
from complaints.models.outbox import CaseContact
from complaints.models.pages import ProcedureStage
from complaints.public.following.page import status_page
from complaints.stages import CoachTold, Outcome, Right, Route, Source, Stage
from complaints.terms import add_days, day_in_words
from tests.factories import advise, close, make_answers, move
from tests.follow import FOLLOW, act, entered, filed, later, read, text_of
from tests.services import fresh

pytestmark = pytest.mark.django_db

TOO_LATE = "Dat is niet op tijd gelukt. Vraag er gerust naar in een bericht."
NEWS = re.compile(r'<ol class="news">.*?</ol>', re.S)


def news(client) -> str:
    """What stands under what is new; fails where it does not stand before the reply."""
    return news_in(client.get(FOLLOW))


def news_in(answer) -> str:
    page = answer.content.decode()
    found = NEWS.search(page)
    if found is None:
        assert "Er is nu niets nieuws." in page
        return ""
    assert found.start() < page.index('id="id_message"')
    return found[0]


def status_of(case) -> str:
    """What the page says that a mailed link opens."""
    return text_of(status_page(RequestFactory().get(FOLLOW), case))


class TestWhatIsNew:
    def test_everything_that_we_did_and_they_may_know_is_new_once(self, case, code, confidant):
        kinds = [kind for kind in SHOWN if kind != EventKind.FILED]
        for kind in kinds:
            content = {name: f"{kind}-{name}." for name in SHOWN[kind].parts if name != "files"}
            record(case, EventKind(kind), confidant, content, stage_to=Stage.MEDIATION)
        me = entered(code)
        shown, whole = news(me), me.get(FOLLOW).content.decode()
        assert shown.count(">Nieuw<") == shown.count("<li class") == len(kinds)
        for kind in kinds:
            for name in SHOWN[kind].parts:
                text = re.compile(rf"\b{kind}-{name}\.")
                found = [len(text.findall(where)) for where in (whole, shown)]
                assert found in ([1, 1], [0, 0]), text
        assert len(re.findall(r"\banswered-message", whole)) == 1

    def test_it_stays_new_during_a_visit_and_stands_once_on_the_next(self, case, code, confidant):
        conversation.write_to_complainant(complaint=case, text="Ik bel je.", by=confidant)
        move(case, Stage.MEDIATION, confidant)
        with later(minutes=10):
            me = entered(code)
            for _ in range(2):  # what was written before what only happened
                shown = news(me)
                assert shown.index("Ik bel je.") < shown.index("Je klacht ging naar fase 2")
            again = act(me, "write", "Graag.").content.decode()
            assert again.count("Ik bel je.") == again.count(">Graag.</p>") == 1
        with later(hours=2):
            me = entered(code)
            assert news(me) == ""
            page = me.get(FOLLOW).content.decode()
            assert page.count("Ik bel je.") == page.count(">Graag.</p>") == 1

    def test_what_they_did_themselves_is_not_and_a_new_code_ends_no_visit(
        self, me, case, confidant
    ):
        for action in ("write", "opgelost", "inzage", "toestemming:coach:ja", "intrekken"):
            act(me, action, "Zo is het.")
            assert news(me) == "", action
        assert ReadReceipt.objects.count() == 0
        code = requests.give_new_code(complaint=case, by=confidant, reason="Ze belde.")
        me = entered(code)
        assert "nieuwe volgcode" in news(me)
        assert "De behandelaar gaf je een nieuwe volgcode." in news_in(act(me, "volgcode"))

    def test_whether_the_handler_read_a_letter_is_not_theirs_to_say(self, site, staff):
        """Both sides read what was filed; the moment kept is the handler's."""
        case, code = filed(source=Source.LETTER, registered_by=staff.confidant)
        assert news(entered(code)) == ""
        assert not ReadReceipt.objects.filter(event__complaint=case).exists()


class TestWhereItStands:
    def test_how_it_ended_is_said_at_its_stage_and_never_that_it_is_there_now(self, site, staff):
        today, by = timezone.localdate(), staff.confidant
        day = day_in_words(today).split(" ", 1)[1]
        ended = [filed() for _ in range(3)]
        (case, _), (withdrawn, _), (skipped, _) = ended
        move(case, Stage.MEDIATION, by)
        advise(case, by)
        close(case, by, Outcome.ADVISED, finding="Ja.", decisions="Ja.", measures="Geen.")
        requests.withdraw_complaint(complaint=withdrawn)
        move(skipped, Stage.COMMITTEE, by)
        told = (f"Afgesloten op {day}", f"Je trok je klacht in op {day}", "Overgeslagen")
        for (one, code), words in zip(ended, told, strict=True):
            one.refresh_from_db()
            pages = read(entered(code)), status_of(one)
            for page in pages:
                assert words in page
                assert ("Hier is je klacht nu" in page) == (one == skipped)
            last = day_in_words(add_days(today, 14))  # stands at the button to judge
            judged = f"tevreden bent over de behandeling Uiterlijk {last}"
            assert (judged in pages[0]) == (one != skipped)
        assert "De behandeling is afgesloten: afgerond met advies." in status_of(case)
        assert "De behandeling is afgesloten" not in status_of(skipped)
        rights.erase_content(complaint=case, by=None, reason=rights.ErasureReason.REQUEST)
        erased = status_of(fresh(case))
        assert "Alles is gewist" in erased
        assert "Hier is je klacht nu" not in erased

    def test_r07_a_case_past_the_confidant_names_the_deputy(self, site, staff):
        cases = [filed(route=route) for route in (Route.DEPUTY, *(Route.CONFIDANT,) * 2)]
        requests.ask_for_deputy(complaint=cases[1][0])
        people.declare_conflict(complaint=cases[2][0], by=staff.confidant)
        for case, code in cases:
            for stage in (None, Stage.MEDIATION, Stage.COMMITTEE):
                if stage:
                    move(fresh(case), stage, staff.deputy)
                for page in (read(entered(code)), status_of(fresh(case))):
                    assert "interne vertrouwenspersoon" not in page
        ProcedureStage.objects.update(who_acts_deputy="")
        move(fresh(case), Stage.MEDIATION, staff.deputy)
        assert "De plaatsvervanger behandelt je klacht." in read(entered(code))

    def test_r34_whether_the_coach_hears_of_it(self, site, staff):
        today = timezone.localdate()
        cases = [filed() for _ in range(4)]
        answers = (
            (None, None, f"Nog niet. Uiterlijk {day_in_words(add_days(today, 30))} hoort je"),
            (CoachTold.TOLD, today, f"Ja, op {day_in_words(today)}."),
            (CoachTold.DEFEATS, None, "Nu niet: dat zou het onderzoek in de weg staan."),
            (CoachTold.NO_COACH, None, "Nee: je klacht gaat niet over een kunstcoach."),
        )
        for (case, code), (answer, told_on, words) in zip(cases, answers, strict=True):
            if answer is not None:
                given = {"answer": answer, "told_on": told_on, "reason": "Alleen voor ons."}
                records.record_coach_told(complaint=case, by=staff.confidant, **given)
                me = entered(code)
                assert words not in text_of(me.get(FOLLOW))
                assert "of je kunstcoach het weet" in news(me)
            with later(minutes=1):
                page = read(entered(code))
            assert f"Hoort mijn coach hiervan? {words}" in page
            assert "Alleen voor ons." not in page

    def test_every_promise_follows_from_how_they_can_be_reached(self, site, staff):
        call, read_here = "Iemand neemt persoonlijk contact met je op.", "lees de uitkomst met"
        for answers, is_mailed, is_reached in (
            (make_answers(), True, True),
            (make_answers(), False, False),
            (make_answers(phone="06 12345678"), False, True),
            (make_answers(email=""), False, False),
        ):
            case, code = filed(answers=answers)
            if not is_mailed:
                CaseContact.objects.filter(complaint=case).delete()
            page = read(entered(code))
            assert (call in page, read_here in page) == (is_reached, not is_reached)

    def test_r04_a_date_that_passed_is_owned_up_to(self, case, code, confidant):
        """The contact, the coach, the outcome; the message between is no promise of its own."""
        with later(days=1):
            assert TOO_LATE not in read(entered(code))
        with later(days=43):
            page = read(entered(code))
            assert page.count(TOO_LATE) == 3
            assert f"Je krijgt een uitkomst met uitleg. {TOO_LATE}" in page
            assert status_of(fresh(case)).count(TOO_LATE) == 2
        due_dates.pause_clock(complaint=fresh(case), by=confidant, reason="Ziek.")
        with later(days=43):
            assert read(entered(code)).count(TOO_LATE) == 2
        rights.ask_right(complaint=fresh(case), right=Right.ACCESS)
        with later(days=43):
            assert f"je verzoek om inzage. {TOO_LATE}" in read(entered(code))
