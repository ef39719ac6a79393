"""What both note books give whoever reads: pages, what has changed since, counts, history. One suite over both."""

from __future__ import annotations

from collections import Counter
from itertools import product
from random import Random
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from lossy.channels.errors import Code, Refusal
from lossy.clock import Clock
from lossy.domain.note_query import Cursor, Filters, Order, Query, fits, key
from lossy.domain.notes import DAY_MS, Category, Note, Status
from lossy.domain.seen import Seen
from lossy.sessions.note_decisions import Request, Wording
from lossy.store.ledger import MoveNote, SaveNote
from lossy.store.note_book import Whose
from tests.contract.ledgers import ANN, BEN, OTHER_VIDEO, VIDEO
from tests.contract.note_books import EVE, NOW_MS, STRANGER, VIC, Booked, draft, note_id, texts
from tests.contract.test_ledger import NOON, NOTE, NOTED, begun, commit

OF_VIDEO = Whose(video=VIDEO)
LOUD = evolve(NOTED, id=UUID(int=77), text="The music is much too loud.", category=Category.AUDIO, confidence=0.4)


async def made(at: Booked, count: int, **chosen: Any) -> list[Note]:
    return [await at.desk.create(ANN, draft(n, **chosen)) for n in range(1, count + 1)]


async def said(at: Booked, *notes: Note) -> None:
    """As a session saves them."""
    await begun(at.kept.ledger)
    await at.kept.ledger.commit(commit(1, *map(SaveNote, notes)))


async def every_page(at: Booked, whose: Whose, query: Query) -> list[tuple[Note, ...]]:
    pages = [await at.book.page(whose, query)]
    while pages[-1].cursor is not None:
        pages.append(await at.book.page(whose, evolve(query, cursor=pages[-1].cursor)))
    return [page.notes for page in pages]


ORDERED = {Order.FRAME: [3, 1, 2, 5, 4], Order.NEWEST: [5, 4, 3, 2, 1], Order.UPDATED: [2, 5, 4, 3, 1]}


async def test_each_order_has_each_note_once_whatever_the_size_of_its_pages(at: Booked) -> None:
    places = {1: 20, 2: 20, 3: 10, 4: 99, 5: 30}
    for n, frame in places.items():
        await at.desk.create(ANN, draft(n, frames=(frame, None), made_at=NOW_MS - 100 + n))
    await at.desk.edit(Request(ANN, NOW_MS + 1_000), note_id(2), Wording(category=Category.AUDIO))
    for order, size in product(Order, (1, 2, 5)):
        pages = await every_page(at, OF_VIDEO, Query(order=order, limit=size))
        assert [note.id for page in pages for note in page] == [note_id(n) for n in ORDERED[order]]
        assert all(len(page) == size for page in pages[:-1])


async def test_what_changes_between_two_pages_leaves_the_others_where_they_are(at: Booked) -> None:
    await made(at, 6)
    first = await at.book.page(OF_VIDEO, Query(limit=3))
    await at.desk.delete(Request(ANN, NOW_MS), note_id(2))
    await at.desk.edit(Request(ANN, NOW_MS), note_id(5), Wording(text="Other words."))
    await at.desk.create(ANN, draft(7, frames=(1, None)))
    second = await at.book.page(OF_VIDEO, Query(limit=3, cursor=first.cursor))
    assert texts(first.notes) == ["Note 1.", "Note 2.", "Note 3."]
    assert texts(second.notes) == ["Note 4.", "Other words.", "Note 6."]
    assert (second.cursor, second.total) == (None, 6)


FOUND: dict[str, tuple[Filters, set[int]]] = {
    "all": (Filters(), {1, 2, 3, 4}),
    "category": (Filters(categories=(Category.AUDIO, Category.STORY)), {1, 3}),
    "status": (Filters(statuses=(Status.GHOST,)), {3}),
    "author": (Filters(authors=(BEN,)), {2}),
    "authors": (Filters(authors=(BEN, ANN)), {1, 2, 3, 4}),
    "frames within a range": (Filters(frame_from=20, frame_to=25), {1, 2}),
    "frames from": (Filters(frame_from=51), {3}),
    "frames to": (Filters(frame_to=9), set()),
    "created since": (Filters(created_since=NOW_MS - 5), {2, 4}),
    "confidence": (Filters(confidence_from=0.5), {1, 2, 4}),
    "a word in any case": (Filters(text="MUSIC"), {1, 3}),
    "words in any order": (Filters(text="loud music"), {3}),
    "the beginning of a word": (Filters(text="mus"), {1, 3}),
    "the beginning of a word, after others": (Filters(text="loud mus"), {3}),
    "the beginning of a word that is in no other form": (Filters(text="stor"), {1}),
    "a word that ends like that": (Filters(text="usic"), set()),
    "the beginning of a word that is not the last": (Filters(text="mus loud"), set()),
    "a word that means nothing by itself": (Filters(text="th"), {1, 3, 4}),
    "letters that mean something to a search": (Filters(text=".* m(us"), set()),
    "text and category": (Filters(text="music", categories=(Category.STORY,)), {1}),
    "deleted": (Filters(statuses=(Status.DELETED,)), set()),
}


