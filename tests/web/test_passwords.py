"""Hashing and comparing passwords, off the event loop and within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
import trio
import trio.testing
from argon2 import PasswordHasher
from attrs import define

from lossy.channels.errors import Code, Refusal
from lossy.settings import Accounts
from lossy.web.passwords import WAITING, Passwords

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

CHEAP = Accounts(hash_memory_kib=32, hash_passes=1, hash_parallel=2)


async def test_a_password_matches_its_own_hash_whichever_way_its_accents_were_typed() -> None:
    passwords = Passwords(CHEAP)
    kept = await passwords.hashed("cafe\u0301 au lait")
    assert kept != await passwords.hashed("cafe\u0301 au lait"), "each has a salt of its own"
    assert await passwords.matches("café au lait", kept)
    assert not await passwords.matches("cafe au lait", kept)


@pytest.mark.parametrize("kept", [None, "", "not a hash", "$argon2id$v=19$m=32,t=1,p=4$broken"])
async def test_where_there_is_no_hash_nothing_matches(kept: str | None) -> None:
    passwords = Passwords(CHEAP)
    for guess in ("", "nobody's password", "x"):
        assert not await passwords.matches(guess, kept)


@define
class Counting:
    """A hasher that remembers what it compared with, but for the salt."""

    hasher: PasswordHasher
    compared: list[str]

    def hash(self, password: str) -> str:
        return self.hasher.hash(password)

    def verify(self, kept: str, password: str) -> bool:
        self.compared.append(kept.rsplit("$", 2)[0])
        return self.hasher.verify(kept, password)


async def test_without_a_hash_one_is_compared_all_the_same() -> None:
    """It costs as much as with one, so that time tells nobody who has an account."""
    passwords, compared = Passwords(CHEAP), list[str]()
    passwords._hasher = cast(PasswordHasher, Counting(passwords._hasher, compared))
    await passwords.matches("a guess", await passwords.hashed("another"))
    await passwords.matches("a guess", None)
    assert compared == ["$argon2id$v=19$m=32,t=1,p=4"] * 2


async def test_a_hash_of_other_parameters_is_old() -> None:
    kept = await Passwords(CHEAP).hashed("four words only mine")
    assert not Passwords(CHEAP).is_old(kept)
    assert Passwords(Accounts(hash_memory_kib=64, hash_passes=1)).is_old(kept)


async def test_so_many_wait_for_a_thread_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop goes on meanwhile."""
    passwords, release, running = Passwords(CHEAP), trio.Event(), list[int]()

    async def in_thread(work: Callable[[], Any], *, limiter: trio.CapacityLimiter) -> Any:
        async with limiter:
            running.append(limiter.borrowed_tokens)
            await release.wait()
            return work()

    monkeypatch.setattr(trio.to_thread, "run_sync", in_thread)
    async with trio.open_nursery() as nursery:
        for _ in range(2 + WAITING):
            nursery.start_soon(passwords.hashed, "four words only mine")
        await trio.testing.wait_all_tasks_blocked()
        assert len(running) == 2
        with pytest.raises(Refusal) as refusal:
            await passwords.hashed("one too many")
        assert refusal.value.code is Code.RATE_LIMITED
        release.set()
    assert len(running) == 2 + WAITING
    assert max(running) == 2
