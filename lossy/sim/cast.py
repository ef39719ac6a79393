"""The people of a story, their devices and tabs: what they do is done by real clients, wherever the server is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import trio
from attrs import define, field

from lossy.sim.client import Refused
from lossy.sim.judge.clear import FALLS_ASLEEP_MS
from lossy.sim.kept import Kept
from lossy.sim.panel import META, Panel
from lossy.sim.review import Remark, Review
from lossy.sim.reviewer import Reviewer
from lossy.sim.script import steps
from lossy.sim.script.stage import CannotPerform, Told
from lossy.sim.script.story import Story

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from lossy.sim.account import Account
    from lossy.sim.conversation import Connection
    from lossy.sim.script.pace import Pace

# A spoken command takes effect when the server hears it, and a tab has the microphone from when it asks for it.
OF_THE_MOMENT = (steps.Say, steps.Switch, steps.Show, steps.Close)
# Of a note that somebody else changes at the same moment.
TRIES = 5


class Ground(Protocol):
    """What a cast stands on: devices have a way to a server on it."""

    @property
    def pace(self) -> Pace: ...
    def now_ms(self) -> int: ...
    def account(self, device: str) -> Account: ...
    def connect(self, device: str) -> Callable[[str], AbstractAsyncContextManager[Connection]]: ...
    def user_id(self, person: str) -> UUID: ...
    def device_id(self, device: str) -> UUID: ...
    def clock_for(self, device: str) -> Callable[[], int]: ...
    def url(self, video: str) -> str: ...
    def hears(self, words: str) -> str: ...
    def back(self, device: str, gone_at: float) -> None: ...


@define(eq=False)
class Cast:
    """`nursery` runs their clients. `changed` is called whenever any of them sees something new."""

    story: Story
    ground: Ground
    random: Random
    nursery: trio.Nursery
    changed: Callable[[], None]
    reviews: list[Review] = field(factory=list, init=False)
    panels: dict[str, Panel] = field(factory=dict, init=False)  # by person
    remarks: dict[str, Remark] = field(factory=dict, init=False)
    written: dict[str, str] = field(factory=dict, init=False)  # ids of notes that were typed
    video_ids: dict[str, str] = field(factory=dict, init=False)
    current: str | None = field(default=None, init=False)  # the tab that was opened or turned to last
    _of_tab: dict[str, Review] = field(factory=dict, init=False)
    _shown: dict[str, str] = field(factory=dict, init=False)  # by tab
    _numbers: dict[str, int] = field(factory=dict, init=False)  # of what each tab claims and reports
    _fall_asleep_ms: dict[str, int] = field(factory=dict, init=False)  # by person: what they have chosen
    _drivers: dict[str, Panel] = field(factory=dict, init=False)  # by device: what its tabs say of themselves

    # -- what is asked of it ----------------------------------------------------------------------------------------

    async def perform(self, deed: steps.Deed) -> None:
        """Raises CannotPerform for what befalls devices and servers, and Refused where a person is refused."""
        match deed:
            case steps.Open(tab):
                await self._open(tab, self._shown.get(tab, self.story.tabs[tab].shows))
            case steps.Close(tab):
                await self._close(self.tab(tab))
            case steps.Switch(tab):
                await self._switch(tab)
            case steps.Show(video, tab):
                await self._show(self.tab(tab), video)
            case steps.Press(button, note, tab):
                await self.review(tab).press(button, None if note is None else self._note_id(note))
            case steps.Speak():
                await self._speak(deed)
            case steps.Say(command, called, lasts, tab):
                await self._speak(steps.Speak(command, called, lasts, tab=tab))
            case steps.Play() | steps.Still() | steps.Seek() | steps.Silence() | steps.Trouble():
                await self._at_the_player(deed)
            case steps.Edit() | steps.Delete() | steps.Restore():
                await self._change(deed)
            case steps.Write():
                await self._write(deed)
            case steps.Choose(settings, person):
                await self._choose(person or next(iter(self.story.people)), settings)
            case steps.Reload(tab):
                await self.reload(self.tab(tab))
            case _:
                raise CannotPerform(steps.name_of(type(deed)))
        if isinstance(deed, OF_THE_MOMENT) or len(self.reviews) > 1:
            self.ground.pace.catch_up()

    @property
    def typed(self) -> frozenset[str]:
        """Ids of notes that nobody said."""
        return frozenset(self.written.values())

    def _doubt(self, person: str) -> None:
        """From now on it is not certain which of that person's microphones are on."""
        for review in self.reviews:
            if self.story.person_of(review.tab) == person:
                review.microphone.doubt(self.ground.now_ms())

    def _turn_from_others(self, tab: str) -> None:
        self._doubt(self.story.person_of(tab))
        for review in self.reviews:
            if review.tab != tab and self.story.person_of(review.tab) == self.story.person_of(tab):
                review.lose_microphone()

    async def _choose(self, person: str, settings: Mapping[str, Any]) -> None:
        self._doubt(person)
        if "idle_pause_ms" in settings:
            self._fall_asleep_ms[person] = settings["idle_pause_ms"]
            for review in self.reviews:
                review.microphone.falls_asleep_ms = self._falls_asleep_ms(review.tab)
        await self.panel(person).choose(settings)

    def _falls_asleep_ms(self, tab: str) -> int:
        return self._fall_asleep_ms.get(self.story.person_of(tab), FALLS_ASLEEP_MS)

    def _new_id(self, version: int = 4) -> UUID:
        bits = self.random.getrandbits(128) & ~(0xF << 76) & ~(0xC << 60)
        return UUID(int=bits | version << 76 | 0x8 << 60)

    # -- tabs -------------------------------------------------------------------------------------------------------

    def tab(self, tab: str | None) -> str:
        return tab or self.current or next(iter(self.story.tabs))

    def review(self, tab: str | None) -> Review:
        """Raises CannotPerform where that tab is not open, or its session is over."""
        review = self._of_tab.get(self.tab(tab))
        if review is None or review.is_over:
            raise CannotPerform(f"the tab {self.tab(tab)!r} is not open")
        return review

    def reviews_on(self, device: str) -> Sequence[Review]:
        return [review for review in self.reviews if self.story.tabs[review.tab].on == device and not review.is_over]

    async def _open(self, tab: str, video: str) -> None:
        old = self._of_tab.get(tab)
        if old is not None and not old.is_over:
            return self._turn_to(tab)
        self._turn_from_others(tab)
        review = self._begin(tab, video, self._new_id())
        self.video_ids.setdefault(video, "")
        await review.joined()
        if review.refused is not None:
            raise review.refused
        self.video_ids[video] = review.reviewer.video_id or self.video_ids[video]  # it may be gone before it was there

    def _begin(self, tab: str, video: str, session_id: UUID) -> Review:
        device, ground = self.story.tabs[tab].on, self.ground
        reviewer = Reviewer(
            ground.account(device),
            ground.device_id(device),
            session_id,
            {"url": ground.url(video), "title": video, "rate": self.story.videos[video].rate},
            ground.clock_for(device),
            tab_id=tab,
            connect=ground.connect(device),
            accepted=self.changed,
            back=partial(ground.back, device),
            kept=Kept(hasty=self.story.devices[device].hasty),
        )
        review = Review(tab, reviewer, self.random, ground.now_ms, self.changed, ground.pace)
        review.microphone.falls_asleep_ms = self._falls_asleep_ms(tab)
        self.reviews.append(review)
        self._of_tab[tab], self._shown[tab] = review, video
        self._turn_to(tab)
        self.nursery.start_soon(review.run)
        return review

    def _turn_to(self, tab: str) -> None:
        self.current = tab

    async def _close(self, tab: str) -> None:
        review = self.review(tab)
        self._doubt(self.story.person_of(tab))
        await self._report(tab, {"closed": True})
        self._of_tab.pop(tab, None)
        self.nursery.start_soon(self._let_go, review)

    async def _switch(self, tab: str) -> None:
        review = self.review(tab)
        self._turn_from_others(tab)
        self._turn_to(tab)
        place = {"session_id": str(review.reviewer.session_id), "video_id": review.reviewer.video_id, "tab_id": tab}
        try:
            await self._driver(tab).ask(META, "claim", {**place, **self._now(tab)})
        except Refused as refused:
            if refused.response["code"] != "context_taken":
                raise

    async def _show(self, tab: str, video: str) -> None:
        """The new session begins when the server knows that the tab shows another video."""
        self._doubt(self.story.person_of(tab))
        old = self.review(tab)
        await self._report(tab, {"url": self.ground.url(video), "title": video, "rate": self.story.videos[video].rate})
        self._of_tab.pop(tab, None)
        await self._open(tab, video)
        self.nursery.start_soon(self._let_go, old)

    async def _let_go(self, old: Review) -> None:
        """What was said before still has to be told."""
        while old.reviewer.kept.unsettled and not old.is_over:  # noqa: ASYNC110 (a device tells nobody)
            await trio.sleep(1)
        old.leave()

    async def _report(self, tab: str, shows: Mapping[str, Any]) -> None:
        await self._driver(tab).ask(META, "video_context", {**shows, "tab_id": tab, **self._now(tab)})

    def _now(self, tab: str) -> dict[str, int]:
        self._numbers[tab] = self._numbers.get(tab, 0) + 1
        return {"at": self.ground.clock_for(self.story.tabs[tab].on)(), "seq": self._numbers[tab]}

    def _driver(self, tab: str) -> Panel:
        """The panel of the tab's device; what tabs say comes from the device that they are on."""
        device = self.story.tabs[tab].on
        if device not in self._drivers:
            self._drivers[device] = self._start_panel(self.story.devices[device].of, device)
        return self._drivers[device]

    async def reload(self, tab: str) -> None:
        """The words that wait are in the browser's storage; numbers and what was seen are gone with the worker."""
        old = self.review(tab)
        old.leave()
        review = self._begin(tab, self._shown[tab], old.reviewer.session_id)
        await review.inherit(old)

    # -- the voice and the player -----------------------------------------------------------------------------------

    async def _replay(self, wav: str, step: steps.Speak) -> None:
        """Raises CannotPerform where not as much is said in it as the story has names for."""
        from lossy.sim.recorded import listen  # what it needs to hear may not be installed

        remarks = await self.review(step.tab).replay(listen(Path(wav)), self.ground.hears)
        if step.each and len(remarks) != len(step.each):
            raise CannotPerform(f"{len(remarks)} remarks are heard in {wav}, and {len(step.each)} have names")
        self.remarks.update(zip(step.each, remarks, strict=False))

    async def _speak(self, step: steps.Speak) -> None:
        if step.wav is not None:
            return await self._replay(step.wav, step)
        remark = await self.review(step.tab).speak(step, self.ground.hears)
        if step.called is not None:
            self.remarks[step.called] = remark

    async def _at_the_player(self, deed: steps.Deed) -> None:
        match deed:
            case steps.Play(tab):
                self.review(tab).player.play()
            case steps.Still(tab):
                self.review(tab).player.stop()
            case steps.Seek(to, tab):
                self.review(tab).player.seek(to)
                await self.review(tab).tell("seek", media_ms=to)
            case steps.Silence(tab):
                self.review(tab).microphone.doubt(self.ground.now_ms())
                await self.review(tab).tell("silence_timeout")
            case steps.Trouble(reason, tab):
                self.review(tab).microphone.doubt(self.ground.now_ms())
                await self.review(tab).tell("error", reason=reason)

    # -- notes ------------------------------------------------------------------------------------------------------

    def panel(self, person: str | None) -> Panel:
        """What that person has open; the reviewer's where nobody is named."""
        name = person or next(iter(self.story.people))
        if name not in self.panels:
            mine = (device for device, each in self.story.devices.items() if each.of == name)
            self.panels[name] = self._start_panel(name, next(mine, f"{name}'s"))
        return self.panels[name]

    def _start_panel(self, person: str, device: str) -> Panel:
        ground = self.ground
        panel = Panel(
            ground.account(device),
            ground.connect(device),
            ground.user_id(person),
            ground.device_id(device),
            ground.clock_for(device),
            self.changed,
        )
        self.nursery.start_soon(panel.run)
        return panel

    def outcome(self, remark: str) -> Mapping[str, Any] | None:
        said = self.remarks[remark].said if remark in self.remarks else None
        answer = None if said is None else said.answer
        return answer if isinstance(answer, Mapping) else None

    def _note_id(self, remark: str) -> str:
        """Raises CannotPerform where it became none."""
        if remark in self.written:
            return self.written[remark]
        outcome = self.outcome(remark)
        if outcome is None or "note_id" not in outcome:
            raise CannotPerform(f"{remark!r} is no note: {outcome}")
        return str(outcome["note_id"])

    async def _change(self, deed: steps.Edit | steps.Delete | steps.Restore) -> None:
        panel, note_id = self.panel(deed.person), self._note_id(deed.note)
        request = {"note_id": note_id, "request_id": str(self._new_id())}
        await self.look_at_all(panel)
        match deed:
            case steps.Edit(_, text):
                await self._edit(panel, note_id, {**request, "text": text})
            case steps.Delete():
                await panel.ask_of_notes(self._video_of(panel, note_id), "delete_note", request)
            case steps.Restore():
                await panel.ask_of_notes(self._video_of(panel, note_id), "undo", request)

    async def _edit(self, panel: Panel, note_id: str, edit: Mapping[str, Any]) -> None:
        """To the note as it is seen; where it was changed meanwhile the person looks again, and then changes it."""
        video = self._video_of(panel, note_id)
        version = panel.videos[video][note_id]["version"]
        for _ in range(TRIES):
            try:
                await panel.ask_of_notes(video, "update_note", {**edit, "version": version})
            except Refused as refused:
                if refused.response["code"] != "conflict" or "note" not in refused.response:
                    raise
                version = refused.response["note"]["version"]
            else:
                return

    async def _write(self, step: steps.Write) -> None:
        video = step.video or next(iter(self.story.videos))
        panel, id = self.panel(step.person), str(self._new_id(version=7))
        await self.look_at_all(panel)
        note = {"id": id, "text": step.text, "media_ms": step.at}
        self.written[step.called] = id
        await panel.ask_of_notes(self.video_ids[video], "create_note", note)

    def _video_of(self, panel: Panel, note_id: str) -> str:
        """Raises CannotPerform where the person sees no such note."""
        for video, notes in panel.videos.items():
            if note_id in notes:
                return video
        raise CannotPerform(f"nobody is told of the note {note_id}")

    async def look_at_all(self, panel: Panel) -> None:
        """At every video that this person reaches."""
        for name, video_id in [*self.video_ids.items()]:
            video = self.story.videos[name]
            if video_id and any(self.ground.user_id(each) == panel.user_id for each in (video.of, *video.shared)):
                await panel.look_at(video_id)

    def told(self, tab: str) -> Sequence[Told]:
        return self._of_tab[tab].told if tab in self._of_tab else ()

    def states(self, tab: str) -> Sequence[str]:
        """As its session was told last; with those of the agent."""
        shown = self._of_tab[tab].reviewer.session if tab in self._of_tab else {}
        return (*shown.get("active", ()), *shown.get("agent", ()))
