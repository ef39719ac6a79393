"""A device as the extension has to be: what it says, what it remembers, and how it answers.

Contents are numbers that are never given twice.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from lossy.charts.model import Data

HELD = 4  # events that the device holds

Frame = tuple[str, "Data"]


@define(eq=False)
class Device:
    """What the extension remembers of one session. Without memory it numbers nothing before it has joined."""

    said: count[int] = field(factory=count)
    held: list[tuple[int, int]] = field(factory=list)  # seq and content of what has no answer yet
    unnumbered: list[int] = field(factory=list)
    skipped: tuple[int, int] | None = None  # the first and the last of what it dropped, right before what it holds
    next_seq: int | None = None
    told: int = 0
    epoch: int = 0
    seen: int = 0
    shown: list[int] = field(factory=list)  # contents of the pushes since the last full picture
    picture: int = 0  # how many pushes that had seen

    @property
    def knows(self) -> Data:
        """What it says of itself when it joins."""
        first = self.skipped[0] if self.skipped else self.held[0][0] if self.held else None
        last = self.held[-1][0] if self.held else None
        seen = {"last_push_seq": self.seen, "push_epoch": self.epoch} if self.epoch else {}
        return {"first_seq": first, "last_seq": last, "accepted_through": self.told, **seen}

    def speak(self) -> tuple[list[Frame], list[int]]:
        """What goes out, and what had to be dropped for it."""
        content = next(self.said)
        if self.next_seq is None:
            self.unnumbered.append(content)
            return [], []
        self.held.append((self.next_seq, content))
        self.next_seq += 1
        dropped = self.held[:-HELD]
        self.held = self.held[-HELD:]
        news = list[Frame]()
        for seq, _ in dropped:
            self.skipped = (self.skipped[0] if self.skipped else seq, seq)
            news = [("skipped", {"from": self.skipped[0], "to": seq})]
        return [*news, _event(*self.held[-1])], [content for _, content in dropped]

    def everything(self) -> list[Frame]:
        """All that has no answer yet, in order."""
        skipped = [("skipped", {"from": self.skipped[0], "to": self.skipped[1]})] if self.skipped else []
        return [*skipped, *(_event(*held) for held in self.held)]

    def take(self, name: str, payload: Data) -> list[Frame]:
        """A frame from the server, and the answer to it."""
        match name:
            case "ack":
                self.acknowledged(payload["accepted_through"])
            case "gap":
                return self.everything()
            case "push":
                self.push(payload["n"], payload["content"])
            case "picture":
                self.epoch, self.seen, self.picture, self.shown = payload["epoch"], payload["n"], payload["n"], []
            case "joined":
                self.acknowledged(payload["accepted_through"])
                self.number_from(payload["accepted_through"] + 1)
                return self.everything()
            case "reset":
                self.told, self.skipped = payload["expected"] - 1, None
                self.renumber(payload["expected"])
                last = self.held[-1][0] if self.held else None
                return [("ack", {"reset": payload["reset"], "last_seq": last}), *self.everything()]
        return []

    def acknowledged(self, through: int) -> None:
        self.told = max(self.told, through)
        self.held = [(seq, content) for seq, content in self.held if seq > through]
        if self.skipped is not None:
            self.skipped = (max(self.skipped[0], through + 1), self.skipped[1]) if through < self.skipped[1] else None

    def number_from(self, expected: int) -> None:
        if self.next_seq is None:
            self.renumber(expected)

    def renumber(self, expected: int) -> None:
        contents = [*(content for _, content in self.held), *self.unnumbered]
        self.held, self.unnumbered = list(enumerate(contents, expected)), []
        self.next_seq = expected + len(contents)

    def push(self, n: int, content: int) -> None:
        if n <= self.seen:
            return
        assert n == self.seen + 1, f"push {n} came after {self.seen}"
        self.seen = n
        self.shown.append(content)


def _event(seq: int, content: int) -> Frame:
    return "event", {"seq": seq, "content": content}
