"""Flags on nodes that share one store: who hears of a change, when, and what a session does with it."""

from __future__ import annotations

from contextlib import ExitStack, asynccontextmanager, contextmanager
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import trio
from attrs import define, field, frozen

from lossy.channels.errors import Code, Refusal
from lossy.channels.topics import User
from lossy.domain.capabilities import BUILT, CATALOGUE, Capability
from lossy.domain.flag_change import Outdated
from lossy.inference.rules import RULES
from lossy.sessions.flag_watch import TICK_S, FlagWatch
from lossy.sessions.flags import AT_A_TIME, Flags, Payload
from lossy.sessions.restore import AGENT, VOICE
from lossy.store.flags import By
from lossy.store.memory_flags import MemoryFlags
from lossy.store.memory_user_settings import MemoryUserSettings
from lossy.store.pool import StoreUnavailable
from tests.flags import everything_on, flag, group
from tests.sessions.node import ANN, BEN, Node, open_node
from tests.sessions.test_structuring import TOO_DARK, Writer, made_by, model

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from trio.testing import MockClock

    from lossy.bus.memory import Published
    from lossy.domain.flag_change import Change
    from lossy.domain.flag_rules import Rules

VOICE_SESSION = Capability.VOICE_SESSION
SOMEBODY = By("cli:root")
CREW = {"members": {str(ANN): True}}
PROMISED_S = 1.0  # a change reaches clients in less


@define(eq=False)
class Store(MemoryFlags):
    """A database that may be away."""

    away: bool = field(default=False)
    read_whole: int = field(default=0)

    async def version(self) -> int:
        if self.away:
            raise StoreUnavailable("away")
        return await super().version()

    async def read(self) -> Rules:
        self.read_whole += 1
        return await super().read()

    async def set(self, *changes: Change) -> None:
        """By somebody else, as `lossy flags` does."""
        await self.change(changes, SOMEBODY, 0)


@frozen(eq=False)
class Watched:
    node: Node
    flags: Flags
    watch: FlagWatch


@asynccontextmanager
async def open_watched(store: MemoryFlags, choices: MemoryUserSettings | None = None) -> AsyncIterator[Watched]:
    flags = Flags()
    async with open_node(choices=choices, flags=flags) as node, trio.open_nursery() as nursery:
        watch = FlagWatch(store, flags, node.settings, node.clock)
        await nursery.start(watch.run)
        yield Watched(node, flags, watch)
        nursery.cancel_scope.cancel()


@define(eq=False)
class Heard:
    """What one client was told, and when."""

    told: list[tuple[float, Payload]] = field(factory=list)

    def __call__(self, flags: Payload) -> None:
        self.told.append((trio.current_time(), flags))

    def values(self, key: str = VOICE_SESSION) -> list[Any]:
        return [flags[key]["value"] for _, flags in self.told]


# -- asking -------------------------------------------------------------------------------------------------------


def test_what_is_off_is_refused_with_the_letter_of_the_capability() -> None:
    flags = Flags(everything_on(flag(VOICE_SESSION, {"actors": {str(ANN): False}})))
    with pytest.raises(Refusal) as refusal:
        flags.require(VOICE_SESSION, ANN)
    assert (refusal.value.code, refusal.value.details) == (Code.UNAVAILABLE, {"capability": "B1"})
    flags.require(VOICE_SESSION, BEN)
    assert flags.features(BEN) == tuple(BUILT)
    assert flags.features(ANN) == tuple(capability for capability in BUILT if capability != VOICE_SESSION)


def test_a_user_is_told_whether_and_by_what_kind_of_rule_but_not_on_which_list_they_are() -> None:
    rules = everything_on(group("crew", CREW), flag(VOICE_SESSION, {"groups": {"crew": False}}))
    told = Flags(rules).told(ANN)
    assert told.keys() == {*map(str, BUILT)}
    assert told[VOICE_SESSION] == {"value": False, "variant": "off", "reason": "TARGETING_MATCH"}


# -- hearing of it ------------------------------------------------------------------------------------------------


async def test_a_change_made_elsewhere_reaches_those_whom_it_concerns_in_time(autojump_clock: MockClock) -> None:
    store = Store()
    async with open_watched(store) as one, open_watched(store) as other:
        anns, bens, elsewhere = Heard(), Heard(), Heard()
        with one.flags.follow(ANN, anns), one.flags.follow(BEN, bens), other.flags.follow(ANN, elsewhere):
            await trio.sleep(10.1)
            await store.set(flag(VOICE_SESSION, {"killed": True}))
            await trio.sleep(PROMISED_S)
            assert (anns.values(), bens.values(), elsewhere.values()) == ([False],) * 3
            assert all(at - 10.1 <= TICK_S for at, _ in (*anns.told, *elsewhere.told))
            await store.set(flag(VOICE_SESSION, {"killed": False, "actors": {str(ANN): False}}))
            await trio.sleep(PROMISED_S)
            assert (anns.values(), bens.values()) == ([False, False], [False, True])


