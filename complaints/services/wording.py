"""What a message may be, whoever writes it: some text, not too long, and never the receipt code."""

from complaints.questions import MAX_CHARACTERS
from complaints.vault.codes import find_code_in


class MessageRefused(Exception):
    """Base of the reasons for which a message is not taken; nothing was stored."""


class EmptyMessage(MessageRefused):
    """There is no text in it."""


class MessageTooLong(MessageRefused):
    """It is longer than MAX_CHARACTERS."""


class CodeInMessage(MessageRefused):
    """It gives the receipt code away, which opens everything."""


class TooManyFiles(MessageRefused):
    """The case holds as many files as one may."""


def checked_text(text: str, *, code: str = "", may_be_empty: bool = False) -> str:
    """The text as it is kept: one kind of line end, no null bytes. Raises MessageRefused.

    With a `code`, the text may not give that code away.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
    if not text and not may_be_empty:
        raise EmptyMessage
    if len(text) > MAX_CHARACTERS:
        raise MessageTooLong
    refuse_code(code, text)
    return text


def refuse_code(code: str, *said: str) -> None:
    """Raises CodeInMessage where one of the texts gives the code away, however it is spelled."""
    if code and any(find_code_in(text, code) for text in said):
        raise CodeInMessage
