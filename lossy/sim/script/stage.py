"""What a story is played on: virtual time with everything in one process, or a server that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

if TYPE_CHECKING:
    from lossy.sim.script.pace import Pace
    from lossy.sim.script.steps import Deed


class CannotPerform(Exception):
    """This stage has no means to do that: a live server is not crashed by a script, for one."""


@frozen
class Told:
    """Something that a client heard of by itself. `at_ms` is of the stage's clock."""

    at_ms: int
    event: str
    payload: Mapping[str, Any]


class Stage(Protocol):
    """Names are the script's own. What can be seen is what a client was told, never what a server has inside."""

    @property
    def pace(self) -> Pace:
        """At which the story goes on; what the server does has its own."""

    def now_ms(self) -> int:
        """The server's calendar, ms since the Unix epoch. Time itself is trio's."""

    async def perform(self, deed: Deed) -> None:
        """Returns when it is done, whatever comes of it: speech when its end was heard, a deploy when the new server
        is up. Raises CannotPerform.
        """

    async def heal(self) -> None:
        """Nothing goes wrong any more, and all that was said and asked has its answer. Raises trio.TooSlowError where
        that takes longer than anybody would wait.
        """

    async def look(self) -> None:
        """The people of the story look at the notes of its videos from now on: `note` and `notes` know of them."""

    async def change(self) -> None:
        """Returns when something that can be seen may be different."""

    def tab(self, tab: str | None) -> str:
        """Where a step is done that does not say in which tab."""

    def outcome(self, remark: str) -> Mapping[str, Any] | None:
        """What became of a remark, in the server's words; None until it is known."""

    def note(self, remark: str) -> Mapping[str, Any] | None:
        """The note of a remark as the first person of the story sees it; of a deleted one hardly more than that."""

    def notes(self, video: str) -> Sequence[Mapping[str, Any]]:
        """Those of a video that are not deleted, in the order of the film."""

    def states(self, tab: str) -> Sequence[str]:
        """Of its session, as the tab was told last."""

    def told(self, tab: str) -> Sequence[Told]:
        """All that the tab was told, in order; `phx_error` among it where its session failed."""
