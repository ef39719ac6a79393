"""What was said and what was made of it, for people: the part of an answer that a note and a remark share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from lossy.cli.why_page import DIM, STRONG, Page, after, clock, day, entry, joined, short, span, way
from lossy.domain.timecode import media_text
from lossy.inference.rules import RULES as BY_RULES
from lossy.why.words import (
    COMMANDS,
    DECIDED,
    FAILED,
    HALF_HEARD,
    IGNORED,
    REFUSED,
    RULES,
    TIMES,
    or_itself,
    points,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lossy.why.case import About
    from lossy.why.remark import Draft, Remark, Said
    from lossy.why.segments import Segment


# What a draft's reasons say of it beside the rules that make up its confidence.
TOLD = frozenset({"category", "topic", "sign", "correction", "time"})


def add_said(page: Page, remark: Remark, about: About, *, is_first: bool = False) -> None:
    """`is_first`: what was made of the words has been changed since."""
    first = [Text("of the first version:", DIM)] if is_first else []
    page.add("Said", *_speech(remark, about))
    page.add("Words", *_words(remark))
    page.add("Tries", *_tries(remark))
    if remark.draft is not None:
        page.add("Draft", *first, *_draft(remark.draft))
    if decided := [*decision(remark.outcome.get("decision", {}))]:
        page.add("Decision", *first, *decided)


def add_way(page: Page, remark: Remark) -> None:
    began = remark.said[0].at if remark.said else 0
    stages = [(stage.n, stage.at, stage.passages) for stage in remark.stages]
    if stages:
        page.add("Way", way(stages, began))
    page.add("Doubt", remark.doubt)


def print_remark(page: Page, remark: Remark, about: About) -> None:
    """All about a remark that is to stand for itself."""
    page.add("Became", *became(remark))
    add_said(page, remark, about)
    add_way(page, remark)
    page.add("Session", f"{about.session}, {day(about.began_at)}")


# -- what was said ------------------------------------------------------------------------------------------------


def _speech(remark: Remark, about: About) -> Iterator[str | Text]:
    segment, said = remark.segment, remark.said[0] if remark.said else None
    if segment is not None and segment.began_at is not None:
        yield from _segment(segment)
    elif said is not None:
        yield f"from {clock(said.spoken_at)} UTC, {day(said.spoken_at)}, for {span(said.duration_ms)}"
        yield Text("its words name no segment of speech that was heard", DIM)
    if said is not None:
        yield f"at {media_text(said.media_ms)} of {about.film}, {about.rate} frames a second"
    device = said.device if said else None
    yield f"by {about.person}" + (f", on device {short(device)}" if device else "")


def _segment(segment: Segment) -> Iterator[Text]:
    assert segment.began_at is not None, "the caller has asked"
    began = f"{clock(segment.began_at)} UTC, {day(segment.began_at)}"
    if segment.ended_at is None:
        yield joined(f"from {began}; its end never came", entry(segment.began_n))
        return
    length = f"{clock(segment.began_at)} to {clock(segment.ended_at)} UTC, {day(segment.began_at)}"
    yield joined(
        f"{length}: {span(segment.ended_at - segment.began_at)}", entry(segment.began_n), entry(segment.ended_n)
    )
    if segment.reason:
        yield Text(f"ignored as {segment.reason}: {or_itself(IGNORED, segment.reason)}")


def _words(remark: Remark) -> Iterator[Text]:
    for said in remark.said[:1]:
        yield Text(f"“{said.text}”")
        yield joined(_transcriber(said) + _heard(remark, said), entry(said.n))
    for said in remark.said[1:]:
        yield joined(f"once more at {clock(said.at)}", entry(said.n))


def _transcriber(said: Said) -> str:
    who = "transcribed here" if said.by_server else "transcribed by the browser"
    return who if said.stt_confidence is None else f"{who}, {said.stt_confidence:.2f} sure of them"


def _heard(remark: Remark, said: Said) -> str:
    ended = remark.segment.ended_at if remark.segment else None
    return "" if ended is None else f"; here {span(said.at - ended)} after the speech ended"


# -- what was made of it ------------------------------------------------------------------------------------------


def _tries(remark: Remark) -> Iterator[Text]:
    for i, failure in enumerate(remark.failures, 1):
        why = f"{i}. came to nothing at {clock(failure.at)}: {or_itself(FAILED, failure.reason)}"
        yield joined(why, entry(failure.n))


def _draft(draft: Draft) -> Iterator[Text]:
    by = "by the rules" if draft.by == BY_RULES else f"by the model {draft.by}"
    yield Text(f"“{draft.text}”")
    yield joined(f"{by}: {draft.category}, {draft.confidence:.2f}", entry(draft.n))
    facts = [reason.partition(": ") for reason in draft.reasons]
    for kind, words in (("topic", "about"), ("sign", "signs"), ("correction", "as a correction")):
        if found := [what for name, _, what in facts if name == kind and what]:
            yield Text(f"{words}: {', '.join(found)}")
    for name, _, what in facts:
        if name == "time":
            yield Text(f"time: {or_itself(TIMES, what)}")
        elif name not in TOLD or not what:
            yield _rule(name, what)


def _rule(name: str, what: str) -> Text:
    """In words, with what it adds to the confidence."""
    adds = points(name)
    if name == HALF_HEARD:
        return joined("  less", "speech-to-text was unsure of the words", Text(name, DIM), by="  ")
    if adds is None:
        return Text(f"       {name}{': ' * bool(what)}{what}")
    return joined(f"{adds / 100:+.2f}", or_itself(RULES, name), Text(name, DIM), by="  ")


def decision(numbers: Mapping[str, Any]) -> Iterator[Text]:
    if not numbers:
        return
    yield Text(or_itself(DECIDED, numbers["reason"]).format(**numbers))
    deleted = f"{numbers['deletions']} {'deletion' if numbers['deletions'] == 1 else 'deletions'}"
    yield Text(
        f"base {numbers['base']:.2f}, floor {numbers['floor']:.2f}, {deleted} of {numbers['category']} until then", DIM
    )


# -- what became of it --------------------------------------------------------------------------------------------


def became(remark: Remark) -> Iterator[Text]:
    outcome = remark.outcome
    match outcome:
        case {"refused": str(reason)}:
            why = Text.assemble(("no note", STRONG), f": {or_itself(REFUSED, reason)}")
            yield joined(why, entry(remark.settled_n))
        case {"command": str(name)}:
            did = remark.did or or_itself(COMMANDS, name)
            yield joined(f"the command “{name}”: {did}", entry(remark.settled_n))
        case {"amended": True}:
            yield joined("words for the note before it", entry(remark.settled_n))
        case {"note_id": _}:
            yield joined("a note", entry(remark.settled_n))
        case _:
            yield Text(_unsettled(remark))
    if "note_id" in outcome:
        yield Text(f"note {outcome['note_id']}")
    if remark.settled_at is not None and remark.said:
        yield Text(f"{after(remark.settled_at - remark.said[0].at)}, at {clock(remark.settled_at)}", DIM)


def _unsettled(remark: Remark) -> str:
    if remark.in_hand:
        return f"nothing yet: it is in hand, {' > '.join(remark.in_hand)}"
    if remark.waits is not None:
        return f"nothing yet: it waits, {remark.waits} before it"
    return "nothing that is known"
