"""What a device keeps, in which order it goes, and what takes it away."""

from __future__ import annotations

import trio

from lossy.sim.kept import COMMAND, CRITICAL, TRANSCRIPT, Kept, Said


def hear(kept: Kept, count: int) -> list[Said]:
    return [kept.hear({"n": n}) for n in range(count)]


def numbers(said: list[Said]) -> list[int | None]:
    return [one.seq for one in said]


def test_critical_events_are_numbered_without_holes() -> None:
    kept = Kept()
    assert numbers(hear(kept, 3)) == [1, 2, 3]
    kept.go_on(3)
    assert numbers(hear(kept, 2)) == [4, 5]
    assert (kept.seq, kept.accepted_through, kept.first_seq) == (5, 3, 4)


def test_one_acknowledgement_is_for_all_up_to_its_number() -> None:
    kept = Kept()
    said = hear(kept, 4)
    kept.acknowledge(3)
    assert [one.settled.is_set() for one in said] == [True, True, True, False]
    assert said[0].answer == {"accepted_through": 3}
    assert kept.unsettled == (said[3],)


def test_one_too_many_costs_the_oldest_its_place() -> None:
    kept = Kept()
    said = hear(kept, CRITICAL + 2)
    assert kept.dropped == 2
    assert said[1].settled.is_set()
    assert said[1].answer is None
    assert numbers(list(kept.unsettled)) == [*range(3, CRITICAL + 3)]
    assert kept.first_seq == 1
    assert kept.skipped_from(1) == (1, 2)
    kept.acknowledge(2)
    assert (kept.first_seq, kept.skipped_from(3)) == (3, None)


def test_what_was_dropped_after_it_was_accepted_is_not_skipped() -> None:
    kept = Kept()
    hear(kept, CRITICAL + 2)
    kept.go_on(1)
    assert kept.first_seq == 2
    assert kept.skipped_from(2) == (2, 2)


def test_transcripts_are_not_in_that_ring() -> None:
    kept = Kept()
    said = Said(TRANSCRIPT, {})
    kept.keep(said)
    hear(kept, CRITICAL + 50)
    assert said in kept.unsettled
    kept.acknowledge(CRITICAL + 50)
    assert kept.unsettled == (said,)


def test_a_reset_numbers_anew_what_is_held_and_the_words_with_it() -> None:
    kept = Kept()
    said = hear(kept, 3)
    words = Said(TRANSCRIPT, {"text": "a"}, of=said[2])
    kept.acknowledge(1)
    kept.renumber(7)
    assert numbers(said[1:]) == [8, 9]
    assert words.payload == {"text": "a", "segment": 9}
    assert said[1].payload["seq"] == 8
    assert (kept.seq, kept.accepted_through, kept.first_seq) == (9, 7, 8)


def test_a_device_that_forgot_its_numbers_counts_on() -> None:
    kept = Kept()
    kept.go_on(12)
    assert numbers(hear(kept, 1)) == [13]


def test_a_transcript_goes_when_all_before_it_has_its_answer() -> None:
    kept = Kept()
    events, words, more = hear(kept, 2), [Said(TRANSCRIPT, {}), Said(TRANSCRIPT, {})], []
    for one in words:
        kept.keep(one)
    more = hear(kept, 1)
    assert kept.due(set()) == [*events, *more]
    kept.acknowledge(2)
    assert kept.due(set()) == [words[0], *more]
    kept.settle(words[0], {})
    assert kept.due({*more}) == [words[1]]


def test_a_command_goes_alone() -> None:
    kept = Kept()
    before, command = hear(kept, 1), Said(COMMAND, {"name": "start"})
    kept.keep(command)
    after = hear(kept, 1)
    assert kept.due(set()) == before
    kept.acknowledge(1)
    assert kept.due(set()) == [command]
    assert kept.due({command}) == []
    kept.settle(command, {})
    assert kept.due({command}) == after


def test_a_click_that_may_have_been_heard_is_not_made_again() -> None:
    kept = Kept()
    start, undo, confirm = (Said(COMMAND, {"name": name}) for name in ("start", "undo", "confirm"))
    for one in (start, undo, confirm):
        kept.keep(one)
    assert kept.lost_clicks({start, undo}) == [undo]


async def test_who_waits_for_an_answer_is_woken() -> None:
    kept = Kept()
    said = kept.hear({})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(said.settled.wait)
        kept.acknowledge(1)


def test_who_is_hasty_sends_words_without_an_answer_and_never_before_what_was_heard() -> None:
    kept = Kept(hasty=True)
    one, two, three = (Said("transcript_final", {"text": text}) for text in ("one", "two", "three"))
    kept.keep(one)
    kept.keep(two)
    (heard,) = hear(kept, 1)
    kept.keep(three)
    assert kept.due(set()) == [one, two, heard]
