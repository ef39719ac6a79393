"""What happened in a session, for people: a line for each thing, in the order in which the session took them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from lossy.cli.why_page import DIM, STRONG, Page, Unpadded, clock, day, machine, plain, short, since, span
from lossy.domain.timecode import media_text
from lossy.why.segments import AWAITED, KEPT, MISSING, OPEN, UNHEARD
from lossy.why.timeline import LINK, MICROPHONE
from lossy.why.words import IGNORED, or_itself

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console

    from lossy.why.case import About
    from lossy.why.event import Standing
    from lossy.why.remark import Remark
    from lossy.why.segments import Segment
    from lossy.why.session import Session
    from lossy.why.timeline import Happening


def print_session(console: Console, session: Session) -> None:
    page = Page()
    page.add("Film", *_film(session.about))
    page.add("Time", *_time(session))
    page.add("Stands", *_stands(session.stands))
    page.add("Counts", *_counts(session))
    page.add("Doubts", *(f"from #{n} on: {doubt}" for n, doubt in session.doubts))
    page.print(console, Text(f"Session {session.about.session}", STRONG))
    console.print(Unpadded(_timeline(session)))


def _film(about: About) -> Iterator[str]:
    yield f"{about.film}, {about.rate} frames a second, {about.url}"
    devices = ", ".join(map(short, about.devices)) or "none"
    yield f"by {about.person}; {'device' if len(about.devices) == 1 else 'devices'} {devices}"


def _time(session: Session) -> Iterator[str | Text]:
    about = session.about
    yield f"{day(about.began_at)}, from {clock(about.began_at)} UTC, {span(about.last_at - about.began_at)}"
    if about.ended_at is not None:
        yield f"ended at {clock(about.ended_at)}"
    else:
        yield "not ended; a node holds it" if session.held else "not ended; it rests until somebody joins it"
    charts = ", ".join(f"{name.partition(':')[0]} {version}" for name, version in session.versions.items())
    epochs = f"epochs {session.epochs[0]} to {session.epochs[-1]}" if session.epochs[1:] else "one epoch"
    yield Text(f"{session.counts.entries} entries in {epochs}; charts {charts}", DIM)


def _stands(standing: tuple[Standing, ...] | None) -> Iterator[Text]:
    for each in standing or ():
        yield Text.assemble((f"{machine(each.chart)} ", DIM), plain(", ".join(each.active)))


def _counts(session: Session) -> Iterator[str]:
    counts = session.counts
    ignored = f", {sum(counts.ignored.values())} ignored ({_named(counts.ignored)})" if counts.ignored else ""
    unknown = f", {counts.unknown} of which that is not known" if counts.unknown else ""
    yield f"speech: {counts.kept} kept{ignored}{unknown}"
    became = [
        _several(counts.notes, "note", "notes"),
        _several(counts.mended, "correction", "corrections"),
        f"{_several(sum(counts.commands.values()), 'command', 'commands')} ({_named(counts.commands)})"
        if counts.commands
        else "",
        f"{sum(counts.refused.values())} without a note ({_named(counts.refused)})" if counts.refused else "",
        f"{counts.open} not settled" if counts.open else "",
    ]
    yield f"remarks: {', '.join(filter(None, became)) or 'none'}"
    if counts.missing:
        yield f"words that never came: {_several(counts.missing, 'segment', 'segments')}"


def _named(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())


def _several(n: int, one: str, more: str) -> str:
    return "" if n == 0 else f"{n} {one if n == 1 else more}"


# -- the lines ----------------------------------------------------------------------------------------------------


def _timeline(session: Session) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for justify in ("right", "left", "right"):
        grid.add_column(justify=justify, style=DIM, no_wrap=True)
    grid.add_column(overflow="fold")
    for n, at, line in sorted(_lines(session), key=lambda line: line[0]):
        grid.add_row(f"#{n}", clock(at), since(at - session.about.began_at), line)
    return grid


def _lines(session: Session) -> Iterator[tuple[int, int, Text]]:
    several = len(session.about.devices) > 1
    spoken = {id for segment in session.segments for id in segment.remarks}
    remarks = {remark.id: remark for remark in session.remarks}
    for happening in session.happenings:
        yield happening.n, happening.at, _happening(happening, several=several)
    for segment in session.segments:
        at = segment.began_at if segment.began_at is not None else segment.ended_at
        lines = [_speech(segment, several=several), *(_remark(remarks[id], session.notes) for id in segment.remarks)]
        yield segment.n, at or 0, Text("\n").join(lines)
    for remark in session.remarks:
        if remark.id not in spoken and remark.said:
            yield remark.said[0].n, remark.said[0].at, _remark(remark, session.notes)


def _happening(happening: Happening, *, several: bool) -> Text:
    by = f" ({short(happening.device)})" if several and happening.device and happening.kind != LINK else ""
    what = {LINK: f"device {short(happening.device)} {happening.words}", MICROPHONE: happening.words}
    return Text(what.get(happening.kind, happening.words) + by, DIM if happening.kind == LINK else "")


def _speech(segment: Segment, *, several: bool) -> Text:
    length = "" if segment.length_ms is None else f" {span(segment.length_ms)}"
    where = "" if segment.media_ms is None else f" at {media_text(segment.media_ms)}"
    by = f" ({short(segment.device)})" if several else ""
    return Text(f"speech{length}{where}{by}{_fate(segment)}")


def _fate(segment: Segment) -> str:
    match segment.fate, segment.words:
        case _, _ if segment.reason is not None:
            return f": ignored as {segment.reason}, for {or_itself(IGNORED, segment.reason)}"
        case str(fate), str(words) if fate == KEPT and words == MISSING:
            return ": its words never came"
        case str(fate), str(words) if fate == KEPT and words == AWAITED:
            return ": its words are awaited"
        case str(fate), _ if fate == OPEN:
            return ": not at its end yet"
        case str(fate), _ if fate == UNHEARD:
            return ": not heard, for the session was closing"
    return ""


def _remark(remark: Remark, notes: Mapping[str, str]) -> Text:
    text = Text("  ").append(f"“{remark.said[0].text}”" if remark.said else "a remark", STRONG)
    return text.append(f"\n  {_became(remark, notes)}").append(f"\n  {_id(remark)}", DIM)


def _became(remark: Remark, notes: Mapping[str, str]) -> str:
    outcome = remark.outcome
    numbers = outcome.get("decision", {})
    judged = f" {numbers['category']} {numbers['confidence']:.2f}" if numbers else ""
    if "refused" in outcome:
        below = f", {numbers['confidence']:.2f} of {numbers['threshold']:.2f}" if numbers else ""
        return f"no note: {outcome['refused'].replace('_', ' ')}{below}"
    if "command" in outcome:
        return f"the command {outcome['command']}" + (f": {remark.did}" if remark.did else "")
    if outcome.get("amended"):
        return f"mends the note before it:{judged}"
    if "note_id" in outcome:
        return f"note:{judged}, {notes.get(outcome['note_id'], 'not kept')}"
    return (
        f"in hand, {remark.in_hand[-1]}" if remark.in_hand else "waits" if remark.waits is not None else "not settled"
    )


def _id(remark: Remark) -> str:
    is_note = "note_id" in remark.outcome and not {"command", "amended"} & {*remark.outcome}
    return f"note {remark.outcome['note_id']}" if is_note else f"remark {remark.id}"
