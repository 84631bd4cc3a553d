"""What people type at a question, and what is understood of it."""

from itertools import product

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.mail.message import sanitize_address
from hypothesis import given
from hypothesis import strategies as st
from wagtail.admin.panels import get_edit_handler

from complaints import meant
from complaints.meant import AddressField, MeantField
from complaints.models.pages import ConfidantPage
from home.models import OrganisationSettings

UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u202a\u202c\u2066\u2069"
pytestmark = pytest.mark.usefixtures("in_november")


@pytest.fixture
def in_november():
    with time_machine.travel("2026-11-26 10:00:00+01:00", tick=False):
        yield


def kept(kind: str, typed: str) -> str:
    field = AddressField(label="Dit") if kind == "email" else MeantField(kind, label="Dit")
    return field.clean(typed)


def refused(kind: str, typed: str) -> str:
    with pytest.raises(ValidationError) as caught:
        print(typed, "was kept as", kept(kind, typed))  # noqa: T201 - shown where it fails
    return caught.value.messages[0]


ADDRESSES = {
    "naam@voorbeeld.nl": [
        "naam@voorbeeld.nl",
        *(f"{seen}naam@voor{seen}beeld.nl{seen}" for seen in UNSEEN),
        *("\u00a0 naam@voorbeeld.nl\u3000\t", "<naam@voorbeeld.nl>", '"naam@voorbeeld.nl"'),
        *("„naam@voorbeeld.nl”", "'naam@voorbeeld.nl'", "naam@voorbeeld.nl.", "naam@voorbeeld.nl,"),
        *("(naam@voorbeeld.nl);", "mailto:naam@voorbeeld.nl"),
        *("MAILTO:naam@voorbeeld.nl?subject=Hoi%20daar", "Naam Verzonnen <naam@voorbeeld.nl>"),
        *('"Verzonnen, Naam" <naam@voorbeeld.nl>', "naam@voorbeeld.nl <naam@voorbeeld.nl>"),
        *("[naam@voorbeeld.nl](mailto:naam@voorbeeld.nl)", "mijn adres is naam@voorbeeld.nl"),
        *("Mail naar naam@voorbeeld.nl of bel me", "E-mail: naam@voorbeeld.nl"),
        *("naam@VOORBEELD.nl", "ｎａａｍ＠ｖｏｏｒｂｅｅｌｄ．ｎｌ"),
    ],
    "Naam.van+klacht@mail.voorbeeld.co.uk": ["Naam.van+klacht@Mail.Voorbeeld.CO.UK"],
    "o'brien@voorbeeld.nl": ["o'brien@voorbeeld.nl", "<o'brien@voorbeeld.nl>"],
    "naam@müller.nl": ["naam@müller.nl", "naam@xn--mller-kva.nl", "naam@MÜLLER.nl"],
}
NO_ADDRESSES = {
    "Er staat geen @ in.": [
        "geen adres",
        "naam.voorbeeld.nl",
        "naam(at)voorbeeld.nl",
        "06 12345678",
    ],
    "Er staat een spatie in.": [
        *("jan jansen@voorbeeld.nl", "naam @voorbeeld.nl", "naam@ voorbeeld.nl"),
        *("naam @ voorbeeld.nl", "naam@voor beeld.nl", "naam@voorbeeld .nl", "n@mail.co .uk"),
    ],
    "Er staat niets achter de @.": ["naam@", "naam@.", "<naam@>"],
    "Er staat niets voor de @.": ["@voorbeeld.nl", "<@naam>"],
    "Er staat meer dan één @ in.": ["naam@@voorbeeld.nl", "naam@voor@beeld.nl"],
    "Er staan twee adressen.": ["a@voorbeeld.nl, b@voorbeeld.nl", "a@voorbeeld.nl of b@x.nl"],
    "Er staat een komma": ["naam@voorbeeld,nl", "naam@voorbeeld, nl"],
    "Achter de @ ontbreekt een punt.": ["naam@voorbeeld", "naam@voorbeeld."],
    "Er staan twee punten": ["naam..van@voorbeeld.nl", "naam@voorbeeld..nl"],
    "Voor de @ kan geen ‘ë’ staan.": ["zoë@voorbeeld.nl"],
    "Het is te lang.": ["x" * 250 + "@voorbeeld.nl", "a@b.nl " * 1000],
    "Er zit een typefout in.": [
        *("naam@-voorbeeld.nl", "naam@voorbeeld.n", ".naam@voorbeeld.nl"),
        *("=?utf-8?q?naam=0A?=@voorbeeld.nl", "=?utf-8?b?!?=@voorbeeld.nl"),  # never to be sent
        "=?utf-8?q?een=2Eander?=@voorbeeld.nl",
    ],
}


