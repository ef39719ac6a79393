"""Many sessions in one process without network and database: what they take is what a session itself takes.

Each is another reviewer's, opened by the real `Socket` and `join_voice` over a transport in memory. The ledger and the
rows of ownership are PostgreSQL's in a server: those here keep nothing of a session once it is up. What is read of them
goes through JSON, as it does there. Time is virtual.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import cycle
from typing import Any
from uuid import UUID

import attrs
import orjson
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from lossy.bus.memory import Bus
from lossy.channels import topics
from lossy.channels.events import VOICE
from lossy.channels.frames import Shared
from lossy.channels.wire import JOIN, V2, Frame
from lossy.domain.access import Role
from lossy.domain.timecode import Rate
from lossy.resources import folder
from lossy.sessions.catalog import OF_SESSION, initial_data, load_all
from lossy.sessions.owners import Owners
from lossy.sessions.roster import Roster
from lossy.sessions.session import Session
from lossy.sessions.tabs import Tabs
from lossy.sessions.user_settings import SettingsInForce
from lossy.settings import Settings
from lossy.store.ledger import Commit, Noted, Stored
from lossy.store.memory_contexts import MemoryContexts
from lossy.store.memory_ownership import MemoryOwnership
from lossy.store.memory_sessions import through_json
from lossy.store.memory_user_settings import MemoryUserSettings
from lossy.store.videos import Reach, Video
from lossy.web.auth import Identity, make_token
from lossy.web.credentials import Credentials
from lossy.web.node import Node
from lossy.web.sockets import Route, Socket
from lossy.web.transport import Take
from lossy.web.voice import join_voice
from tests.web.peers import make_node

GRACE_S = 31  # after which nobody waits any more for a device that is gone
AT_ONCE = 100


def ids_of(number: int) -> tuple[UUID, UUID, UUID, UUID]:
    """Of the session of that number: its own, its user's, its video's and its device's."""
    session, user, video, device = (UUID(int=(kind << 64) + number + 1) for kind in range(1, 5))
    return session, user, video, device


def joining(number: int, now_ms: int) -> dict[str, Any]:
    """The payload of its join, but for a token."""
    _, _, video, device = ids_of(number)
    return {"video_id": str(video), "device_id": str(device), "requested_version": 2, "at": now_ms, "tab_id": "7"}


# Fewer than may join from there at once.
AT_ONE_ADDRESS = 1_000


@attrs.define(eq=False)
class Wire:
    """A transport whose client says what it is told to, and keeps nothing of what it hears."""

    _frames: list[Frame] = attrs.field(factory=list, init=False)
    _more: trio.Event = attrs.field(factory=trio.Event, init=False)
    _gone: bool = attrs.field(default=False, init=False)

    async def serve(self, take: Take) -> None:
        while self._frames or not self._gone:
            rest = take(self._frames.pop(0)) if self._frames else self._wait()
            if rest is not None:
                await rest

    async def _wait(self) -> None:
        await self._more.wait()
        self._more = trio.Event()

    def send(self, frame: Frame) -> None:
        """Nobody looks at it."""

    def share(self, shared: Shared) -> None:
        """The same."""

    def close(self, code: int) -> None:
        self.leave()

    def leave(self) -> None:
        self._gone = True
        self._more.set()

    def say(self, topic: topics.Topic, event: str, payload: Mapping[str, Any]) -> None:
        self._frames.append(orjson.dumps(["1", "1", str(topic), event, payload]).decode())
        self._more.set()


class NothingKept:
    """A ledger of sessions that are opened once: what one begins with is given back, and nothing is kept."""

    async def begin(
        self, session_id: UUID, user_id: UUID, video_id: UUID, snapshot: Mapping[str, Any]
    ) -> Stored | None:
        await trio.lowlevel.checkpoint()
        return Stored(user_id, video_id, 1, 0, through_json(snapshot), (), ended=False)

    async def read(self, session_id: UUID) -> Stored | None:
        await trio.lowlevel.checkpoint()
        return None

    async def take(self, session_id: UUID, *, even_held: bool = False) -> Stored | None:
        await trio.lowlevel.checkpoint()
        return None

    async def was_clicked(self, session_id: UUID, click_id: UUID) -> bool:
        await trio.lowlevel.checkpoint()
        return False

    async def unfinished(self, limit: int) -> Mapping[UUID, UUID]:
        await trio.lowlevel.checkpoint()
        return {}

    async def orphaned(self, limit: int) -> Mapping[UUID, UUID]:
        await trio.lowlevel.checkpoint()
        return {}

    async def outcome(self, author_id: UUID, remark_id: UUID) -> Mapping[str, Any] | None:
        await trio.lowlevel.checkpoint()
        return None

    async def commit(self, commit: Commit) -> tuple[Noted, ...]:
        await trio.lowlevel.checkpoint()
        return ()

    async def commit_together(self, commits: Sequence[Commit]) -> Sequence[tuple[Noted, ...]]:
        await trio.lowlevel.checkpoint()
        return [()] * len(commits)


