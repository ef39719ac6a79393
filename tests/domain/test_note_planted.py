"""Each invariant of the note's chart notices what it is there for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from lossy.domain.note import undo_restores
from tests.domain.driven import BrokenError, with_rule, with_text
from tests.domain.note_life import ANN, CHART, Note, in_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossy.charts.model import Chart


def _rule(table: str, name: str, rule: Callable[..., Any]) -> Chart:
    return with_rule(CHART, table, name, rule)


def _file(old: str, new: str) -> Chart:
    return with_text(CHART, old, new)


PLANTED: dict[str, tuple[str, Chart, str]] = {
    "posted, and nobody knows where": (
        "posted_once",
        _rule("updates", "keep_permalink", lambda data, event: data),
        "queue begin posted",
    ),
    "on the platform, and its permalink forgotten": (
        "posted_once",
        _rule("updates", "note_deleter", lambda data, event: {**data, "permalink": None}),
        "queue begin posted delete",
    ),
    "posted in two places": (
        "posted_once",
        _file("- {if: on_platform, why: The permalink is known.}\n", ""),
        "queue begin posted delete posted",
    ),
    "posted, and queued again": (
        "posted_once",
        _file("- {if: on_platform, to: posted,", "- {if: on_platform, to: queued,"),
        "queue begin posted delete undo",
    ),
    "begun without a look": (
        "looked_first",
        _rule("guards", "not_there_yet", lambda data, event: True),
        "queue begin unsure queue begin",
    ),
    "begun after a look of before the doubt": (
        "looked_first",
        _rule("guards", "not_there_yet", lambda data, event: "probed_at" in event.payload),
        "queue begin unsure queue begin",
    ),
    "deleted while a job acts": (
        "deleted_is_not_posted",
        _file(
            'delete: {do: [{refuse_change: {code: conflict}}], why: "A moment', 'delete: {to: deleted, why: "A moment'
        ),
        "queue begin delete",
    ),
    "deleted, and a job sent": (
        "deleted_is_not_posted",
        _file("stays there.\n    entry: [record]", "stays there.\n    entry: [record, enqueue]"),
        "delete",
    ),
    "posted after it was deleted": (
        "deleted_is_not_posted",
        _file("- {if: on_platform, to: posted,", "- {if: on_platform, to: posting,"),
        "queue begin posted delete undo",
    ),
    "deleted with more than its deletion": (
        "undo_restores",
        _rule("updates", "note_deleter", lambda data, event: {**data, "deleted_by": ANN, "doubt": None}),
        "queue begin unsure delete",
    ),
    "come back with more than before": (
        "undo_restores",
        _rule("updates", "forget_deleter", lambda data, event: {**data, "deleted_by": None, "attempts": 0}),
        "queue begin unsure delete undo",
    ),
    "come back with its deleter": (
        "undo_restores",
        _rule("updates", "forget_deleter", lambda data, event: data),
        "delete undo",
    ),
    "come back unposted": (
        "undo_restores",
        _file("- {if: on_platform, to: posted,", "- {if: not_theirs, to: posted,"),
        "queue begin unsure delete posted undo",
    ),
    "come back elsewhere": (
        "undo_restores",
        _file("- {if: on_platform, to: posted,", "- {if: on_platform, to: firmed,"),
        "queue begin posted delete undo",
    ),
    "changed while it was deleted": (
        "undo_restores",
        _rule("updates", "keep_permalink", lambda data, event: {**data, "permalink": "there", "spent": 9}),
        "queue begin unsure delete posted",
    ),
    "an edit without a record": ("every_change_is_recorded", _file("edit: {do: [record]}", "edit: {}"), "confirm edit"),
    "a change without a record": (
        "every_change_is_recorded",
        _file("entry: [record, enqueue]", "entry: [enqueue]"),
        "queue",
    ),
    "a change with two records": (
        "every_change_is_recorded",
        _file("entry: [record, enqueue]", "entry: [record, record]"),
        "queue",
    ),
    "a record of nothing": (
        "every_change_is_recorded",
        _file("do: [{refuse_change: {code: forbidden}}]", "do: [record]"),
        "delete undo_by_eve",
    ),
    "a start without a record": (
        "every_change_is_recorded",
        _file('anybody."\n        entry: [record]', 'anybody."'),
        "",
    ),
    "a start with two records": (
        "every_change_is_recorded",
        _file('anybody."\n        entry: [record]', 'anybody."\n        entry: [record, record]'),
        "",
    ),
}


@pytest.mark.parametrize(("invariant", "spoilt", "way"), PLANTED.values(), ids=PLANTED)
def test_a_planted_violation_is_noticed(invariant: str, spoilt: Chart, way: str) -> None:
    with pytest.raises(BrokenError, match=invariant):
        _go(spoilt, way)
    _go(CHART, way)


def test_a_history_that_remembers_something_else_is_noticed() -> None:
    """No chart can bring that about, but a fault in what runs it can."""
    for note in (in_state("firmed").hear("delete"), in_state("failed").hear("delete").hear("posted")):
        move = note.moves[-1]
        other = attrs.evolve(move, after=attrs.evolve(move.after, history={"was": ("queued",)}))
        assert (undo_restores(move), undo_restores(other)) == (True, False)


def _go(chart: Chart, way: str) -> None:
    """Each posting is at another place, and a job's look is as old as the doubt, which is too old."""
    note = Note(chart=chart)
    for place, event in enumerate(way.split()):
        name, _, by = event.partition("_by_")
        note.hear(name, by=by or ANN, permalink=f"link {place}", probed_at=note["doubt"])
