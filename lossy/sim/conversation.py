"""What goes on over one connection of a device, from the join to its end."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

import trio
from attrs import define, field

from lossy.sim.client import Asked, Disconnected, Pushed, Refused
from lossy.sim.kept import Answer, Kept, Said
from lossy.sim.seen import Hole, Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


# Nor is a server that answers, and then fails us, asked more often than this.
PAUSE_S = 0.05
# The server has no room, or failed: it may do better in a moment.
PASSING = frozenset({"rate_limited", "internal"})
# The channel has ended, or our session there: a new connection finds out.
GONE = frozenset({"internal", "not_found"})
# The device's socket says so when its channel cannot go on.
ENDS = frozenset({"phx_error", "phx_close"})


class Connection(Protocol):
    """What `lossy.sim.client.Client` is, and whoever stands in for it."""

    @property
    def pushes(self) -> trio.MemoryReceiveChannel[Pushed]: ...
    async def join(self, topic: str, payload: Mapping[str, Any]) -> Mapping[str, Any]: ...
    async def push(self, topic: str, event: str, payload: Mapping[str, Any]) -> Asked: ...


class Device(Protocol):
    """What outlives a connection: `lossy.sim.reviewer.Reviewer`."""

    kept: Kept
    seen: Seen
    holes: list[Hole]
    resets: int
    session: Mapping[str, Any]

    @property
    def now_ms(self) -> Callable[[], int]: ...
    @property
    def accepted(self) -> Callable[[], None]: ...
    def settle(self, said: Said, answer: Answer | None) -> None: ...
    def wake(self) -> None: ...
    async def until_woken(self) -> None: ...
    async def pass_on(self, pushed: Pushed) -> None: ...


@define(eq=False)
class Conversation:
    """What goes on over one connection, from the join to its end."""

    _device: Device
    _client: Connection
    _voice: str
    _beat_s: float
    _sent: set[Said] = field(factory=set, init=False)  # and not to be sent again here
    _turn: int = field(default=0, init=False)  # how often critical events had to be sent again
    _announced: bool = field(default=False, init=False)  # that some were dropped
    _waits: bool = field(default=False, init=False)  # as it was told to
    _over: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    _nursery: trio.Nursery = field(init=False)

    async def run(self) -> None:
        try:
            with self._over:
                async with trio.open_nursery() as self._nursery:
                    self._nursery.start_soon(self._listen)
                    self._nursery.start_soon(self._beat)
                    await self._send_all()
        finally:
            for click in self._device.kept.lost_clicks(self._sent):
                self._device.settle(click, None)

    async def reset(self, picture: Mapping[str, Any]) -> None:
        """The server cannot go on with our numbers: we take its picture, and number anew what we hold."""
        device = self._device
        device.resets += 1
        device.session = picture["session"]
        device.seen.adopt(picture)
        device.kept.renumber(picture["accepted_through"])
        self._turn += 1
        self._send_again_from(0)
        await self._client.push(self._voice, "ack", {"reset": picture["reset"], "last_seq": device.kept.seq})

    # -- what comes ---------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        try:
            async for pushed in self._client.pushes:
                if pushed.topic == self._voice and pushed.event in ENDS:
                    break
                if pushed.topic == self._voice and pushed.event == "reset_session":
                    await self.reset(pushed.payload)
                else:
                    await self._device.pass_on(pushed)
        except Hole as hole:
            self._device.holes.append(hole)
        except Disconnected:
            pass
        self._over.cancel()

    async def _beat(self) -> None:
        with suppress(Disconnected):
            while True:
                await trio.sleep(self._beat_s)
                beat = {"kind": "heartbeat", "at": self._device.now_ms()}
                await self._client.push(self._voice, "voice_event", beat)

    # -- what goes ----------------------------------------------------------------------------------------------

    async def _send_all(self) -> None:
        """Everything unsettled in its order, then whatever is said next."""
        try:
            while True:
                await self._send_what_is_due()
                await self._device.until_woken()
        except Disconnected:
            self._over.cancel()

    async def _send_what_is_due(self) -> None:
        if self._waits:
            return
        await self._announce_dropped()
        for said in self._device.kept.due(self._sent):
            self._sent.add(said)
            asked = await self._client.push(self._voice, said.event, said.payload)
            self._nursery.start_soon(self._await_answer, said, asked, self._turn)

    async def _announce_dropped(self) -> None:
        kept = self._device.kept
        skipped = kept.skipped_from(kept.accepted_through + 1)
        if skipped is None or self._announced:
            return
        self._announced = True
        asked = await self._client.push(self._voice, "skipped", {"from": skipped[0], "to": skipped[1]})
        self._nursery.start_soon(self._await_answer, None, asked, self._turn)

    async def _await_answer(self, said: Said | None, asked: Asked, turn: int) -> None:
        """`said` is None for word of what was dropped."""
        try:
            answer = await asked.response()
        except Disconnected:
            return self._over.cancel()
        except Refused as refused:
            return await self._refused(said, refused, turn)
        if "accepted_through" in answer:
            self._device.kept.acknowledge(answer["accepted_through"])
        if said is not None:
            self._device.settle(said, answer)
        self._device.accepted()
        self._device.wake()

    async def _refused(self, said: Said | None, refused: Refused, turn: int) -> None:
        code = refused.response["code"]
        if code == "gap":
            await self._rewind(refused.response["expected"], turn)
        elif code in GONE:
            self._over.cancel()
        elif code in PASSING and (said is None or said.seq is not None):
            await self._send_later(turn, told_s(refused))
        elif said is not None and code in PASSING:
            await trio.sleep(told_s(refused))
            self._sent.discard(said)
            self._device.wake()
        elif said is not None:
            self._device.settle(said, refused)

    async def _rewind(self, expected: int, turn: int) -> None:
        """The server misses the event of that number."""
        kept = self._device.kept
        if turn == self._turn and not kept.accepted_through < expected <= kept.seq:
            return self._over.cancel()  # we are of two minds about what was accepted: a join settles that
        if turn == self._turn:
            kept.acknowledge(expected - 1)
        await self._send_later(turn, PAUSE_S)

    async def _send_later(self, turn: int, after_s: float) -> None:
        """What is not accepted goes again, in order; once, however many of a turn are refused."""
        if turn != self._turn:
            return
        self._turn += 1
        self._waits = True
        await trio.sleep(after_s)
        self._waits = False
        self._send_again_from(self._device.kept.accepted_through + 1)

    def _send_again_from(self, seq: int) -> None:
        self._announced = False
        self._sent = {said for said in self._sent if said.seq is None or said.seq < seq}
        self._device.wake()


def told_s(refused: Refused) -> float:
    """How long to wait before it is asked again, in seconds."""
    return float(refused.response.get("retry_after_ms", 0)) / 1000
