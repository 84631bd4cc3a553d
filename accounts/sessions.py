"""Sessions in the database of which a copy opens nothing.

A row holds a hash of the key, and its content sealed under the key ring: whoever reads the table
has no cookie, and no secret of a factor that is being made. A session ends after thirty minutes
in which nobody did anything, and ten hours after logging in.
"""

import hashlib
import json
import time
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from complaints.vault.keyring import TokenBroken, open_token, seal_token

IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 10 * 3600
SEEN_AT, BEGAN_AT = "seen_at", "began_at"  # in the session, in seconds
USE = "session"


def stored(session_key: str) -> str:
    """Returns what the table knows a key by: 160 bits of its hash, as long as the column."""
    return hashlib.blake2b(session_key.encode(), digest_size=20).hexdigest()


class SessionStore(DatabaseStore):
    def exists(self, session_key: str) -> bool:
        return super().exists(stored(session_key))

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            super().delete(stored(key))

    def _get_session_from_db(self) -> Any:
        """As Django's, by the hash."""
        if self.session_key is None:
            return None
        rows = self.model.objects.filter(session_key=stored(self.session_key))
        row = rows.filter(expire_date__gt=timezone.now()).first()
        if row is None:
            self._session_key = None
        return row

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        row.session_key = stored(row.session_key)
        return row

    def get_expiry_date(self, **_kwargs: Any) -> datetime:
        """Counts from when somebody last did something, not from when the row is written."""
        now = time.time()
        until = min(
            self.get(SEEN_AT, now) + IDLE_SECONDS, self.get(BEGAN_AT, now) + LONGEST_SECONDS
        )
        return datetime.fromtimestamp(until, UTC)

    def encode(self, session_dict: dict[str, Any]) -> str:
        return seal_token(json.dumps(session_dict).encode(), use=USE)

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """Of a session that does not open nothing is left: log in again."""
        text = session_data.decode() if isinstance(session_data, bytes) else session_data
        try:
            found: dict[str, Any] = json.loads(open_token(text, use=USE))
        except (TokenBroken, ValueError):
            return {}
        return found


def end_sessions_of(pks: Collection[int]) -> None:
    """Logs these accounts out, in whatever browser; each row is opened to see whose it is."""
    store, whose = SessionStore(), {str(pk) for pk in pks}
    for row in store.model.objects.all().iterator():
        if store.decode(row.session_data).get(SESSION_KEY) in whose:
            row.delete()
