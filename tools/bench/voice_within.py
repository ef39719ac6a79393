"""The crowd of `voice.py` within the server's process, over transports in memory: the server without its sockets.

It reads what it is asked from its input, says when all have joined, waits for a line, and prints the waits.
"""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Any
from uuid import UUID

import attrs
import orjson
import trio

from lossy.app import App, open_app
from lossy.channels.wire import V2, Frame
from lossy.cli.running import configure_logs
from lossy.cli.server import spare_the_collector
from lossy.settings import Settings
from lossy.web.app import ROUTES
from lossy.web.credentials import Credentials
from lossy.web.sockets import Socket
from tools.bench.remarks import Talk
from tools.bench.voice_load import LATE_S, now_ms, wait_for_word
from tools.bench.waits import Tally

if TYPE_CHECKING:
    from lossy.channels.frames import Shared
    from lossy.web.transport import Take

AT_ONCE = 50  # who join at the same time
ADDRESS = "192.0.2.1"  # of everybody; it is in no network (RFC 5737)
NOTE, ERROR = '"note_created"', '"status":"error"'


@attrs.define(eq=False)
class Wire:
    """A transport whose client looks at nothing but answers while it joins, and then at nothing but notes."""

    number: int
    tally: Tally | None = None  # once it has joined
    now_ms: Any = None
    _unread: deque[Frame] = attrs.field(factory=deque, init=False)
    _reader: trio.lowlevel.Task | None = attrs.field(default=None, init=False)
    _answer: dict[str, Any] = attrs.field(factory=dict, init=False)
    _answered: trio.Event = attrs.field(factory=trio.Event, init=False)

    async def serve(self, take: Take) -> None:
        while True:
            rest = take(await self._receive())
            if rest is not None:
                await rest

    async def _receive(self) -> Frame:
        def abort(_: object) -> trio.lowlevel.Abort:
            self._reader = None
            return trio.lowlevel.Abort.SUCCEEDED

        if not self._unread:
            self._reader = trio.lowlevel.current_task()
            await trio.lowlevel.wait_task_rescheduled(abort)
        return self._unread.popleft()

    def say(self, frame: bytes) -> None:
        self._unread.append(frame.decode())
        reader, self._reader = self._reader, None
        if reader is not None:
            trio.lowlevel.reschedule(reader)

    def send(self, frame: Frame) -> None:
        assert isinstance(frame, str)
        if self.tally is None:
            self._hear_answer(*orjson.loads(frame))
        elif NOTE in frame:
            self.tally.noted(self.number, self.now_ms())
        elif ERROR in frame:
            self.tally.refused += 1

    def share(self, shared: Shared) -> None:
        self.send(shared.message)

    def close(self, code: int) -> None:
        raise ConnectionError(f"the server closed with {code}")

    def _hear_answer(self, join_ref: str | None, ref: str | None, topic: str, event: str, payload: Any) -> None:
        if event == "phx_reply":
            self._answer = payload
            self._answered.set()

    async def ask(self, topic: str, event: str, payload: dict[str, Any]) -> None:
        self._answered = trio.Event()
        self.say(orjson.dumps(["1", "0", topic, event, payload]))
        await self._answered.wait()
        if self._answer["status"] != "ok":
            raise ConnectionError(f"refused: {self._answer}")


@attrs.define(eq=False)
class Within:
    app: App
    asked: dict[str, Any]
    tally: Tally
    wires: list[Wire] = attrs.field(factory=list, init=False)
    _began: float = attrs.field(default=0.0, init=False)

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            await self.join_all(nursery)
            wait_for_word()
            await self._talk()
            await trio.sleep(LATE_S)
            nursery.cancel_scope.cancel()

    async def join_all(self, nursery: trio.Nursery) -> None:
        reviewers = self.asked["reviewers"]
        self.wires = [Wire(number) for number in range(len(reviewers))]
        room = trio.CapacityLimiter(AT_ONCE)
        async with trio.open_nursery() as joining:
            for wire, reviewer in zip(self.wires, reviewers, strict=True):
                credentials = Credentials(self.app.node, ADDRESS, reviewer["token"])
                nursery.start_soon(Socket(self.app.node, ROUTES, wire, V2(), credentials).run)
                joining.start_soon(self._join, wire, reviewer, room)

    async def _join(self, wire: Wire, who: dict[str, str], room: trio.CapacityLimiter) -> None:
        topic, about = f"voice:{who['session']}", {"device_id": who["device"], "video_id": who["video"]}
        async with room:
            await wire.ask(topic, "phx_join", {**about, "requested_version": 2, "at": now_ms()})
            await wire.ask(f"notes:video:{who['video']}", "phx_join", {})
            await wire.ask(topic, "command", {"name": "start", "at": now_ms()})
        wire.tally, wire.now_ms = self.tally, self._now_ms

    async def _talk(self) -> None:
        self._began = time.perf_counter()
        talk = Talk([UUID(who["session"]) for who in self.asked["reviewers"]], now_ms())
        for said in talk.until(self.tally.until_ms):
            # What is late is said without a pause, but for a chance for the server to go on.
            await trio.sleep(max(0.0, said.due_ms - self._now_ms()) / 1_000)
            if said.is_remark:
                self.tally.said(said.session, said.due_ms, self._now_ms())
            for frame in said.frames:
                self.wires[said.session].say(frame)

    def _now_ms(self) -> float:
        return (time.perf_counter() - self._began) * 1_000


async def measure(asked: dict[str, Any]) -> Tally:
    settings = Settings()
    server = attrs.evolve(settings.server, port=0, secret=asked["secret"])
    database = attrs.evolve(settings.database, url=asked["conninfo"])
    warm_up_ms, ms = asked["warm_up_s"] * 1_000, asked["seconds"] * 1_000
    async with open_app(attrs.evolve(settings, server=server, database=database)) as app:
        within = Within(app, asked, Tally(warm_up_ms, warm_up_ms + ms))
        await within.run()
    return within.tally


def main() -> None:
    configure_logs()
    spare_the_collector()
    asked = json.loads(sys.stdin.readline())
    print(json.dumps(attrs.asdict(trio.run(measure, asked).waits())), flush=True)


if __name__ == "__main__":
    main()
