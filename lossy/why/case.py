"""A session as `lossy why` has it: played again once, for all that is asked of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from lossy.charts.together import Charts
from lossy.store.journal_reading import Recorded
from lossy.why import event
from lossy.why.remark import Remark
from lossy.why.remarks import remarks
from lossy.why.replay import Step, replay
from lossy.why.segments import Segment, segments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.charts.model import Data


class Unknown(LookupError):
    """Nothing is kept under that name."""


@frozen
class About:
    """Whose session it is, of which film, and when."""

    session: str
    person: str
    film: str
    url: str
    rate: str
    began_at: int
    last_at: int
    ended_at: int | None
    devices: tuple[str, ...]
    tabs: tuple[str, ...]


@frozen(eq=False)
class Case:
    """A session, played again once for all that is asked of it."""

    charts: Charts
    recorded: Recorded
    steps: tuple[Step, ...]
    segments: tuple[Segment, ...]
    remarks: tuple[Remark, ...]

    def remark(self, id: str) -> Remark | None:
        return next((each for each in self.remarks if each.id == id), None)

    def entry(self, which: str) -> event.Event | None:
        """The entry of that number, or `seq@device`."""
        step = event.find(self.steps, which)
        return None if step is None else event.tell(self.charts, self.recorded, step)


def open_case(charts: Charts, initial: Mapping[str, Data], recorded: Recorded) -> Case:
    """`charts` has one of each kind of a session's, `initial` what a new session would start with here."""
    steps = replay(charts, initial, recorded)
    spoken = segments(steps)
    return Case(charts, recorded, steps, spoken, remarks(charts, recorded, steps, spoken))


def about(recorded: Recorded) -> About:
    entries = recorded.entries
    devices = dict.fromkeys(str(entry.device_id) for entry in entries if entry.device_id is not None)
    tabs = dict.fromkeys(str(entry.payload["tab"]) for entry in entries if "tab" in entry.payload)
    return About(
        session=str(recorded.session_id),
        person=recorded.people.get(recorded.user_id, str(recorded.user_id)),
        film=recorded.film.title,
        url=recorded.film.url,
        rate=str(recorded.film.rate),
        began_at=recorded.created_at,
        last_at=max((entry.at for entry in entries), default=recorded.created_at),
        ended_at=recorded.ended_at,
        devices=tuple(devices),
        tabs=tuple(tabs),
    )
