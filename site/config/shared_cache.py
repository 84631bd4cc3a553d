"""Counts of all processes together in Redis; while it is away, each process counts for itself."""

import logging
import time
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 10


class SharedCache(RedisCache):
    """Django's own, that shuts nobody out while Redis is away; one request in ten seconds asks."""

    asked_again_at = 0.0  # of the process; nought while it answers

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.here = LocMemCache("redis-is-away", params)

    def ask(self, what: str, *args: Any, **kwargs: Any) -> Any:
        shared = SharedCache
        if time.monotonic() >= shared.asked_again_at:
            try:
                answer = getattr(super(), what)(*args, **kwargs)
                shared.asked_again_at = 0.0
                return answer
            except RedisError:
                if not shared.asked_again_at:
                    logger.warning("cache.away: each process counts for itself")
                shared.asked_again_at = time.monotonic() + AGAIN_SECONDS
        return getattr(self.here, what)(*args, **kwargs)


def _asking(what: str) -> Any:
    return lambda self, *args, **kwargs: self.ask(what, *args, **kwargs)


for _what in (
    *("add", "get", "set", "touch", "delete", "incr", "has_key", "clear"),
    *("get_many", "set_many", "delete_many"),
):
    setattr(SharedCache, _what, _asking(_what))
