"""What looks like misuse: marks that add up, and a count per network that forgets."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import RequestFactory

from complaints.models.case import Complaint
from complaints.public import suspicion
from complaints.public.suspicion import POSTS_AN_HOUR, ForgetfulRate, is_suspect, marks_of
from tests.complaints.public.form_filler import POST, Filler

NOON = datetime(2026, 12, 9, 12, 0, tzinfo=UTC)
LONG_AGO = 1  # minted so long ago that nobody was fast


def post(address="203.0.113.7", *, is_sending=True, minted_at=LONG_AGO, data=None, **headers):
    request = RequestFactory().post(POST, data or {}, REMOTE_ADDR=address, headers=headers)
    return marks_of(request, is_sending=is_sending, minted_at=minted_at)


class TestForgetfulRate:
    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("203.0.113.7", "203.0.113.250"),
            ("2001:db8:1:2200::1", "2001:db8:1:22ff:9::1"),
            ("2001:DB8::1", "2001:0db8:0:0:0:0:0:1"),
            ("", "no address"),
        ],
    )
    def test_one_network_counts_together(self, first, second):
        rate = ForgetfulRate()
        assert [rate.count(first), rate.count(second), rate.count(first)] == [1, 2, 3]

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("203.0.113.7", "203.0.114.7"),
            ("2001:db8:1:2200::1", "2001:db8:1:2300::1"),
            ("203.0.113.7", "::ffff:198.51.100.1"),
            ("203.0.113.7", ""),
        ],
    )
    def test_other_networks_count_apart(self, first, second):
        rate = ForgetfulRate()
        assert [rate.count(first), rate.count(first), rate.count(second)] == [1, 2, 1]

    def test_the_count_is_forgotten_when_the_hour_turns(self):
        rate = ForgetfulRate()
        with time_machine.travel(NOON + timedelta(minutes=59), tick=False) as clock:
            assert [rate.count("203.0.113.7"), rate.count("203.0.113.7")] == [1, 2]
            clock.shift(timedelta(minutes=2))
            assert rate.count("203.0.113.7") == 1

    def test_the_same_network_has_another_name_in_the_next_hour(self):
        rate = ForgetfulRate()
        with time_machine.travel(NOON, tick=False) as clock:
            rate.count("203.0.113.7")
            before = set(rate._counts)
            clock.shift(timedelta(hours=1))
            rate.count("203.0.113.7")
        assert len(rate._counts) == 1
        assert not before & set(rate._counts)

    def test_r40_nothing_of_the_address_is_kept(self):
        rate = ForgetfulRate()
        addresses = ["203.0.113.7", "2001:db8:1:2200::1"]
        for address in addresses:
            rate.count(address)
        kept = repr(rate) + repr(vars(rate))
        for address in [*addresses, "203.0.113", "2001:db8"]:
            assert address not in kept
        assert all(len(name) == 32 for name in rate._counts)


class TestBehindAProxy:
    def test_only_the_rightmost_entry_counts(self, settings):
        settings.BEHIND_PROXY = True
        for number in range(POSTS_AN_HOUR):
            made_up = f"198.51.{number}.1, 203.0.113.7"
            assert post("10.0.0.1", **{"X-Forwarded-For": made_up}) == []
        assert post("10.0.0.1", **{"X-Forwarded-For": "192.0.2.1, 203.0.113.9"}) == ["rate"]
        assert post("10.0.0.1", **{"X-Forwarded-For": "203.0.113.9, 192.0.2.1"}) == []

    def test_without_a_proxy_the_header_says_nothing(self, settings):
        settings.BEHIND_PROXY = False
        for number in range(POSTS_AN_HOUR):
            assert post(**{"X-Forwarded-For": f"198.51.{number}.1"}) == []
        assert post(**{"X-Forwarded-For": "192.0.2.1"}) == ["rate"]

    def test_a_proxy_that_says_nothing_is_one_network(self, settings):
        settings.BEHIND_PROXY = True
        for _ in range(POSTS_AN_HOUR):
            assert post("10.0.0.1") == []
        assert post("10.9.9.9") == ["rate"]


class TestMarks:
    @pytest.mark.parametrize(
        ("marks", "expected"),
        [
            ((), False),
            (("fast",), False),
            (("rate",), False),
            (("rate", "fast"), True),
            (("honeypot",), True),
            (("origin",), True),
            (("flood",), True),
            (("something old",), False),
        ],
    )
    def test_marks_add_up(self, marks, expected):
        assert is_suspect(marks) is expected

    def test_only_sending_counts(self):
        for _ in range(5 * POSTS_AN_HOUR):
            assert post(is_sending=False) == []
        assert post() == []

    def test_many_are_a_rate_and_very_many_a_flood(self):
        marks = [post() for _ in range(4 * POSTS_AN_HOUR + 1)]
        assert marks[POSTS_AN_HOUR - 1] == []
        assert marks[POSTS_AN_HOUR] == ["rate"]
        assert marks[-2] == ["rate"]
        assert marks[-1] == ["rate", "flood"]

    def test_filled_in_within_three_seconds_is_fast(self):
        with time_machine.travel(NOON, tick=False):
            minted = int(NOON.timestamp())
            assert post(minted_at=minted - 2) == ["fast"]
            assert post(minted_at=minted - 3) == []

    @pytest.mark.parametrize(
        ("headers", "expected"),
        [
            ({}, []),
            ({"Origin": "null"}, []),
            ({"Origin": "http://testserver"}, []),
            ({"Origin": "https://testserver"}, []),
            ({"Origin": "http://testserver.elders.example"}, ["origin"]),
            ({"Sec-Fetch-Site": "cross-site"}, ["origin"]),
            ({"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}, []),
        ],
    )
    def test_only_a_browser_that_names_another_site_is_foreign(self, headers, expected):
        assert post(is_sending=False, **headers) == expected

    @pytest.mark.parametrize(("typed", "expected"), [("", []), ("  ", []), ("x", ["honeypot"])])
    def test_only_text_in_the_hidden_field_marks(self, typed, expected):
        assert post(is_sending=False, data={suspicion.HONEYPOT: typed}) == expected


@pytest.mark.django_db
class TestAFlood:
    """A flood from one network, by somebody who leaves the hidden field alone."""

    @pytest.fixture
    def flooded(self, site):
        for _ in range(4 * POSTS_AN_HOUR):
            suspicion.rate.count("203.0.113.7")

    def file_from(self, address):
        filler = Filler()
        filler.client.defaults["REMOTE_ADDR"] = address
        with time_machine.travel(NOON, tick=False) as clock:
            suspicion.rate._while = int(NOON.timestamp() // 3600)
            filler.start().to_check()
            clock.shift(60)
            filler.send()
        assert "Je klacht is ontvangen" in filler.text
        return Complaint.objects.get()

    def test_it_is_stored_and_marked(self, flooded):
        assert self.file_from("203.0.113.99").is_suspect

    def test_somebody_on_another_network_is_no_suspect(self, flooded):
        assert not self.file_from("198.51.100.1").is_suspect

    def test_somebody_a_little_later_than_the_others_is_no_suspect(self, site):
        for _ in range(POSTS_AN_HOUR):
            suspicion.rate.count("203.0.113.7")
        assert not self.file_from("203.0.113.99").is_suspect
