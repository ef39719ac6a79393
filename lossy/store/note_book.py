"""Notes as people read them and change them outside a session: each change in a transaction of its own.

Two implementations: `lossy.store.postgres_note_book.PostgresNoteBook`, and `lossy.store.memory_note_book` for tests and
the simulator; `tests/contract/test_note_book.py` runs over both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from attrs import frozen

from lossy.domain.note_query import PAGE
from lossy.domain.notes import Note
from lossy.domain.seen import Seen
from lossy.store.note_life import Change, Kept, Moved

if TYPE_CHECKING:
    from lossy.domain.note_query import Opening, Page, Query, Summary
    from lossy.store.note_life import NoteLife

# What a change is decided by: a repeat comes within seconds of the first, and nobody takes back more than that.
LATEST = 200


@frozen
class Filed:
    """A note as it was found, with the LATEST of what was recorded of it, in order."""

    kept: Kept
    changes: Sequence[Change]

    @property
    def note(self) -> Note:
        return self.kept.note


@frozen
class Begun:
    """A note that was there already, and what was recorded of its beginning."""

    note: Note
    said: Change


@frozen
class Whose:
    """The notes of a video, or those that somebody made, on whatever video but those of `without`."""

    video: UUID | None = None
    author: UUID | None = None
    without: frozenset[UUID] = frozenset()


@frozen
class Changes:
    """Some of a video's notes that have changed since, the deleted ones too, by their ids; `after` is where to go on.

    What was seen is `seen` once all of them are; some of the later pages may have changed since then.
    """

    notes: tuple[Note, ...]
    seen: Seen
    after: UUID | None


Decide = Callable[[Sequence[Filed]], Sequence[Moved]]  # pure; what it raises is raised, and nothing is changed


class NoteBook(Protocol):
    """Each raises StoreError when the database is away. A change that raises it may have been made all the same."""

    @property
    def life(self) -> NoteLife: ...

    async def find(self, note_id: UUID) -> Note | None:
        """Deleted or not."""

    async def begin(self, begun: Moved) -> Begun | None:
        """Keeps a note that begins. What is there under its id, when something is; then nothing is changed."""

    async def change(self, note_ids: Sequence[UUID], decide: Decide) -> Sequence[Moved]:
        """Changes notes that are there, all or none, and nobody else does meanwhile. Returns once it is durable."""

    async def page(self, whose: Whose, query: Query) -> Page: ...

    async def first_page(self, video_id: UUID, limit: int = PAGE) -> Opening:
        """In the order of the film."""

    async def since(self, video_id: UUID, seen: Seen, limit: int, *, after: UUID | None = None) -> Changes | None:
        """None where that was not seen here: the database is another one, or an earlier copy of it."""

    async def summaries(self, video_ids: Collection[UUID]) -> Mapping[UUID, Summary]:
        """Of each of these videos, all as they were at one moment."""

    async def history(self, note_id: UUID, *, before: int | None = None, limit: int = LATEST) -> Sequence[Change]:
        """The latest first; `before` a version."""

    async def old_ghosts(self, now: int, limit: int) -> Sequence[UUID]:
        """Those that were last changed longer ago than their authors chose to keep them, the oldest first."""
