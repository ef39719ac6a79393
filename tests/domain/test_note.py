"""The note's chart with its rules: what becomes of a note, and what is told of it."""

import pytest

from tests.domain.driven import HOUR, MINUTE, SECOND
from tests.domain.note_life import ANN, BEN, EVE, KEPT, LINK, WAYS, Note, data, in_state

REFUSED = ["refuse_change code=conflict"]

# -- said and meant -----------------------------------------------------------------------------------------------


def test_a_note_begins_as_a_ghost_and_that_is_recorded() -> None:
    said = Note()
    assert (said.now, said.told) == ("ghost", ["record"])


def test_a_note_of_a_category_that_its_author_always_wants_firms_itself() -> None:
    said = Note(data=data(self_firming=True))
    assert (said.now, said.told) == ("firmed", ["record", "record"])


@pytest.mark.parametrize("event", ["confirm", "edit"])
def test_a_ghost_is_firmed_by_a_word_or_by_an_edit(event: str) -> None:
    said = Note().hear(event)
    assert (said.now, said.told) == ("firmed", ["record"])


def test_a_ghost_may_be_approved_at_once() -> None:
    said = Note().hear("queue")
    assert (said.now, said.told) == ("queued", ["record", "enqueue"])


def test_a_ghost_nobody_wanted_expires_and_its_author_may_undo_that() -> None:
    said = Note().hear("expire", by=None)
    assert (said.now, said.told, said["deleted_by"]) == ("deleted", ["record"], None)
    assert said.hear("undo", by=None).told == ["refuse_change code=forbidden"], "nobody is nobody's deleter"
    assert said.hear("undo", by=ANN).now == "ghost"


@pytest.mark.parametrize("state", ["firmed", "queued", "posted", "failed"])
def test_an_edit_is_recorded_and_moves_nothing(state: str) -> None:
    said = in_state(state)
    before = said.state
    assert said.hear("edit", by=BEN).told == ["record"]
    assert said.state == before


# -- on the way to the platform -----------------------------------------------------------------------------------


def test_a_firmed_note_is_approved_posted_and_has_its_permalink() -> None:
    said = in_state("firmed").hear("queue")
    assert (said.now, said.told) == ("queued", ["record", "enqueue"])
    said.hear("begin")
    assert (said.now, said.told, said["attempts"]) == ("posting", ["record"], 1)
    assert said.knew("record")["attempts"] == 1, "the job learns its attempt's number from the record"
    said.hear("posted")
    assert (said.now, said.told, said["permalink"]) == ("posted", ["record"], LINK)
    assert said.knew("record")["permalink"] == LINK


@pytest.mark.parametrize("state", ["queued", "failed"])
def test_an_approval_is_taken_back(state: str) -> None:
    said = in_state(state).hear("unqueue")
    assert (said.now, said.told) == ("firmed", ["record"])


def test_what_failed_surely_is_tried_three_times() -> None:
    said = in_state("queued")
    for attempt in (1, 2):
        said.hear("begin").hear("not_posted")
        assert (said.now, said.told, said["attempts"]) == ("queued", ["record", "enqueue"], attempt)
    said.hear("begin").hear("not_posted")
    assert (said.now, said.told, said["attempts"]) == ("failed", ["record"], 3)
    assert said["doubt"] is None


@pytest.mark.parametrize("way", [["queue"], ["unqueue", "queue"]], ids=["at once", "by way of firmed"])
def test_a_new_approval_gives_all_the_attempts_again(way: list[str]) -> None:
    said = in_state("queued")
    for event in ["begin", "not_posted"] * 3 + way:
        said.hear(event)
    assert (said.now, said.told) == ("queued", ["record", "enqueue"])
    for state in ("queued", "queued", "failed"):
        assert said.hear("begin").hear("not_posted").now == state
    assert said["attempts"] == 6, "attempts have numbers, which never come back"


@pytest.mark.parametrize(("ms", "state"), [(119_999, "posting"), (120_000, "failed")])
def test_a_job_has_two_minutes_to_act(ms: int, state: str) -> None:
    assert in_state("posting").wait(ms).now == state


def test_a_job_that_died_leaves_a_doubt() -> None:
    said = in_state("posting")
    began = said.at
    said.wait(HOUR)
    assert (said.now, said.told, said["doubt"]) == ("failed", ["record"], began + 2 * MINUTE)
    assert said.knew("record")["doubt"] == began + 2 * MINUTE


def test_the_job_s_time_goes_on_while_no_node_runs() -> None:
    said = in_state("posting").wait(SECOND)
    assert said.restored(away_ms=MINUTE).wait(MINUTE - SECOND).now == "failed"


def test_a_job_that_cannot_tell_leaves_one_too() -> None:
    said = in_state("posting").hear("unsure")
    assert (said.now, said.told, said["doubt"]) == ("failed", ["record"], said.at)


@pytest.mark.parametrize("way", [["queue"], ["unqueue", "queue"]], ids=["at once", "by way of firmed"])
def test_in_doubt_the_job_has_to_look_since(way: list[str]) -> None:
    said = in_state("failed")
    doubt = said["doubt"]
    for event in way:
        said.hear(event)
    for unseen in ({}, {"probed_at": doubt - 1}, {"probed_at": doubt}):
        assert said.hear("begin", **unseen).told == REFUSED
        assert (said.now, said["attempts"]) == ("queued", 1)
    assert said.hear("begin", probed_at=doubt + 1).now == "posting"


