"""What can be seen on a stage, where the people of the story are a cast: the same on every one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lossy.sim.cast import Cast
    from lossy.sim.review import Review
    from lossy.sim.script.stage import Told


class OnCast:
    cast: Cast
    _changed: trio.Event

    async def look(self) -> None:
        await self.cast.look_at_all(self.cast.panel(None))

    async def look_everywhere(self) -> None:
        """Whoever has looked at notes sees all that they may."""
        for panel in [*self.cast.panels.values()] or [self.cast.panel(None)]:
            await self.cast.look_at_all(panel)

    async def change(self) -> None:
        await self._changed.wait()

    def note_change(self) -> None:
        if not self._changed.statistics().tasks_waiting:
            return
        self._changed.set()
        self._changed = trio.Event()

    def waiting(self) -> Sequence[Review]:
        """Those that keep something which has no answer yet."""
        return [each for each in self.cast.reviews if not each.is_over and each.reviewer.kept.unsettled]

    def what_waits(self) -> str:
        return "; ".join(f"{each.tab} keeps {each.reviewer.kept.unsettled[0]}" for each in self.waiting())

    def tab(self, tab: str | None) -> str:
        return self.cast.tab(tab)

    def outcome(self, remark: str) -> Mapping[str, Any] | None:
        return self.cast.outcome(remark)

    def note(self, remark: str) -> Mapping[str, Any] | None:
        note_id = self.cast.written.get(remark) or (self.outcome(remark) or {}).get("note_id")
        panel = self.cast.panel(None)
        return next((notes[note_id] for notes in panel.videos.values() if note_id in notes), None)

    def notes(self, video: str) -> Sequence[Mapping[str, Any]]:
        return self.cast.panel(None).notes(self.cast.video_ids[video])

    def states(self, tab: str) -> Sequence[str]:
        return self.cast.states(tab)

    def told(self, tab: str) -> Sequence[Told]:
        return self.cast.told(tab)
