"""How the answers of `lossy why` look: labelled paragraphs that fit a terminal of 80 columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attrs import define, field, frozen
from rich.console import Group
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from lossy.why.passages import Passage

DIM, STRONG = "dim", "bold"
LABEL = 9  # columns; the longest is "Frame in"
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
SHORT_ID = 8


def clock(at: int) -> str:
    """`12:03:01.450`, in UTC."""
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return f"{moment:%H:%M:%S}.{at % 1000:03}"


def day(at: int) -> str:
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return f"{moment.day} {moment:%B %Y}"


def span(ms: int) -> str:
    """A length of time, in units of which the second one is seldom wanted: `310 ms`, `1.48 s`, `3 min 2 s`."""
    if abs(ms) < SECOND:
        return f"{ms} ms"
    if abs(ms) < MINUTE:
        return f"{ms / SECOND:.2f} s"
    (unit, one), (part, of) = ((HOUR, "h"), (MINUTE, "min")) if ms >= HOUR else ((MINUTE, "min"), (SECOND, "s"))
    rest = ms % unit // part
    return f"{ms // unit} {one}" + (f" {rest} {of}" if rest else "")


def after(ms: int) -> str:
    """`1.48 s later`; what took no time says so."""
    return "at once" if ms == 0 else f"{span(ms)} later" if ms > 0 else f"{span(-ms)} earlier"


def short(id: str | None) -> str:
    return "nobody" if id is None else id[:SHORT_ID]


def entry(n: int | None) -> Text:
    """`#7`: the journal's entry of that number."""
    return Text("" if n is None else f"#{n}", DIM)


def joined(*parts: str | Text, by: str = " ") -> Text:
    return Text(by).join([part if isinstance(part, Text) else Text(part) for part in parts if part])


@define(eq=False)
class Page:
    """Titled paragraphs. A label stands beside the first of its lines."""

    _grid: Table = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._grid = Table.grid(padding=(0, 2, 0, 0))
        self._grid.add_column(width=LABEL, style=DIM, no_wrap=True)
        self._grid.add_column(overflow="fold")

    def add(self, label: str, *lines: RenderableType) -> None:
        """A paragraph; none where there is no line."""
        for i, line in enumerate(line for line in lines if line):
            self._grid.add_row(label if i == 0 else "", line)
        if any(lines):
            self._grid.add_row()

    def print(self, console: Console, title: str | Text) -> None:
        console.print(title, soft_wrap=False)
        console.print()
        console.print(Unpadded(self._grid))


@frozen
class Unpadded:
    """A table without the spaces that fill its lines up, which a terminal would copy."""

    table: Table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in console.render_lines(self.table, options, pad=False):
            while line and not line[-1].text.rstrip():
                line.pop()
            if line:
                yield from line[:-1]
                yield Segment(line[-1].text.rstrip(), line[-1].style)
            yield Segment.line()


def way(stages: Iterable[tuple[int, int, Iterable[Passage]]], began_at: int) -> Table:
    """Transitions with their entries and times, each over the chart's own words on it."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", style=DIM, no_wrap=True)
    grid.add_column(style=DIM, no_wrap=True)
    grid.add_column(overflow="fold")
    for n, at, passages in stages:
        for i, passage in enumerate(passages):
            when = (f"#{n}", since(at - began_at)) if i == 0 else ("", "")
            grid.add_row(*when, passage_told(passage))
    return grid


def passage_told(passage: Passage, chart: str = "") -> Group:
    """From where to where, on what and by which guard; under it the chart's own words."""
    to = plain(f"{passage.source} → {' + '.join(passage.to)}" if passage.to else f"stays in {passage.source}")
    on = heard(passage.event) if passage.event else "at once"
    guard = f", if {plain(passage.guard)}" if passage.guard else ""
    line = Text.assemble((f"{chart} " if chart else "", DIM), to, (f"  {on}{guard}", DIM))
    return Group(line, *([Padding(Text(passage.why, DIM), (0, 0, 0, 2))] if passage.why else []))


def heard(event: str) -> str:
    """An event as charts name it, in words: `on undo`, `when transcribing is done`, `when the time of ready is up`."""
    kind, _, state = event.rpartition(".")
    words = {"done": "when {} is done", "failed": "when {} fails", "after": "when the time of {} is up"}
    return plain(words.get(kind, "on {}").format(state))


def plain(name: str) -> str:
    return name.replace("_", " ")


def machine(chart: str) -> str:
    """Whose state it is: `voice`, `agent`, `device 3e7ba416`."""
    name, _, device = chart.partition(":")
    return f"device {short(device)}" if device else name


def since(ms: int) -> str:
    """`+1.48 s`; what a client kept for later may have happened before the session began."""
    return f"-{span(-ms)}" if ms < 0 else f"+{span(ms)}"
