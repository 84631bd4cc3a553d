"""What a log line may hold: the event, and of a fault where it was; never what was typed (R-40)."""

import json
import logging
import re
from collections.abc import Iterator
from datetime import datetime
from traceback import StackSummary, walk_tb

MOST_FRAMES = 50  # of each exception, the innermost: enough also for endless recursion
# Whoever has it can use the mailed link; in capitals too, which lead there.
LINK_TOKEN = re.compile("(/klacht-volgen/link/|/cms/uitnodiging/[^/]+/)[^/]+", re.IGNORECASE)


class WithoutRequest(logging.Filter):
    """Strips the request and the local variables from a record before any handler sees it.

    Of an exception stays what `where` tells. Its message goes: it may quote what a person typed.
    Django's own lines name the path of a request; the token of a mailed link is cut out of it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.__dict__.pop("request", None)
        if isinstance(record.args, tuple):
            record.args = tuple(_without_token(value) for value in record.args)
        if record.exc_info and record.exc_info[1] is not None:
            lines = where(record.exc_info[1])
            record.msg = "\n".join([f"{record.getMessage()} [{next(lines)}]", *lines])
            record.args = ()
            record.exc_info = None
            record.exc_text = None
        return True


class AsJson(logging.Formatter):
    """For machines: one line an event, with the zone; the frames of a fault in a list."""

    def format(self, record: logging.LogRecord) -> str:
        event, *frames = record.getMessage().split("\n")
        at = datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds")
        told = {"at": at, "level": record.levelname, "logger": record.name, "event": event}
        return json.dumps(told | {"frames": frames}, ensure_ascii=False)


def _without_token(value: object) -> object:
    return LINK_TOKEN.sub(r"\1...", value) if isinstance(value, str) else value


def where(error: BaseException) -> Iterator[str]:
    """Yields the class of the exception and its frames, then those of its causes; no values.

    A frame is a file, a line and the name of a function. No message, note or argument is read.
    """
    told: set[int] = set()
    waiting = [("", error)]
    while waiting:
        how, error = waiting.pop()
        if id(error) in told:
            continue
        told.add(id(error))
        yield f"{how}{type(error).__qualname__}"
        trace = walk_tb(error.__traceback__)
        for frame in StackSummary.extract(trace, limit=-MOST_FRAMES, lookup_lines=False):
            yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
        if error.__cause__ is not None:
            waiting.append(("caused by ", error.__cause__))
        elif error.__context__ is not None and not error.__suppress_context__:
            waiting.append(("while handling ", error.__context__))
        if isinstance(error, BaseExceptionGroup):
            waiting += [("one of them ", inner) for inner in reversed(error.exceptions)]
