"""How much each page asks of the database, and that it asks nothing twice."""


import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from complaints.cases import (
    assessment,
    conversation,
    decisions,
    moves,
    people,
    rights,
)
from complaints.cases.filing import file_complaint
from complaints.models.lists import ChecklistItem
from complaints.models.privacy import Right
from complaints.stages import (
    Agreement,
    Complexity,
    Impact,
    Outcome,
    Party,
    Safety,
    Severity,
    Stage,
    Urgency,
)
from complaints.vault.codes import code_from_nonce
from tests.factories import (
    make_answers,
    make_complaint,
    make_filing,
    make_many_complaints,
    make_staged_file,
    make_user,
    move,
)

pytestmark = pytest.mark.django_db

NAME = "complaints_complaint_modeladmin_"
WHY = "Zo is het afgesproken."


def full_case(by, colleague):
    """A case in mediation with events of all kinds, files, messages, decisions and the rest."""
    filing = make_filing(files=[make_staged_file(), make_staged_file("b.png")], answers=make_answers(coach="Coach Bedacht"))
    case, code = file_complaint(filing=filing), code_from_nonce(filing.nonce)
    today = timezone.localdate()
    moves.record_contact(complaint=case, by=by, note=WHY)
    moves.add_note(complaint=case, by=by, note=WHY)
    for text in ("Eerste", "Tweede"):
        conversation.write_to_handler(complaint=case, text=text, code=code)
        conversation.write_to_complainant(complaint=case, text=text, by=by)
    item = ChecklistItem.objects.create(stage=Stage.MEDIATION, text="Bel de klager.")
    ChecklistItem.objects.create(stage=Stage.MEDIATION, text="Bel de coach.")
    assessment.assess(complaint=case, by=by, severity=Severity.values and list(Severity)[0], safety=list(Safety)[0],
        complexity=list(Complexity)[0], impact=list(Impact)[0], urgency=list(Urgency)[0])
    assessment.record_agreement(complaint=case, by=by, by_complainant=list(Agreement)[0], by_coach=list(Agreement)[0], agreed_on=today, reason=WHY)
    move(case, Stage.COMMITTEE, by) if False else move(case, Stage.MEDIATION, by)
    for _ in range(2):
        decisions.give_advice(complaint=case, by=by, given_on=today, text="Maak samen een rooster.")
    move(case, Stage.COMMITTEE, by)
    for _ in range(2):
        decisions.record_ruling(complaint=case, by=by, ruled_on=today, text="Betaal een uur terug.")
    move(case, Stage.MEDIATION, by)
    case.refresh_from_db()
    assessment.tick_step(complaint=case, item=item, by=by)
    moves.wait_on(complaint=case, party=Party.COACH, by=by, reason=WHY) if False else None
    for other in (make_complaint(), make_complaint()):
        moves.relate(complaint=case, other=other, by=by, reason=WHY)
    twin = make_complaint()
    moves.close_complaint(complaint=twin, outcome=Outcome.DUPLICATE, by=by, reason=WHY, duplicate_of=case)
    for right in Right:
        rights.ask_right(complaint=case, right=right)
    people.share_case(complaint=case, to=colleague, by=by)
    case.refresh_from_db()
    return case, code


def report(name, captured):
    import os
    import re
    from collections import Counter
    sqls = [q["sql"] for q in captured.captured_queries]
    times = Counter(sqls)
    twice = sum(n - 1 for n in times.values())
    print(f"\n#### {name}: {len(sqls)} queries, {twice} repeats")
    if os.environ.get("SQL"):
        for s in sqls:
            print("  ", times[s], re.sub(r'SELECT .*? FROM', 'SELECT .. FROM', s)[:330])


