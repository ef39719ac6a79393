"""A device, a bad network and the server's half of the link, so that what gets through can be compared with what was
said. The chart's effects are performed as its file says.
"""

from __future__ import annotations

from collections import defaultdict, deque
from itertools import count, islice
from typing import TYPE_CHECKING, Any

from attrs import define, field

from lossy.charts.model import State
from lossy.domain import reconnect
from lossy.sessions.catalog import delays
from lossy.settings import Reconnect
from tests.domain.device import Device, Frame
from tests.domain.driven import CHARTS, T
from tests.domain.timeline import Timeline

if TYPE_CHECKING:
    from random import Random

    from lossy.charts.model import Data

RING = 3  # pushes that the server holds


@define(eq=False)
class World:
    """`accepted` is what was handed on, `pushed` what the session told in the present epoch."""

    link: Timeline = field(init=False)
    device: Device = field(factory=Device)
    up: dict[int, deque[Frame]] = field(factory=lambda: defaultdict(deque))  # by socket, to the server
    down: deque[Frame] = field(factory=deque)  # to the device, on its live socket
    live: int | None = None
    sockets: count[int] = field(factory=lambda: count(1))
    contents: count[int] = field(factory=count)
    accepted: list[int] = field(factory=list)
    pushed: list[int] = field(factory=list)
    excused: set[int] = field(factory=set)  # what is lost by no fault of the link
    backup: tuple[State, tuple[int, ...]] = field(init=False)
    epochs: count[int] = field(factory=lambda: count(2))
    sent: int = 0  # until now

    def __attrs_post_init__(self) -> None:
        self.link = Timeline(CHARTS["reconnect"], reconnect.initial(delays(Reconnect()), ring=RING))
        self.back_up()

    # -- what may happen ----------------------------------------------------------------------------------------

    def speak(self) -> None:
        frames, dropped = self.device.speak()
        self.excused.update(dropped)
        self.send(frames)

    def join(self) -> None:
        self.break_off()
        self.live = next(self.sockets)
        self.send([("attach", self.device.knows)])

    def break_off(self) -> None:
        """What was on its way to the server may still arrive, and before long the server notices."""
        if self.live is not None:
            self.up[self.live].append(("drop", {}))
        self.live = None
        self.down.clear()

    def push(self) -> None:
        """One, two, or as many as the server holds."""
        count = 1 + len(self.pushed) % RING
        self.pushed += islice(self.contents, count)
        self.happens("pushed", {"count": count})

    def arrive(self, random: Random) -> None:
        """The next frame on one of the sockets reaches the server."""
        if sockets := [socket for socket, frames in self.up.items() if frames]:
            socket = random.choice(sockets)
            name, payload = self.up[socket].popleft()
            self.happens(name, {**payload, "socket": socket})

    def return_(self) -> None:
        """The next frame reaches the device."""
        if self.down:
            self.send(self.device.take(*self.down.popleft()))

    def take_over(self) -> None:
        """The server dies with all its sockets; another goes on from what was stored."""
        self.break_off()
        self.up.clear()
        self.link.restart(away=0)
        self.pushed = []
        self.happens("taken_over", {"push_epoch": next(self.epochs)})

    def back_up(self) -> None:
        self.backup = self.link.state, tuple(self.accepted)

    def restore(self) -> None:
        """An older copy of the store is put back: what was accepted since is lost with it."""
        self.link.state, kept = self.backup
        self.excused.update(self.accepted[len(kept) :])
        self.accepted = list(kept)
        self.take_over()

    def forget(self) -> None:
        """The device is installed anew."""
        self.break_off()
        device = self.device
        self.excused.update(content for _, content in device.held)
        self.excused.update(device.unnumbered)
        self.device = Device(said=device.said)

    def wait(self, random: Random) -> None:
        self.link.wait(random.choice([*[1] * 20, 9_999, 10_000, 30_000]))
        self.perform_all()

    def settle(self, random: Random) -> None:
        """The device joins once more, and the network is good for as long as it takes."""
        self.join()
        while self.down or any(self.up.values()):
            self.arrive(random)
            self.return_()

    # -- the server's half --------------------------------------------------------------------------------------

    def happens(self, name: str, payload: dict[str, Any]) -> None:
        self.link.hear_at(self.link.at - T, name, **payload)
        self.perform_all()

    def perform_all(self) -> None:
        """The effects of every step since the last time."""
        for move in self.link.moves[self.sent :]:
            for effect in move.effects:
                self.perform(effect.name, effect.data, move.event.payload)
        self.sent = len(self.link.moves)

    def perform(self, name: str, data: Data, payload: Data) -> None:
        accepted, pushed = data["accepted_through"], data["pushed_through"]
        picture: Frame = ("picture", {"epoch": data["push_epoch"], "n": pushed})
        joined: Frame = ("joined", {"accepted_through": accepted})
        match name:
            case "hand_on":
                self.accepted.append(payload["content"])
            case "acknowledge":
                self.reply(data, ("ack", {"accepted_through": accepted}))
            case "refuse_gap":
                self.reply(data, ("gap", {}))
            case "deliver_pushes":
                self.reply(data, *map(self.numbered, range(pushed + 1 - payload["count"], pushed + 1)))
            case "send_picture":
                self.reply(data, joined, picture)
            case "replay_pushes":
                missed = range(payload["last_push_seq"] + 1, pushed + 1)
                assert len(missed) <= RING, "more than is held"
                self.reply(data, joined, *map(self.numbered, missed))
            case "reset_session":
                self.reply(data, picture, ("reset", {"reset": data["resets"], "expected": accepted + 1}))

    def numbered(self, n: int) -> Frame:
        return "push", {"n": n, "content": self.pushed[n - 1]}

    def reply(self, data: Data, *frames: Frame) -> None:
        """Whatever goes out on a socket that is gone is lost."""
        if data["socket"] == self.live:
            self.down.extend(frames)

    def send(self, frames: list[Frame]) -> None:
        if self.live is not None:
            self.up[self.live].extend(frames)
