"""A session whose snapshot fits no more, through its real code: anew under its own id, and nothing said is lost."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import attrs
import trio
from structlog.testing import capture_logs

from lossy.bus.memory import Bus
from lossy.clock import Clock
from lossy.domain.access import Role
from lossy.domain.timecode import Rate
from lossy.resources import folder
from lossy.sessions.catalog import load_charts
from lossy.sessions.restore import VOICE
from lossy.sessions.roster import Roster
from lossy.sessions.user_settings import SettingsInForce
from lossy.settings import Settings
from lossy.store.memory_user_settings import MemoryUserSettings
from lossy.store.videos import Reach, Video
from tests.contract.ledgers import ANN, VIDEO, Kept
from tests.sessions.client import LAPTOP, SURE, Client, accepted
from tests.sessions.drafting import Drafting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from lossy.charts.together import Charts

SESSION = UUID(int=5)
CHARTS = load_charts(folder("statecharts"))
OTHERS = {**CHARTS, "agent": attrs.evolve(CHARTS["agent"], version=CHARTS["agent"].version + 1)}


async def reach(video_id: UUID, user_id: UUID) -> Reach:
    await trio.lowlevel.checkpoint()
    return Reach(Video(video_id, user_id, "https://example.com/cut.mp4", "cut", Rate(25)), Role.OWNER)


@asynccontextmanager
async def server(kept: Kept, charts: Charts) -> AsyncIterator[tuple[Roster, Client]]:
    """Ann's client on a server of these charts, until that is killed."""
    clock = Clock()
    async with trio.open_nursery() as nursery:
        data = SettingsInForce(MemoryUserSettings(), Settings()).initial_data
        roster = Roster(charts, kept.ledger, clock, Bus(), data, reach, nursery)
        ann = Client(await roster.open(SESSION, ANN, VIDEO, LAPTOP), clock)
        ann.join()
        ann.own()
        yield roster, ann
        nursery.cancel_scope.cancel()


async def test_a_session_begins_anew_and_its_numbers_and_notes_go_on(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({"It never ends.": 60}).use(monkeypatch)
    async with server(kept, CHARTS) as (_, ann):
        await ann.hear("speech_start").answer()
        note = await ann.say(1, SURE).answer()
        in_hand = ann.say(2, "It never ends.")
        await ann.tell("metrics").answer()
        n = ann.session.n
        assert not in_hand.answers
    Drafting().use(monkeypatch)
    with capture_logs() as logs:
        async with server(kept, OTHERS) as (_, again):
            again.seq = ann.seq
            assert again.session.audience.outbound.epoch == ann.session.audience.outbound.epoch + 1
            assert await again.hear("speech_end").answer() == {"accepted_through": 2}
            assert await again.say(1, SURE).answer() == note
            assert "note_id" in await again.say(2, "It never ends.").answer(), "her client had no answer to it"
            assert again.session.n > n + 1
    assert [log["event"] for log in logs] == ["session begins anew"]
    stored = await kept.ledger.read(SESSION)
    assert stored is not None
    assert stored.snapshot["charts"]["agent"]["version"] == OTHERS["agent"].version
    assert stored.snapshot_n == n + 1
    assert [entry.n for entry in stored.entries] == [*range(n + 2, n + 2 + len(stored.entries))]
    async with server(kept, OTHERS) as (_, once_more):
        assert accepted(once_more.session) == accepted(again.session)
    assert sorted(note.transcript for note in await kept.notes()) == ["It never ends.", SURE]


async def test_a_stop_leaves_nothing_to_replay(kept: Kept) -> None:
    async with server(kept, CHARTS) as (roster, ann):
        await ann.tell("start").answer()
        await roster.drain(5)
    stored = await kept.ledger.read(SESSION)
    assert stored is not None
    assert [*stored.entries] == []
    assert "observing" in stored.snapshot["charts"][VOICE]["active"]
