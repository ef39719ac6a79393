"""The stores of ownership of two nodes, on one database or in one memory, and what moves and follows their rows."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import define, field, frozen

from lossy.app import migrate_pool
from lossy.charts.model import State
from lossy.domain.timecode import Rate
from lossy.resources import folder
from lossy.sessions.catalog import initial_data, load_all
from lossy.sessions.restore import VOICE
from lossy.sessions.standing import Standing, tab_name
from lossy.sessions.turn import Turn
from lossy.settings import Settings
from lossy.store.memory_ownership import MemoryOwnership
from lossy.store.ownership import Decided, Ownership, PostgresOwnership
from lossy.store.pool import Pool, open_pool
from lossy.store.videos import Video

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from lossy.sessions.inbox import Happened

ANN, BEN, DEVICE, VIDEO, SESSION, ENDED = (UUID(int=i) for i in range(1, 7))
NOON = 1_763_640_000_000
FILM = Video(VIDEO, ANN, "u", "cut", Rate(25))
CHART = load_all(folder("statecharts"))["ownership"]
INITIAL = initial_data(Settings())["ownership"]


@frozen
class Stores:
    here: Ownership
    there: Ownership


@asynccontextmanager
async def open_stores(conninfo: str | None) -> AsyncIterator[Stores]:
    """Ann has a session on her video, and one that has ended. None: in memory."""
    if conninfo is None:
        memory = MemoryOwnership()
        memory.videos[SESSION, ANN] = VIDEO
        yield Stores(memory, memory)
        return
    async with open_pool(conninfo, size=4) as here, open_pool(conninfo, size=4) as there:
        await migrate_pool(here)
        await _fill(here)
        yield Stores(PostgresOwnership(here), PostgresOwnership(there))


async def _fill(pool: Pool) -> None:
    async with pool.lend() as connection:
        for user in (ANN, BEN):
            insert = "INSERT INTO users (id, email, role) VALUES (%s, %s, 'user')"
            await connection.execute(insert, (user, f"{user}@example.com"))
        insert = "INSERT INTO videos (id, owner_id, url, title, rate_num, rate_den) VALUES (%s, %s, 'u', 'cut', 25, 1)"
        await connection.execute(insert, (VIDEO, ANN))
        insert = "INSERT INTO sessions (id, user_id, video_id, snapshot, ended_at) VALUES (%s, %s, %s, '{}', %s)"
        await connection.execute(insert, (SESSION, ANN, VIDEO, None))
        await connection.execute(insert, (ENDED, ANN, VIDEO, "2026-01-01"))


def session_of(n: int) -> UUID:
    return UUID(int=1000 + n)


def tab_of(n: int) -> str:
    return tab_name(str(n), DEVICE)


def claim_by(n: int, made: int, seq: int = 1) -> dict[str, Any]:
    """A claim of tab `n`, made so many ms after NOON."""
    place = {"tab": tab_of(n), "session": str(session_of(n)), "video": str(VIDEO)}
    return {**place, "client_at": NOON + made, "offset_ms": 0, "seq": seq}


@frozen
class Stepped:
    """One step of the machine, as it was committed."""

    version: int
    changed: bool
    standing: Standing
    broken: tuple[str, ...]


async def step(store: Ownership, at: int, name: str, facts: Mapping[str, Any]) -> Stepped:
    """Ann's machine hears of it, so many ms after NOON."""

    def decide(stored: Mapping[str, Any] | None) -> Decided[tuple[Turn, bool]]:
        turn = Turn.begin(CHART, stored, INITIAL, NOON + at)
        turn.hear(name, **facts)
        return Decided(turn.stored(), turn.due, (turn, turn.stored() != stored))

    stepped = await store.step(ANN, decide)
    turn, changed = stepped.result
    return Stepped(stepped.version, changed, turn.standing, tuple(turn.broken))


@define(eq=False)
class Follower:
    """A session of Ann's in tab `n` that remembers what it hears of the microphone, and takes it in at once."""

    n: int
    user_id: UUID = ANN
    video: Video = FILM
    heard: list[tuple[str, int]] = field(factory=list, init=False)  # the event and its epoch
    regained: list[bool] = field(factory=list, init=False)  # of each context_gained
    asides: list[str] = field(factory=list, init=False)

    @property
    def id(self) -> UUID:
        return session_of(self.n)

    @property
    def audience(self) -> Follower:
        return self

    @property
    def states(self) -> dict[str, State]:
        epoch = self.heard[-1][1] if self.heard else 0
        return {VOICE: State(data={"context_epoch": epoch, "owner": self.owns or None})}

    @property
    def owns(self) -> bool:
        return bool(self.heard) and self.heard[-1][0] == "context_gained"

    def offer(self, happened: Happened, *, own: bool = False) -> None:
        name, payload = happened.event.name, happened.event.payload
        self.heard.append((name, payload.get("epoch", 0)))
        if name == "context_gained":
            self.regained.append(payload["regained"])

    def aside(self, event: str, payload: Mapping[str, Any]) -> None:
        self.asides.append(event)
