"""Marks what looks like misuse. Nothing is refused and nothing dropped: a person checks it later.

No third party, no puzzle: a hidden field, the time between steps, the origin of the post, and a
counter per network that forgets. No address is stored or logged (R-40).
"""

import ipaddress
import os
import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

HONEYPOT = "website"
FASTEST_SECONDS = 3
HOUR = 3600
POSTS_AN_HOUR = 30
SCORES = {"honeypot": 2, "origin": 2, "flood": 2, "rate": 1, "fast": 1}
SUSPECT_FROM = 2


def marks_of(request: HttpRequest, *, is_sending: bool, minted_at: int) -> list[str]:
    """The marks this post earns."""
    marks = []
    if request.POST.get(HONEYPOT, "").strip():
        marks.append("honeypot")
    if is_foreign(request):
        marks.append("origin")
    if is_sending:
        if time.time() - minted_at < FASTEST_SECONDS:
            marks.append("fast")
        count = rate.count(_address(request))
        if count > rate.most:
            marks.append("rate")
        if count > 4 * rate.most:
            marks.append("flood")
    return marks


def is_suspect(marks: tuple[str, ...]) -> bool:
    """Whether the marks together ask for a person's look before anything is mailed."""
    return sum(SCORES.get(mark, 0) for mark in marks) >= SUSPECT_FROM


class ForgetfulRate:
    """Counts per network prefix within so many seconds, under a random key it then forgets.

    After that a count can be tied to no address. The processes count together where they share a
    cache, else each for itself: it is one sign among several, not a limit.
    """

    def __init__(self, name: str, most: int = POSTS_AN_HOUR, seconds: int = HOUR) -> None:
        self.name, self.most, self.seconds = name, most, seconds

    def count(self, address: str, amount: int = 1) -> int:
        """Adds so many for the address's network and returns what that makes this while."""
        return self.count_name(_prefix(address), amount)

    def count_name(self, counted: str, amount: int = 1) -> int:
        """As `count`, for what is no address: an account."""
        key = cache.get_or_set(f"rate-{self.name}", lambda: os.urandom(32), self.seconds) or b""
        name = salted_hmac(key, counted, algorithm="sha256").hexdigest()
        cache.add(name, 0, self.seconds)
        try:
            return int(cache.incr(name, amount))
        except ValueError:  # forgotten at this moment
            return amount

    def is_passed(self, request: HttpRequest, amount: int = 1) -> bool:
        """Counts the request, and returns whether its network is past the most of this while."""
        return self.count(_address(request), amount) > self.most


rate = ForgetfulRate("posts")
# Of cases and drafts alike. A code is 80 random bits: this brake keeps the server quiet, it is not
# what keeps a case shut.
wrong_codes = ForgetfulRate("codes", most=20, seconds=600)
# So that one network does not take all the room there is, in a day: files (in MiB), drafts, and
# complaints that look like misuse. The text of any other is always taken.
staged = ForgetfulRate("staged", most=1000, seconds=24 * HOUR)
drafted = ForgetfulRate("drafted", most=100, seconds=24 * HOUR)
suspects = ForgetfulRate("suspects", most=100, seconds=24 * HOUR)
LEAST_OF_FILES = 10  # a post with files counts as much, however small they are


def has_room_for_files(request: HttpRequest) -> bool:
    """Counts a post with files, and returns whether its network may stage more today."""
    size = int(request.META.get("CONTENT_LENGTH") or 0) // 1024**2
    return not staged.is_passed(request, max(size, LEAST_OF_FILES))


def _prefix(address: str) -> str:
    """The network of an address, however a proxy writes that: in brackets, with a port, a zone."""
    address = address.strip()
    if address.count(":") == 1 or "]:" in address:
        address = address.rpartition(":")[0]
    try:
        parsed = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return "unknown"
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    bits = 24 if parsed.version == 4 else 56
    return str(ipaddress.ip_network(f"{parsed}/{bits}", strict=False))


def _address(request: HttpRequest) -> str:
    """Returns the peer, or what our one trusted proxy says of it: the right-most entry."""
    if getattr(settings, "BEHIND_PROXY", False):
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def is_foreign(request: HttpRequest) -> bool:
    """Whether the browser says another site made this post. Saying nothing is no sign."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return True
    origin = request.headers.get("Origin", "")
    if origin in {"", "null"}:
        return False
    return origin.partition("://")[2] != request.get_host()
