"""A session's timers, at exact instants of the calendar. Times are milliseconds since NOON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from lossy.sessions.catalog import load_charts
from lossy.sessions.inbox import PATIENCE_MS
from lossy.sessions.restore import VOICE
from lossy.store.memory import MemoryLedger
from tests.charts.voice_chart import STATECHARTS
from tests.sessions.client import NOON, Client
from tests.sessions.commits import Slow, Watched
from tests.sessions.node import SESSION, SETTINGS, Node, open_node, settled, until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trio.testing import MockClock

VOICE_MS = SETTINGS.voice
COOLED = "after.cooldown"
PATIENCE = PATIENCE_MS[COOLED]


async def journal(node: Node) -> list[tuple[int, str]]:
    stored = await node.ledger.read(SESSION)
    assert stored is not None
    return [(entry.at - NOON, entry.payload.get("kind", entry.event)) for entry in stored.entries]


async def cooling_down(node: Node) -> Client:
    """After a remark that ended at 3 s."""
    ann = await node.listen()
    await until(1_000)
    ann.hear("speech_start")
    await until(3_000)
    ann.hear("speech_end")
    await settled()
    return ann


async def test_the_cooldown_ends_after_its_time_and_is_taken_a_moment_later(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await cooling_down(node)
        await until(10_000)
        over = 3_000 + VOICE_MS.cooldown_ms
        assert ann.microphone[-3:] == [(1_000, "recording"), (3_000, "cooldown"), (over + PATIENCE, "observing")]
        assert (await journal(node))[-1] == (over, COOLED)


async def test_whoever_speaks_on_meanwhile_is_heard_with_the_end_of_the_cooldown(autojump_clock: MockClock) -> None:
    ledger = Watched()
    async with open_node(ledger) as node:
        ann = await cooling_down(node)
        await until(3_000 + VOICE_MS.cooldown_ms + PATIENCE - 1)
        ann.hear("speech_start")
        await settled()
        assert ledger.rows[-1] == [COOLED, "speech_start"]
        assert ann.microphone[-2:] == [(3_000, "cooldown"), (3_749, "recording")]


async def test_what_was_said_before_the_end_of_the_cooldown_goes_before_it(autojump_clock: MockClock) -> None:
    """It was on its way for 0.2 s."""
    async with open_node() as node:
        ann = await cooling_down(node)
        await until(3_600)
        ann.hear("speech_start", NOON + 3_400)
        await until(10_000)
        assert (await journal(node))[-1] == (3_400, "speech_start")
        assert ann.microphone[-1] == (3_600, "recording")


def test_only_of_a_timer_that_tells_where_it_leads_to_and_no_more_nobody_sees_that_it_is_late() -> None:
    nodes = load_charts(STATECHARTS)[VOICE].nodes
    ends = [each for node in nodes.values() for each in node.transitions if each.event in PATIENCE_MS]
    assert [(each.event, each.targets, each.do) for each in ends] == [(COOLED, ("observing",), ())]
    assert [told.name for told in nodes["observing"].entry] == ["status"]


async def test_a_recording_at_its_limit_is_ended_by_the_client_who_is_told(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await until(1_000)
        ann.hear("speech_start")
        await until(80_000)
        assert ann.decisions == [(1_000 + VOICE_MS.max_recording_ms, "end_segment", "length")]


async def test_silence_pauses_and_hours_of_it_end_the_session(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        asleep = VOICE_MS.idle_pause_ms
        await until(asleep + 1)
        assert ann.microphone[-1] == (asleep, "idle")
        assert ann.decisions == [(asleep, "pause", "silence")]
        assert ann.pushes[-1].payload["paused"] == {"at": NOON + asleep, "by": "silence"}
        assert not ann.endings
        await until(asleep + VOICE_MS.session_end_ms)
        assert ann.endings == ["ended"]
        stored = await node.ledger.read(SESSION)
        assert stored is not None
        assert stored.ended


async def test_a_browser_that_is_not_heard_of_is_gone(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        await until(20_000)
        ann.tell("heartbeat")
        await until(20_000 + VOICE_MS.heartbeat_lost_ms - 1)
        assert "connected" in ann.session.status()["active"]
        await until(20_000 + VOICE_MS.heartbeat_lost_ms)
        assert "disconnected" in ann.session.status()["active"]


async def test_a_timer_due_before_an_event_happened_goes_first(autojump_clock: MockClock) -> None:
    """The session is held up from 3.4 s to 8.4 s; its cooldown ended at 3.5 s, and Ann spoke again at 3.6 s."""
    async with open_node(MemoryLedger(Slow("metrics", 5))) as node:
        ann = await node.listen()
        await until(1_000)
        ann.hear("speech_start")
        await until(3_000)
        ann.hear("speech_end")
        await until(3_400)
        ann.tell("metrics")
        await until(3_600)
        ann.hear("speech_start")
        await until(9_000)
        assert (await journal(node))[-3:] == [(3_400, "metrics"), (3_500, "after.cooldown"), (3_600, "speech_start")]
        assert ann.microphone[-2:] == [(3_000, "cooldown"), (8_400, "recording")]


async def test_an_event_that_happened_before_a_timer_was_due_goes_first(autojump_clock: MockClock) -> None:
    """Held up as above, but Ann paused at 3.45 s: the cooldown never ended."""
    async with open_node(MemoryLedger(Slow("metrics", 5))) as node:
        ann = await node.listen()
        await until(1_000)
        ann.hear("speech_start")
        await until(3_000)
        ann.hear("speech_end")
        await until(3_400)
        ann.tell("metrics")
        await until(3_450)
        ann.tell("pause")
        await until(40_000)
        of_voice = [entry for entry in await journal(node) if entry[1] != "after.transcribing"]
        assert of_voice[-2:] == [(3_400, "metrics"), (3_450, "pause")]
        assert ann.microphone[-1] == (8_400, "idle")


# Start and end of sounds: a remark, a breath within its cooldown, two remarks, a click, one across the limit's timer.
SOUNDS = [
    (1_000, 4_000),
    (4_100, 4_300),
    (6_000, 9_000),
    (9_600, 12_600),
    (15_000, 15_100),
    (20_000, 85_000),
    (90_000, 93_000),
]


async def sounds(ann: Client, sounds: Sequence[tuple[int, int]], *, live: bool) -> dict[str, int]:
    """Each sound is heard as it happens, or all of them at once when they are over. The counts."""
    for start, end in sounds:
        for name, at in (("speech_start", start), ("speech_end", end)):
            if live:
                await until(at)
            ann.hear(name, NOON + at)
    await until(100_000)
    data = ann.session.states[VOICE].data
    return {"kept": data["kept"], **data["ignored"]}


async def test_what_is_replayed_late_counts_as_it_was_spoken(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        as_spoken = await sounds(ann, SOUNDS, live=True)
    assert as_spoken == {"kept": 5, "cooldown": 1, "short": 1}


async def test_what_is_replayed_in_a_burst_counts_the_same(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await until(95_000)
        assert await sounds(ann, SOUNDS, live=False) == {"kept": 5, "cooldown": 1, "short": 1}


async def test_a_timer_whose_guard_declines_is_spent_once(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.tell("settings_changed", auto_pause=False).answer()
        ann.tell("drop")  # without a heart to beat, this is the only timer
        await until(VOICE_MS.idle_pause_ms)
        n = ann.session.n
        assert (await journal(node))[-1] == (VOICE_MS.idle_pause_ms, "after.observing")
        await until(10 * VOICE_MS.idle_pause_ms)
        assert ann.session.n == n
        assert ann.session.status()["active"][0] == "observing"


async def test_a_clock_that_was_set_back_loses_no_remark(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        for ago in (1_000, 31_000):
            await trio.sleep(20)
            ann.hear("speech_start", node.clock.now_ms() - ago - 2_000)
            ann.hear("speech_end", node.clock.now_ms() - ago)
            await settled()
        assert ann.session.status()["kept"] == 2


async def test_what_remains_of_a_timer_does_not_grow_by_an_old_event(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        await trio.sleep(600)
        await ann.tell("metrics").answer()
        await ann.tell("metrics", at=node.clock.now_ms() - 500_000).answer()
        left = ann.session.states[VOICE].deadlines["observing"] - node.clock.now_ms()
    async with open_node(ledger) as node:
        session = await node.open()
        assert session.states[VOICE].deadlines["observing"] - node.clock.now_ms() <= left
