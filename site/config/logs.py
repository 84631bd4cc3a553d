"""What a log line may hold: the event, never the request it came from (R-40)."""

import logging


class WithoutRequest(logging.Filter):
    """Strips the request and the local variables from a record before any handler sees it.

    A traceback keeps its lines of code and loses the exception's message, which may quote
    what a person typed.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.__dict__.pop("request", None)
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, trace = record.exc_info
            frames = []
            while trace is not None:
                code = trace.tb_frame.f_code
                frames.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
                trace = trace.tb_next
            record.msg = f"{record.getMessage()} [{kind.__name__}] " + " < ".join(frames[::-1][:8])
            record.args = ()
            record.exc_info = None
            record.exc_text = None
        return True
