"""Reply templates and steps: kept by editors in the CMS, used by handlers in a case."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from wagtail.users.models import UserProfile

from complaints import content
from complaints.cases import contact, conversation, records, requests
from complaints.cases.case import is_intact
from complaints.cases.moves import move_complaint
from complaints.events import EventKind
from complaints.models.handling import (
    PLACEHOLDERS,
    ChecklistItem,
    ChecklistTick,
    Coach,
    ReplyTemplate,
    Theme,
)
from complaints.stages import Acceptance, ConsentPurpose, Referral, Stage
from tests.desk import changed, client_for, post, reads, says, url
from tests.factories import (
    advise,
    assess,
    close,
    make_answers,
    make_complaint,
    make_user,
    move,
    set_handling,
)
from tests.services import due, fresh, refused

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def box_of(desk, case, template) -> str:
    """What stands in the box of a message to the complainant, with that template."""
    answer = desk.get(url("inspect", case, template=getattr(template, "pk", template)))
    assert answer.status_code == 200
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", answer.content.decode(), re.S)
    return found.group(1).strip()


def test_a_template_fills_the_box_with_the_facts_of_this_case_in_dutch(desk, confidant):
    """Whichever language the CMS is read in; in words where nobody and nothing is set."""
    UserProfile.objects.update_or_create(user=confidant, defaults={"preferred_language": "en"})
    case = make_complaint()
    set_handling(handling_days=40, committee_name="De Commissie")
    template = ReplyTemplate.objects.create(
        title="Alles", text="{kenmerk} {beslissing_voor} {behandeldagen} {commissie} {fase}"
    )
    day = date_format(due(case), "l j F Y")
    facts = f"{case.reference} {day} 40 De Commissie Ingediend"
    assert box_of(desk, case, template) == facts
    nobody = set_handling(committee_name="", confidant=None)
    everything = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    assert "{" not in conversation.filled_in(ReplyTemplate(text=everything), case, nobody)
    case.terms.all().delete(), changed(case, handler=None)
    text = "{aanhef}, {behandelaar} {vertrouwenspersoon} {commissie} {contact_voor}"
    words = "Dag, de behandelaar de vertrouwenspersoon de klachtencommissie [vul een datum in]"
    assert conversation.filled_in(ReplyTemplate(text=text), case, nobody) == words


def test_a_template_greets_by_name_and_states_no_day_that_has_passed(desk):
    """What is left blank has to be filled in before it can go."""
    named = make_complaint(answers=make_answers(name="Noor <b>Verzonnen"))
    nameless = make_complaint(answers=make_answers(name=""))
    text = "{aanhef},\n\nUiterlijk {beslissing_voor}."
    template = ReplyTemplate.objects.create(title="Termijn", text=text)
    day = date_format(due(named), "l j F Y")
    assert box_of(desk, named, template) == (f"Dag Noor &lt;b&gt;Verzonnen,\n\nUiterlijk {day}.")
    assert box_of(desk, nameless, template).startswith("Dag,")
    named.terms.update(due_on=timezone.localdate() - timedelta(days=1))
    blank = "Uiterlijk [vul een datum in]."
    assert box_of(desk, named, template).endswith(blank)
    asked = "Bericht Vul de datum in waar nog [vul een datum in] staat."
    says(post(desk, "message", named, reason=blank), asked, status=422)
    named.terms.update(due_on=timezone.localdate())
    assert "[" not in box_of(desk, named, template), "today has not passed"
    assert post(desk, "message", named, reason="Uiterlijk morgen.").status_code == 302


def test_the_templates_of_this_stage_and_of_all_are_offered(desk):
    ReplyTemplate.objects.all().delete()
    here, everywhere, elsewhere = (
        ReplyTemplate.objects.create(stage=stage, title=title, text="Dag")
        for stage, title in ((Stage.FILING, "Hier"), ("", "Overal"), (Stage.COMMITTEE, "Elders"))
    )
    case = make_complaint()
    page = desk.get(url("inspect", case)).content.decode()
    offered = {each for each in (here, everywhere, elsewhere) if f"?template={each.pk}" in page}
    assert offered == {here, everywhere}
    for junk in (elsewhere, "x", "-1", "9" * 40, "\u00b2", "0", ""):
        assert box_of(desk, case, junk) == "", junk


def test_editors_alone_keep_the_lists_and_a_placeholder_that_does_not_exist_is_refused(db):
    """It is told which do exist, in the CMS too."""
    for text in ("{kenmrek}", "Dag {}", "{ kenmerk }", "{kenmerk} {naam}"):
        with pytest.raises(ValidationError) as refused:
            ReplyTemplate(title="Fout", text=text).full_clean()
        said = " ".join(refused.value.message_dict["text"])
        assert [name for name in PLACEHOLDERS if f"{{{name}}}" not in said] == [], text
    for role in ("confidant", "manager", "editor"):
        client = client_for(make_user(role))
        for model in (Theme, ChecklistItem, Coach):
            answer = client.get(reverse(model.snippet_viewset.get_url_name("list")))
            assert (answer.status_code == 200) is (role == "editor"), (role, model)
    address = reverse(ReplyTemplate.snippet_viewset.get_url_name("add"))
    answer = client.post(address, {"stage": "", "title": "Fout", "text": "{naam}"})
    says(answer, "De site kent {naam} niet")
    client.post(address, {"stage": "", "title": "Goed", "text": "Dag {kenmerk}"})
    made = ReplyTemplate.objects.filter(title__in=("Fout", "Goed"))
    assert [each.title for each in made] == ["Goed"]


def test_a_new_site_has_themes_steps_and_templates_that_are_all_well(db):
    """What editors keep of them is theirs."""
    assert Theme.objects.count() == len(content.THEMES)
    assert {item.stage for item in ChecklistItem.objects.all()} == set(Stage.values)
    assert ReplyTemplate.objects.count() == len(content.REPLIES)
    for template in ReplyTemplate.objects.all():
        template.full_clean()
    Theme.objects.exclude(name="Privacy").delete()
    ReplyTemplate.objects.all().delete()
    call_command("bootstrap", verbosity=0)
    assert [theme.name for theme in Theme.objects.all()] == ["Privacy"]
    assert ReplyTemplate.objects.count() == len(content.REPLIES)


def step(stage=Stage.FILING, text="Bel de klager.") -> ChecklistItem:
    return ChecklistItem.objects.create(stage=stage, text=text, position=0)


@pytest.mark.every_database
def test_a_step_is_ticked_from_the_case_file_and_taken_back_and_the_history_keeps_both(desk):
    """What the page itself holds, posted as a browser without a script posts it."""
    case, item = make_complaint(), step()
    reads(desk, "inspect", case, "Nog te doen: Bel de klager.")
    page = desk.get(url("inspect", case)).content.decode()
    forms = re.findall(r'<form action="[^"]*/tick/.*?</form>', page, re.S)
    form = next(form for form in forms if f'name="item" value="{item.pk}"' in form)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert desk.post(url("tick", case), fields).status_code == 302
    reads(desk, "inspect", case, "Gedaan: Bel de klager.", "door Confidant Test Toch niet")
    assert ChecklistTick.objects.get().item == item
    assert post(desk, "tick", case, item=item.pk, is_done="no").status_code == 302
    assert not ChecklistTick.objects.exists()
    assert case.events.filter(kind=EventKind.TICKED).count() == 2
    reads(desk, "inspect", case, "Stap Bel de klager.", "Toch niet gedaan Bel de klager.")
    assert is_intact(fresh(case))


def test_a_step_of_this_stage_is_done_once_and_keeps_its_words_and_its_tick(desk, confidant):
    """Whatever editors do; a closed case takes no more of them."""
    case, item = make_complaint(), step()
    for _time in range(2):
        records.set_step(complaint=case, item=item, is_done=True, by=confidant)
    assert case.events.filter(kind=EventKind.TICKED).count() == 1
    elsewhere = {"item": step(Stage.COMMITTEE), "is_done": True}
    refused(records.set_step, complaint=case, by=confidant, **elsewhere)
    ChecklistItem.objects.filter(pk=item.pk).update(text="Anders.")
    reads(desk, "inspect", case, "Gedaan: Bel de klager.")
    close(case, confidant)
    assert post(desk, "tick", case, item=item.pk, is_done="no").status_code == 409
    assert case.ticks.count() == 1
    item.delete()
    reads(desk, "inspect", case, "Gedaan: Bel de klager.")
    assert "/tick/" not in desk.get(url("inspect", case)).content.decode()


def test_a_recorded_fact_does_its_step_and_an_open_step_leads_to_what_does_it(desk, confidant):
    """Nothing is ticked by hand that was recorded; a step without a fact still is."""
    case = make_complaint()
    page = desk.get(url("inspect", case)).content.decode()
    for name, text in (("contact", "Neem persoonlijk contact op"), ("assess", "Leg de eerste")):
        assert re.search(rf'<a href="{url(name, case)}">{text}', page), name
    post(desk, "contact", case, reason="Gebeld.")
    assess(case, confidant)
    reads(
        *(desk, "inspect", case, "Gedaan: Neem persoonlijk contact op met de klager."),
        *("Gedaan: Leg de eerste beoordeling vast.", "Nog te doen: Vraag wat de klager wil"),
        "Gedaan: Lees de klacht en kijk of iemand gevaar loopt.",
    )
    assert not ChecklistTick.objects.exists()
    move(case, Stage.MEDIATION, confidant)
    reads(desk, "inspect", case, "Nog te doen: Geef je advies")
    advise(case, confidant, "Maak een rooster.")
    reads(desk, "inspect", case, "Gedaan: Geef je advies", "Nog te doen: Hoor beide kanten.")
    ask = "Vraag beide partijen of ze het advies overnemen."
    requests.answer_advice(complaint=case, choice=Acceptance.ACCEPTED)
    reads(desk, "inspect", case, f"Nog te doen: {ask}")  # the coach is still to be asked
    answers = {"by_complainant": Acceptance.ACCEPTED, "by_coach": Acceptance.REFUSED}
    records.answer_advice(complaint=case, by=confidant, **answers)
    reads(desk, "inspect", case, f"Gedaan: {ask}")


def test_consent_to_share_does_its_step_until_it_is_taken_back(desk, confidant):
    case, ground = make_complaint(), {"reason": "Dat moet.", "ground": Referral.LEGAL}
    move_complaint(complaint=case, to=Stage.COMMITTEE, by=confidant, **ground)
    text = "Vraag de klager of de commissie het dossier mag lezen."
    page = desk.get(url("inspect", case)).content.decode()
    box = f'name="item" value="{ChecklistItem.objects.get(text=text).pk}"'
    assert f'href="{url("consent", case)}?choice=committee">{text}' in page
    assert box in page, "asked and not given, it is ticked by hand"
    post(desk, "consent", case, choice="committee", reason="Per brief.")
    reads(desk, "inspect", case, f"Gedaan: {text}")
    given = {"purpose": ConsentPurpose.COMMITTEE, "is_given": False, "words": []}
    contact.record_consent(complaint=case, **given)
    reads(desk, "inspect", case, f"Nog te doen: {text}")
