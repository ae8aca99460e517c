"""Rasa's Redis lock store, told where by one address, so that password, database and encryption need no settings of their own."""

from __future__ import annotations

import os
from typing import Any

import redis
from rasa.core.lock_store import DEFAULT_REDIS_LOCK_STORE_KEY_PREFIX, LockStore, RedisLockStore

TIMEOUT = 5  # seconds; the engine stands still while it waits for Redis


class RedisLocks(RedisLockStore):
    """Locks at COACH_REDIS_URL (redis://user:password@host:port/number, or rediss:// for TLS)."""

    def __init__(self, **_options: Any) -> None:
        self.red = redis.Redis.from_url(os.environ["COACH_REDIS_URL"], socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
        self.key_prefix = DEFAULT_REDIS_LOCK_STORE_KEY_PREFIX
        LockStore.__init__(self)
