"""Passwords are hashed and compared here, with argon2id, in threads: one takes longer than a frame of the film."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

import trio
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from attrs import define, field

from lossy.channels.errors import rate_limited
from lossy.domain.accounts import normal_password
from lossy.settings import Accounts

if TYPE_CHECKING:
    from collections.abc import Callable


# As RFC 9106 has it in both of its recommendations.
LANES = 4
# Callers who wait for a thread: at 0.15 s each and two at once the last of them is answered within 3 s.
WAITING = 32
FULL_RETRY_MS = 1_000

T = TypeVar("T")


@define(eq=False)
class Passwords:
    """All of them raise Refusal (rate_limited) when too many wait already."""

    settings: Accounts
    _hasher: PasswordHasher = field(init=False, repr=False)
    _threads: trio.CapacityLimiter = field(init=False, repr=False)
    _decoy: str | None = field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._hasher = PasswordHasher(self.settings.hash_passes, self.settings.hash_memory_kib, LANES)
        self._threads = trio.CapacityLimiter(self.settings.hash_parallel)

    async def hashed(self, password: str) -> str:
        return await self._in_thread(partial(self._hasher.hash, normal_password(password)))

    async def matches(self, password: str, kept: str | None) -> bool:
        """Without a hash it takes as long and is False: whoever asks cannot tell who has an account."""
        return await self._in_thread(partial(self._matches, normal_password(password), kept))

    def is_old(self, kept: str) -> bool:
        """Whether it was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(kept)

    def _matches(self, password: str, kept: str | None) -> bool:
        if self._decoy is None:
            self._decoy = self._hasher.hash("nobody's password")
        try:
            return self._hasher.verify(self._decoy if kept is None else kept, password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._threads.statistics().tasks_waiting >= WAITING:
            raise rate_limited(FULL_RETRY_MS)
        return await trio.to_thread.run_sync(work, limiter=self._threads)
