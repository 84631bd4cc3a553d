"""Whether the world can tell that our mail is ours: what DNS says of the domain it comes from."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, resolve

logger = logging.getLogger(__name__)

SECONDS = 5


@dataclass(frozen=True)
class Finding:
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


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _is_of(one: str, other: str) -> bool:
    """Whether one is the other, or lies below it, either way round."""
    return f".{one}".endswith(f".{other}") or f".{other}".endswith(f".{one}")


def _has_one(name: str, begin: str) -> bool | None:
    """Whether just one record begins so: of two, a mail server believes none."""
    texts = texts_at(name)
    return texts if texts is None else sum(text.startswith(begin) for text in texts) == 1


def _has_policy(domain: str) -> bool | None:
    """Whether there is a DMARC record, of the domain or of one it lies in."""
    parts = domain.split(".")
    found = [_has_one(f"_dmarc.{'.'.join(parts[at:])}", "v=DMARC1") for at in range(len(parts) - 1)]
    return True if True in found else None if None in found else False


def _has_key(domain: str) -> bool | None:
    if not settings.DKIM_SELECTOR:
        return None
    texts = texts_at(f"{settings.DKIM_SELECTOR}._domainkey.{domain}")
    return texts if texts is None else any(re.search(r"\bp=\s*[^;\s]", text) for text in texts)


def findings() -> Iterator[Finding]:
    """Looks at the settings, and at DNS where the domain is one that others can see."""
    ours, bounces = _domain(settings.DEFAULT_FROM_EMAIL), _domain(settings.BOUNCES_TO)
    host = urlsplit(settings.WAGTAILADMIN_BASE_URL).hostname or ""
    is_seen = "." in ours
    yield Finding("domain", _is_of(host, ours), f"MAIL_FROM: an address of {host}")
    yield Finding("bounces", _is_of(bounces, ours), f"BOUNCES_TO: an address of {ours}")
    spf = _has_one(bounces, "v=spf1") if is_seen else None
    yield Finding("spf", spf, f"TXT {bounces}: one v=spf1, with the server that sends")
    key = _has_key(ours) if is_seen else None
    name = f"{settings.DKIM_SELECTOR or '(DKIM_SELECTOR)'}._domainkey.{ours}"
    yield Finding("dkim", key, f"TXT {name}: the key your mail server signs with")
    policy = _has_policy(ours) if is_seen else None
    yield Finding("dmarc", policy, f"TXT _dmarc.{ours}: v=DMARC1; p=quarantine")


def check(_now: datetime) -> None:
    """Raises RuntimeError by the names of what is not so; what cannot be seen is no fault."""
    if wrong := [found.name for found in findings() if found.is_so is False]:
        logger.error("sender.not_ours lacks=%s", " ".join(wrong))
        raise RuntimeError("see manage.py check_mail")
