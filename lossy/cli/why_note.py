"""Why a note exists and reads as it does, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from lossy.cli.why_page import DIM, STRONG, Page, clock, day, entry, joined
from lossy.cli.why_remark import add_said, add_way
from lossy.domain.timecode import media_text
from lossy.why.words import CHANGED, TIMES, UNSAID, or_itself

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console

    from lossy.why.event import Difference
    from lossy.why.note import Change, Frame, Moved, Note


def print_note(console: Console, note: Note) -> None:
    page = Page()
    page.add("Text", Text(note.text, STRONG), f"{note.category}, {note.confidence:.2f}, {note.status}")
    if note.remark is not None and note.about is not None:
        add_said(page, note.remark, note.about, is_first=any(change.changed for change in note.changes))
    page.add("Frame", *_frame(note))
    if note.remark is not None:
        add_way(page, note.remark)
    page.add("Changes", *(line for change in note.changes for line in _change(change, _words(note))))
    page.add("Now", *_now(note))
    page.add("Session", *_session(note))
    page.print(console, Text(f"Note {note.id}", STRONG))


def _frame(note: Note) -> Iterator[Text]:
    frame, moved = note.frame, note.moved
    if moved is not None:
        yield Text(f"{_place(moved)}, at {frame.rate} frames a second", STRONG)
        yield joined("moved there by", f"“{moved.words}”" if moved.words else "an edit", entry(moved.n))
    yield Text(f"{'at first ' if moved else ''}{_place(frame)}, at {frame.rate} frames a second")
    if frame.media_ms is None:
        return
    if frame.spoken:
        yield Text(f"the time was named, {or_itself(TIMES, frame.spoken)}")
    else:
        yield Text(f"where the remark began; the true onset is within {frame.uncertainty_ms} ms of it")


def _place(at: Frame | Moved) -> str:
    frames = f"{at.frame_in}" if at.frame_out is None else f"{at.frame_in} to {at.frame_out}"
    if at.media_ms is None:
        return frames
    end = "" if at.media_end_ms is None else f" to {media_text(at.media_end_ms)}"
    return f"{frames}: what shows at {media_text(at.media_ms)}{end}"


def _words(note: Note) -> Mapping[str, str]:
    """What its chart heard, in words for a note that came about like this one."""
    by = note.origin.by if note.origin else None
    return {**CHANGED, "said": UNSAID[by]} if by else CHANGED


def _change(change: Change, words: Mapping[str, str]) -> Iterator[Text]:
    who = f" by {change.by}" if change.by else ""
    what = f"{change.version}. {clock(change.at)} {or_itself(words, change.event)}{who}: {change.status}"
    yield joined(what, entry(change.n if change.in_this_session else None))
    if change.words is not None:
        yield Text(f"   said: “{change.words}”", DIM)
    for each in change.changed:
        yield Text(f"   {_difference(each)}", DIM)


def _difference(each: Difference) -> str:
    return f"{each.path}: {_value(each.old)} → {_value(each.new)}"


def _value(value: object) -> str:
    return "none" if value is None else f"“{value}”" if isinstance(value, str) else f"{value}"


def _now(note: Note) -> Iterator[Text]:
    yield joined(Text(note.status, STRONG), note.why, by=": ")
    if note.made_of_it:
        yield Text(f"what its author made of the decision to keep it: {note.made_of_it}", DIM)


def _origin(note: Note) -> str:
    origin = note.origin
    if origin is None or origin.by is None:
        return "the session it was said in is not kept"
    if origin.by == "hand":
        return f"none: it was typed by {origin.author}"
    file, by = origin.file or "a file", origin.via or ""
    who = f"by {by.removeprefix('cli:')}, with a command, for {origin.author}" if by.startswith("cli:") else ""
    return f"none: it was imported from {file} {who or f'by {origin.author}'}"


def _session(note: Note) -> Iterator[Text]:
    if note.about is None:
        yield Text(_origin(note))
        return
    yield Text(f"{note.about.session}, {day(note.about.began_at)}")
    if note.versions:
        charts = ", ".join(f"{name} {version}" for name, version in note.versions.items())
        yield Text(f"by the charts {charts}", DIM)
