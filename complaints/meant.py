"""What a person means by what they typed: an address, a link, a number, a day or a moment.

Each reader takes a text and returns what is kept, or raises `Unclear`, which says what is wrong.
An address and a link are kept clean. A number, a day and a moment are kept in the person's own
words, so that nothing is guessed or shifted: whoever reads the complaint reads what was written.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from itertools import islice
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LONGEST, LONGEST_ADDRESS = 2000, 254
MOST_TIMES = 5  # of what looks like a time beside a day, so many are tried


class Unclear(ValueError):
    """What was typed can be read in no way, or in more than one; its text says what is wrong."""


def tidy(text: str) -> str:
    """Without what nobody sees (zero width, byte order, bidi marks), and with plain spaces."""
    spaced = "".join(" " if c.isspace() else c for c in text)
    return " ".join("".join(c for c in spaced if unicodedata.category(c) not in _UNSEEN).split())


_UNSEEN = ("Cc", "Cf")
_ADDRESS = re.compile(r"[^\s<>()\[\]{}\"“”„«»,;:\\@]+@[\w-][\w.-]*")
_QUOTES = "'‘’‚`*"
# A word that stands loose before an address may be half of it ("jan jansen@…"): only these may.
_LEADING = re.compile(r"is|adres|(?:e-?)?mail(?:adres)?|op|via|naar|aan", re.IGNORECASE)


def address(text: str) -> str:
    """The one e-mail address in a text, without what stands around it; its domain in small letters.

    Full-width letters become plain ones; a domain may have letters of any alphabet.
    """
    text = unicodedata.normalize("NFKC", text)
    if len(text) > LONGEST:  # one letter can become many
        raise Unclear(_("Het is te lang."))
    found: dict[str, tuple[str, re.Match[str]]] = {}
    for match in _ADDRESS.finditer(text):
        local, _at, domain = match[0].partition("@")
        clean = f"{local.lstrip(_QUOTES)}@{_in_letters(domain.rstrip('.-_'))}"
        found[clean.casefold()] = clean, match
    if len(found) > 1:
        raise Unclear(_("Er staan twee adressen. Laat er één staan."))
    if not found or text.count("@") > len(_ADDRESS.findall(text)):
        raise Unclear(_why_no_address(text))
    ((clean, match),) = found.values()
    _check_around(clean, text[: match.start()], text[match.end() :])
    _check_address(clean)
    return clean


def _in_letters(domain: str) -> str:
    """The domain as people write it: a browser may have made `xn--…` of its letters."""
    try:
        return domain.lower().encode("ascii").decode("idna")
    except UnicodeError:
        return domain.lower()


def _why_no_address(text: str) -> str:
    if "@" not in text:
        return _("Er staat geen @ in.")
    if text.count("@") > 1:
        return _("Er staat meer dan één @ in.")
    if re.search(r"\w\s+@|@\s+\w", text):
        return _("Er staat een spatie in.")
    if re.search(r"@\W*$", text):
        return _("Er staat niets achter de @.")
    return _("Er staat niets voor de @.")


def _check_around(clean: str, before: str, after: str) -> None:
    """Raises Unclear where a space or a comma may have cut the address in two."""
    has_dot = "." in clean.partition("@")[2]
    loose = before.split()[-1] if before.endswith(" ") else ""
    is_loose = loose[-1:].isalnum() and "@" not in loose and not _LEADING.fullmatch(loose)
    if is_loose or re.match(r"\s\.\w" if has_dot else r"\s\W*\w", after):
        raise Unclear(_("Er staat een spatie in. Laat alleen het adres staan."))
    if not has_dot and re.match(r"[,;]\s*\w", after):
        raise Unclear(_("Er staat een komma waar een punt hoort."))
    if not has_dot:
        raise Unclear(_("Achter de @ ontbreekt een punt."))


def _check_address(clean: str) -> None:
    local, _at, domain = clean.partition("@")
    odd = [letter for letter in local if not letter.isascii()]
    if odd:
        raise Unclear(_("Voor de @ kan geen ‘%(letter)s’ staan.") % {"letter": odd[0]})
    if ".." in clean:
        raise Unclear(_("Er staan twee punten achter elkaar."))
    if len(clean) > LONGEST_ADDRESS:
        raise Unclear(_("Het is te lang."))
    if "=?" in local:  # a mail library reads another address in it, or none
        raise Unclear(_("Er zit een typefout in."))
    try:
        validate_email(f"{local}@{domain.encode('idna').decode()}")
    except (ValidationError, UnicodeError):
        raise Unclear(_("Er zit een typefout in.")) from None


_is_link = URLValidator(schemes=["http", "https"])


def link(text: str) -> str:
    """The one web address in a text, with its scheme; one with a scheme or www goes first."""
    found: dict[str, bool] = {}
    for word in re.split(r"[\s<>\"“”„«»]+", text):
        bare = word.strip(".,;:!?[]{}" + _QUOTES).removeprefix("(")
        bare = bare if "(" in bare else bare.rstrip(").,")
        rest = re.sub(r"^https?(?=:|//):?/*|^/+", "", bare, flags=re.IGNORECASE)
        scheme = "http" if bare.lower().startswith("http:") else "https"
        if _is_valid(f"{scheme}://{rest}") and "@" not in rest.partition("/")[0]:
            found[f"{scheme}://{rest}"] = rest != bare or rest.lower().startswith("www.")
    certain = [whole for whole, is_certain in found.items() if is_certain] or list(found)
    if len(certain) > 1:
        raise Unclear(_("Er staan twee adressen. Laat er één staan."))
    if not certain and "@" in text:
        raise Unclear(_("Dit is een e-mailadres."))
    if not certain:
        raise Unclear(_("Er staat geen webadres in."))
    return certain[0]


def _is_valid(whole: str) -> bool:
    try:
        _is_link(whole)
    except ValidationError:
        return False
    return True


_NUMBER = re.compile(  # thousands in groups, with decimals or not; not the 2 of m2
    r"(?<![A-Za-z])"
    r"(?:\d{1,3}([ .,'’])\d{3}(?:\1\d{3})*(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?[¼½¾]?|[¼½¾])"
)


def number(text: str) -> str:
    """A text with one number or amount in it, however its thousands and decimals are written."""
    count = len(list(_NUMBER.finditer(text)))
    if count != 1:
        raise Unclear(_("Er staat meer dan één getal.") if count else _("Er staat geen getal."))
    return text


# The words of a date, and those beside it that leave it the same date.
_MONTHS = (
    "januari january|februari february|maart mrt march|april|mei may|juni june|juli july|"
    "augustus august|september|oktober october|november|december"
)
_WEEKDAYS = (
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag "
    "monday tuesday wednesday thursday friday saturday sunday"
)
_OTHERS = (
    "op om de den van het is was dag datum e ste st nd rd th the on at rond omstreeks ongeveer "
    "circa ca s ochtends middags avonds nachts morgens uur u t"
)
_MONTH = {  # by the whole name or a beginning of three letters or more
    name[:length]: number
    for number, names in enumerate(_MONTHS.split("|"), 1)
    for name in names.split()
    for length in range(3, len(name) + 1)
}
_BESIDE = set(_OTHERS.split()) | {
    name[:length] for name in _WEEKDAYS.split() for length in range(2, len(name) + 1)
}
_AGO = {"vandaag": 0, "gisteren": 1, "eergisteren": 2}
# By how it is built (n: one or two digits, Y: four, m: a month in letters), what its parts are.
_ORDERS = {
    "nnY": "dmy",
    "nnn": "dmy",
    "nn": "dm",
    "Ynn": "ymd",
    "nmY": "dmy",
    "nmn": "dmy",
    "nm": "dm",
    "Ymn": "ymd",
    "mnY": "mdy",
    "mn": "md",
}
_WITHOUT_DAY = {"Y", "m", "mY", "nY", "Yn", "Ym"}
_RUN_TOGETHER = (r"\b(\d\d)(\d\d)((?:19|20)?\d\d)\b", r"\b((?:19|20)\d\d)(\d\d)(\d\d)\b")
_TIME = re.compile(
    r"(?<![\d.:/-])(\d{1,2})(?:(?:[.:]|\s*(?:uur|u|h)\s*)(\d\d)(?::\d\d)?|\s*(?:uur|u|h)\b)"
    r"(?![\d.:/-]*\d)"
)
_YEARS = range(1900, 2101)
_YEARS_AHEAD = 10  # of a year in two digits: what would be later is of the century before


def day(text: str) -> str:
    """A text with one day in it, and maybe a time; for a day told from now, its date."""
    ago = _AGO.get(text.casefold())
    if ago is not None:
        return "{0.day}-{0.month}-{0.year}".format(timezone.localdate() - timedelta(ago))
    _day_in(text)
    return text


def date_in(text: str) -> date:
    """The date in a text that says its year."""
    year, month, number = _day_in(day(text))
    if year is None:
        raise Unclear(_("Het jaar ontbreekt."))
    return date(year, month, number)


def _day_in(text: str) -> tuple[int | None, int, int]:
    """Year (None where none is given), month and day; a time may stand before or after them."""
    text = unicodedata.normalize("NFKC", text).casefold()
    try:
        return _read_day(text)
    except Unclear as first:
        unclear = first
    for time in islice(_TIME.finditer(text), MOST_TIMES):
        try:
            found = _read_day(f"{text[: time.start()]} {text[time.end() :]}")
        except Unclear as other:
            unclear = other
            continue
        if int(time[1]) > 24 or int(time[2] or 0) > 59:
            raise Unclear(_("%(time)s is geen tijd.") % {"time": time[0].strip()})
        return found
    raise unclear


def _read_day(text: str) -> tuple[int | None, int, int]:
    for pattern in _RUN_TOGETHER:
        text = re.sub(pattern, r"\1 \2 \3", text, count=1)
    kinds, values = "", []
    for word in re.findall(r"\d+|[^\W\d_]+", text):
        if word in _MONTH:
            kinds += "m"
            values.append(_MONTH[word])
        elif word.isdecimal():
            kinds += {1: "n", 2: "n", 4: "Y"}.get(len(word), "x")
            values.append(int(word[:4]))
        elif word not in _BESIDE:
            kinds += "?"
    if kinds in _WITHOUT_DAY:
        raise Unclear(_("De dag ontbreekt."))
    if kinds in ("nnx", "nmx"):
        raise Unclear(_("Kijk het jaar na."))
    if kinds not in _ORDERS:
        raise Unclear(_("We lezen hier niet één datum in."))
    part = dict(zip(_ORDERS[kinds], values, strict=True))
    return _existing(part.get("y"), part["m"], part["d"])


def _existing(year: int | None, month: int, number: int) -> tuple[int | None, int, int]:
    """The same, with a year of two digits in its century; raises Unclear for no day there is."""
    if year is not None and year < 100:
        year += 2000 if 2000 + year <= timezone.localdate().year + _YEARS_AHEAD else 1900
    if year is not None and year not in _YEARS:
        raise Unclear(_("Kijk het jaar na."))
    if month not in MONTHS:
        raise Unclear(_("Maand %(number)s bestaat niet.") % {"number": month})
    try:
        date(year or 2000, month, number)
    except ValueError:
        named = f"{number} {MONTHS[month]} {year or ''}".strip()
        raise Unclear(_("%(day)s bestaat niet.") % {"day": named}) from None
    return year, month, number


# The reader of each kind of answer, and how to write one.
_KINDS: dict[str, tuple[Callable[[str], str], Any]] = {
    "email": (address, gettext_lazy("Vul een e-mailadres in zoals naam@voorbeeld.nl.")),
    "url": (link, gettext_lazy("Vul een webadres in zoals https://voorbeeld.nl.")),
    "number": (number, gettext_lazy("Vul een getal in zoals 12.")),
    "date": (day, gettext_lazy("Vul een datum in zoals 9-12-2026.")),
    "datetime": (day, gettext_lazy("Vul een datum en een tijd in zoals 9-12-2026 14:30.")),
}


class MeantField(forms.CharField):
    """Keeps what a person means; else its error says what is wrong and how to write it.

    `kind` is "email", "url", "number", "date" or "datetime". Where others of that kind stand
    beside it, `is_named`: then the error begins with its label.
    """

    def __init__(self, kind: str, *, is_named: bool = False, **kwargs: Any) -> None:
        self.kind, self.is_named = kind, is_named
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        typed = str(value or "").strip()
        read, how = _KINDS[self.kind]
        try:
            if len(typed) > LONGEST:
                raise Unclear(_("Het is te lang."))
            text = tidy(typed)
            return read(text) if text else ""
        except Unclear as unclear:
            named = f"‘{self.label}’: " if self.is_named else ""
            raise ValidationError(f"{named}{unclear} {how}", code="invalid") from None


class AddressField(MeantField):
    """An e-mail address."""

    widget = forms.EmailInput
    default_error_messages = {"required": gettext_lazy("Vul je e-mailadres in.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("email", **kwargs)
