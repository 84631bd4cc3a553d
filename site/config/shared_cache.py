"""Counts of all processes together in Redis; while it is away, each process counts for itself."""

import logging
import re
import time
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisSerializer
from django.utils.crypto import constant_time_compare, salted_hmac
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 10
MAC_BYTES = 32
COUNTED = re.compile(rb"-?[0-9]{1,19}")  # by Redis itself
ASKED = "add get set touch delete incr has_key clear get_many set_many delete_many"


class Signed:
    """Django keeps pickles; only those that we wrote are opened."""

    plain = RedisSerializer()

    def dumps(self, obj: Any) -> bytes | int:
        dumped: bytes | int = self.plain.dumps(obj)
        return dumped if isinstance(dumped, int) else self.mac(dumped) + dumped

    def loads(self, data: bytes) -> Any:
        if not isinstance(data, bytes):  # whatever it is that answers
            raise RedisError("not ours")
        if COUNTED.fullmatch(data):
            return int(data)
        if not constant_time_compare(data[:MAC_BYTES], self.mac(data[MAC_BYTES:])):
            raise RedisError("not ours")
        return self.plain.loads(data[MAC_BYTES:])

    def mac(self, dumped: bytes) -> bytes:
        return salted_hmac("shared-cache", dumped, algorithm="sha256").digest()


class SharedCache(RedisCache):
    """Django's own, that shuts nobody out while Redis is away; one request in ten seconds asks."""

    asked_again_at = 0.0  # of the process; nought while it answers

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.here = LocMemCache("redis-is-away", params)


def _asking(what: str) -> Any:
    def ask(self: SharedCache, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= SharedCache.asked_again_at:
            try:
                answer = getattr(RedisCache, what)(self, *args, **kwargs)
                SharedCache.asked_again_at = 0.0
                return answer
            except RedisError:
                if not SharedCache.asked_again_at:
                    logger.warning("cache.away: each process counts for itself")
                SharedCache.asked_again_at = time.monotonic() + AGAIN_SECONDS
        return getattr(self.here, what)(*args, **kwargs)

    return ask


for _what in ASKED.split():
    setattr(SharedCache, _what, _asking(_what))
