"""Whether the world can tell that our mail is ours: what DNS says of the domain it comes from."""

import logging
import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, resolve

logger = logging.getLogger(__name__)

SECONDS = 5


class Finding(NamedTuple):
    """One thing that should be so: True, False, or None where it is not to be seen from here."""

    name: str
    is_so: bool | None
    help: str


def texts_at(name: str) -> list[str] | None:
    """Returns the TXT records there; None where DNS does not answer."""
    try:
        answer = resolve(name, "TXT", lifetime=SECONDS)
    except (NXDOMAIN, NoAnswer):
        return []
    except (DNSException, OSError):
        return None
    return [b"".join(record.strings).decode(errors="replace") for record in answer]


def holds(names: list[str], pattern: str) -> bool | None:
    """Whether at one of these names just one such record stands: of two, nobody believes any."""
    found = [texts_at(name) for name in names if "." in name]
    right = [sum(bool(re.match(pattern, text)) for text in texts or ()) == 1 for texts in found]
    return True if any(right) else None if None in found or not found else False


def is_of(one: str, other: str) -> bool:
    """Whether one is the other, or lies below it, either way round."""
    return f".{one}".endswith(f".{other}") or f".{other}".endswith(f".{one}")


def findings() -> Iterator[Finding]:
    """Looks at the settings, and at DNS where the domain is one that others can see."""
    addresses = settings.DEFAULT_FROM_EMAIL, settings.BOUNCES_TO
    ours, bounces = (address.rpartition("@")[2].lower() for address in addresses)
    host, selector = urlsplit(settings.WAGTAILADMIN_BASE_URL).hostname or "", settings.DKIM_SELECTOR
    key = f"{selector or '(DKIM_SELECTOR)'}._domainkey.{ours}"
    policies = [f"_dmarc.{ours.split('.', above)[-1]}" for above in range(ours.count("."))]
    spf, dmarc = holds([bounces], "v=spf1"), holds(policies, "v=DMARC1")
    dkim = holds([key] if selector else [], r".*\bp=\s*[^;\s]")
    yield Finding("domain", is_of(host, ours), f"MAIL_FROM: an address of {host}")
    yield Finding("bounces", is_of(bounces, ours), f"BOUNCES_TO: an address of {ours}")
    yield Finding("spf", spf, f"TXT {bounces}: one v=spf1, with the server that sends")
    yield Finding("dkim", dkim, f"TXT {key}: the key your mail server signs with")
    yield Finding("dmarc", dmarc, f"TXT _dmarc.{ours}: v=DMARC1; p=quarantine")


def check(_now: datetime) -> None:
    """Raises RuntimeError by the names of what is not so; what cannot be seen is no fault."""
    if names := " ".join(found.name for found in findings() if found.is_so is False):
        logger.error("sender.not_ours lacks=%s", names)
        raise RuntimeError("see manage.py selfcheck")
