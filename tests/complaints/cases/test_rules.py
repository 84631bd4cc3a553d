"""Each rule is written once: what a button asks, the service behind it asks too.

Generated from both registries, so that a new action or button is held to it at once.
"""

import inspect
from itertools import product

import pytest
from django.db import transaction

from complaints.cases import requests, rights, rules
from complaints.cases.case import NotAllowed
from complaints.models.case import Complaint
from complaints.models.roster import Circle, Roster
from complaints.public.following.acting import BUTTONS, CONSENTS
from complaints.staff.actions import ACTIONS, ways_on
from complaints.staff.actions.base import Action
from complaints.staff.permissions import Role
from complaints.stages import ConsentPurpose, Outcome, Right, Stage
from tests.cases import STATES, address_of, every_way, make_case_in, name_of, post
from tests.desk import client_for
from tests.desk import post as desk_post
from tests.factories import make_complaint, make_user

pytestmark = pytest.mark.django_db


def rule_of(action: Action):
    return type(action).rule


def name_of_rule(rule) -> str:
    """Also of one that is asked about something given beforehand (`functools.partial`)."""
    return getattr(rule, "func", rule).__name__


def test_every_action_has_a_role_a_service_and_a_rule_that_knows_the_fields_it_looks_at():
    """And every rule is asked by somebody."""
    for action in ACTIONS:
        rule = rule_of(action)
        assert isinstance(action.role, Role), action.name
        assert vars(rules)[name_of_rule(rule)] is rule, action.name
        assert "complaint" in inspect.signature(type(action).service).parameters, action.name
        known = {*action.asks, "reason"} & {*inspect.signature(rule).parameters}
        assert set(action.checked) <= known, action.name
    used = {name_of_rule(rule_of(action)) for action in ACTIONS}
    used |= {name_of_rule(offer.rule) for offer in BUTTONS + CONSENTS}
    used.add("why_not_keep_code")  # asked beside a new code that waits
    used.add("why_not_show_coach")  # asked by the copy for the coach
    assert used == {name for name in vars(rules) if name.startswith("why_not_")}


def refused_by(monkeypatch, rule) -> list[str]:
    """From now on this rule refuses whatever it is asked; the list says how often it was."""
    asked, name = [], name_of_rule(rule)

    def refuse(*about, **given) -> rules.Refusal:
        asked.append(name)
        return rules.Refusal("for this test")

    monkeypatch.setattr(rules, name, refuse)
    return asked


@pytest.mark.any_database
def test_what_the_desk_would_do_its_service_refuses_by_the_same_rule(staff, monkeypatch):
    by, desk, wrong = staff.confidant, client_for(staff.confidant), []
    people = {"handler": make_user("handler"), "reader": make_user("handler", username="lezer")}
    cases = [make_case_in(state, by=by, **people) for state in STATES]
    for way in {way[0]: way for way in every_way()}.values():  # its choices share rule and service
        open_to = (case for case in cases if desk.get(address_of(case, *way)).status_code == 200)
        case = next(open_to)  # one of them is: test_shared holds that
        with transaction.atomic(), monkeypatch.context() as patch:
            before, asked = case.event_count, refused_by(patch, rule_of(way[0]))
            answer = post(desk, case, way, by)
            case.refresh_from_db()
            if not asked or answer.status_code != 409 or case.event_count != before:
                wrong.append((name_of(way), answer.status_code))
            transaction.set_rollback(True)
    assert wrong == []


def test_what_the_follow_page_would_do_its_service_refuses_by_the_same_rule(monkeypatch):
    case = make_complaint()
    for offer in BUTTONS + CONSENTS:
        with monkeypatch.context() as patch:
            rule = rules.why_not_write if offer.asks else offer.rule
            asked = refused_by(patch, rule)
            choice = {"choice": offer.choices[0][0]} if offer.choices else {}
            choice |= {question.clean_name: "a@b.nl" for question in offer.asks}
            with pytest.raises(NotAllowed, match="for this test"):
                offer.perform(complaint=case, text="Zo.", code="", **choice)
        assert asked, offer.name


