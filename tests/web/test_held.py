"""What a channel holds is let go, the last first and all of it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from lossy.web.held import Held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def fail() -> None:
    raise RuntimeError("a bug")


@pytest.fixture
def gone() -> list[str]:
    return []


@pytest.fixture
def hold(gone: list[str]) -> Callable[[Held], None]:
    """Holds "first" and "second"."""

    @contextmanager
    def named(name: str) -> Iterator[None]:
        yield
        gone.append(name)

    def hold(held: Held) -> None:
        held.enter_context(named("first"))
        held.callback(lambda: gone.append("second"))

    return hold


def test_the_last_goes_first_and_once(gone: list[str], hold: Callable[[Held], None]) -> None:
    held = Held()
    hold(held)
    held.close()
    held.close()
    assert gone == ["second", "first"]


def test_all_goes_whatever_one_raises(gone: list[str], hold: Callable[[Held], None]) -> None:
    held = Held()
    hold(held)
    held.callback(fail)
    with pytest.raises(RuntimeError):
        held.close()
    assert gone == ["second", "first"]


def test_what_fails_while_it_is_gathered_lets_go(gone: list[str], hold: Callable[[Held], None]) -> None:
    def gather() -> None:
        with Held() as held:
            hold(held)
            fail()

    with pytest.raises(RuntimeError):
        gather()
    assert gone == ["second", "first"]


def test_what_is_popped_is_held_on(gone: list[str], hold: Callable[[Held], None]) -> None:
    with Held() as gathering:
        hold(gathering)
        held = gathering.pop_all()
    assert gone == []
    held.close()
    assert gone == ["second", "first"]
