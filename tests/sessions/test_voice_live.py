"""What the voice session promises (B2, B5), each promise through a live session at exact instants.

Times are ms since NOON; the events' own times where they are heard of late.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from lossy.sessions.links import link_of
from lossy.sessions.restore import VOICE
from tests.sessions.client import LAPTOP, NOON, PHONE, SURE, Client
from tests.sessions.drafting import Drafting
from tests.sessions.node import SETTINGS, open_node, settled, until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trio.testing import MockClock

MS = SETTINGS.voice
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
ASLEEP, AWAKE, PROBE = ("pause", "silence"), ("resume", "speech"), ("resume", "probe")


async def sound(ann: Client, start: int, end: int, **facts: Any) -> None:
    """A segment, heard of as it happens."""
    await until(start)
    ann.hear("speech_start")
    await until(end)
    ann.hear("speech_end", **facts)
    await settled()


async def tell_at(ann: Client, at: int, event: str, **facts: Any) -> None:
    await until(at)
    ann.tell(event, **facts)
    await settled()


def counts(ann: Client) -> dict[str, int]:
    data = ann.session.states[VOICE].data
    return {"kept": data["kept"], **data["ignored"]}


def link(ann: Client) -> str:
    """The state of the session's link region."""
    return str(ann.session.status()["active"][1])


# -- guard and cooldown: what is ignored, and counted by its reason ---------------------------------------------------


@pytest.mark.parametrize(("length", "expected"), [(249, {"kept": 0, "short": 1}), (250, {"kept": 1})])
async def test_a_sound_as_long_as_the_guard_is_a_remark(
    autojump_clock: MockClock, length: int, expected: Mapping[str, int]
) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await sound(ann, 1_000, 1_000 + length)
        assert counts(ann) == expected


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        (3_499, 3_499, {"kept": 1, "cooldown": 1}),
        (3_010, 3_499, {"kept": 1, "cooldown": 1}),
        (3_010, 3_500, {"kept": 2}),
        (3_500, 3_749, {"kept": 1, "short": 1}),
        (3_500, 3_750, {"kept": 2}),
    ],
)
async def test_a_sound_that_begins_in_the_cooldown_must_outlast_it(
    autojump_clock: MockClock, begins: int, ends: int, expected: Mapping[str, int]
) -> None:
    """The remark before it ends at 3,000, its cooldown at 3,500."""
    async with open_node() as node:
        ann = await node.listen()
        await sound(ann, 1_000, 3_000)
        await sound(ann, begins, ends)
        assert counts(ann) == expected


@pytest.mark.parametrize(("probability", "expected"), [(0.39, {"kept": 0, "noise": 1}), (0.4, {"kept": 1})])
async def test_what_is_probably_no_speech_is_noise(
    autojump_clock: MockClock, probability: float, expected: Mapping[str, int]
) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await sound(ann, 1_000, 3_000, probability=probability)
        assert counts(ann) == expected


