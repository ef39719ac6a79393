"""Sessions in memory as they were left, and which node takes them up: as `StoredSessions` and `PostgresLease` do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from itertools import islice
from typing import Any, Self
from uuid import UUID

import orjson
import trio
from attrs import define, field

from lossy.store.lease import Holder, LocalNode, left_ms
from lossy.store.ledger import AnotherSession, Entry, Stored
from lossy.store.snapshots import KEPT


@define(eq=False)
class Session:
    user_id: UUID
    video_id: UUID
    snapshot: Mapping[str, Any]
    snapshot_n: int = 0
    epoch: int = 0
    ended: bool = False
    node: UUID | None = None
    taken_from: UUID | None = None
    snapshots: dict[int, Mapping[str, Any]] = field(factory=dict)  # by the number of their entry; 0 is the first
    journal: dict[int, Entry] = field(factory=dict)
    written_in: dict[int, int] = field(factory=dict)  # the epoch of each entry
    settled: dict[UUID, int] = field(factory=dict)  # by remark, the number of the entry

    def keep(self) -> None:
        """The snapshot, beside the first and the latest KEPT."""
        self.snapshots[self.snapshot_n] = self.snapshot
        for n in sorted(self.snapshots)[1:-KEPT]:
            del self.snapshots[n]

    def let_go(self) -> None:
        self.node = None

    def take(self, node: UUID) -> None:
        self.epoch += 1
        if self.node not in (None, node):
            self.taken_from = self.node
        elif self.taken_from == node:
            self.taken_from = None
        self.node = None if self.ended else node


@define(eq=False)
class Leases:
    """Until when each node's lasts, in seconds of `now`, which is the clock of all of them."""

    now: Callable[[], float] = trio.current_time
    names: dict[UUID, str] = field(factory=dict, init=False)
    ends: dict[UUID, float] = field(factory=dict, init=False)

    def renew(self, node: LocalNode) -> None:
        self.names[node.id], self.ends[node.id] = node.name, self.now() + node.lease_s

    def enter(self, node: LocalNode) -> None:
        for id in [id for id, name in self.names.items() if name == node.name]:
            self.end(id)
        self.renew(node)

    def end(self, id: UUID) -> None:
        self.ends[id] = min(self.now(), self.ends.get(id, self.now()))

    def holder(self, id: UUID, me: LocalNode) -> Holder:
        return Holder(id, id == me.id, left_ms(self.ends[id] - self.now()) if id in self.ends else 0)


@define(eq=False)
class MemorySessions:
    """As `node` has them; `beside` gives them as another one does."""

    node: LocalNode = field(factory=LocalNode, kw_only=True)
    leases: Leases = field(factory=Leases, kw_only=True)
    _outcomes: dict[tuple[UUID, UUID], Mapping[str, Any]] = field(factory=dict, init=False)  # by author and remark
    _sessions: dict[UUID, Session] = field(factory=dict, init=False)

    async def begin(
        self, session_id: UUID, user_id: UUID, video_id: UUID, snapshot: Mapping[str, Any]
    ) -> Stored | None:
        await trio.lowlevel.checkpoint()
        there = self._sessions.get(session_id)
        if there is None:
            first = through_json(snapshot)
            begun = self._sessions[session_id] = Session(user_id, video_id, first, snapshots={0: first})
            begun.take(self.node.id)
            return self._stored(begun)
        if (there.user_id, there.video_id) != (user_id, video_id):
            raise AnotherSession
        return None

    @property
    def sessions(self) -> Mapping[UUID, Session]:
        return self._sessions

    def beside(self, node: LocalNode) -> Self:
        """The same ledger as another node has it."""
        other = copy(self)
        other.node = node
        return other

    async def read(self, session_id: UUID) -> Stored | None:
        await trio.lowlevel.checkpoint()
        session = self._sessions.get(session_id)
        return None if session is None else self._stored(session)

    async def take(self, session_id: UUID, *, even_held: bool = False) -> Stored | None:
        await trio.lowlevel.checkpoint()
        session = self._sessions.get(session_id)
        if session is None or (self._is_anothers(session) and not even_held):
            return None
        session.take(self.node.id)
        return self._stored(session)

    def _stored(self, session: Session) -> Stored:
        entries = [session.journal[n] for n in sorted(session.journal) if n > session.snapshot_n]
        owned = (session.user_id, session.video_id, session.epoch)
        holder = self._holder(session)
        return Stored(*owned, session.snapshot_n, session.snapshot, entries, session.ended, holder)

    def _holder(self, session: Session) -> Holder | None:
        return None if session.node is None else self.leases.holder(session.node, self.node)

    def _is_anothers(self, session: Session) -> bool:
        holder = self._holder(session)
        return holder is not None and holder.is_another

    async def unfinished(self, limit: int) -> Mapping[UUID, UUID]:
        await trio.lowlevel.checkpoint()
        latest_first = reversed(self._sessions.items())
        free = ((id, of.user_id) for id, of in latest_first if not (of.ended or self._is_anothers(of)))
        return dict(islice(free, limit))

    async def orphaned(self, limit: int) -> Mapping[UUID, UUID]:
        await trio.lowlevel.checkpoint()
        held = ((id, of.user_id, self._holder(of)) for id, of in self._sessions.items() if not of.ended)
        orphans = ((id, user_id) for id, user_id, holder in held if holder and not holder.is_me and not holder.left_ms)
        return dict(islice(orphans, limit))

    async def outcome(self, author_id: UUID, remark_id: UUID) -> Mapping[str, Any] | None:
        await trio.lowlevel.checkpoint()
        return self._outcomes.get((author_id, remark_id))

    async def was_clicked(self, session_id: UUID, click_id: UUID) -> bool:
        await trio.lowlevel.checkpoint()
        entries = self._sessions[session_id].journal.values()
        return any(entry.payload.get("click") == str(click_id) for entry in entries)

    # -- the lease ----------------------------------------------------------------------------------------------

    async def enter(self) -> None:
        await trio.lowlevel.checkpoint()
        self.leases.enter(self.node)

    async def renew(self) -> None:
        await trio.lowlevel.checkpoint()
        self.leases.renew(self.node)

    async def leave(self) -> None:
        await trio.lowlevel.checkpoint()
        self.leases.end(self.node.id)

    async def taken_away(self) -> Sequence[tuple[UUID, int]]:
        await trio.lowlevel.checkpoint()
        taken = {id: session for id, session in self._sessions.items() if session.taken_from == self.node.id}
        for session in taken.values():
            session.taken_from = None
        return [(id, session.epoch) for id, session in taken.items()]


_JSON = json.JSONEncoder(allow_nan=False, sort_keys=True)


def through_json(value: Mapping[str, Any]) -> Any:
    """As PostgreSQL's jsonb gives it back: a tuple is a list, and keys have an order of its own."""
    return orjson.loads(_JSON.encode(value))
