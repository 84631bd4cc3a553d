"""How gunicorn serves the site: `gunicorn --config site/config/gunicorn.py config.wsgi`.

Whoever sends slowly holds a thread, so there are more of these than anybody sends slowly at once;
what they ask of the database comes out of one small pool (`config.settings.production`). Whoever
sends a body so slowly that it only keeps a thread waiting is hung up on.
"""

import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Timer
from typing import Any

pythonpath = "site"
worker_class = "gthread"
workers = 2
threads = 256  # a thread that waits costs 60 kB; each worker can hold a flood alone
timeout = 120
control_socket_disable = True

SECONDS = 30  # how long a body may take, whatever its size; from then on it keeps to
LEAST_A_SECOND = 1024  # bytes a second since it began: a tenth of what a phone has in a dead spot

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Watched:
    """The body of one request, as it comes in over `line`; it looks at itself every while."""

    def __init__(self, body: Any, length: int, line: socket.socket, seconds: float) -> None:
        self.body, self.length, self.line, self.seconds = body, length, line, seconds
        self.arrived, self.whiles = 0, 0
        self.wait()

    def read(self, *size: int) -> bytes:
        return self._counted(self.body.read(*size))

    def readline(self, *size: int) -> bytes:
        return self._counted(self.body.readline(*size))

    def _counted(self, piece: bytes) -> bytes:
        self.arrived += len(piece)
        return piece

    def wait(self) -> None:
        self.timer = Timer(self.seconds, self.look)
        self.timer.daemon = True
        self.timer.start()

    def look(self) -> None:
        """Hangs up, or looks again after a while; a body that is there whole is left alone."""
        self.whiles += 1
        if self.arrived >= self.length:
            return
        if self.arrived < self.whiles * self.seconds * LEAST_A_SECOND:
            with suppress(OSError):  # gone by itself
                self.line.shutdown(socket.SHUT_RDWR)
        else:
            self.wait()


def hanging_up(application: Application, *, seconds: float = SECONDS) -> Application:
    """The application, behind a watch over each body; gunicorn gives the socket, others none."""

    def watched(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        line, length = environ.get("gunicorn.socket"), environ.get("CONTENT_LENGTH") or "0"
        if line is None or length == "0":
            return application(environ, start_response)
        body = Watched(environ["wsgi.input"], int(length), line, seconds)
        try:
            environ["wsgi.input"] = body
            return application(environ, start_response)
        finally:
            body.timer.cancel()

    return watched
