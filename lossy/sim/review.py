"""A tab with a review in it: the player, the voice, and the device that keeps what was said."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

import trio
from attrs import Factory, define, field

from lossy.domain.commands import command_of
from lossy.inference.speech import SpeechEnd, SpeechStart
from lossy.sim.client import Refused
from lossy.sim.judge.clear import Microphone
from lossy.sim.kept import TRANSCRIPT, Said
from lossy.sim.player import Player
from lossy.sim.reviewer import Reviewer
from lossy.sim.script.pace import Pace
from lossy.sim.script.stage import Told

if TYPE_CHECKING:
    from lossy.sim.recorded import Recorded
    from lossy.sim.script.steps import Speak

LOOK_S = 0.05
# The microphone of who has no network lapses after 30 s; the server may have missed the tab later than the tab did.
LAPSES_S = 25.0


@define(eq=False)
class Remark:
    """Something that was said: `start`, `end` and `said` are on their way or settled; `said` is None of a noise."""

    words: str
    at: int  # of the device's clock
    lasts_ms: int
    media_ms: int
    review: Review  # that delivers it
    start: Said
    sure: bool = True  # the detector was
    end: Said | None = None
    said: Said | None = None
    is_clear: bool = False  # it has to become a note
    is_late: bool = False  # said so long after the network was gone that the microphone may have lapsed


@define(eq=False)
class Review:
    """One session, in one tab. `run` runs its device, and starts it again when it was stopped."""

    tab: str
    reviewer: Reviewer
    random: Random
    now_ms: Callable[[], int]  # the server's calendar
    changed: Callable[[], None]
    pace: Pace
    player: Player = field(default=Factory(lambda review: Player(review.pace), takes_self=True))
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
        for remark in self.remarks:
            remark.review = self
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

    def at_ms(self) -> int:
        """When something that happens in the story now is said to have happened, by the device's clock."""
        return self.reviewer.now_ms() - round(self.pace.behind_s * 1_000)

    @property
    def is_over(self) -> bool:
        return self._gone or self.refused is not None

    # -- the voice --------------------------------------------------------------------------------------------------

    async def speak(self, step: Speak, hear: Callable[[str], str]) -> Remark:
        """Returns when its words are kept for delivery. `hear` makes of the words what is recognised.

        With a tab that goes or an extension that is reloaded what is being said is lost: nobody listens to its end.
        """
        async with self._mouth:
            return await self._speak(step, hear)

    async def _speak(self, step: Speak, hear: Callable[[str], str]) -> Remark:
        device = self.reviewer
        at, media_ms = self.at_ms(), self.player.at_ms
        began, start = self.now_ms(), await device.hear("speech_start", at, media_ms=media_ms)
        remark = Remark(step.words, at, step.lasts, media_ms, self, start, step.sure is None)
        self.heard.append(start)
        self.remarks.append(remark)
        await self.pace.sleep(step.lasts / 1_000)
        sure = {} if step.sure is None else {"probability": step.sure}
        ended, remark.end = self.now_ms(), await device.hear("speech_end", self.at_ms(), **sure)
        self.heard.append(remark.end)
        await self.pace.sleep(step.heard_after / 1_000)
        if self._gone:
            return remark
        if words := hear(step.words):
            remark.said = await self._say(remark, words)
        self._judge(remark, began, ended)
        return remark

    async def replay(self, recorded: Recorded, hear: Callable[[str], str]) -> list[Remark]:
        """Says what is in a recording, in the time that it takes. Returns when its last words are kept for delivery."""
        async with self._mouth:
            began, remarks = self.pace.now(), list[Remark]()
            for event in recorded.events:
                await self.pace.sleep_until(began + event.known_at_ms / 1_000)
                if isinstance(event, SpeechStart):
                    remarks.append(await self._begin(recorded.texts.get(len(remarks), ""), event))
                else:
                    await self._end(remarks[-1], event, hear)
            return remarks

    async def _begin(self, text: str, event: SpeechStart) -> Remark:
        late_ms = event.known_at_ms - event.at_ms
        at, media_ms = self.at_ms() - late_ms, self.player.was_at(late_ms)
        start = await self.reviewer.hear("speech_start", at, media_ms=media_ms, probability=event.probability)
        remark = Remark(text, at, 0, media_ms, self, start, sure=False)
        self.heard.append(start)
        self.remarks.append(remark)
        return remark

    async def _end(self, remark: Remark, event: SpeechEnd, hear: Callable[[str], str]) -> None:
        at = self.at_ms() - (event.known_at_ms - event.at_ms)
        remark.lasts_ms = event.duration_ms
        remark.end = await self.reviewer.hear("speech_end", at, probability=event.mean_probability)
        self.heard.append(remark.end)
        if words := hear(remark.words):
            remark.said = await self._say(remark, words)
        self._judge(remark, self.now_ms() - event.duration_ms, self.now_ms())

    def _judge(self, remark: Remark, began: int, ended: int) -> None:
        said = None if remark.said is None else str(remark.said.facts["text"])
        remark.is_clear = self.microphone.spoken(said, began, ended, sure=remark.sure)
        gone_at = self.reviewer.gone_at
        self.spoke_offline |= gone_at is not None
        remark.is_late = gone_at is not None and trio.current_time() - gone_at > LAPSES_S

    def lose_microphone(self) -> None:
        """Another tab is turned to: where this one's microphone has lapsed, that one has it once both are back."""
        for remark in self.remarks:
            remark.is_clear &= not remark.is_late or (remark.said is not None and remark.said.answer is not None)

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
        click = {"name": button, "at": self.at_ms(), "id": str(self._new_id())}
        said = await self.reviewer.say("command", click if note_id is None else {**click, "note_id": note_id})
        self.clicks.append(said)
        if button != "start":
            self.microphone.doubt(self.now_ms())
        await said.settled.wait()
        if button == "start" and said.answer == {} and not self._is_to_be_obeyed():
            self.microphone.turned_on(self.now_ms())
        self.changed()
        return said

    def _is_to_be_obeyed(self) -> bool:
        """Whether commands are on their way that were said: they are obeyed once they are heard, whatever was clicked
        since.
        """
        on_their_way = (said for said in self.reviewer.kept.unsettled if said.event == TRANSCRIPT)
        return any(command_of(said.facts["text"]) is not None for said in on_their_way)

    def _new_id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    async def tell(self, kind: str, **facts: Any) -> None:
        """What the player and the detector say of themselves; it has no number."""
        await self.reviewer.say("voice_event", {"kind": kind, "at": self.at_ms(), **facts})
