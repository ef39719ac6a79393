"""A tab with a review in it: the player, the voice, and the device that keeps what was said."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

import trio
from attrs import define, field

from lossy.sim.client import Refused
from lossy.sim.judge.clear import Microphone
from lossy.sim.kept import TRANSCRIPT, Said
from lossy.sim.reviewer import Reviewer
from lossy.sim.script.stage import Told

if TYPE_CHECKING:
    from lossy.sim.script.steps import Speak

# A film that nobody winds back ends here; the protocol refuses a place beyond a day.
FILM_MS = 23 * 3_600_000
LOOK_S = 0.05


@define(eq=False)
class Player:
    """Where the film is. It runs by trio's clock."""

    _at_ms: int = 0
    _since: float | None = None  # while it runs

    @property
    def at_ms(self) -> int:
        run = 0 if self._since is None else round((trio.current_time() - self._since) * 1_000)
        return min(self._at_ms + run, FILM_MS)

    def play(self) -> None:
        self._at_ms, self._since = self.at_ms, trio.current_time()

    def stop(self) -> None:
        self._at_ms, self._since = self.at_ms, None

    def seek(self, to_ms: int) -> None:
        self._at_ms = to_ms
        if self._since is not None:
            self._since = trio.current_time()


@define(eq=False)
class Remark:
    """Something that was said: `start`, `end` and `said` are on their way or settled; `said` is None of a noise."""

    words: str
    at: int  # of the device's clock
    lasts_ms: int
    media_ms: int
    review: Review
    start: Said
    sure: bool = True  # the detector was
    end: Said | None = None
    said: Said | None = None
    is_clear: bool = False  # it has to become a note


@define(eq=False)
class Review:
    """One session, in one tab. `run` runs its device, and starts it again when it was stopped."""

    tab: str
    reviewer: Reviewer
    random: Random
    now_ms: Callable[[], int]  # the server's calendar
    changed: Callable[[], None]
    player: Player = field(factory=Player)
    told: list[Told] = field(factory=list, init=False)
    remarks: list[Remark] = field(factory=list, init=False)
    clicks: list[Said] = field(factory=list, init=False)
    heard: list[Said] = field(factory=list, init=False)  # what has a number
    microphone: Microphone = field(factory=Microphone, init=False)
    _mouth: trio.Lock = field(factory=trio.Lock, init=False)
    spoke_offline: bool = field(default=False, init=False)
    is_successor: bool = field(default=False, init=False)  # of a device object that had forgotten its numbers
    refused: Refused | None = field(default=None, init=False)  # the server has nothing more for this session
    _scope: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    _awake: trio.Event = field(factory=trio.Event, init=False)
    _gone: bool = field(default=False, init=False)

    # -- its device -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until the server refuses the session, or `leave`."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._listen)
            while self.refused is None and not self._gone:
                self._awake = trio.Event()
                with trio.CancelScope() as self._scope:
                    await self._run_device()
                self.changed()
                if self._scope.cancelled_caught and not self._gone:
                    await self._awake.wait()
            nursery.cancel_scope.cancel()
        for said in self.reviewer.kept.unsettled:
            if said.event != TRANSCRIPT:  # words may still be delivered by whoever comes after
                self.reviewer.settle(said, None)

    async def inherit(self, other: Review) -> None:
        """The words that it was to deliver: they are in the browser's storage. What it knew of numbers is not."""
        self.player, self.remarks, self.clicks = other.player, other.remarks, other.clicks
        self.heard, self.microphone, self.is_successor = other.heard, other.microphone, True
        for said in other.reviewer.kept.unsettled:
            if said.event == TRANSCRIPT:
                await self.reviewer.inherit(said)

    async def _run_device(self) -> None:
        try:
            await self.reviewer.run()
        except* Refused as refused:
            first = next(iter(refused.exceptions))
            self.refused = first if isinstance(first, Refused) else None
            if self.refused is None:
                raise

    async def _listen(self) -> None:
        async for pushed in self.reviewer.pushes:
            self.told.append(Told(self.now_ms(), pushed.event, pushed.payload))
            self.changed()

    async def joined(self) -> None:
        """Returns when it is in its session for the first time, or will never be."""
        while not (self.reviewer.connections or self.is_over):  # noqa: ASYNC110 (a device tells nobody)
            await trio.sleep(LOOK_S)

    def stop(self) -> None:
        """It neither hears nor sends until `wake`; what it keeps it has still."""
        self._scope.cancel()

    def wake(self) -> None:
        self._awake.set()

    def leave(self) -> None:
        """The tab is closed."""
        self._gone = True
        self._scope.cancel()
        self._awake.set()

    @property
    def is_over(self) -> bool:
        return self._gone or self.refused is not None

    # -- the voice --------------------------------------------------------------------------------------------------

    async def speak(self, step: Speak, hear: Callable[[str], str]) -> Remark:
        """Returns when its words are kept for delivery. `hear` makes of the words what is recognised."""
        async with self._mouth:
            return await self._speak(step, hear)

    async def _speak(self, step: Speak, hear: Callable[[str], str]) -> Remark:
        device = self.reviewer
        at, media_ms = device.now_ms(), self.player.at_ms
        began, start = self.now_ms(), await device.hear("speech_start", at, media_ms=media_ms)
        remark = Remark(step.words, at, step.lasts, media_ms, self, start, step.sure is None)
        self.heard.append(start)
        self.remarks.append(remark)
        await trio.sleep(step.lasts / 1_000)
        sure = {} if step.sure is None else {"probability": step.sure}
        ended, remark.end = self.now_ms(), await device.hear("speech_end", device.now_ms(), **sure)
        self.heard.append(remark.end)
        await trio.sleep(step.heard_after / 1_000)
        if words := hear(step.words):
            remark.said = await self._say(remark, words)
        said = None if remark.said is None else str(remark.said.facts["text"])
        remark.is_clear = self.microphone.spoken(said, began, ended, sure=remark.sure)
        self.spoke_offline |= device.gone_at is not None
        return remark

    async def _say(self, remark: Remark, words: str) -> Said:
        facts = {
            "id": str(self._new_id()),
            "text": words,
            "at": remark.at,
            "media_ms": remark.media_ms,
            "duration_ms": remark.lasts_ms,
        }
        return await self.reviewer.say("transcript_final", facts, of=remark.start)

    async def press(self, button: str, note_id: str | None) -> Said:
        click = {"name": button, "at": self.reviewer.now_ms(), "id": str(self._new_id())}
        said = await self.reviewer.say("command", click if note_id is None else {**click, "note_id": note_id})
        self.clicks.append(said)
        if button != "start":
            self.microphone.doubt(self.now_ms())
        await said.settled.wait()
        if button == "start" and said.answer == {}:
            self.microphone.turned_on(self.now_ms())
        self.changed()
        return said

    def _new_id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    async def tell(self, kind: str, **facts: Any) -> None:
        """What the player and the detector say of themselves; it has no number."""
        await self.reviewer.say("voice_event", {"kind": kind, "at": self.reviewer.now_ms(), **facts})