def test_a_look_after_which_nothing_was_posted_ends_the_doubt() -> None:
    said = in_state("failed").hear("queue")
    said.hear("begin", probed_at=said.at).hear("not_posted")
    assert (said.now, said["doubt"]) == ("queued", None)
    assert said.hear("begin").now == "posting"


def test_a_look_before_the_last_attempt_ends_the_doubt_too() -> None:
    said = Note(data=data(attempts=1)).hear("queue").hear("begin").hear("unsure").hear("queue")
    said.hear("begin", probed_at=said.at).hear("not_posted")
    assert (said.now, said["doubt"]) == ("failed", None)


@pytest.mark.parametrize("state", ["queued", "failed", "firmed"])
def test_a_job_that_finds_it_there_or_was_only_slow_settles_everything(state: str) -> None:
    said = in_state("failed")
    for event in {"queued": ["queue"], "failed": [], "firmed": ["unqueue"]}[state]:
        said.hear(event)
    said.hear("posted")
    assert (said.now, said.told, said["permalink"], said["doubt"]) == ("posted", ["record"], LINK, None)


def test_word_of_an_earlier_attempt_says_nothing_of_the_one_that_runs() -> None:
    said = in_state("posting").wait(HOUR).hear("queue")
    said.hear("begin", probed_at=said.at)
    before = said.state
    for word in ("not_posted", "unsure"):
        assert said.hear(word, attempt=1).told == []
        assert said.state == before
    assert said.hear("unsure", attempt=2).now == "failed"


@pytest.mark.parametrize("event", ["edit", "delete", "merge"])
def test_what_a_job_is_posting_cannot_be_changed(event: str) -> None:
    said = in_state("posting")
    before = said.state
    assert said.hear(event).told == REFUSED
    assert said.state == before


# -- deleted ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["delete", "merge"])
@pytest.mark.parametrize("state", [state for state in KEPT if state != "posting"])
def test_what_is_deleted_comes_back_as_it_was(state: str, event: str) -> None:
    said = in_state(state)
    before = said.state
    said.hear(event, by=BEN)
    assert (said.now, said.told, said["deleted_by"]) == ("deleted", ["record"], BEN)
    assert said.knew("record")["deleted_by"] == BEN
    said.hear("undo", by=ANN)
    assert (said.state.active, said.state.data) == (before.active, before.data)
    assert said.told == (["record", "enqueue"] if state == "queued" else ["record"])
    assert said.knew("record")["deleted_by"] is None


@pytest.mark.parametrize(("by", "state"), [(ANN, "firmed"), (BEN, "firmed"), (EVE, "deleted")])
def test_its_author_may_undo_and_who_deleted_it_and_nobody_else(by: str, state: str) -> None:
    said = in_state("firmed").hear("delete", by=BEN).hear("undo", by=by)
    assert said.now == state
    assert said.told == (["record"] if state == "firmed" else ["refuse_change code=forbidden"])


def test_somebody_else_may_not_bring_back_a_posted_note() -> None:
    said = in_state("posted").hear("delete", by=BEN).hear("undo", by=EVE)
    assert (said.now, said.told) == ("deleted", ["refuse_change code=forbidden"])


def test_what_turns_out_to_be_posted_comes_back_posted() -> None:
    said = in_state("failed").hear("delete").hear("posted")
    assert (said.now, said.told, said["permalink"]) == ("deleted", ["record"], LINK)
    assert said.hear("posted", permalink="another").told == [], "its permalink is known"
    assert said["permalink"] == LINK
    said.hear("undo")
    assert (said.now, said.told, said["deleted_by"]) == ("posted", ["record"], None)


@pytest.mark.parametrize("event", ["edit", "merge"])
def test_words_for_a_deleted_note_are_not_dropped_in_silence(event: str) -> None:
    assert in_state("deleted").hear(event, by=BEN).told == REFUSED


# -- what is nothing ----------------------------------------------------------------------------------------------

NOTHING = {
    "ghost": "unqueue begin posted not_posted unsure undo",
    "firmed": "confirm expire unqueue begin not_posted unsure undo",
    "queued": "confirm queue expire not_posted unsure undo",
    "posting": "confirm queue unqueue begin expire undo",
    "posted": "confirm queue unqueue begin posted not_posted unsure expire undo",
    "failed": "confirm begin not_posted unsure expire undo",
    "deleted": "confirm queue unqueue begin not_posted unsure expire delete",
}


@pytest.mark.parametrize(("state", "event"), [(state, event) for state in WAYS for event in NOTHING[state].split()])
def test_nothing_is_made_of_it(state: str, event: str) -> None:
    said = in_state(state)
    before = said.state
    assert said.hear(event, permalink="another", probed_at=said.at).told == []
    assert said.state is before


def test_only_a_job_is_waited_for() -> None:
    for state in WAYS:
        said = in_state(state).wait(24 * HOUR)
        assert said.now == ("failed" if state == "posting" else state)
    assert in_state("posting").hear("unsure", 119 * SECOND).state.deadlines == {}
