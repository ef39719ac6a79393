"""A small app whose handlers do what a listener has to survive."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import trio
import trio.lowlevel
from attrs import Factory, define, field
from quart import websocket
from quart_trio import QuartTrio

from lossy.channels.handshake import NotOpened, Opening
from lossy.web.admission import Admitted
from lossy.web.line import Line
from lossy.web.websocket import WebSocket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.web.transport import Transport

FLOOD = bytes(2**24)  # more than the kernel holds for a client that does not read


@define(eq=False)
class Probe:
    """What a test sees of the handlers, and how it lets them go on."""

    entered: trio.Event = Factory(trio.Event)  # a handler that waits or floods has begun
    release: trio.Event = Factory(trio.Event)  # lets /wait answer
    ended: trio.Event = Factory(trio.Event)  # such a handler has ended, however it did
    shut_down: trio.Event = Factory(trio.Event)
    line: Line = field(init=False)  # of the last client of our own WebSocket

    def admit(self, opening: Opening, peer: str) -> Admitted:
        if opening.query == "refuse":
            raise NotOpened(HTTPStatus.FORBIDDEN)
        if opening.query == "crash":
            raise RuntimeError("a bug in what lets in")
        return Admitted(None, self._flood if opening.query == "flood" else self._echo)

    async def _flood(self, transport: Transport) -> None:
        """Goes on until the client is cut, or closed for all that it has not read."""
        try:
            for _ in range(100):
                transport.send(FLOOD[:1_000_000])
                await trio.lowlevel.checkpoint()
            await transport.serve(lambda frame: None)
        finally:
            self.ended.set()

    async def _echo(self, transport: Transport) -> None:
        assert isinstance(transport, WebSocket), "Quart serves /echo"
        self.line = transport._line
        await transport.serve(transport.send)


def build_app(probe: Probe) -> QuartTrio:
    app = QuartTrio(__name__)

    @app.get("/")
    async def index() -> str:
        return "hello"

    @app.get("/crash")
    async def crash() -> str:
        raise RuntimeError("a bug in a handler")

    @app.get("/illegal")
    async def illegal() -> tuple[str, int]:
        return "", 101  # h11 refuses it, then refuses the 500 that Hypercorn tries, and that error leaves Hypercorn

    @app.post("/early")
    async def early() -> tuple[str, int]:
        return "not read", 413

    @app.get("/wait")
    async def wait() -> str:
        probe.entered.set()
        await probe.release.wait()
        return "waited"

    @app.get("/flood")
    async def flood() -> AsyncIterator[bytes]:
        return _endless(probe)

    @app.websocket("/socket/websocket")
    @app.websocket("/echo")
    async def echo() -> None:
        while True:
            await websocket.send(await websocket.receive())

    @app.websocket("/leave")
    async def leave() -> None:
        await websocket.accept()
        probe.entered.set()
        await probe.release.wait()

    @app.websocket("/flood")
    async def flood_websocket() -> None:
        probe.entered.set()
        try:
            while True:
                await websocket.send(FLOOD)
        finally:
            probe.ended.set()

    @app.after_serving
    async def after_serving() -> None:
        probe.shut_down.set()

    return app


async def _endless(probe: Probe) -> AsyncIterator[bytes]:
    probe.entered.set()
    try:
        while True:
            yield FLOOD
    finally:
        probe.ended.set()
