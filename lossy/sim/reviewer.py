"""A reviewer's device: it keeps what was said until the server says it has it, over as many connections as it takes.

Critical events go in the order of their numbers, transcripts carry ids of their own, so to send one again is harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

import trio
from attrs import define, field

from lossy.channels import topics
from lossy.sim.account import Account, Unreachable
from lossy.sim.client import Asked, Client, Disconnected, Pushed, Refused, connect

# What a device remembers until it is acknowledged (F1: 100 critical events, and the transcripts beside them); beyond
# it, whoever speaks has to wait.
UNACKNOWLEDGED = 200
PUSHES = 1000
# How a returning client looks for its server: by fetch, as the extension does.
POLL_S = 0.2
# Nor is a server that answers, and then fails us, asked more often than this.
PAUSE_S = 0.05
# The server has no room, or failed: a new connection may find it better.
PASSING = frozenset({"rate_limited", "internal"})
# As well when it missed an event, or its channel has ended: everything unacknowledged is said once more, in order.
AGAIN = PASSING | {"gap", "not_found"}


@define(eq=False)
class Said:
    """One thing to be delivered. `answer` is the server's, once `settled`."""

    event: str
    payload: Mapping[str, Any]
    settled: trio.Event = field(factory=trio.Event, init=False)
    answer: Mapping[str, Any] | Refused | None = field(default=None, init=False)


@define(eq=False)
class Reviewer:
    """While `run` runs it is connected or looks for the server. `say` works before, during and across breaks."""

    account: Account
    device_id: UUID
    session_id: UUID
    video: Mapping[str, Any]  # the payload of `video_detected`
    now_ms: Callable[[], int]  # the device's clock, ms since the Unix epoch
    lost: Callable[[], None] = lambda: None  # called whenever the server is found to be gone
    pushes: trio.MemoryReceiveChannel[Pushed] = field(init=False)
    connections: int = field(default=0, init=False)
    video_id: str = field(default="", init=False)
    _out: trio.MemorySendChannel[Pushed] = field(init=False)
    _seq: int = field(default=0, init=False)
    _unsettled: list[Said] = field(factory=list, init=False)
    _said_more: trio.Event = field(factory=trio.Event, init=False)
    _room: trio.Semaphore = field(factory=lambda: trio.Semaphore(UNACKNOWLEDGED), init=False)

    def __attrs_post_init__(self) -> None:
        self._out, self.pushes = trio.open_memory_channel(PUSHES)

    async def hear(self, kind: str, at: int, **facts: Any) -> Said:
        """A critical voice event, with the next number."""
        self._seq += 1
        return await self.say("voice_event", {"kind": kind, "at": at, "seq": self._seq, **facts})

    async def say(self, event: str, payload: Mapping[str, Any]) -> Said:
        """Keeps it for delivery and returns; `Said.settled` tells when the server has it."""
        await self._room.acquire()
        said = Said(event, payload)
        self._unsettled.append(said)
        self._said_more.set()
        return said

    @property
    def seq(self) -> int:
        return self._seq

    async def run(self) -> None:
        """Raises SignInFailed, and Refused in a group: the server will not have this person, device or video."""
        while True:
            try:
                token = await self.account.token(self.device_id)
                async with connect(self.account.url) as client:
                    await self._converse(client, token)
            except* (Disconnected, Unreachable):
                pass
            await trio.sleep(PAUSE_S)
            if not await self.account.is_up():
                self.lost()
            while not await self.account.is_up():  # noqa: ASYNC110 (the server cannot tell us)
                await trio.sleep(POLL_S)

    async def _converse(self, client: Client, token: str) -> None:
        """One connection, to its end. Raises Disconnected, Refused."""
        voice = str(topics.Voice(self.session_id))
        try:
            beat_s = await self._join(client, voice, token)
        except Refused as refused:
            if refused.response["code"] not in PASSING:
                raise
            return await _wait_as_told(refused)
        self.connections += 1
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._pass_on, client, nursery.cancel_scope)
            nursery.start_soon(self._beat, client, voice, beat_s)
            await self._send_all(client, voice, nursery)

    async def _join(self, client: Client, voice: str, token: str) -> float:
        """How often the server wants to hear that it is there, in seconds."""
        meta = str(topics.VideoMeta())
        await client.join(meta, {"token": token})
        found = await (await client.push(meta, "video_detected", self.video)).response()
        self.video_id = found["video_id"]
        await self._join_notes(client, token)
        joined = {"video_id": self.video_id, "device_id": str(self.device_id), "at": self.now_ms()}
        known = {"session_id": str(self.session_id), "seq": self._seq}
        asked = {**joined, "token": token, "requested_version": 2, "last_known_state": known}
        beat_ms: int = (await client.join(voice, asked))["heartbeat_ms"]
        return beat_ms / 1000

    async def _join_notes(self, client: Client, token: str) -> None:
        """A note that was made while the device was away is in the first page: it counts as pushed."""
        notes = str(topics.VideoNotes(UUID(self.video_id)))
        page = await client.join(notes, {"token": token})
        if self.connections:
            for note in page["notes"]:
                await self._out.send(Pushed(notes, "note_created", note))

    async def _beat(self, client: Client, voice: str, every_s: float) -> None:
        with suppress(Disconnected):
            while True:
                await trio.sleep(every_s)
                await client.push(voice, "voice_event", {"kind": "heartbeat", "at": self.now_ms()})

    async def _pass_on(self, client: Client, connection: trio.CancelScope) -> None:
        async for pushed in client.pushes:
            await self._out.send(pushed)
        connection.cancel()

    async def _send_all(self, client: Client, voice: str, nursery: trio.Nursery) -> None:
        """Everything unsettled, oldest first, then whatever is said next."""
        sent: set[Said] = set()
        try:
            while True:
                self._said_more = trio.Event()
                for said in [said for said in self._unsettled if said not in sent]:
                    sent.add(said)
                    asked = await client.push(voice, said.event, said.payload)
                    nursery.start_soon(self._settle, said, asked, nursery.cancel_scope)
                await self._said_more.wait()
        except Disconnected:
            nursery.cancel_scope.cancel()

    async def _settle(self, said: Said, asked: Asked, connection: trio.CancelScope) -> None:
        try:
            said.answer = await asked.response()
        except Disconnected:
            return
        except Refused as refused:
            if refused.response["code"] in AGAIN:
                await _wait_as_told(refused)
                return connection.cancel()
            said.answer = refused
        self._unsettled.remove(said)
        self._room.release()
        said.settled.set()


async def _wait_as_told(refused: Refused) -> None:
    await trio.sleep(refused.response.get("retry_after_ms", 0) / 1000)