def test_the_case_file_tells_why_not_in_words_and_each_once(staff):
    people = {"handler": make_user("handler"), "reader": make_user("handler", username="lezer")}
    told = {}
    for state in STATES:
        case = make_case_in(state, by=staff.confidant, **people)
        told[state] = ways_on(staff.confidant, case)[1]
        assert len(set(told[state])) == len(told[state])
        assert ways_on(people["reader"], case)[1] == [
            "Deze zaak is met je gedeeld. Je leest mee, maakt notities en schrijft berichten; wie "
            "haar behandelt beslist.",
            *told[state],
        ]
    assert told == {
        "filing": [
            "Advies geven kan alleen in de fase Bemiddeling.",
            "Een uitspraak vastleggen kan alleen in de fase Klachtencommissie.",
            "Vanuit Ingediend kan een zaak alleen naar Bemiddeling of Klachtencommissie.",
            "‘Afgerond met advies’ kan alleen vanuit Bemiddeling.",
            "‘Uitspraak gedaan’ kan alleen vanuit Klachtencommissie.",
        ],
        "mediation": [
            "Een uitspraak vastleggen kan alleen in de fase Klachtencommissie.",
            "Vanuit Bemiddeling kan een zaak alleen naar Klachtencommissie.",
            "De fase terugzetten kan niet meer. Daarna gebeurde: advies gegeven.",
            "Verlengen kan pas als de klok weer loopt.",
            "‘Uitspraak gedaan’ kan alleen vanuit Klachtencommissie.",
            "‘Niet ontvankelijk’ kan alleen vanuit Ingediend.",
            "Alles wissen kan pas als de zaak is afgesloten. Sluit de zaak eerst af.",
        ],
        "committee": [
            "Advies geven kan alleen in de fase Bemiddeling.",
            "Vanuit Klachtencommissie kan een zaak alleen naar Bemiddeling.",
            "‘Afgerond met advies’ kan alleen vanuit Bemiddeling.",
            "‘Niet ontvankelijk’ kan alleen vanuit Ingediend.",
            "Alles wissen kan pas als de zaak is afgesloten. Sluit de zaak eerst af.",
        ],
        "closed": ["De zaak is afgesloten. Heropen haar om verder te gaan met behandelen."],
    }


ABOUT = {  # each thing a rule can be asked about beside the case
    "to": Stage,
    "outcome": Outcome,
    "right": Right,
    "purpose": ConsentPurpose,
    **dict.fromkeys(("is_given", "is_granted", "is_on"), (True, False)),
}
USED_ERASED = {"why_not_assign", "why_not_stop_sharing"}  # whose it is still has to be somebody


def asked_in_every_way(rule, case, by):
    """What the rule answers, for each thing it must be asked about."""
    given = inspect.signature(rule).parameters.values()
    names = [each.name for each in given if each.default is inspect.Parameter.empty][1:]
    one = {"circle": [Circle(case, Roster.read())], "user": [by], "related": [[case]]}
    for values in product(*({**ABOUT, **one}[name] for name in names)):
        yield rule(case, **dict(zip(names, values, strict=True)))


def test_what_was_erased_is_refused_by_every_rule_and_offers_nothing_in_any_state(staff):
    """Also while it is open, and without a word of reopening or of a stage to go to."""
    people = {"handler": make_user("handler"), "reader": make_user("handler", username="lezer")}
    every = {name: rule for name, rule in vars(rules).items() if name.startswith("why_not_")}
    for state in STATES:
        case = make_case_in(state, by=staff.confidant, **people)
        Complaint.objects.filter(pk=case.pk).update(is_held=False)
        case = rights.erase_content(complaint=case, by=None, reason=rights.ErasureReason.REQUEST)
        for name, rule in every.items():
            answers = list(asked_in_every_way(rule, case, staff.confidant))
            assert answers, name
            assert name in USED_ERASED or all(answers), (state, name)
        ways, words = ways_on(staff.confidant, case)
        assert {rule_of(way.action).__name__ for way in ways} == USED_ERASED, state
        assert words == [], state


def test_what_must_be_chosen_and_cannot_be_is_refused_and_not_a_fault(staff):
    """Nothing was asked about data, and a closed case neither moves nor closes."""
    case, desk = (
        requests.withdraw_complaint(complaint=make_complaint()),
        client_for(staff.confidant),
    )
    for action in ACTIONS:
        if action.choices is not None:
            assert desk_post(desk, action.name, case, reason="Zo.").status_code == 409, action.name
