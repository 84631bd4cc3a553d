"""After sending and after leaving, the next person at this computer gets nothing from us."""

from unittest.mock import patch

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse

from complaints.cases.rights import ErasureReason, erase_content
from complaints.models.case import Complaint
from complaints.public.filing import send
from home.models import OrganisationSettings
from tests.complaints.public.form_filler import POST
from tests.follow import FOLLOW, later

pytestmark = pytest.mark.django_db

STORY, NAME = "Het hele verhaal.", "Fien Verzonnen"
EXIT = "/klacht-volgen/weg/"
CLEARS = '"cache"'


@pytest.fixture
def sent(filler):
    """Somebody who has just filed; `posts` are all that their browser posted, by button."""
    filler.posts, press = [], filler.post

    def post(data):
        filler.posts.append(data)
        return press(data)

    filler.post = post
    filler.to_check(probleem=STORY, naam=NAME).send().says("Je klacht is ontvangen")
    filler.post = press
    filler.sending = filler.posts.pop()
    filler.steps = filler.posts[1:]  # the first page holds no nonce: it begins anew
    filler.reference = Complaint.objects.get().reference
    return filler


def tells_nothing(sent):
    """The reference, and nothing else of the complaint."""
    sent.says("al verstuurd", sent.reference, status=409)
    assert STORY not in sent.html
    assert NAME not in sent.html
    assert "Je volgcode" not in sent.text
    assert "token" not in sent.page.values
    leaves_nothing(sent.response)


def leaves_nothing(response):
    assert "no-store" in response["Cache-Control"]
    assert response["Clear-Site-Data"] == CLEARS


class TestPostedAgain:
    def test_a_step_gives_the_reference_only_whichever_its_button(self, sent):
        assert sent.steps
        for data in sent.steps:
            for action in ("next", "back", "save", "stay", "change:0", "attach", "weg"):
                tells_nothing(sent.post(data | {"action": action}))
        assert Complaint.objects.count() == 1

    def test_what_back_can_post_again_opens_it_for_fifteen_minutes(self, sent):
        again = [sent.sending, sent.data("kept"), sent.data("shown")]
        for data in again:
            for minutes in (0, 14):
                with later(minutes=minutes):
                    sent.post(data).says("Je klacht is ontvangen")
                leaves_nothing(sent.response)
        for data in again:
            for minutes in (16, 24 * 60 + 1):
                with later(minutes=minutes):
                    tells_nothing(sent.post(data))
        assert Complaint.objects.count() == 1

    def test_the_copy_is_there_for_a_day(self, sent):
        data = sent.data("copy")
        for hours in (0, 1, 23):
            with later(hours=hours):
                copy = sent.client.post(POST, data)
            assert copy.content.startswith(b"%PDF"), hours
            leaves_nothing(copy)
        with later(hours=25):
            tells_nothing(sent.post(data))

    def test_only_what_is_other_than_what_was_sent_is_given_back(self, sent):
        last = sent.steps[-1]
        assert "q-naam" in last
        sent.post(last | {"q-naam": "Iemand anders"})
        sent.says("Iemand anders", "is niet verstuurd", status=409)
        assert STORY not in sent.html
        leaves_nothing(sent.response)
        sent.post(last | {"q-naam": "", "q-email": ""})
        tells_nothing(sent)

    def test_a_page_from_before_that_says_less_is_no_repeated_sending(self, filler):
        filler.to_check(probleem=STORY)
        early = filler.data("send", consent_filing="on")
        change = next(a for a in filler.page.actions if a.endswith(":naam"))
        other = filler.data(change)
        filler.press(change).next(naam=NAME).to_check().send()
        filler.reference = Complaint.objects.get().reference
        for data in (early, other):
            tells_nothing(filler.post(data))
        assert Complaint.objects.count() == 1

    def test_of_an_erased_complaint_nothing_comes_back(self, sent):
        case, reason = Complaint.objects.get(), ErasureReason.REQUEST
        erase_content(complaint=case, by=None, reason=reason)
        for data in (*sent.steps, sent.sending, sent.sending | {"action": "copy"}):
            tells_nothing(sent.post(data))

    def test_the_plain_confirmation_and_a_wiped_draft_are_kept_nowhere_either(self, filler):
        wiped = {"code": filler.save(probleem=STORY), "action": "destroy"}
        leaves_nothing(filler.client.post("/klacht-verder/", wiped))
        filler.press("stay").to_check()
        with patch.object(send, "answer_with_confirmation", side_effect=DatabaseError("gone")):
            leaves_nothing(filler.send().response)


class TestTheWayOut:
    def test_a_script_is_answered_without_a_word_and_a_link_is_sent_on(self, site):
        there = OrganisationSettings.objects.get().quick_exit_url
        assert reverse("quick_exit") == EXIT
        for answer in (Client().post(EXIT), Client().get(EXIT)):
            leaves_nothing(answer)
            assert not answer.content
        assert (answer.status_code, answer["Location"]) == (303, there)
        assert Client().post(EXIT).status_code == 204
        assert Client().delete(EXIT).status_code == 405

    def test_another_site_ends_nothing_and_clears_nothing(self, me):
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elders.example"}):
            for ask in (me.get, me.post):
                answer = ask(EXIT, headers=headers)
                assert "Clear-Site-Data" not in answer
                assert not answer.cookies
        assert "Jouw klacht" in me.get(FOLLOW).content.decode()

    def test_it_asks_nothing_of_the_database_that_it_needs_and_ends_following(
        self, site, django_assert_num_queries, me
    ):
        gone = patch.object(OrganisationSettings, "for_request", side_effect=DatabaseError("gone"))
        with gone, django_assert_num_queries(0):
            answer = Client().get(EXIT)
            Client().post(EXIT)
        assert (answer.status_code, answer["Location"]) == (303, "https://www.buienradar.nl/")
        me.post(EXIT)
        assert "Jouw klacht" not in me.get(FOLLOW).content.decode()
