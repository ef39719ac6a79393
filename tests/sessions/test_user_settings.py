"""A user's settings: what a session starts with, and what a change does to a live one. Times are ms since NOON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import trio
from attrs import define

from lossy.channels.errors import Code, Refusal
from lossy.channels.topics import User
from lossy.domain.quality import FLOOR
from lossy.domain.user_settings import UserSettings, for_session
from lossy.sessions.inbox import INBOX
from lossy.sessions.restore import AGENT, VOICE
from lossy.sessions.user_settings import CHANGED, InForce, defaults
from lossy.settings import Agent, Settings
from lossy.settings import Voice as VoiceSettings
from lossy.store.memory import MemoryLedger
from lossy.store.memory_user_settings import MemoryUserSettings
from tests.sessions.client import NOON, SURE, Client
from tests.sessions.commits import Gate
from tests.sessions.drafting import Drafting
from tests.sessions.node import (
    ANN,
    BEN,
    BENS_VIDEO,
    OTHER_SESSION,
    SESSION,
    SETTINGS,
    Node,
    open_node,
    restored,
    settled,
    until,
)

if TYPE_CHECKING:
    from trio.testing import MockClock

    from lossy.bus.memory import Published
    from lossy.domain.user_settings import Chosen
    from lossy.store.ledger import Entry
    from lossy.store.user_settings import Kept

MINUTE_MS = 60_000
ASLEEP = ("pause", "silence")


async def change(node: Node, user: UUID = ANN, **changes: Any) -> InForce:
    """To whatever version is in force, and heard by every session."""
    made = await node.settings.make(user, (await node.settings.in_force.of(user)).version, changes)
    await settled()
    return made


def journaled(ledger: MemoryLedger) -> list[Entry]:
    """The changes that stand in the session's journal, in order."""
    return [entry for _, entry in sorted(ledger._sessions[SESSION].journal.items()) if entry.event == CHANGED]


async def refused(node: Node, version: int, changes: object) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        await node.settings.make(ANN, version, changes)
    return refusal.value


# -- what is in force -------------------------------------------------------------------------------------------------


def test_without_a_choice_the_servers_settings_are_in_force() -> None:
    server = Settings(agent=Agent(min_confidence=0.4), voice=VoiceSettings(cooldown_ms=700, idle_pause_ms=60_000))
    assert defaults(server) == UserSettings(min_confidence=0.4, cooldown_ms=700, idle_pause_ms=60_000)


def test_the_server_does_not_set_the_threshold_below_the_floor_either() -> None:
    assert defaults(Settings(agent=Agent(min_confidence=0.1))).min_confidence == FLOOR


def test_the_settings_of_a_server_that_has_none_of_its_own_are_those_that_the_class_names() -> None:
    assert defaults(Settings()) == UserSettings()


