"""A mail server with bad days: down, busy, silent, or taking a mail and not saying so."""

import socket
from email import message_from_bytes
from random import Random
from typing import Any

from aiosmtpd.controller import Controller

from tests.faults.servers import PATIENCE, wait_until

BUSY, LOST_ACKNOWLEDGEMENT = 0.08, 0.04


class FaultySmtp:
    """Listens on one port; `arrived` holds the Message-ID of each delivery, doubles included."""

    def __init__(self, port: int, *, is_faulty: bool = True) -> None:
        self.port = port
        self.chance = Random(2026)  # noqa: S311 - the same bad luck in every run
        self.is_faulty = is_faulty
        self.room_for = 1_000_000  # more different mails than this are refused
        self.arrived: list[str] = []
        self.refused = 0
        self.lost_acknowledgements = 0
        self._controller: Controller | None = None
        self._hole: socket.socket | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        luck = self.chance.random() if self.is_faulty else 1
        message_id = message_from_bytes(envelope.content)["Message-ID"]
        if luck < BUSY or len({*self.arrived, message_id}) > self.room_for:
            self.refused += 1
            return "451 4.3.0 Busy, come back later"
        self.arrived.append(message_id)
        if luck < BUSY + LOST_ACKNOWLEDGEMENT:
            self.lost_acknowledgements += 1
            server.transport.abort()  # taken, but the sender will never know
        return "250 OK"

    def up(self) -> None:
        self.down()
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, ready_timeout=PATIENCE
        )
        self._controller.start()

    def down(self) -> None:
        """Nobody listens."""
        if self._controller is not None:
            self._controller.stop()
        if self._hole is not None:
            self._hole.close()
        self._controller = self._hole = None

    def fall_silent(self) -> None:
        """Takes connections and never says a word: the worst a mail server can do to a sender."""
        self.down()
        self._hole = socket.create_server(("127.0.0.1", self.port), backlog=64)

    def wait_for(self, mails: int) -> None:
        wait_until(lambda: len(set(self.arrived)) >= mails, f"{mails} mails have arrived")

    @property
    def doubles(self) -> int:
        return len(self.arrived) - len(set(self.arrived))

    def __enter__(self) -> "FaultySmtp":
        return self

    def __exit__(self, *error: object) -> None:
        self.down()