async def test_a_change_made_here_counts_and_is_told_at_once(autojump_clock: MockClock) -> None:
    async with open_watched(Store()) as here:
        heard = Heard()
        with here.flags.follow(ANN, heard):
            await here.watch.change([flag(VOICE_SESSION, {"boolean": False})], SOMEBODY)
            assert not here.flags.is_on(VOICE_SESSION, ANN)
            assert heard.values() == [False]
            await trio.sleep(2 * TICK_S)
            assert len(heard.told) == 1, "and not once more"
            with pytest.raises(Outdated):
                await here.watch.change([flag(VOICE_SESSION, {"boolean": True}, to=0)], SOMEBODY)


async def test_who_is_not_concerned_hears_nothing_and_who_has_left_neither(autojump_clock: MockClock) -> None:
    store = Store()
    async with open_watched(store) as here:
        bens, left = Heard(), Heard()
        with here.flags.follow(ANN, left):
            assert here.flags.is_followed(ANN)
        assert not here.flags.is_followed(ANN)
        with here.flags.follow(BEN, bens):
            await store.set(flag(VOICE_SESSION, {"actors": {str(ANN): False}}), group("crew", CREW))
            await trio.sleep(PROMISED_S)
        assert bens.told == left.told == []


async def test_every_device_of_a_user_hears_and_one_may_leave_while_others_are_told(autojump_clock: MockClock) -> None:
    store = Store()
    async with open_watched(store) as here:
        first, second = Heard(), Heard()
        leaving = ExitStack()
        leaving.enter_context(here.flags.follow(ANN, lambda flags: leaving.close()))
        with here.flags.follow(ANN, first), here.flags.follow(ANN, second):
            await store.set(flag(VOICE_SESSION, {"boolean": False}))
            await trio.sleep(PROMISED_S)
        assert first.values() == second.values() == [False]


async def test_many_are_told_with_others_having_their_turn(autojump_clock: MockClock) -> None:
    flags, told, turns = Flags(everything_on()), list[UUID](), list[int]()
    everybody = [UUID(int=n) for n in range(5 * AT_A_TIME)]

    def tell(user: UUID, flags: Payload) -> None:
        told.append(user)

    async def others() -> None:
        while len(told) < len(everybody):
            turns.append(len(told))
            await trio.lowlevel.checkpoint()

    with ExitStack() as following:
        for user in everybody:
            following.enter_context(flags.follow(user, partial(tell, user)))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(others)
            nursery.start_soon(flags.take, everything_on(flag(VOICE_SESSION, {"boolean": False})))
    assert sorted(told) == everybody
    waits = [after - before for before, after in pairwise([0, *turns, len(told)])]
    assert max(waits) <= 2 * AT_A_TIME, "trio may take either of two tasks first"


async def test_what_is_older_is_not_taken(autojump_clock: MockClock) -> None:
    flags = Flags(everything_on(flag(VOICE_SESSION, {"boolean": False})))
    await flags.take(everything_on())
    assert not flags.is_on(VOICE_SESSION, ANN)


async def test_only_a_new_version_is_read_whole(autojump_clock: MockClock) -> None:
    store = Store()
    async with open_watched(store):
        begun = store.read_whole
        await trio.sleep(20 * TICK_S)
        assert store.read_whole == begun
        await store.set(flag(VOICE_SESSION, {"boolean": False}))
        await trio.sleep(20 * TICK_S)
        assert store.read_whole == begun + 1


async def test_while_the_database_is_away_a_node_goes_on_with_what_it_knows(autojump_clock: MockClock) -> None:
    store = Store()
    async with open_watched(store) as here:
        await store.set(flag(VOICE_SESSION, {"boolean": False}))
        store.away = True
        await trio.sleep(10)
        assert here.flags.is_on(VOICE_SESSION, ANN)
        store.away = False
        await trio.sleep(PROMISED_S)
        assert not here.flags.is_on(VOICE_SESSION, ANN)


async def test_what_a_later_version_brings_is_off_after_an_update(autojump_clock: MockClock) -> None:
    """The store of a server that had one flag only."""
    store = Store()
    await store.set(flag(VOICE_SESSION, {"boolean": True}))
    async with open_watched(store) as here:
        on = {capability for capability in BUILT if here.flags.is_on(capability, ANN)}
        assert on == {VOICE_SESSION} | {capability for capability in BUILT if CATALOGUE[capability].default}