def all_are_told(kind: str, mistakes: dict, how: str) -> None:
    """What is wrong stands before how to write it."""
    for words, ways in mistakes.items():
        for typed in ways:
            said = refused(kind, typed)
            assert said.startswith(words), (typed, said)
            assert said.endswith(how), (typed, said)


def test_an_address_is_taken_out_of_what_stands_around_it_or_what_is_wrong_is_named():
    for address, ways in ADDRESSES.items():
        for typed in (*ways, address):  # what is kept is taken again
            assert kept("email", typed) == address, typed
    assert sanitize_address("naam@müller.nl", "utf-8") == "naam@xn--mller-kva.nl", "and mailed"
    all_are_told("email", NO_ADDRESSES, " Vul een e-mailadres in zoals naam@voorbeeld.nl.")


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_stands_around_an_address_no_other_is_made_of_it(before, after):
    try:
        address = kept("email", f"{before} <naam@voorbeeld.nl> {after}")
    except ValidationError:
        return
    assert address == "naam@voorbeeld.nl"


def test_an_address_in_the_cms_is_read_alike():
    for model in (OrganisationSettings, ConfidantPage):
        form = get_edit_handler(model).get_form_class()
        field = form.base_fields["email"]
        assert field.clean("Info <info@voorbeeld.nl>.") == "info@voorbeeld.nl"
        assert field.clean("") == ""


DAYS = {
    (2026, 12, 9): [
        *("9-12-2026", "09-12-2026", "9/12/2026", "9.12.2026", "9 12 2026", "9-12-26", "9/12/26"),
        *("9.12.'26", "9–12–2026", "9—12—2026", "9‑12‑2026", "9−12−2026", "9 - 12 - 2026"),
        *("2026-12-09", "2026/12/9", "09122026", "20261209", "091226", "９-１２-２０２６"),
        *("9 december 2026", "9 DECEMBER 2026", "9 dec 2026", "9 dec. 26", "9dec2026"),
        "9e dec '26",
        *("woensdag 9 december 2026", "wo 9 dec 2026", "op woensdag de 9de december 2026"),
        *("December 9, 2026", "9th December 2026", "Wed 9 Dec 2026", "rond 9 december 2026"),
        *("9-12-2026 14:30", "9-12-2026 14.30 uur", "9.12.26 14.30", "9 december 2026 om 14u30"),
        *("9-12-2026, 14 uur", "14:30 9-12-2026", "2026-12-09T14:30", "2026-12-09 14:30:15"),
        *("\u200e9-12-2026\u200b", " 9\u00a0december\u00a02026"),
    ],
    (2025, 3, 3): ["3 maart 2025", "3 mrt 2025", "3 mar. 25", "ma 3 mrt 25", "March 3, 2025"],
    (2026, 5, 1): ["1 mei 2026", "1 May 2026", "1ste mei 2026"],
    (2028, 2, 29): ["29-2-2028", "29 feb 28"],
    (1961, 8, 1): ["1-8-61", "1 aug. 1961"],
    (2036, 1, 1): ["1-1-36"],
    (1937, 1, 1): ["1-1-37"],
}
NO_DAYS = {
    "31 februari bestaat niet.": ["31 februari", "31-2", "31-2 14:30"],
    "29 februari 2026 bestaat niet.": ["29-2-2026", "29 feb 26"],
    "31 september 2026 bestaat niet.": ["31 september 2026", "31.9.26"],
    "0 januari 2026 bestaat niet.": ["0-1-2026"],
    "Maand 13 bestaat niet.": ["1-13-2026", "13-13-26"],
    "Maand 31 bestaat niet.": ["12-31-2026"],
    "Kijk het jaar na.": ["9-12-206", "9-12-20266", "9-12-0206", "9 december 3026"],
    "De dag ontbreekt.": ["december 2026", "12-2026", "2026", "december"],
    "25:70 is geen tijd.": ["9-12-2026 25:70"],
    "We lezen hier niet één datum in.": [
        *("begin december", "9 of 10 december", "9-12-2026 en 10-12-2026", "9 smurf 2026", "lang"),
        *("9-10-11-12", "12", "-", "፩ december 2026", "9" * 1999),
    ],
}