@attrs.define(eq=False)
class ForgottenRows(MemoryOwnership):
    def forget(self) -> None:
        """What a server has in its database."""
        self._rows, self._due, self._changed = {}, {}, {}


async def find_reach(video_id: UUID, user_id: UUID) -> Reach | None:
    await trio.lowlevel.checkpoint()
    url, title = f"https://example.com/watch?v={video_id}", f"Cut {video_id}"
    return Reach(Video(video_id, user_id, url, title, Rate(24_000, 1001)), Role.OWNER)


@attrs.define(eq=False)
class Crowd:
    node: Node
    _rows: ForgottenRows
    _nursery: trio.Nursery
    _clock: MockClock
    _wires: dict[int, Wire] = attrs.field(factory=dict, init=False)

    async def join(self, numbers: Iterable[int]) -> None:
        """Their clients are there from then on."""
        for some in _batches(numbers):
            for number in some:
                self._arrive(number)
            await wait_all_tasks_blocked()
            self._forget()

    def _forget(self) -> None:
        """What a server writes to its database."""
        self._rows.forget()
        self.node.join_audit.pending.take()

    async def visit(self, numbers: Iterable[int]) -> None:
        """Their clients have been there, and are not waited for any more."""
        for some in _batches(numbers):
            for number in some:
                self._arrive(number)
            await wait_all_tasks_blocked()
            for number in some:
                self._wires.pop(number).leave()
            await wait_all_tasks_blocked()
            self._clock.jump(GRACE_S)
            await wait_all_tasks_blocked()
            self._forget()

    async def click(self, numbers: Iterable[int], pushes: int) -> None:
        """Each client turns its microphone on and off until its session holds so many pushes."""
        for some in _batches(numbers):
            for name in cycle(("start", "pause")):
                behind = [number for number in some if self._held(number) < pushes]
                for number in behind:
                    self._say(number, "command", {"name": name, "at": self.node.clock.now_ms()})
                await wait_all_tasks_blocked()
                if not behind:
                    break

    def _held(self, number: int) -> int:
        return self.session(number).audience.outbound.held

    def _say(self, number: int, event: str, payload: Mapping[str, Any]) -> None:
        self._wires[number].say(topics.Voice(ids_of(number)[0]), event, payload)

    def _arrive(self, number: int) -> None:
        _, user, _, device = ids_of(number)
        token, _ = make_token(self.node, Identity(user, device))
        wire = self._wires[number] = Wire()
        credentials = Credentials(self.node, f"192.0.2.{number // AT_ONE_ADDRESS}", token)
        socket = Socket(self.node, {topics.Voice: Route(VOICE, join_voice)}, wire, V2(), credentials)
        self._nursery.start_soon(socket.run)
        self._say(number, JOIN, joining(number, self.node.clock.now_ms()))

    def session(self, number: int) -> Session:
        id, user, _, _ = ids_of(number)
        session = self.node.roster.live(id, user)
        assert session is not None, "it is live"
        return session


@asynccontextmanager
async def open_crowd(clock: MockClock) -> AsyncIterator[Crowd]:
    """`clock` is that of the run."""
    every, bus, rows, settings = load_all(folder("statecharts")), Bus(), ForgottenRows(), Settings()
    empty = make_node()
    async with trio.open_nursery() as nursery:
        owners = Owners(
            every["ownership"],
            rows,
            empty.clock,
            bus,
            initial_data(settings)["ownership"],
            lambda user_id: roster.of_user(user_id),
            nursery,
        )
        charts, in_force = {name: every[name] for name in OF_SESSION}, SettingsInForce(MemoryUserSettings(), settings)
        initial = in_force.initial_data
        roster = Roster(charts, NothingKept(), empty.clock, bus, initial, find_reach, nursery, owners=owners)
        await nursery.start(owners.run)
        tabs = Tabs(MemoryContexts(), owners, empty.clock, bus)
        yield Crowd(attrs.evolve(empty, bus=bus, roster=roster, owners=owners, tabs=tabs), rows, nursery, clock)
        nursery.cancel_scope.cancel()


def _batches(numbers: Iterable[int]) -> Iterator[list[int]]:
    every = [*numbers]
    return (every[i : i + AT_ONCE] for i in range(0, len(every), AT_ONCE))