def test_measure(site):
    confidant, deputy, colleague = make_user("confidant"), make_user("deputy"), make_user("handler", username="extra")
    make_user("handler", username="more")
    case, code = full_case(confidant, colleague)
    plain = make_complaint()
    make_many_complaints(60, handler=confidant)
    desk = Client()
    desk.force_login(confidant)
    desk.get(reverse("wagtailadmin_home"))
    pages = {
        "home": reverse("wagtailadmin_home"),
        "list": reverse(NAME + "index"),
        "list all": reverse(NAME + "index") + "?whose=all&status=all",
        "list search": reverse(NAME + "index") + "?q=KM-XXXX",
        "list filtered": reverse(NAME + "index") + "?term=late&theme=none&request=yes",
        "board": reverse(NAME + "board"),
        "board all": reverse(NAME + "board") + "?whose=all",
        "export": reverse(NAME + "export"),
        "hand_over": reverse(NAME + "hand_over"),
        "register": reverse(NAME + "register"),
        "accesses": reverse(NAME + "accesses", args=[case.pk]),
        "file plain": reverse(NAME + "inspect", args=[plain.pk]),
        "file full": reverse(NAME + "inspect", args=[case.pk]),
        "pdf": reverse(NAME + "dossier-pdf", args=[case.pk]),
        "guide": reverse("guide", args=["behandelaar"]),
    }
    from complaints.staff.actions.registry import ACTIONS
    for action in ACTIONS:
        for choice in action.choices or (None,):
            pages[f"action {action.name} {choice or ''}"] = reverse(NAME + action.name, args=[case.pk]) + (f"?choice={choice.value}" if choice else "")
    import os
    only = os.environ.get("ONLY")
    for name, url in pages.items():
        if only and only not in name:
            continue
        desk.get(url)
        with CaptureQueriesContext(connection) as captured:
            answer = desk.get(url)
        report(f"{name} {answer.status_code}", captured)


def test_measure_public(site):
    import re

    from tests.complaints.form_filler import POST, Filler
    from tests.complaints.test_follow import FOLLOW
    confidant = make_user("confidant"); make_user("deputy"); colleague = make_user("handler", username="extra")
    filler = Filler()

    def shot(name, do):
        with CaptureQueriesContext(connection) as c:
            do()
        report(name, c)
    shot("first", lambda: filler.start())
    shot("first again", lambda: filler.start())
    shot("step", lambda: filler.next(probleem="De coach kwam niet."))
    n = 0
    while "send" not in filler.page.actions and n < 12:
        n += 1
        past = [a for a in filler.page.actions if a.startswith("past:")]
        here = {k: v for k, v in {"naam": "Fien", "email": "fien@example.org"}.items() if f"q-{k}" in filler.page.names}
        shot(f"step {n}", lambda: filler.press(past[0] if past else "next", **({} if past else here)))
    shot("refused send", lambda: filler.press("send"))
    shot("send", lambda: filler.send(consent_mail="on"))
    print(filler.page.actions)
    for a in filler.page.actions:
        held = filler.page
        shot(f"after {a}", lambda: filler.client.post(POST, filler.data(a)))
    case, code = full_case(confidant, colleague)
    client = Client()
    from complaints.vault.codes import show_code
    shot("code page", lambda: client.get(FOLLOW))
    def enter():
        r = client.post(FOLLOW, {"code": show_code(code), "action": "enter"}); print(r.status_code)
    shot("code", enter)
    shot("follow", lambda: print(client.get(FOLLOW).status_code))
    shot("follow again", lambda: print(client.get(FOLLOW).status_code))
    html = client.get(FOLLOW).content.decode()
    acts = sorted(set(re.findall(r'name="action" value="([^"]+)"', html)))
    print(acts)
    for a in acts:
        enter()
        shot(f"act {a}", lambda: print(client.post(FOLLOW, {"action": a, "message": "Dag."}, follow=False).status_code))
    enter()
    for path in sorted(set(re.findall(r'href="(/klacht-volgen/[^"]*)"', html))):
        shot(path, lambda: print(client.get(path).status_code))
