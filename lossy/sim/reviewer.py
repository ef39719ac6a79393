"""A reviewer's device: it keeps what was said until the server says it has it, over as many connections as it takes.

Who joins first has the microphone. A device that `claims` turns to its tab when it first joins, and has it then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import trio
from attrs import define, field

from lossy.channels import topics
from lossy.sim.account import Account, Connect
from lossy.sim.client import Pushed, connect, put
from lossy.sim.conversation import Connection, Conversation
from lossy.sim.kept import Answer, Kept, Said
from lossy.sim.seen import Hole, Seen

# Transcripts and commands that wait for the server; beyond it, whoever speaks has to wait. Hours of talking.
QUEUED = 1000
PUSHES = 1000


@define(eq=False)
class Reviewer:
    """While `run` runs it is connected or looks for the server. `say` works before, during and across breaks.

    `accepted` is called whenever the server has taken something that was said. `holes` are pushes that went missing:
    there must be none, and the device joins again to get them.
    """

    account: Account
    device_id: UUID
    session_id: UUID
    video: Mapping[str, Any]  # the payload of `video_detected`
    now_ms: Callable[[], int]  # the device's clock, ms since the Unix epoch
    lost: Callable[[], None] = lambda: None  # called whenever the server is found to be gone
    accepted: Callable[[], None] = lambda: None
    back: Callable[[float], None] = lambda gone_at: None  # it is in its session again, and was not since then
    tab_id: str | None = None
    claims: bool = False
    connect: Connect = connect
    pushes: trio.MemoryReceiveChannel[Pushed] = field(init=False)
    connections: int = field(default=0, init=False)
    gone_at: float | None = field(default=0.0, init=False)  # since when it is in no session, on trio's clock
    resets: int = field(default=0, init=False)
    holes: list[Hole] = field(factory=list, init=False)
    video_id: str = field(default="", init=False)
    session: Mapping[str, Any] = field(factory=dict, init=False)  # as the server told it last
    kept: Kept = field(factory=Kept)
    seen: Seen = field(factory=Seen, init=False)
    _notes_seen: str | None = field(default=None, init=False)  # the version of the video's notes, of the last join
    _out: trio.MemorySendChannel[Pushed] = field(init=False)
    _said_more: trio.Event = field(factory=trio.Event, init=False)
    _room: trio.Semaphore = field(factory=lambda: trio.Semaphore(QUEUED), init=False)

    def __attrs_post_init__(self) -> None:
        self._out, self.pushes = trio.open_memory_channel(PUSHES)

    async def hear(self, kind: str, at: int, **facts: Any) -> Said:
        """A critical voice event, with the next number. It never waits: the oldest may be dropped for it."""
        await trio.lowlevel.checkpoint()
        said = self.kept.hear({"kind": kind, "at": at, **facts})
        self.wake()
        return said

    async def say(self, event: str, payload: Mapping[str, Any], *, of: Said | None = None) -> Said:
        """Keeps a transcript or a command for delivery and returns; `Said.settled` tells when the server has it.

        `of` is the start of the segment whose words these are.
        """
        await self._room.acquire()
        said = Said(event, payload, of=of)
        self.kept.keep(said)
        self.wake()
        return said

    async def inherit(self, said: Said) -> None:
        """What another device object of the same browser was to deliver."""
        await self._room.acquire()
        self.kept.keep(said)
        self.wake()

    @property
    def seq(self) -> int:
        return self.kept.seq

    def wake(self) -> None:
        """There is something to send."""
        self._said_more.set()

    async def until_woken(self) -> None:
        await self._said_more.wait()
        self._said_more = trio.Event()

    async def run(self) -> None:
        """Raises SignInFailed, and Refused in a group: the server will not have this person, device or video."""
        await self.account.keep_connected(self.device_id, self.connect, self._converse, self.lost)

    async def _converse(self, client: Connection, token: str) -> None:
        """One connection, to its end. Raises Disconnected, Refused."""
        try:
            conversation = await self._join(client, token)
        except Hole as hole:
            return self.holes.append(hole)
        if self.connections and self.gone_at is not None:
            self.back(self.gone_at)
        self.connections += 1
        self.gone_at = None
        try:
            await conversation.run()
        finally:
            self.gone_at = trio.current_time()

    async def _join(self, client: Connection, token: str) -> Conversation:
        meta, voice = str(topics.VideoMeta()), str(topics.Voice(self.session_id))
        await client.join(meta, {"token": token, "at": self.now_ms()})
        found = await (await client.push(meta, "video_detected", self.video)).response()
        self.video_id = found["video_id"]
        await self._join_notes(client, token)
        reply = await client.join(voice, self._introduction(token))
        if self.claims and not self.connections:
            await self._claim(client, meta)
        conversation = Conversation(self, client, voice, reply["heartbeat_ms"] / 1000)
        await self._take_in(voice, reply)
        if reply.get("reset") is None:
            self.kept.go_on(reply["accepted_through"])
        else:
            await conversation.reset(reply)
        return conversation

    async def _claim(self, client: Connection, meta: str) -> None:
        place = {"session_id": str(self.session_id), "video_id": self.video_id, "tab_id": self.tab_id}
        await (await client.push(meta, "claim", _known({**place, "at": self.now_ms(), "seq": 1}))).response()

    def _introduction(self, token: str) -> Mapping[str, Any]:
        """What the server needs to know of a device that joins (F1)."""
        known = {
            "session_id": str(self.session_id),
            "state": " ".join(self.session.get("active", ()))[:100] or None,
            "seq": self.kept.seq,
            "first_seq": self.kept.first_seq,
            "accepted_through": self.kept.accepted_through,
        }
        asked = {
            "video_id": self.video_id,
            "device_id": str(self.device_id),
            "tab_id": self.tab_id,
            "requested_version": 2,
            "at": self.now_ms(),
            "token": token,
            "last_push_seq": self.seen.last,
            "push_epoch": self.seen.epoch,
        }
        return {**_known(asked), "last_known_state": _known(known)}

    async def _take_in(self, voice: str, reply: Mapping[str, Any]) -> None:
        """The session as it is now, and what was pushed while the device was away. Raises Hole."""
        self.session = reply["session"]
        for event, payload in self.seen.missed(reply):
            await self._out.send(Pushed(voice, event, payload))

    async def _join_notes(self, client: Connection, token: str) -> None:
        """What was made or changed while the device was away is in the reply: it counts as pushed."""
        notes = str(topics.VideoNotes(UUID(self.video_id)))
        page = await client.join(notes, _known({"token": token, "version": self._notes_seen}))
        self._notes_seen = page["version"]
        if self.connections:
            for note in page["notes"]:
                await self._out.send(Pushed(notes, "note_created", note))
            for note in page["deleted"]:
                await self._out.send(Pushed(notes, "note_deleted", note))

    async def pass_on(self, pushed: Pushed) -> None:
        """A push, unless it was seen before. Raises Hole."""
        if self.seen.take(pushed.payload):
            if pushed.event == "voice_status":
                self.session = {**self.session, **pushed.payload}
            await put(self._out, pushed)

    def settle(self, said: Said, answer: Answer | None) -> None:
        if not said.settled.is_set() and said.seq is None:
            self._room.release()
        self.kept.settle(said, answer)
        self.wake()


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if fact is not None}
