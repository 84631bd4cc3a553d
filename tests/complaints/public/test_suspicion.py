"""What looks like misuse: marks that add up, and a count per network that forgets."""

import pickle
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client, RequestFactory
from redis.exceptions import RedisError

from complaints.models.case import Complaint
from complaints.models.outbox import OwedMail
from complaints.public import suspicion
from config.environment import caches_at
from config.shared_cache import Signed
from tests.complaints.public.form_filler import POST, Filler

NOON = datetime(2026, 12, 9, 12, 0, tzinfo=UTC)
LONG_AGO = 1  # minted so long ago that nobody was fast


def post(address="203.0.113.7", *, is_sending=True, minted_at=LONG_AGO, data=None, **headers):
    request = RequestFactory().post(POST, data or {}, REMOTE_ADDR=address, headers=headers)
    return suspicion.marks_of(request, is_sending=is_sending, minted_at=minted_at)


class TestForgetfulRate:
    def test_one_network_counts_together_and_others_apart(self):
        for together, apart in (
            ("203.0.113.7|203.0.113.250|203.0.113.9:51234", "203.0.114.7|203.0.115.7:51234|"),
            ("203.0.113.7|::ffff:203.0.113.9|[::FFFF:203.0.113.9]:443", "::ffff:198.51.100.1"),
            (
                "2001:db8:1:2200::1|2001:db8:1:22ff:9::1|2001:db8:1:22ff:9::1%3",
                "2001:db8:1:2300::1",
            ),
            ("2001:db8:1:2200::1|[2001:db8:1:22ff:9::1]:443| [2001:db8:1:22ff:9::1%eth0] ", ""),
            ("2001:DB8::1|2001:0db8:0:0:0:0:0:1", ""),
            ("no address|", "203.0.113.7"),
        ):
            rate = suspicion.ForgetfulRate(str(hash(together)))
            counted = [rate.count(address) for address in together.split("|")]
            assert counted == [*range(1, len(counted) + 1)], together
            assert {rate.count(address) for address in apart.split("|")} == {1}, apart

    def test_r40_the_count_is_forgotten_after_an_hour_with_its_name_and_tells_no_address(self):
        rate, address = suspicion.ForgetfulRate("here"), "203.0.113.7"
        with time_machine.travel(NOON, tick=False) as clock:
            counts = [rate.count(each) for each in (address, address, "2001:db8:1:2200::1")]
            assert counts == [1, 2, 1]
            for told in (address, "203.0.113", "2001:db8"):
                assert told not in str(vars(rate)) + str(cache._cache)
            before = set(cache._cache)
            clock.shift(timedelta(minutes=61))
            assert rate.count(address) == 1
        assert len(set(cache._cache) - before) == 1
        assert suspicion.ForgetfulRate("there").count(address) == 1

    def test_without_its_redis_a_process_counts_for_itself_and_says_so_once(self, settings, caplog):
        settings.CACHES = caches_at("redis://127.0.0.1:9/0")
        rate = suspicion.ForgetfulRate("here", most=3)
        assert [rate.count("203.0.113.7") for _each in range(5)] == [1, 2, 3, 4, 5]
        assert [cache.add("a-code", "used"), cache.add("a-code", "used")] == [True, False]
        cache.set_many({"a": 1, "b": 2})
        assert (cache.get_many(["a", "c"]), cache.has_key("b")) == ({"a": 1}, True)
        assert caplog.text.count("cache.away") == 1
        assert "203.0" not in caplog.text

    def test_what_somebody_else_wrote_into_redis_is_not_opened(self):
        ours = Signed()
        for value in (7, -7, b"key", "y", [("a", 1)], None):
            stored = ours.dumps(value)
            assert ours.loads(f"{stored}".encode() if type(value) is int else stored) == value
        odd = (b"--5", b"5" * 5000, b"5\n", 5, [b"5"], True)  # of whatever else answers there
        for data in (pickle.dumps("theirs"), ours.dumps("ours")[:-1] + b"!", b"", *odd):
            with pytest.raises(RedisError):
                ours.loads(data)


@pytest.mark.parametrize(
    ("is_behind", "often", "rated", "free"),
    [
        (True, "198.51.{}.1, 203.0.113.7", "192.0.2.1, 203.0.113.9", "203.0.113.9, 192.0.2.1"),
        (False, "198.51.{}.1", "192.0.2.1", None),
        (True, None, None, None),
    ],
    ids=["only the rightmost entry counts", "no proxy", "a proxy that says nothing"],
)
def test_behind_a_proxy_its_header_names_the_network(settings, is_behind, often, rated, free):
    settings.BEHIND_PROXY = is_behind

    def said(header, address="10.9.9.9" if is_behind else "10.0.0.1"):
        return post(address, **({"X-Forwarded-For": header} if header else {}))

    for number in range(suspicion.POSTS_AN_HOUR):
        assert said(often and often.format(number), "10.0.0.1") == []
    assert said(rated) == ["rate"]
    if free:
        assert said(free) == []


class TestMarks:
    def test_marks_add_up(self):
        for marks in ((), ("fast",), ("rate",), ("something old",)):
            assert not suspicion.is_suspect(marks), marks
        for marks in (("rate", "fast"), ("honeypot",), ("origin",), ("flood",)):
            assert suspicion.is_suspect(marks), marks

    def test_of_what_is_sent_many_are_a_rate_and_very_many_a_flood(self):
        for _ in range(5 * suspicion.POSTS_AN_HOUR):
            assert post(is_sending=False) == []
        marks = [post() for _ in range(4 * suspicion.POSTS_AN_HOUR + 1)]
        assert marks[suspicion.POSTS_AN_HOUR - 1] == []
        assert marks[suspicion.POSTS_AN_HOUR] == marks[-2] == ["rate"]
        assert marks[-1] == ["rate", "flood"]

    def test_filled_in_within_three_seconds_is_fast(self):
        with time_machine.travel(NOON, tick=False):
            minted = int(NOON.timestamp())
            assert post(minted_at=minted - 2) == ["fast"]
            assert post(minted_at=minted - 3) == []

    def test_only_a_browser_that_names_another_site_or_a_filled_hidden_field_marks(self):
        for headers in (
            {},
            {"Origin": "null"},
            {"Origin": "http://testserver"},
            {"Origin": "https://testserver"},
            {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"},
        ):
            assert post(is_sending=False, **headers) == [], headers
        elsewhere = {"Origin": "http://testserver.elders.example"}
        for headers in (elsewhere, {"Sec-Fetch-Site": "cross-site"}):
            assert post(is_sending=False, **headers) == ["origin"], headers
        for typed, expected in (("", []), ("  ", []), ("x", ["honeypot"])):
            assert post(is_sending=False, data={suspicion.HONEYPOT: typed}) == expected, typed


@pytest.mark.django_db
def test_a_flood_or_a_filled_hidden_field_is_stored_and_marked_and_mails_nobody(site):
    for address, hidden in (("203.0.113.99", {}), ("198.51.100.7", {"website": "x"})):
        filler = Filler(Client(REMOTE_ADDR=address))
        with time_machine.travel(NOON, tick=False) as clock:
            suspicion.rate.count("203.0.113.7", 4 * suspicion.POSTS_AN_HOUR)
            filler.start().to_check(email="fien@example.org")
            clock.shift(60)
            filler.send(consent_mail="on", **hidden).says("Je klacht is ontvangen")
    assert [case.is_suspect for case in Complaint.objects.all()] == [True, True]
    assert not OwedMail.objects.exists()
