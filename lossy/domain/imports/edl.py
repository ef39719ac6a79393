"""Markers of an EDL: those that DaVinci Resolve exports, and the locators that Avid puts behind its events.

A marker of Resolve is at the record time of its event. A locator says its own time, and an event may have several.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from lossy.domain.export.edl import unguarded
from lossy.domain.export.words import one_line, untagged
from lossy.domain.imports.found import Found, ImportFault, at_frames, category_named, check_count, in_words
from lossy.domain.smpte import Timecode
from lossy.domain.timecode import Rate, TimecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Of lines without space around them. None of these can be made to go over a long line again and again.
# An event is a number, reel, tracks, kind of edit with its length, source in and out, record in and out.
EVENT = re.compile(r"[0-9]+\s.*\s(?P<record>\S+)\s+\S+")
MARKS = re.compile(r"(?P<note>.*?)\|C:(?P<colour>\w*)\s*\|M:(?P<name>[^|]*)(?:\|D:(?P<length>[0-9]{1,9}))?")
LOCATOR = re.compile(r"\*\s*LOC:\s*(?P<timecode>\S+)\s+\w+\s*(?P<words>.*)")
DROP_FRAME = re.compile(r"FCM:\s*DROP[ -]FRAME", re.IGNORECASE)


def read_edl(text: str, rate: Rate, start: str) -> tuple[Found, ...]:
    """`start` is the timecode of the film's first frame; whether numbers are dropped the file says.

    Raises ImportFault.
    """
    lines = text.splitlines()
    reading = _Reading(_timecode(lines, rate, start))
    for number, line in enumerate(lines, 1):
        reading.take(_Line(f"line.{number}", line.strip()))
    if not reading.found:
        raise ImportFault("$", "There are no markers in it: neither Resolve's (|C: |M: |D:) nor locators (* LOC:).")
    return tuple(reading.found)


def _timecode(lines: list[str], rate: Rate, start: str) -> Timecode:
    drop = any(DROP_FRAME.fullmatch(line.strip()) for line in lines)
    try:
        return Timecode.starting(rate, start.replace(";", ":"), drop=drop or ";" in start)
    except TimecodeError as error:
        raise ImportFault("start_timecode", str(error)) from None


@frozen
class _Line:
    path: str
    text: str


@define(eq=False)
class _Reading:
    """Line by line. A note may have been broken into several, which come before the one with the marks."""

    timecode: Timecode
    found: list[Found] = field(factory=list)
    _record: str | None = None  # of the event that the line is of
    _words: list[str] = field(factory=list)

    def take(self, line: _Line) -> None:
        if marks := MARKS.fullmatch(line.text):
            self.found += self._markers(line, marks)
            self._record, self._words = None, []
        elif locator := LOCATOR.fullmatch(line.text):
            self.found += self._locators(line, locator)
        elif event := EVENT.fullmatch(line.text):
            self._record, self._words = event["record"], []
        elif self._record is not None and not line.text.startswith("*"):
            self._words.append(line.text)
        check_count(self.found, line.path)

    def _markers(self, line: _Line, marks: re.Match[str]) -> Iterator[Found]:
        if self._record is None:
            raise ImportFault(line.path, "This marker has no event before it, which would say when it is.")
        frames, name = self._frames(line, self._record, int(marks["length"] or 1)), one_line(marks["name"])
        category = category_named(name)
        note = unguarded(" ".join([*self._words, marks["note"]]).strip())
        for text, id in untagged(note):
            # The name of a marker of ours is its category, or those of all the notes that begin on the frame.
            yield Found(*frames, in_words(line.path, text or ("" if category or id else name)), category, id)

    def _locators(self, line: _Line, locator: re.Match[str]) -> Iterator[Found]:
        frames = self._frames(line, locator["timecode"], 1)
        for text, id in untagged(locator["words"]):
            yield Found(*frames, in_words(line.path, text), None, id)

    def _frames(self, line: _Line, timecode: str, length: int) -> tuple[int, int | None]:
        try:
            return at_frames(line.path, self.timecode.frame(timecode), length, self.timecode.rate)
        except TimecodeError as error:
            raise ImportFault(line.path, str(error)) from None
