"""What is no complaint is erased from the desk: one, or several at once, and asked once more."""

import pytest
from django.utils import timezone

from complaints.cases import conversation, moves
from complaints.models.keys_and_files import FollowLink
from complaints.models.privacy import Access, AccessKind
from complaints.stages import Outcome, Route, Stage, Status
from tests.desk import LIST, client_for, post, reads, says, url
from tests.factories import make_answers, make_complaint, make_staged_file, move
from tests.follow import FOLLOW, filed
from tests.services import fresh, refused, send_all

pytestmark = pytest.mark.django_db

PAGE = f"{LIST}geen-klacht/"


def spam(**given):
    return make_complaint(answers=make_answers(problem="Koop nu pillen."), is_suspect=True, **given)


def chosen(*cases, **given):
    return {"cases": [str(case.pk) for case in cases], "reason": "spam"} | given


def test_several_are_ticked_asked_once_more_and_erased_without_a_word_to_anybody(desk, staff):
    first, second, real = spam(files=[make_staged_file()]), spam(), spam()
    theirs, normal = spam(route=Route.DEPUTY), make_complaint()
    send_all()
    shown = says(desk.get(PAGE), first.reference, second.reference, "Koop nu pillen.")
    assert Access.objects.filter(user=staff.confidant, kind=AccessKind.LIST).count() == 1
    assert theirs.reference not in shown + normal.reference
    assert PAGE in desk.get(f"{LIST}?suspect=True").content.decode()
    says(desk.post(PAGE, {}), "Kruis aan welke je wist.", "Kies wat het best past.", status=422)
    for other in (theirs, normal):
        says(desk.post(PAGE, chosen(other)), "er niet meer bij", status=422)
    assert Access.objects.filter(user=staff.confidant, kind=AccessKind.LIST).count() == 5
    asked = says(desk.post(PAGE, chosen(first, second)), "Weet je het zeker?", "1 bestand.")
    assert real.reference not in asked
    assert fresh(first).is_open
    done = desk.post(PAGE, chosen(first, second, sure="yes"), follow=True)
    says(done, "2 klachten zijn gewist.")
    for case in map(fresh, (first, second)):
        assert (case.status, case.outcome, bytes(case.sealed)) == (Status.CLOSED, "spam", b"")
        assert [event.kind for event in case.events.all()] == ["filed", "closed", "erased"]
        assert not case.attachments.exists()
    assert fresh(real).is_open
    assert send_all() == []
    reads(desk, "inspect", first, "Afgesloten: geen klacht: spam of reclame", "Inhoud gewist")
    says(client_for(staff.deputy).get(PAGE), theirs.reference)


def test_one_that_is_no_suspect_is_erased_from_its_case_file(desk, confidant):
    case, code = filed()
    given = {"seen": case.event_count, "reason": "slip"}
    says(desk.post(url("no-complaint", case), given), "Weet je het zeker?", case.reference)
    assert fresh(case).is_open
    assert post(desk, "no-complaint", case, reason="solved").status_code == 422
    refused(moves.erase_no_complaint, complaint=case, by=confidant, reason=Outcome.SOLVED)
    assert post(desk, "no-complaint", case, reason="slip").status_code == 302
    assert fresh(case).outcome == Outcome.SLIP
    gone = client_for(None).post(FOLLOW, {"action": "enter", "code": code})
    says(gone, "Bij deze code hoort geen klacht.", status=422)


def used_link(case, _by, _code):
    now = timezone.now()
    FollowLink.objects.create(complaint=case, made_at=now, expires_at=now, used_at=now)


FOLLOWED = {
    "they wrote": lambda case, _by, code: conversation.write_to_handler(
        complaint=case, text="Hallo?", code=code
    ),
    "they used a link": used_link,
    "we wrote": lambda case, by, _code: conversation.write_to_complainant(
        complaint=case, text="Dag.", by=by
    ),
    "we called": lambda case, by, _code: moves.record_contact(complaint=case, by=by, reason="Zo."),
    "it moved": lambda case, by, _code: move(case, Stage.MEDIATION, by),
}


def test_never_one_that_was_handled_or_whose_complainant_came_back(desk, confidant):
    for how, happens in FOLLOWED.items():
        case, code = filed()
        happens(case, confidant, code)
        refused(moves.erase_no_complaint, complaint=case, by=confidant, reason=Outcome.SPAM)
        assert desk.get(url("no-complaint", case)).status_code == 409, how
        assert url("no-complaint", case) not in desk.get(url("inspect", case)).content.decode()
    suspect = spam()
    conversation.write_to_complainant(complaint=suspect, text="Klopt dit?", by=confidant)
    says(desk.get(PAGE), "Er is nu niets dat op misbruik lijkt")
    assert desk.post(PAGE, chosen(suspect, sure="yes")).status_code == 422