async def test_every_reason_is_counted_told_and_survives_the_server(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        await sound(ann, 500, 700)  # not started
        await tell_at(ann, 750, "pause")
        await sound(ann, 800, 900)  # paused
        await tell_at(ann, 1_000, "start")
        await sound(ann, 1_100, 3_000)  # kept
        await sound(ann, 3_100, 3_400)  # cooldown
        await sound(ann, 5_000, 5_100)  # short
        await sound(ann, 6_000, 8_000, probability=0.1)  # noise
        await until(9_000)
        ann.hear("speech_end")  # unstarted
        ann.hear("speech_start")
        await sound(ann, 10_000, 12_000)  # the one before it is unfinished; kept
        await until(14_000)
        ann.hear("speech_start")
        await tell_at(ann, 14_500, "cancel")
        await until(15_000)
        ann.hear("speech_end")  # cancelled
        phone = await node.join(device=PHONE)
        ann.own()
        await sound(phone, 16_000, 18_000)  # read_only
        for at in (20_000, 20_001, 20_002):
            await tell_at(ann, at, "error")
        await sound(ann, 21_000, 23_000)  # error: within the back-off
        await tell_at(ann, 24_000, "start")
        expected = {"kept": 2, "paused": 1, "cooldown": 1, "short": 1, "noise": 1, "unstarted": 1, "unfinished": 1}
        expected |= {"not_started": 1, "cancelled": 1, "read_only": 1, "error": 1}
        assert counts(ann) == expected
        status = ann.pushed("voice_status")[-1]
        assert {"kept": status["kept"], **status["ignored"]} == expected
    async with open_node(node.ledger) as node:
        assert counts(await node.join()) == expected


@pytest.mark.parametrize(("end", "probability"), [(1_100, 1.0), (3_000, 0.1)])
async def test_the_words_of_an_ignored_segment_make_no_note(
    autojump_clock: MockClock, end: int, probability: float
) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await sound(ann, 1_000, end, probability=probability)
        assert (await ann.say(1, segment=ann.seq - 1).answer())["refused"] == "ignored_segment"
        assert node.ledger.notes == {}


# -- the longest recording --------------------------------------------------------------------------------------------


async def test_the_longest_recording_is_told_once_and_all_of_it_counts(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await sound(ann, 1_000, 61_200)
        await sound(ann, 61_210, 90_000)
        assert ann.decisions == [(61_000, "end_segment", "length")]
        assert counts(ann) == {"kept": 2}


async def test_a_recording_that_ends_in_time_is_told_nothing(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await sound(ann, 1_000, 60_999)
        await until(200_000)
        assert ann.decisions == []


async def test_the_length_is_that_of_the_speech_and_not_of_its_arrival(autojump_clock: MockClock) -> None:
    """Heard of 30 s late, a recording has half of its minute left."""
    async with open_node() as node:
        ann = await node.listen()
        await until(40_000)
        ann.hear("speech_start", NOON + 10_000)
        await until(80_000)
        assert ann.decisions == [(70_000, "end_segment", "length")]


# -- silence: the microphone falls asleep, and wakes ------------------------------------------------------------------


async def test_silence_is_counted_from_the_end_of_the_cooldown(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await sound(ann, MINUTE_MS, MINUTE_MS + 2_000)
        asleep = MINUTE_MS + 2_000 + MS.cooldown_ms + MS.idle_pause_ms
        await until(asleep - 1)
        assert ann.decisions == []
        await until(asleep)
        assert ann.decisions == [(asleep, *ASLEEP)]


async def test_a_heart_that_beats_does_not_break_the_silence(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        for at in range(20_000, MS.idle_pause_ms + 20_000, 20_000):
            await tell_at(ann, at, "heartbeat")
            await tell_at(ann, at + 1, "metrics", figures={"vad_ms": 1.5})
        assert ann.decisions == [(MS.idle_pause_ms, *ASLEEP)]
        assert link(ann) == "connected"


async def test_the_next_speech_wakes_it_and_is_a_remark(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await sound(ann, HOUR_MS, HOUR_MS + 2_000)
        assert ann.decisions == [(MS.idle_pause_ms, *ASLEEP), (HOUR_MS, *AWAKE)]
        assert counts(ann) == {"kept": 1}
        assert ann.session.status()["paused"] is None


async def test_a_seek_wakes_it_and_silence_pauses_it_again(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await tell_at(ann, HOUR_MS, "seek", media_ms=5_000)
        await until(HOUR_MS + MS.idle_pause_ms)
        asleep_again = (HOUR_MS + MS.idle_pause_ms, *ASLEEP)
        assert ann.decisions == [(MS.idle_pause_ms, *ASLEEP), (HOUR_MS, "resume", "seek"), asleep_again]


async def test_the_clients_own_word_of_silence_pauses_at_once(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await tell_at(ann, 30_000, "silence_timeout")
        assert ann.decisions == [(30_000, *ASLEEP)]


@pytest.mark.parametrize("command", ["pause", "stop"])
async def test_a_persons_pause_is_theirs_to_end(autojump_clock: MockClock, command: str) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await tell_at(ann, 1_000, command)
        await sound(ann, 2_000, 4_000)
        await tell_at(ann, 5_000, "seek")
        assert (ann.microphone[-1], counts(ann)) == ((1_000, "idle"), {"kept": 0, "paused": 1})
        await tell_at(ann, 6_000, "resume")
        await sound(ann, 7_000, 9_000)
        assert counts(ann) == {"kept": 1, "paused": 1}


# -- the end of a session, and who is there ---------------------------------------------------------------------------


async def test_hours_of_a_pause_end_the_session_though_its_browser_is_there(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await tell_at(ann, MINUTE_MS, "pause")
        for at in range(2 * MINUTE_MS, MINUTE_MS + MS.session_end_ms, 40_000):
            await tell_at(ann, at, "heartbeat")
        assert not ann.session.ended
        await until(MINUTE_MS + MS.session_end_ms)
        assert ann.session.ended


async def test_a_browser_that_beats_is_there_and_one_that_does_not_comes_back_with_a_beat(
    autojump_clock: MockClock,
) -> None:
    async with open_node() as node:
        ann = await node.listen()
        for at in (20_000, 60_000, 104_999):
            await tell_at(ann, at, "heartbeat")
            assert link(ann) == "connected"
        gone = 104_999 + MS.heartbeat_lost_ms
        await until(gone - 1)
        assert link(ann) == "connected"
        await until(gone)
        assert link(ann) == "disconnected"
        await tell_at(ann, gone + 5_000, "heartbeat")
        assert link(ann) == "connected"
        assert ann.microphone[-1] == (0, "observing")


@pytest.mark.parametrize(("back", "expected"), [(40_999, {"kept": 1}), (None, {"kept": 0})])
async def test_who_speaks_is_waited_for_as_long_as_their_grace(
    autojump_clock: MockClock, back: int | None, expected: Mapping[str, int]
) -> None:
    """The socket goes at 11,000 in the middle of a remark."""
    grace = SETTINGS.reconnect.grace_ms
    async with open_node() as node:
        ann = await node.listen()
        await until(10_000)
        ann.hear("speech_start")
        await until(11_000)
        ann.leave()
        await until(11_000 + grace - 1)
        assert ann.session.status()["active"][0] == "recording"
        if back is None:
            await until(11_000 + grace)
            assert ann.session.status()["active"][0] == "observing"
        else:
            ann.join(first_seq=2, last_seq=2)
            ann.hear("speech_end", NOON + 12_000)
            await settled()
        assert counts(ann) == expected
        assert link_of(LAPTOP) in ann.session.states


async def test_what_was_said_before_the_grace_ended_counts_whenever_it_is_heard_of(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await until(10_000)
        ann.hear("speech_start")
        await until(11_000)
        ann.leave()
        await until(10 * MINUTE_MS)
        ann.join(first_seq=2, last_seq=2)
        ann.hear("speech_end", NOON + 12_000)
        await settled()
        assert counts(ann) == {"kept": 1}


# -- the circuit breaker ----------------------------------------------------------------------------------------------


async def errors(ann: Client, *instants: int) -> None:
    for at in instants:
        await tell_at(ann, at, "error", reason="the microphone is gone")


@pytest.mark.parametrize(("third", "opens"), [(60_999, True), (61_000, False)])
async def test_three_errors_within_a_minute_open_the_breaker(
    autojump_clock: MockClock, third: int, opens: bool
) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await errors(ann, 1_000, 30_000)
        assert ann.decisions == []
        await errors(ann, third)
        assert ann.decisions == [(third, "pause", "errors")] * opens
        await until(third + 4_999)
        assert ann.microphone[-1] == ((third, "error") if opens else (0, "observing"))
        await until(third + 5_000)
        assert ann.microphone[-1][1] == "observing"


async def test_the_back_off_doubles_to_a_minute_while_each_probe_fails(autojump_clock: MockClock) -> None:
    """Each time it is half open, the first error opens it again."""
    async with open_node() as node:
        ann = await node.listen()
        await errors(ann, 1_000, 2_000, 3_000)
        expected, at = [(3_000, "pause", "errors")], 3_000
        for backoff in (5_000, 10_000, 20_000, 40_000, 60_000, 60_000):
            await errors(ann, at + backoff + 1_000)
            expected += [(at + backoff, *PROBE), (at + backoff + 1_000, "pause", "errors")]
            at += backoff + 1_000
        assert ann.decisions == expected


async def test_a_probe_that_is_kept_closes_it(autojump_clock: MockClock) -> None:
    """After it one error opens nothing, three do, and the back-off is the first again."""
    async with open_node() as node:
        ann = await node.listen()
        await errors(ann, 1_000, 2_000, 3_000, 9_000)  # the last in half-open: 10 s, until 19,000
        await sound(ann, 20_000, 22_000)
        await errors(ann, 23_000, 24_000)
        assert ann.microphone[-1][1] == "observing"
        await errors(ann, 25_000)
        await until(40_000)
        breaks = [(3_000, "pause", "errors"), (8_000, *PROBE), (9_000, "pause", "errors"), (19_000, *PROBE)]
        assert ann.decisions == [*breaks, (25_000, "pause", "errors"), (30_000, *PROBE)]
        assert counts(ann) == {"kept": 1}


async def test_a_probe_that_is_ignored_leaves_it_half_open(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await errors(ann, 1_000, 2_000, 3_000)
        await sound(ann, 9_000, 9_100)
        await errors(ann, 10_000)
        await until(20_000)
        breaks = [(3_000, "pause", "errors"), (8_000, *PROBE)]
        assert ann.decisions == [*breaks, (10_000, "pause", "errors"), (20_000, *PROBE)]


async def test_speech_within_the_back_off_is_ignored_and_a_persons_start_ends_it(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await errors(ann, 1_000, 2_000, 3_000)
        await sound(ann, 3_500, 5_500)
        await tell_at(ann, 6_000, "start")
        assert ann.microphone[-1] == (6_000, "observing")
        await sound(ann, 6_500, 7_500)
        await until(60_000)
        assert counts(ann) == {"kept": 1, "error": 1}
        assert ann.decisions == [(3_000, "pause", "errors")]


async def test_remarks_that_cannot_be_understood_open_it_too(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is tried four times, after 500, 1,000 and 2,000 ms; the third to fail opens the breaker."""
    Drafting(failing=frozenset({SURE})).use(monkeypatch)
    async with open_node() as node:
        ann = await node.listen()
        said = [ann.say(number) for number in (1, 2, 3)]
        await until(10_500)
        assert ann.decisions == [(10_500, "pause", "inference")]
        assert [(await each.answer())["refused"] for each in said] == ["structuring_failed"] * 3
        await until(15_500)
        assert ann.decisions[-1] == (15_500, *PROBE)


async def test_the_back_off_goes_on_while_the_server_is_away(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await errors(ann, 1_000, 2_000, 3_000, 9_000)  # 10 s, until 19,000
        await until(12_000)
    async with open_node(node.ledger) as node:
        ann = await node.join()
        await until(40_000)
        assert ann.decisions == [(19_000, *PROBE)]
        await errors(ann, 41_000)
        await until(61_000)
        assert ann.decisions[1:] == [(41_000, "pause", "errors"), (61_000, *PROBE)]


# -- what a client measures and tells ---------------------------------------------------------------------------------


async def test_the_latest_metrics_are_kept_and_survive_the_server(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await tell_at(ann, 1_000, "metrics", figures={"vad_ms": 1.5})
        await tell_at(ann, 2_000, "metrics", figures={"vad_ms": 2.5, "dropped": 0})
        metrics = ann.session.states[VOICE].data["metrics"]
        assert (metrics["at"], metrics["figures"]) == (NOON + 2_000, {"vad_ms": 2.5, "dropped": 0})
    async with open_node(node.ledger) as node:
        assert (await node.open()).states[VOICE].data["metrics"] == metrics


async def test_every_change_of_the_microphone_is_told_once(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await sound(ann, 1_000, 3_000)
        await sound(ann, 5_000, 5_100)
        await tell_at(ann, 6_000, "pause")
        await tell_at(ann, 7_000, "pause")
        assert ann.microphone[-7:] == [
            (0, "observing"),
            (1_000, "recording"),
            (3_000, "cooldown"),
            (3_750, "observing"),
            (5_000, "recording"),
            (5_100, "observing"),
            (6_000, "idle"),
        ]
        numbers = {"push_epoch", "push_seq"}
        told = [{name: push[name] for name in push.keys() - numbers} for push in ann.pushed("voice_status")]
        assert all(status != before for before, status in pairwise(told))


async def test_what_is_ignored_while_nobody_listens_is_told_too(autojump_clock: MockClock) -> None:
    """B4: `voice_status` on every change. `ignored` is in it, but no status goes out in idle, in error, or for a device
    that is read only: the counts come with the next change of state, hours later.
    """
    async with open_node() as node:
        ann = await node.listen()
        await tell_at(ann, 1_000, "pause")
        await sound(ann, 2_000, 4_000)
        assert counts(ann) == {"kept": 0, "paused": 1}
        assert ann.pushed("voice_status")[-1]["ignored"] == {"paused": 1}


async def test_who_paused_by_a_word_goes_on_by_one(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        assert (await ann.say(1, "Pause.").answer())["command"] == "pause"
        await sound(ann, 5_000, 6_000)
        assert (await ann.say(2, "Too dark here.", segment=ann.seq - 1).answer())["refused"] == "ignored_segment"
        await sound(ann, 7_000, 8_000)
        assert (await ann.say(3, "Resume.", segment=ann.seq - 1).answer())["command"] == "resume"
        assert "observing" in ann.session.status()["active"]
