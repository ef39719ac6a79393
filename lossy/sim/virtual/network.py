"""The way between each device and the servers: how long it takes, and what goes wrong on it."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import trio
from attrs import define, field

from lossy.sim.client import Disconnected
from lossy.sim.virtual.connection import Connection
from lossy.sim.virtual.faults import Chance

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossy.channels.wire import Frame
    from lossy.sim.virtual.pipe import Pipe

# One way, within a country; and where the line is `slow`.
LATENCY_S = (0.005, 0.04)
SLOW_S = (0.4, 1.5)
LATE_S = 3.0
# How soon after a lost frame the connection is known to be broken: TCP hides no gap.
BROKEN_S = 2.0
# What a client waits for an answer that does not come.
CONNECT_S = 1.0


@define(eq=False)
class Line:
    """One device's. Each of these holds until that time, on trio's clock."""

    random: Random
    chance: Chance
    down_until: float = field(default=0.0, init=False)
    silent_until: float = field(default=0.0, init=False)
    slow_until: float = field(default=0.0, init=False)
    unread_until: float = field(default=0.0, init=False)
    connections: dict[Connection, None] = field(factory=dict, init=False)

    # -- what may befall it -----------------------------------------------------------------------------------------

    def go_down(self, lasts_s: float) -> None:
        self.down_until = max(self.down_until, trio.current_time() + lasts_s)
        for connection in [*self.connections]:
            connection.cut()

    def fall_silent(self, lasts_s: float) -> None:
        """What is open stays so, and carries nothing any more."""
        self.silent_until = max(self.silent_until, trio.current_time() + lasts_s)
        for connection in self.connections:
            connection.silent = True

    def slow_down(self, lasts_s: float) -> None:
        self.slow_until = max(self.slow_until, trio.current_time() + lasts_s)

    def stop_reading(self, lasts_s: float) -> None:
        self.unread_until = max(self.unread_until, trio.current_time() + lasts_s)

    def heal(self) -> None:
        """What is half open stays so: nobody is told, and each side has to find out."""
        now = trio.current_time()
        self.down_until, self.silent_until = min(self.down_until, now), min(self.silent_until, now)
        self.slow_until, self.unread_until = min(self.slow_until, now), min(self.unread_until, now)

    # -- connections ------------------------------------------------------------------------------------------------

    async def connect(self, accept: Callable[[Connection], None]) -> Connection:
        """Raises Disconnected."""
        now = trio.current_time()
        if now < self.silent_until:
            await trio.sleep(CONNECT_S)
            raise Disconnected("no answer")
        await trio.sleep(2 * self._latency())
        if trio.current_time() < self.down_until:
            raise Disconnected("the network is down")
        connection = Connection(self, self._forget)
        self.connections[connection] = None
        accept(connection)
        return connection

    async def ask(self) -> bool:
        """A request over HTTP goes there and back. Whether it did."""
        if trio.current_time() < self.silent_until:
            await trio.sleep(CONNECT_S)
            return False
        await trio.sleep(2 * self._latency())
        return trio.current_time() >= self.down_until

    def _forget(self, connection: Connection) -> None:
        self.connections.pop(connection, None)

    # -- frames -----------------------------------------------------------------------------------------------------

    def carry(self, pipe: Pipe[Frame], frame: Frame, connection: Connection, *, up: bool) -> None:
        if connection.silent:
            return
        at = self._arrival(pipe, up=up)
        fault = self.chance.befalls_frame()
        if fault is None:
            pipe.put(frame, at)
        else:
            self._befall(fault, pipe, frame, connection, at)

    def end_at(self) -> float:
        return trio.current_time() + self._latency()

    def _arrival(self, pipe: Pipe[Frame], *, up: bool) -> float:
        at = trio.current_time() + self._latency()
        if not up:
            at = max(at, self.unread_until)
        return max(at, pipe.frames[-1][0]) if pipe.frames else at

    def _latency(self) -> float:
        least, most = SLOW_S if trio.current_time() < self.slow_until else LATENCY_S
        return least + (most - least) * self.random.random()

    def _befall(self, fault: str, pipe: Pipe[Frame], frame: Frame, connection: Connection, at: float) -> None:
        self.chance.hits[fault] += 1
        match fault:
            case "cut":  # the rest of the frame never comes, so the half that did is of no use to anybody
                connection.cut()
            case "drop":
                connection.break_at(at + self.random.random() * BROKEN_S)  # TCP gives nothing that comes after it
            case "delay":
                pipe.put(frame, at + self.random.random() * LATE_S)
            case "duplicate" if _may_come_twice(frame):
                pipe.put(frame, at)
                pipe.put(frame, at)
            case "reorder" if pipe.frames and _is_numbered(frame) and _is_numbered(pipe.frames[-1][1]):
                before = pipe.frames.pop()
                pipe.put(frame, before[0])
                pipe.put(before[1], at)
            case _:
                self.chance.hits[fault] -= 1
                pipe.put(frame, at)


def _may_come_twice(frame: Frame) -> bool:
    """Joins and their answers are of one connection, and come once on it."""
    return isinstance(frame, str) and '"phx_' not in frame


def _is_numbered(frame: Frame) -> bool:
    return isinstance(frame, str) and ('"push_seq":' in frame or ('"voice_event"' in frame and '"seq":' in frame))