def test_a_day_is_understood_however_it_is_written_and_kept_in_those_words():
    for (year, month, number), ways in DAYS.items():
        for typed in ways:
            day = meant.date_in(meant.tidy(typed))
            assert (day.year, day.month, day.day) == (year, month, number), typed
            for kind in ("date", "datetime"):
                assert kept(kind, typed) == meant.tidy(typed)
    for typed in ("woensdag 9 december", "9 dec", "9-12", "9/12", "29 februari", "9.12"):
        assert kept("date", typed) == typed, "whoever leaves out the year is not asked for it"
    for typed, day in (("gisteren", "25-11-2026"), ("Vandaag", "26-11-2026")):
        assert kept("date", typed) == day
    for typed in ("25-10-2026 02:30", "29-3-2026 2.30 uur", "29 maart 2026, 02:30"):
        assert kept("datetime", typed) == typed, "a moment that exists twice or never"
    all_are_told("date", NO_DAYS, " Vul een datum in zoals 9-12-2026.")


@given(st.dates(min_value=meant.date(1937, 1, 1), max_value=meant.date(2036, 12, 31)), st.data())
def test_every_day_is_read_as_it_was_written(day, data):
    month = data.draw(st.sampled_from([f"{day:%m}", str(day.month), f"{meant.MONTHS[day.month]}"]))
    year = data.draw(st.sampled_from([f"{day:%Y}", f"{day:%y}", f"'{day:%y}"]))
    mark = data.draw(st.sampled_from([" ", "-", "/", ".", "–", " - ", ". "]))
    assert meant.date_in(mark.join([str(day.day), month, year])) == day
    assert meant.date_in(day.isoformat()) == day


NUMBERS = (
    *("12", "12,5", "12.50", "1.250,50", "1,250.50", "1 250", "1'250", "1.250.000", "€ 12,50"),
    *("12,-", "€12,--", "EUR 12", "12 euro", "12 uur", "-5", "−5", "50%", "3x", "100 m2", "2½"),
)


def test_a_number_is_kept_as_it_was_written():
    for typed in NUMBERS:
        assert kept("number", f"\u200b {typed}\u00a0") == typed
    wrong = {
        "Er staat geen getal.": ["twaalf", "€"],
        "Er staat meer dan één getal.": ["12 à 15", "3 of 4", "06-12345678"],
    }
    all_are_told("number", wrong, " Vul een getal in zoals 12.")


def test_a_web_address_is_taken_out_of_what_stands_around_it():
    for link, ways in {
        "https://voorbeeld.nl": [
            *("voorbeeld.nl", "https://voorbeeld.nl", "https//voorbeeld.nl", "//voorbeeld.nl"),
            *("<https://voorbeeld.nl>", "Kijk o.a. op voorbeeld.nl.", "(zie voorbeeld.nl)"),
            "\u200bvoorbeeld.nl\ufeff",
        ],
        "http://voorbeeld.nl": ["HTTP://voorbeeld.nl", "zie http://voorbeeld.nl, onder b.nl"],
        "https://www.voorbeeld.nl/a?b=1#c": ["mijn site is www.voorbeeld.nl/a?b=1#c, kijk maar"],
        "https://nl.wikipedia.org/wiki/X_(y)": ["https://nl.wikipedia.org/wiki/X_(y)"],
    }.items():
        for typed in ways:
            assert kept("url", typed) == link, typed
    wrong = {
        "Er staat geen webadres in.": ["voorbeeld", "javascript:alert(1)", "ftp://x.nl", "12.50"],
        "Dit is een e-mailadres.": ["naam@voorbeeld.nl", "javascript:x@voorbeeld.nl"],
        "Er staan twee adressen.": ["a.nl en b.nl"],
    }
    all_are_told("url", wrong, " Vul een webadres in zoals https://voorbeeld.nl.")


KINDS = ("email", "url", "number", "date", "datetime")


def test_a_text_far_too_long_or_made_to_be_slow_is_given_up_soon(monkeypatch):
    tried, read_day = [], meant._read_day
    monkeypatch.setattr(meant, "_read_day", lambda text: tried.append(text) or read_day(text))
    refused("date", "12:00 " * 330)
    assert len(tried) <= 1 + meant.MOST_TIMES
    assert refused("email", "\N{SQUARE CORPORATION}" * 600).startswith("Het is te lang.")
    monkeypatch.setattr(meant, "tidy", lambda _text: 1 / 0)  # before it is read
    for kind, typed in product(KINDS, ("a" * 8_000_000, "\u200b" * (meant.LONGEST + 1))):
        assert refused(kind, typed).startswith("Het is te lang.")


@given(st.text(max_size=80), st.sampled_from(KINDS))
def test_no_text_gives_anything_but_something_to_keep_or_a_reason(text, kind):
    field = MeantField(kind, label="Dit", required=False)
    try:
        value = field.clean(text)
    except ValidationError:
        return
    assert field.clean(value) == value
