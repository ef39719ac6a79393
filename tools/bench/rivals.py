"""Servers that speak the protocol of Phoenix Channels and do nothing besides: no accounts, no limits, no storage.

Run as `python -m tools.bench.rivals uvicorn` or `quart`: it prints its port, and ends with its input. Whatever is sent
is answered with `{}`; `shout` goes to all who have joined the topic, encoded once.
"""

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import click
import orjson
import trio
import uvicorn
from hypercorn.config import Config
from hypercorn.trio import serve
from quart import websocket
from quart_trio import QuartTrio

Send = Callable[[str], Awaitable[None]]

SOCKET_PATH = "/socket/websocket"
OK = {"status": "ok", "response": {}}
topics: dict[str, dict[int, Send]] = {}  # by topic, who has joined it


async def hear(frame: str, who: int, send: Send) -> None:
    join_ref, ref, topic, event, payload = orjson.loads(frame)
    if event == "shout":
        told = orjson.dumps([None, None, topic, "told", payload]).decode()
        for tell in [*topics.get(topic, {}).values()]:
            try:
                await tell(told)
            except (OSError, RuntimeError):
                continue  # that client has just left
        return
    if event == "phx_join":
        topics.setdefault(topic, {})[who] = send
    elif event == "phx_leave":
        topics.get(topic, {}).pop(who, None)
    await send(orjson.dumps([join_ref, ref, topic, "phx_reply", OK]).decode())
    if event == "phx_leave":
        await send(orjson.dumps([join_ref, join_ref, topic, "phx_close", {}]).decode())


def forget(who: int) -> None:
    """Its client is gone."""
    for joined in topics.values():
        joined.pop(who, None)


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    """The smallest application there is: no framework."""
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})

    async def tell(frame: str) -> None:
        await send({"type": "websocket.send", "text": frame})

    while (message := await receive())["type"] == "websocket.receive":
        await hear(message["text"], id(scope), tell)
    forget(id(scope))


def quart_app() -> QuartTrio:
    app = QuartTrio(__name__)

    @app.websocket(SOCKET_PATH)
    async def talk() -> None:
        send = websocket._get_current_object().send  # type: ignore[attr-defined]
        try:
            while True:
                await hear(str(await websocket.receive()), id(send), send)
        finally:
            forget(id(send))

    return app


def listen() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print(listener.getsockname()[1], flush=True)
    return listener


def run_uvicorn() -> None:
    config = uvicorn.Config(asgi, loop="uvloop", http="httptools", ws="websockets", lifespan="off", log_level="error")
    server = uvicorn.Server(config)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(sys.stdin, lambda: setattr(server, "should_exit", True))
        await server.serve([listen()])

    asyncio.Runner(loop_factory=config.get_loop_factory()).run(main())


def run_quart() -> None:
    async def main() -> None:
        config = Config()
        config.bind = [f"fd://{listen().detach()}"]
        config.errorlog = None
        config.backlog = 4096  # Hypercorn listens once more, which would make the queue shorter again
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve, quart_app(), config)
            await trio.lowlevel.wait_readable(sys.stdin)
            nursery.cancel_scope.cancel()

    trio.run(main)


@click.command()
@click.argument("side", type=click.Choice(["uvicorn", "quart"]))
def main(side: str) -> None:
    {"uvicorn": run_uvicorn, "quart": run_quart}[side]()


if __name__ == "__main__":
    main()
