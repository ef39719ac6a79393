"""Presence, against a model of what the npm client makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from lossy.channels import presence
from lossy.channels.presence import Meta, Presence, Present, difference

KEYS = [str(UUID(int=number)) for number in range(3)]
State = dict[str, list[Mapping[str, Any]]]


@define
class NpmPresence:
    """`Presence` of npm `phoenix`: `syncState`, `syncDiff`, and differences that come before the state wait for it."""

    metas: State = field(factory=dict)
    synced: bool = False
    pending: list[Any] = field(factory=list)

    def on_state(self, state: Any) -> None:
        new = {key: entry["metas"] for key, entry in state.items()}
        left = {key: [meta for meta in metas if meta not in new.get(key, [])] for key, metas in self.metas.items()}
        came = {key: [meta for meta in metas if meta not in self.metas.get(key, [])] for key, metas in new.items()}
        self.synced = True
        self._merge({key: metas for key, metas in came.items() if metas}, {k: m for k, m in left.items() if m})
        for diff in self.pending:
            self.on_diff(diff)
        self.pending.clear()

    def on_diff(self, diff: Any) -> None:
        if not self.synced:
            return self.pending.append(diff)
        joins, leaves = ({key: entry["metas"] for key, entry in diff[side].items()} for side in ("joins", "leaves"))
        self._merge(joins, leaves)

    def _merge(self, joins: State, leaves: State) -> None:
        for key, came in joins.items():
            refs = {meta["phx_ref"] for meta in came}
            self.metas[key] = [*(meta for meta in self.metas.get(key, []) if meta["phx_ref"] not in refs), *came]
        for key, left in leaves.items():
            refs = {meta["phx_ref"] for meta in left}
            self.metas[key] = [meta for meta in self.metas.get(key, []) if meta["phx_ref"] not in refs]
            if not self.metas[key]:
                del self.metas[key]

    def shown(self) -> dict[str, list[str]]:
        return {key: sorted(meta["phx_ref"] for meta in metas) for key, metas in self.metas.items()}


def shown(present: Present) -> dict[str, list[str]]:
    payload = present.as_payload()
    return {key: sorted(meta["phx_ref"] for meta in entry["metas"]) for key, entry in payload.items()}


# Which connection does what: it enters where it is not there, is updated or leaves where it is.
moves = st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=30)


def histories(present: Present, moves: list[tuple[int, bool]]) -> list[Present]:
    refs: dict[int, str] = {}
    history = [present]
    for number, (connection, goes) in enumerate(moves):
        if connection in refs and goes:
            present = present.without(refs.pop(connection))
        else:
            meta = Meta(f"ref-{number}", {"n": number}, before=refs.get(connection))
            present = present.with_one(Presence(KEYS[connection % len(KEYS)], meta))
            refs[connection] = meta.ref
        history.append(present)
    return history


@given(moves, st.integers(0, 30), st.integers(0, 30))
def test_the_client_sees_whoever_is_there(moves: list[tuple[int, bool]], joined: int, told: int) -> None:
    """From whenever it joins, though differences come before the state does."""
    history = histories(Present(), moves)
    joined, told = sorted((min(joined, len(history) - 1), min(told, len(history) - 1)))
    client = NpmPresence()
    for at in range(joined, len(history)):
        if at > joined:
            client.on_diff(difference(history[at - 1], history[at]))
        if at == told:
            client.on_state(history[told].as_payload())
    assert client.shown() == shown(history[-1])


@given(moves, moves)
def test_a_client_that_comes_back_sees_whoever_is_there_now(
    before: list[tuple[int, bool]], after: list[tuple[int, bool]]
) -> None:
    then, now = histories(Present(), before)[-1], histories(Present(), [*before, *after])[-1]
    client = NpmPresence()
    client.on_state(then.as_payload())
    client.on_state(now.as_payload())
    assert client.shown() == shown(now)


def test_an_update_is_a_leave_and_a_join_in_one_difference() -> None:
    here = Present().with_one(Presence(KEYS[0], Meta("1", {"tab": "a"})))
    there = here.with_one(Presence(KEYS[0], Meta("2", {"tab": "a", "media_ms": 40}, before="1")))
    assert difference(here, there) == {
        "joins": {KEYS[0]: {"metas": [{"tab": "a", "media_ms": 40, "phx_ref_prev": "1", "phx_ref": "2"}]}},
        "leaves": {KEYS[0]: {"metas": [{"tab": "a", "phx_ref": "1"}]}},
    }
    assert shown(there) == {KEYS[0]: ["2"]}


@pytest.mark.parametrize("key", ["__proto__", "constructor", "toString", "", KEYS[0].upper() + "A", f"{KEYS[0]}\n"])
def test_a_key_that_is_no_uuid_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="must match"):
        Presence(key, Meta("1", {}))


def test_it_is_full_with_so_many() -> None:
    present = Present({str(n): Presence(KEYS[0], Meta(str(n), {})) for n in range(presence.PRESENT - 1)})
    assert not present.is_full
    assert present.with_one(Presence(KEYS[1], Meta("one more", {}))).is_full