async def test_each_filter_finds_what_fits_and_counts_it(at: Booked) -> None:
    await said(at, LOUD)
    places = {1: (10, 20), 2: (25, None), 4: (40, 50)}
    words = {1: "The music ends the story.", 2: "Colder here.", 4: "Cut this."}
    for n, frames in places.items():
        category = {1: Category.STORY, 2: Category.COLOR, 4: Category.PACING}[n]
        when = NOW_MS - (10 if n == 1 else 0)
        await at.desk.create(
            {2: BEN}.get(n, ANN), draft(n, frames=frames, text=words[n], category=category, made_at=when)
        )
    await at.desk.create(ANN, draft(5, text="The music again."))
    await at.desk.delete(Request(ANN, NOW_MS), note_id(5))
    await at.desk.create(ANN, draft(6, video_id=OTHER_VIDEO, text="Other music."))
    for name, (filters, expected) in FOUND.items():
        page = await at.book.page(OF_VIDEO, Query(filters, limit=1_000))
        found = {3 if note.id == LOUD.id else note.frame_in // 10 for note in page.notes}
        assert (found, page.total) == (expected, len(expected)), name


async def test_the_notes_somebody_made_are_of_all_videos(at: Booked) -> None:
    await at.desk.create(BEN, draft(1, made_at=NOW_MS - 2))
    await at.desk.create(ANN, draft(2))
    await at.desk.create(BEN, draft(3, video_id=OTHER_VIDEO, made_at=NOW_MS - 1))
    page = await at.reading.of_author(BEN, Query(order=Order.NEWEST))
    assert texts(page.notes) == ["Note 3.", "Note 1."]
    at.lost[BEN] = frozenset({VIDEO})
    page = await at.reading.of_author(BEN, Query(order=Order.NEWEST))
    assert (texts(page.notes), page.total) == (["Note 3."], 1), "but for those that were taken away"


async def test_the_counts_are_of_what_is_shown(at: Booked) -> None:
    await said(at, NOTED, LOUD)
    await made(at, 3, category=Category.COLOR)
    await at.desk.delete(Request(ANN, NOW_MS), note_id(3))
    summary = await at.reading.summary(VIC, VIDEO)
    assert summary.total == 4
    assert +Counter(summary.categories) == {Category.COLOR: 3, Category.AUDIO: 1}
    assert +Counter(summary.statuses) == {Status.GHOST: 2, Status.FIRMED: 2}


# -- what has changed since ---------------------------------------------------------------------------------------


async def changed(at: Booked, since: Seen, limit: int = 1_000) -> tuple[dict[UUID, int], Seen]:
    """Versions by id, over all pages, and what was seen by the first of them."""
    found: dict[UUID, int] = {}
    after: UUID | None = None
    seen: Seen | None = None
    while True:
        changes = await at.book.since(VIDEO, since, limit, after=after)
        assert changes is not None
        seen, after = seen or changes.seen, changes.after
        found |= {note.id: note.version for note in changes.notes}
        if after is None:
            return found, seen


async def test_what_changed_is_told_once_by_whatever_way_it_changed(at: Booked) -> None:
    await said(at, NOTED)
    await made(at, 3)
    seen = (await at.book.first_page(VIDEO, 1)).seen
    assert await changed(at, seen) == ({}, seen)
    await at.desk.delete(Request(ANN, NOW_MS), note_id(3))
    await at.kept.ledger.commit(commit(2, MoveNote(NOTE, "confirm", ANN, NOON)))
    await at.desk.create(ANN, draft(4))
    await at.desk.create(ANN, draft(5, video_id=OTHER_VIDEO))
    found, later = await changed(at, seen)
    assert found == {NOTE: 2, note_id(3): 3, note_id(4): 2}
    assert await changed(at, later) == ({}, later)


async def test_many_changes_come_in_pages(at: Booked) -> None:
    seen = (await at.book.first_page(VIDEO, 1)).seen
    await made(at, 7)
    first = await at.book.since(VIDEO, seen, 3)
    assert first is not None
    assert (texts(first.notes), first.after) == (["Note 1.", "Note 2.", "Note 3."], note_id(3))
    await at.desk.delete(Request(ANN, NOW_MS), note_id(2))
    found, _ = await changed(at, seen, 3)
    assert len(found) == 7
    later, _ = await changed(at, first.seen)
    assert later == {note_id(2): 3}, "what changed between the pages comes once more"


async def test_what_another_database_saw_is_not_known(at: Booked) -> None:
    await made(at, 1)
    assert await at.book.since(VIDEO, Seen(2**62, 2**62), 10) is None


# -- the life of one note -----------------------------------------------------------------------------------------


async def test_its_history_is_the_latest_first_and_comes_in_pages(at: Booked) -> None:
    await made(at, 1)
    for n in range(3):
        await at.desk.edit(Request(EVE, NOW_MS + n), note_id(1), Wording(text=f"Words {n}."))
    note, changes = await at.reading.history(VIC, note_id(1), limit=3)
    assert note.text == "Words 2."
    assert [(change.version, change.by, change.text) for change in changes] == [
        (5, EVE, "Words 2."),
        (4, EVE, "Words 1."),
        (3, EVE, "Words 0."),
    ]
    _, rest = await at.reading.history(VIC, note_id(1), before=3)
    assert [(change.version, change.event, change.by) for change in rest] == [(2, "said", ANN), (1, "said", ANN)]


async def test_a_note_that_is_deleted_is_read_by_who_may_bring_it_back(at: Booked) -> None:
    await made(at, 1)
    await at.desk.delete(Request(ANN, NOW_MS), note_id(1))
    assert (await at.reading.history(EVE, note_id(1)))[0].status is Status.DELETED
    for who in (VIC, BEN, STRANGER):
        with pytest.raises(Refusal) as refused:
            await at.reading.history(who, note_id(1))
        assert refused.value.code is Code.NOT_FOUND


async def test_ghosts_expire_when_their_author_has_chosen_so(at: Booked) -> None:
    await said(at, NOTED)
    due = NOON + 3 * DAY_MS
    assert await at.book.old_ghosts(due + 1, 10) == []
    await at.expire_after(ANN, 3)
    assert await at.book.old_ghosts(due, 10) == []
    assert await at.book.old_ghosts(due + 1, 10) == [NOTE]
    late = evolve(at.desk, clock=Clock(due + 1))
    await late.expire(NOTE, 4)
    assert [note.id for note in await at.kept.notes()] == [NOTE], "not that old"
    await late.expire(NOTE, 3)
    await late.expire(NOTE, 3)
    (gone,) = await at.book.history(NOTE, limit=1)
    assert (gone.event, gone.by, gone.status, gone.version) == ("expire", None, Status.DELETED, 2)
    assert await at.book.old_ghosts(due + 1, 10) == []
    assert (await at.kept.recorded(NOTE)).outcome[0] == "kept", "its author decided nothing"


async def test_a_cursor_of_another_order_is_none(at: Booked) -> None:
    (note,) = await made(at, 1)
    text = str(Cursor.after(Order.FRAME, note))
    assert Cursor.read(Order.FRAME, text).id == note.id


async def test_any_queries_of_any_notes_agree_with_the_filter_by_hand(at: Booked) -> None:
    """The oracle is the pure filter, on whatever notes there are."""
    random = Random(7)
    for n in range(1, 60):
        frame, length = random.randint(0, 40), random.choice([None, 0, 5])
        await at.desk.create(
            random.choice([ANN, BEN]),
            draft(
                n,
                text=random.choice(["Dark sky.", "Loud music.", "Cut the sky.", "Music, cut!"]),
                category=random.choice([*Category][:3]),
                frames=(frame, None if length is None else frame + length),
                made_at=NOW_MS - random.randint(0, 20),
            ),
        )
    everything = (await at.book.page(OF_VIDEO, Query(limit=1_000))).notes
    for _ in range(40):
        filters = Filters(
            categories=tuple(random.sample([*Category][:4], random.randint(0, 2))),
            authors=tuple(random.sample([ANN, BEN], random.randint(0, 1))),
            frame_from=random.choice([None, random.randint(0, 40)]),
            frame_to=random.choice([None, random.randint(0, 40)]),
            text=random.choice(["", "sky", "music", "cut sky"]),
            created_since=random.choice([None, NOW_MS - 10]),
        )
        order, size = random.choice([*Order]), random.choice([1, 7, 100])
        pages = await every_page(at, OF_VIDEO, Query(filters, order, size))
        expected = [note for note in everything if fits(filters, note)]
        expected.sort(key=lambda note: (key(order, note), note.id), reverse=order.is_descending)
        assert [note for page in pages for note in page] == expected
