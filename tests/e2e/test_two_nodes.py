"""Two server processes on one database; one of them is frozen until its sessions are the other's, and thawed."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest
import trio
from attrs import define, field

from lossy.sim.reviewer import Reviewer
from tests.e2e.test_crash_at_every_await import VIDEO, sign_in
from tools.chaos.servers import Servers, open_launcher, open_servers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from lossy.sim.account import Account
    from lossy.sim.kept import Said

pytestmark = pytest.mark.integration

LEASE_S = 1.0
# Whatever is promised happens within this, or not at all.
PATIENCE_S = 15.0
# What the first holder had in hand was finished by the second, though nobody had joined there.
FINISHED = "SELECT FROM journal WHERE session_id = %s AND epoch = 2 AND event = 'after.confirming'"


def remark_text(when: str) -> str:
    return f"The logo is too dark here, {when}."


@define(eq=False)
class Person:
    """Somebody with a session of their own, on one server and then perhaps on another."""

    reviewer: Reviewer
    told: list[str] = field(factory=list)
    _nursery: trio.Nursery | None = None
    _here: trio.CancelScope = field(factory=trio.CancelScope)

    async def run(self, task_status: trio.TaskStatus[None]) -> None:
        async with trio.open_nursery() as self._nursery:
            self._nursery.start_soon(self._listen)
            self.go_to(self.reviewer.account)
            task_status.started()
            await trio.sleep_forever()

    def go_to(self, account: Account) -> None:
        """With all that is still to be answered, as a browser that finds another server."""
        self._here.cancel()
        self.reviewer.account, self._here = account, trio.CancelScope()
        assert self._nursery is not None
        self._nursery.start_soon(self._talk, self._here)

    async def _talk(self, here: trio.CancelScope) -> None:
        with here:
            await self.reviewer.run()

    async def _listen(self) -> None:
        async for push in self.reviewer.pushes:
            self.told.append(push.event)

    async def say(self, when: str) -> Said:
        about = {"at": self.reviewer.now_ms(), "media_ms": 61_000, "duration_ms": 2000}
        remark = {"id": str(uuid4()), "text": remark_text(when), **about}
        return await self.reviewer.say("transcript_final", remark)

    async def note_of(self, said: Said) -> str:
        await said.settled.wait()
        assert isinstance(said.answer, Mapping), said.answer
        return str(said.answer["note_id"])


@asynccontextmanager
async def people(account: Account, number: int) -> AsyncIterator[list[Person]]:
    async with trio.open_nursery() as nursery:
        found = []
        for _ in range(number):
            person = Person(Reviewer(account, uuid4(), uuid4(), VIDEO, lambda: time.time_ns() // 1_000_000))
            await nursery.start(person.run)
            found.append(person)
        yield found
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def two_servers(database: str, folder: Path) -> AsyncIterator[tuple[Servers, Servers]]:
    settings = {
        "DATABASE_URL": database,
        "LOSSY_DATABASE_DATA": str(folder),
        "LOSSY_SERVER_SECRET": "the same for both",
        "LOSSY_SERVER_LEASE_S": str(LEASE_S),
    }
    async with (
        open_launcher() as launcher,
        open_servers(settings, folder / "first.log", launcher) as first,
        open_servers(settings, folder / "second.log", launcher) as second,
    ):
        await first.start()
        await second.start()
        try:
            yield first, second
        finally:
            with suppress(ProcessLookupError):
                os.kill(first.pid, signal.SIGCONT)  # one that is stopped does not even die


def ask(database: str, query: str, *arguments: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(query.encode(), arguments).fetchall()


async def until_kept(database: str, query: str, session: UUID) -> None:
    while not ask(database, query, session):  # noqa: ASYNC110 (another process does it)
        await trio.sleep(0.05)


async def test_a_frozen_node_loses_its_sessions_and_thawed_goes_on_without_them(database: str, tmp_path: Path) -> None:
    async with two_servers(database, tmp_path) as (first, second):
        at_first, at_second = await sign_in(first, database), await sign_in(second, database)
        async with people(at_first, 2) as (mover, stayer):
            with trio.fail_after(PATIENCE_S):
                notes = [await each.note_of(await each.say("before")) for each in (mover, stayer)]
            os.kill(first.pid, signal.SIGSTOP)
            moved, stayed = await mover.say("meanwhile"), await stayer.say("meanwhile")
            await trio.sleep(0.1)  # it is on its way
            mover.go_to(at_second)
            with trio.fail_after(PATIENCE_S):
                notes.append(await mover.note_of(moved))
                await until_kept(database, FINISHED, stayer.reviewer.session_id)
            assert not stayed.settled.is_set()
            os.kill(first.pid, signal.SIGCONT)
            with trio.fail_after(PATIENCE_S):
                notes.append(await stayer.note_of(stayed))
                notes += [await each.note_of(await each.say("after")) for each in (mover, stayer)]
            assert "moving" in stayer.told
            assert stayer.reviewer.connections == 2
        async with people(at_first, 1) as (newcomer,):
            with trio.fail_after(PATIENCE_S):
                notes.append(await newcomer.note_of(await newcomer.say("new")))
        assert first.is_alive()
    check_what_is_kept(database, notes)
    check_what_was_logged(tmp_path / "first.log")


def check_what_is_kept(database: str, notes: list[str]) -> None:
    texts = Counter(text for (text,) in ask(database, "SELECT transcript FROM notes"))
    times = {"before": 2, "meanwhile": 2, "after": 2, "new": 1}
    assert texts == {remark_text(when): count for when, count in times.items()}
    assert sorted(str(id) for (id,) in ask(database, "SELECT id FROM notes")) == sorted(notes)
    places: dict[UUID, list[tuple[int, int]]] = {}
    for session, n, epoch in ask(database, "SELECT session_id, n, epoch FROM journal ORDER BY session_id, n"):
        places.setdefault(session, []).append((n, epoch))
    for of_session in places.values():
        assert [n for n, _ in of_session] == [*range(1, len(of_session) + 1)]
        epochs = [epoch for _, epoch in of_session]
        assert epochs == sorted(epochs)


def check_what_was_logged(log: Path) -> None:
    said = log.read_text()
    assert said.count("session taken up by another node") == 2, said
    for fault in ("Traceback", "session failed", "invariant broken"):
        assert fault not in said, said
