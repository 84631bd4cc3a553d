"""Counts of all processes together in Redis; while it is away, each process counts for itself."""

import logging
import re
import time
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisSerializer
from django.core.signing import BadSignature, Signer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 10
COUNTED = re.compile(rb"-?[0-9]{1,19}")  # by Redis itself
ASKED = "add get set touch delete incr has_key clear get_many set_many delete_many"


class Signed:
    """Django keeps pickles; only those that we wrote are opened."""

    signer = Signer(salt="shared-cache")

    def dumps(self, obj: Any) -> bytes | int:
        return obj if type(obj) is int else self.signer.sign_object(obj, RedisSerializer).encode()

    def loads(self, data: bytes) -> Any:
        try:
            if COUNTED.fullmatch(data):
                return int(data)
            return self.signer.unsign_object(data.decode(), RedisSerializer)
        except (BadSignature, TypeError, ValueError):  # whatever it is that answers
            raise RedisError("not ours") from None


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