# -- cohorts ------------------------------------------------------------------------------------------------------


@contextmanager
def listening(node: Node, user: UUID) -> Iterator[list[Any]]:
    """What the user's devices are told of settings."""
    told: list[Any] = []

    def deliver(published: Published) -> None:
        assert published.broadcast.event == "settings_changed"
        told.append(published.broadcast.payload)

    with node.settings.bus.subscribe(str(User(user)), deliver):
        yield told


async def test_a_cohorts_defaults_are_those_of_its_members_and_under_what_they_chose(
    autojump_clock: MockClock,
) -> None:
    store, choices = Store(), MemoryUserSettings({BEN: (4, {"cooldown_ms": 100})})
    members = {"members": {str(ANN): True, str(BEN): True}}
    await store.set(group("crew", {**members, "defaults": {"cooldown_ms": 900, "auto_post": True}}))
    async with open_watched(store, choices) as here:
        in_force = here.node.settings.in_force
        of_ann, of_ben, of_others = [(await in_force.of(user)).settings for user in (ANN, BEN, UUID(int=99))]
        assert (of_ann.cooldown_ms, of_ann.auto_post) == (900, True)
        assert (of_ben.cooldown_ms, of_ben.auto_post) == (100, True)
        assert (of_others.cooldown_ms, of_others.auto_post) == (500, False)


async def test_a_live_session_and_all_devices_hear_of_other_defaults(autojump_clock: MockClock) -> None:
    store = Store()
    async with open_watched(store) as here:
        session = (await here.node.join()).session
        with listening(here.node, ANN) as anns, listening(here.node, BEN) as bens:
            await store.set(group("crew", {**CREW, "defaults": {"auto_post": True, "cooldown_ms": 900}}))
            await trio.sleep(PROMISED_S)
            (told,) = anns
            assert (told["version"], told["settings"]["cooldown_ms"], told["settings"]["auto_post"]) == (0, 900, True)
            assert session.states[AGENT].data["auto_post"] is True
            assert session.states[VOICE].data["delays"]["cooldown"] == 900
            await store.set(group("crew", {"members": {str(ANN): None}}))
            await trio.sleep(PROMISED_S)
            assert anns[-1]["settings"]["cooldown_ms"] == session.states[VOICE].data["delays"]["cooldown"] == 500
            assert bens == []


async def test_who_could_not_be_told_is_told_when_the_database_is_back(autojump_clock: MockClock) -> None:
    store = Store()
    async with open_watched(store) as here:
        with here.flags.follow(ANN, Heard()), listening(here.node, ANN) as told:
            await here.watch.change([group("crew", {**CREW, "defaults": {"auto_post": True}})], SOMEBODY)
            store.away = True
            await trio.sleep(10)
            assert told == []
            store.away = False
            await trio.sleep(PROMISED_S)
            assert [each["settings"]["auto_post"] for each in told] == [True]


async def test_who_is_not_here_is_not_asked_about(autojump_clock: MockClock) -> None:
    store, asked = Store(), list[UUID]()

    @define(eq=False)
    class Choices(MemoryUserSettings):
        async def of(self, user_id: UUID) -> Any:
            asked.append(user_id)
            return await super().of(user_id)

    async with open_watched(store, Choices()):
        await store.set(group("crew", {**CREW, "defaults": {"auto_post": True}}))
        await trio.sleep(PROMISED_S)
        assert asked == []


# -- the language model -------------------------------------------------------------------------------------------


async def made(changes: Sequence[Change], then: Sequence[Change] = ()) -> list[str]:
    """Who made the notes of two remarks of Ann's; `then` is changed between them."""
    flags = Flags(everything_on(*changes))
    async with open_node(drafter=model(Writer()), flags=flags) as node:
        ann = await node.join()
        await ann.say(1, TOO_DARK).answer()
        await flags.take(everything_on(*changes, *then))
        await ann.say(2, TOO_DARK).answer()
        return made_by(node)


async def test_a_live_session_loses_the_model_with_the_next_remark(autojump_clock: MockClock) -> None:
    by_model = (await made([]))[0]
    kill = flag(Capability.LANGUAGE_MODEL, {"killed": True})
    assert await made([], [kill]) == [by_model, RULES]
    assert await made([flag(Capability.LANGUAGE_MODEL, {"actors": {str(ANN): False}})]) == [RULES, RULES]
    assert await made([flag(Capability.LANGUAGE_MODEL, {"actors": {str(BEN): False}})]) == [by_model, by_model]