async def test_a_new_session_starts_with_its_users_settings(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        made = await change(node, auto_pause=False, min_confidence=0.6, commands=False, cooldown_ms=900)
        states = (await node.open()).states
        voice, agent = states[VOICE].data, states[AGENT].data
        heard = {**for_session(made.settings)}
        delays = heard.pop("delays")
        assert {**agent, **voice, **heard} == {**agent, **voice}
        assert {**voice["delays"], **delays} == voice["delays"]
        assert not delays.keys() & agent["delays"].keys()
        assert journaled(node.ledger) == []


# -- a change ---------------------------------------------------------------------------------------------------------


async def test_a_change_makes_the_next_version_and_another_user_has_none_of_it() -> None:
    async with open_node() as node:
        first = await change(node, cooldown_ms=900)
        second = await change(node, auto_pause=False)
        assert (first.version, second.version) == (1, 2)
        assert second.settings == UserSettings(cooldown_ms=900, auto_pause=False)
        assert await node.settings.in_force.of(ANN) == second
        assert await node.settings.in_force.of(BEN) == InForce(0, UserSettings())


async def test_a_change_that_changes_nothing_makes_no_version_and_is_not_told() -> None:
    async with open_node() as node:
        await node.open()
        first = await change(node, cooldown_ms=900)
        assert await change(node, cooldown_ms=900) == first
        assert await change(node) == first
        assert await change(node, auto_pause=None) == first
        assert len(journaled(node.ledger)) == 1


async def test_a_change_to_an_older_version_gets_what_is_in_force() -> None:
    async with open_node() as node:
        made = await change(node, cooldown_ms=900)
        for cooldown in (100, 900):
            refusal = await refused(node, 0, {"cooldown_ms": cooldown})
            assert (refusal.code, refusal.details) == (Code.CONFLICT, made.as_payload())
        assert await node.settings.in_force.of(ANN) == made


async def test_of_two_changes_at_once_one_gets_what_the_other_made() -> None:
    async with open_node() as node:
        made: list[InForce] = []
        refusals: list[Refusal] = []

        async def try_(cooldown: int) -> None:
            try:
                made.append(await node.settings.make(ANN, 0, {"cooldown_ms": cooldown}))
            except Refusal as refusal:
                refusals.append(refusal)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(try_, 100)
            nursery.start_soon(try_, 200)
        assert [refusal.details for refusal in refusals] == [made[0].as_payload()]


async def test_a_change_that_does_not_fit_is_refused_with_its_path() -> None:
    async with open_node() as node:
        for changes, path in (
            ([], "changes"),
            ({"volume": 11}, "changes.volume"),
            ({"platform_overrides": {"vimeo": {"auto_post": 1}}}, "changes.platform_overrides.vimeo.auto_post"),
        ):
            refusal = await refused(node, 0, changes)
            assert (refusal.code, refusal.details) == (Code.INVALID, {"path": path})
        assert (await node.settings.in_force.of(ANN)).version == 0


async def test_every_session_and_every_device_of_the_user_is_told_and_nobody_elses() -> None:
    async with open_node() as node:
        published: list[Published] = []
        with node.settings.bus.subscribe(str(User(ANN)), published.append):
            sessions = [await node.open(), await node.open(OTHER_SESSION)]
            bens = await node.open(UUID(int=99), user=BEN, video=BENS_VIDEO)
            made = await change(node, auto_pause=False, min_confidence=0.5)
        for session in sessions:
            assert session.states[VOICE].data["auto_pause"] is False
            assert session.states[AGENT].data["min_confidence"] == 0.5
        assert bens.states[VOICE].data["auto_pause"] is True
        (told,) = [each.broadcast for each in published]
        assert (told.event, told.payload) == ("settings_changed", made.as_payload())


async def test_a_change_that_concerns_a_session_is_journaled_with_all_that_it_goes_by() -> None:
    async with open_node() as node:
        await node.open()
        await change(node, telemetry_opt_out=True)
        made = await change(node, cooldown_ms=900)
        (entry,) = journaled(node.ledger)
        assert (entry.chart, entry.payload) == (VOICE, for_session(made.settings))


async def test_who_leaves_while_the_change_is_kept_has_made_it_all_the_same(autojump_clock: MockClock) -> None:
    async with open_node(choices=SlowToKeep()) as node:
        session = await node.open()
        with trio.move_on_after(0.5):
            await node.settings.make(ANN, 0, {"auto_pause": False})
        await until(2_000)
        assert (await node.settings.in_force.of(ANN)).version == 1
        assert session.states[VOICE].data["auto_pause"] is False


async def test_a_session_that_is_opened_meanwhile_has_the_settings_of_now(autojump_clock: MockClock) -> None:
    """It has read the old ones when the change is made."""
    async with open_node(choices=SlowToRead()) as node, trio.open_nursery() as nursery:
        nursery.start_soon(node.open)
        await until(500)
        await node.settings.make(ANN, 0, {"auto_pause": False})
        assert trio.current_time() == 1
        await settled()
        assert (await node.open()).states[VOICE].data["auto_pause"] is False


async def test_a_session_that_is_full_is_no_hindrance(autojump_clock: MockClock) -> None:
    """It has the change nevertheless: there is room for what the server says itself."""
    gate = Gate("metrics")
    async with open_node(MemoryLedger(gate)) as node:
        ann = await node.join()
        for _ in range(INBOX + 1):  # one more is in hand
            ann.tell("metrics")
            await settled()
        with pytest.raises(Refusal):
            ann.tell("metrics")
        await node.settings.make(ANN, 0, {"auto_pause": False})
        gate.opened.set()
        await settled()
        assert ann.session.states[VOICE].data["auto_pause"] is False


# -- what it does to a session that goes on ---------------------------------------------------------------------------


async def sound(ann: Client, start: int, end: int) -> None:
    await until(start)
    ann.hear("speech_start")
    await until(end)
    ann.hear("speech_end")
    await settled()


def counts(ann: Client) -> dict[str, int]:
    data = ann.session.states[VOICE].data
    return {"kept": data["kept"], **data["ignored"]}


async def test_a_shorter_silence_counts_from_the_next_timer_on(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await until(MINUTE_MS)
        await change(node, idle_pause_ms=2 * MINUTE_MS)
        await sound(ann, 16 * MINUTE_MS, 16 * MINUTE_MS + 2_000)
        asleep = 16 * MINUTE_MS + 2_000 + SETTINGS.voice.cooldown_ms + 2 * MINUTE_MS
        await until(asleep + MINUTE_MS)
        assert ann.decisions == [(15 * MINUTE_MS, *ASLEEP), (16 * MINUTE_MS, "resume", "speech"), (asleep, *ASLEEP)]


async def test_a_longer_silence_counts_from_the_next_timer_on(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await change(node, idle_pause_ms=30 * MINUTE_MS)
        await until(MINUTE_MS)
        ann.tell("resume")
        await until(40 * MINUTE_MS)
        assert ann.decisions == [(31 * MINUTE_MS, *ASLEEP)]


async def test_without_auto_pause_the_timer_that_runs_pauses_nobody(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await until(15 * MINUTE_MS - 1)
        await change(node, auto_pause=False)
        await until(60 * MINUTE_MS)
        assert ann.decisions == []
        assert ann.microphone[-1][1] == "observing"


async def test_auto_pause_switched_off_wakes_nobody_and_lets_nobody_fall_asleep_again(
    autojump_clock: MockClock,
) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await until(20 * MINUTE_MS)
        await change(node, auto_pause=False)
        await until(30 * MINUTE_MS)
        assert ann.microphone[-1] == (15 * MINUTE_MS, "idle")
        await sound(ann, 30 * MINUTE_MS, 30 * MINUTE_MS + 2_000)
        await until(90 * MINUTE_MS)
        assert ann.decisions == [(15 * MINUTE_MS, *ASLEEP), (30 * MINUTE_MS, "resume", "speech")]
        assert counts(ann) == {"kept": 1}


async def test_auto_resume_switched_off_leaves_it_to_a_person(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await until(20 * MINUTE_MS)
        await change(node, auto_resume=False)
        await sound(ann, 21 * MINUTE_MS, 21 * MINUTE_MS + 2_000)
        ann.tell("seek")
        await settled()
        assert ann.microphone[-1] == (15 * MINUTE_MS, "idle")
        assert counts(ann) == {"kept": 0, "paused": 1}
        ann.tell("resume")
        await sound(ann, 22 * MINUTE_MS, 22 * MINUTE_MS + 2_000)
        assert counts(ann) == {"kept": 1, "paused": 1}


@pytest.mark.parametrize(("cooldown", "expected"), [(None, {"kept": 1, "cooldown": 1}), (0, {"kept": 2})])
async def test_the_cooldown_of_now_judges_the_segment_that_ends_now(
    autojump_clock: MockClock, cooldown: int | None, expected: dict[str, int]
) -> None:
    """A breath of 300 ms in the cooldown of the remark before it."""
    async with open_node() as node:
        ann = await node.listen()
        await sound(ann, 1_000, 3_000)
        await change(node, cooldown_ms=cooldown)
        await sound(ann, 3_100, 3_400)
        assert counts(ann) == expected


async def test_a_longer_cooldown_counts_from_the_next_remark_on(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await sound(ann, 1_000, 3_000)
        await change(node, cooldown_ms=2_000)
        await until(4_000)
        assert ann.microphone[-1] == (3_750, "observing")
        await sound(ann, 10_000, 12_000)
        await until(20_000)
        assert ann.microphone[-1] == (14_250, "observing")


async def test_the_threshold_changes_between_two_remarks(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        assert "note_id" in await ann.say(1).answer()
        await change(node, min_confidence=0.9)
        assert (await ann.say(2).answer())["refused"] == "low_confidence"
        await change(node, min_confidence=None)
        assert "note_id" in await ann.say(3).answer()
        assert len(node.ledger.notes) == 2


async def test_a_draft_is_judged_by_the_threshold_of_the_moment_it_is_there(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 5}).use(monkeypatch)
    async with open_node() as node:
        ann = await node.listen()
        said = ann.say(1)
        await until(4_000)
        await change(node, min_confidence=0.9)
        assert (await said.answer())["refused"] == "low_confidence"


async def test_a_session_that_is_closing_takes_no_notice(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await sound(ann, 1_000, 3_000)
        await ann.tell("close").answer()
        await change(node, auto_pause=False, min_confidence=0.9)
        assert journaled(node.ledger) == []
        assert "note_id" in await ann.say(1, segment=ann.seq - 1).answer()


# -- a session that comes back ----------------------------------------------------------------------------------------


async def test_a_session_is_restored_across_a_change_as_it_was(autojump_clock: MockClock) -> None:
    ledger, choices = MemoryLedger(), MemoryUserSettings()
    async with open_node(ledger, choices) as node:
        ann = await node.listen()
        await sound(ann, 1_000, 3_000)
        await change(node, min_confidence=0.5, idle_pause_ms=MINUTE_MS, cooldown_ms=100)
        await sound(ann, 3_150, 3_400)
        await change(node, auto_resume=False, commands=False)
        await until(4_000)
        live = ann.session.states
    states = (await restored(ledger)).states
    assert {name: states[name] for name in (VOICE, AGENT)} == {name: live[name] for name in (VOICE, AGENT)}
    async with open_node(ledger, choices) as node:
        await node.open()
        await settled()
    assert [entry.payload["min_confidence"] for entry in journaled(ledger)] == [0.5, 0.5]


async def test_a_session_that_was_away_hears_what_was_changed_meanwhile(autojump_clock: MockClock) -> None:
    ledger, choices = MemoryLedger(), MemoryUserSettings()
    async with open_node(ledger, choices) as node:
        await node.listen()
        await until(1_000)
    await choices.replace(ANN, 0, {"auto_pause": False, "min_confidence": 0.9, "idle_pause_ms": MINUTE_MS})
    async with open_node(ledger, choices) as node:
        session = await node.open()
        await settled()
        (heard,) = journaled(ledger)
        assert heard.payload == for_session((await node.settings.in_force.of(ANN)).settings)
        assert (heard.at, session.states[VOICE].data["auto_pause"]) == (NOON + 1_000, False)
        assert session.states[AGENT].data["min_confidence"] == 0.9
    async with open_node(ledger, choices) as node:
        await node.open()
        await settled()
    assert len(journaled(ledger)) == 1


# -- stores that take their time --------------------------------------------------------------------------------------


class SlowToKeep(MemoryUserSettings):
    async def replace(self, user_id: UUID, version: int, chosen: Chosen) -> bool:
        await trio.sleep(1)
        return await super().replace(user_id, version, chosen)


@define(eq=False)
class SlowToRead(MemoryUserSettings):
    """Its first answer is a second old when it is there."""

    reads: int = 0

    async def of(self, user_id: UUID) -> Kept:
        self.reads += 1
        first, kept = self.reads == 1, await super().of(user_id)
        await trio.sleep(1 if first else 0)
        return kept


async def test_auto_pause_switched_on_counts_from_then(autojump_clock: MockClock) -> None:
    """The timer of `observing` was spent while auto_pause was off; switched on again, nothing waits for the silence
    until somebody speaks: a microphone open for nobody, which is what auto_pause is for.
    """
    async with open_node() as node:
        ann = await node.listen()
        await change(node, auto_pause=False)
        await until(20 * MINUTE_MS)
        await change(node, auto_pause=True)
        await until(60 * MINUTE_MS)
        await settled()
        assert ann.decisions == [(35 * MINUTE_MS, *ASLEEP)]
