"""The receipt code: 80 bits that open one case, written so that a person can copy them by hand.

Beside it the code of a draft, and the keys that codes make.

Sixteen characters of Crockford's base32 (no I, L, O, U) and a check character of the same alphabet.
The check is a weighted sum over the field of 32 elements in which each place has its own weight:
any one wrong character and any two swapped ones, neighbours or not, give another sum. Crockford's
own check (mod 37) needs ``*~$=U``, which are hard to type and to say aloud.
"""

import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from complaints.vault.cipher import derive, open_sealed, seal

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_BITS = 80
LETTERS = 16
FULL_LENGTH = LETTERS + 1
GROUP = 4
FIELD = 0b100101  # x^5 + x^2 + 1: every power of x below 31 is another weight
LOOKALIKES = str.maketrans("OIL", "011")
NOT_WRITTEN = "ZPC"  # Unicode's spaces, punctuation (each dash) and invisible characters
MINUS = "\N{MINUS SIGN}"
MOST_TYPED = 500  # of what was pasted, so much is looked at
_WORD = re.compile(r"[^\W_]+")
CODE, DRAFT = "code", "draft"  # what a code opens: a case, or a form that was put aside


class Mistake(StrEnum):
    """What is wrong with a typed code."""

    LENGTH = "length"
    LETTER = "letter"
    CHECK = "check"


class CodeMistyped(ValueError):
    """What was typed cannot be a code; `reason` says why. Says nothing about which codes exist."""

    def __init__(self, reason: Mistake) -> None:
        super().__init__(reason.value)
        self.reason = reason


def code_from_nonce(nonce: bytes) -> str:
    """The code that belongs to a form's secret nonce (32 random bytes): 17 characters.

    The same nonce gives the same code; who has only SHA-256 of the nonce cannot work it out.
    """
    return _spelled(int.from_bytes(derive(nonce, "receipt-code", CODE_BITS // 8)))


def draft_code_from_nonce(nonce: bytes) -> str:
    """The code of a draft begun with this nonce: as `code_from_nonce`, and never the same code."""
    return _spelled(int.from_bytes(derive(nonce, "draft-code", CODE_BITS // 8)))


def new_code() -> str:
    """A fresh random code of 17 characters, for a case filed without a form or a code replaced."""
    return _spelled(secrets.randbits(CODE_BITS))


def parse_code(text: str) -> str:
    """The code that a person typed, as its 17 characters; raises CodeMistyped.

    Forgives lower case, spaces, dashes and other punctuation anywhere, O for 0, I and L for 1.
    """
    code = _plain(text)
    if len(code) != FULL_LENGTH:
        raise CodeMistyped(Mistake.LENGTH)
    if any(letter not in ALPHABET for letter in code):
        raise CodeMistyped(Mistake.LETTER)
    if _weighted_sum(code) != 0:
        raise CodeMistyped(Mistake.CHECK)
    return code


def code_in(text: str) -> str:
    """The code in what a person typed or pasted, with or without words around it.

    Raises CodeMistyped: with what is wrong with the words that are laid out as a code, if any are.
    """
    text = text.strip()[:MOST_TYPED]
    try:
        return parse_code(text)
    except CodeMistyped as mistyped:
        wrong = mistyped
    words = _WORD.findall(_written(text))
    starts, counts = range(len(words)), range(1, FULL_LENGTH + 1)
    runs = [words[start : start + count] for start in starts for count in counts]
    # Of a thousand codes two or three have no digit; without one it is hardly ever a code.
    likely = [run for run in runs if _is_laid_out(run) or any(map(str.isdigit, "".join(run)))]
    for run in sorted(likely, key=_is_laid_out, reverse=True):
        try:
            return parse_code("".join(run))
        except CodeMistyped as mistyped:
            wrong = mistyped if _is_laid_out(run) else wrong
    raise wrong


def _is_laid_out(words: list[str]) -> bool:
    """Whether the words are as long as those of a code that is shown: whole, or in groups."""
    return [len(word) for word in words] in ([FULL_LENGTH], [GROUP] * 4 + [1])


def show_code(code: str) -> str:
    """The code in groups, ``XXXX-XXXX-XXXX-XXXX-C``; raises CodeMistyped."""
    plain = parse_code(code)
    return "-".join(plain[start : start + GROUP] for start in range(0, FULL_LENGTH, GROUP))


def find_code_in(text: str, code: str) -> bool:
    """Whether `text` gives the code away, however it is spelled, with or without its check."""
    return parse_code(code)[:LETTERS] in _plain(text)


def holds_a_code(text: str) -> bool:
    """Whether something in `text` is written as a code and could be one, of whatever case.

    Runs of words are tried at the lengths in which people write a code: whole, or in groups.
    """
    words = unicodedata.normalize("NFKC", text).split()
    runs = [words[start : start + count] for start in range(len(words)) for count in (1, 5)]
    return any(
        _is_code(" ".join(run))
        for run in runs
        if len(run) == 1 or _is_laid_out([_plain(word) for word in run])
    )


def check_letter(letters: str) -> str:
    """The character that makes the weighted sum of `letters` and itself zero."""
    return ALPHABET[_times_x(_weighted_sum(letters))]


def _is_code(text: str) -> bool:
    try:
        return bool(parse_code(text))
    except CodeMistyped:
        return False


def _spelled(number: int) -> str:
    shifts = range(CODE_BITS - 5, -1, -5)
    letters = "".join(ALPHABET[(number >> shift) & 31] for shift in shifts)
    return letters + check_letter(letters)


def _written(text: str) -> str:
    """The text as people see it, with plain letters."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in plain if unicodedata.category(letter) != "Cf")


def _plain(text: str) -> str:
    upper = unicodedata.normalize("NFKC", text).upper().translate(LOOKALIKES)
    return "".join(
        letter
        for letter in upper
        if unicodedata.category(letter)[0] not in NOT_WRITTEN and letter != MINUS
    )


def _weighted_sum(letters: str) -> int:
    """The sum of each letter's value times x to the power of its place from the right."""
    total = 0
    for letter in letters:
        total = _times_x(total) ^ ALPHABET.index(letter)
    return total


def _times_x(element: int) -> int:
    doubled = element << 1
    return doubled ^ FIELD if doubled > 31 else doubled


@dataclass(frozen=True)
class CodeKey:
    """The key that a code makes: it wraps the key of what the code opens, and undoes that.

    By `lookup`, 32 bytes, the code finds what it opens. `use` is CODE or DRAFT, so that a receipt
    code never opens a draft, nor the other way about.
    """

    use: str
    lookup: bytes = field(repr=False)
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, use: str, code: str, lookup_key: bytes) -> "CodeKey":
        """Returns what a code makes, in any spelling; raises CodeMistyped.

        `lookup_key`, a secret of the server (32 bytes), goes into both: a stolen database alone
        gives nothing to test guesses of a code against.
        """
        secret = parse_code(code).encode()
        lookup = hmac.digest(derive(lookup_key, f"{use}-lookup"), secret, "sha256")
        return cls(use, lookup, derive(secret, f"{use}-wrap", salt=lookup_key))

    def wrap(self, key: bytes, owner: object) -> bytes:
        """Returns the content key (32 bytes) of the one whose id `owner` is, for this code only."""
        return seal(self.key, key, place=f"{self.use}|{owner}")

    def unwrap(self, wrapped: bytes, owner: object) -> bytes:
        """Returns the content key; raises SealBroken for what is another's."""
        return open_sealed(self.key, wrapped, place=f"{self.use}|{owner}")
