"""Reviewers on real WebSockets, each in a review of their own, in another process than the server that they visit.

Run as `python -m tools.bench.visitors`: it reads where to go from its input, says when all are there, and leaves when
its input ends.
"""

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from lossy.app import App, open_app
from lossy.domain.timecode import Rate
from lossy.settings import Settings
from lossy.sim.client import Client, connect
from lossy.store.videos import Video
from lossy.web.auth import Identity, make_token
from tools.bench.crowd import ids_of, joining
from tools.bench.store import open_folder

THERE = b"there\n"


@attrs.frozen
class Visit:
    topic: str
    payload: dict[str, Any]  # of its join


@asynccontextmanager
async def open_server() -> AsyncIterator[App]:
    """With a database of its own, which is in other processes."""
    with open_folder() as folder:
        async with open_app(Settings().alone(folder)) as app:
            yield app


async def prepare(app: App, number: int) -> Visit:
    """The reviewer of that number has signed in on a device, and looks at a video."""
    session, user, video, device = ids_of(number)
    async with app.node.pool.lend() as connection:
        await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, %s, 'user')", (user, str(user)))
    await app.node.accounts.add_device(device, user)
    await app.node.videos.detect(Video(video, user, f"https://example.com/{video}", f"Cut {video}", Rate(24_000, 1001)))
    token, _ = make_token(app.node, Identity(user, device))
    return Visit(f"voice:{session}", {**joining(number, app.node.clock.now_ms()), "token": token})


@asynccontextmanager
async def open_visitors(app: App, numbers: range, pushes: int) -> AsyncIterator[None]:
    """All are there within the block, and each has been told so much."""
    visits = [attrs.asdict(await prepare(app, number)) for number in numbers]
    asked = json.dumps({"url": app.url, "visits": visits, "pushes": pushes}).encode() + b"\n"
    command = [sys.executable, "-m", "tools.bench.visitors"]
    async with trio.open_nursery() as nursery:
        process = await nursery.start(_running, command)
        await process.stdin.send_all(asked)
        if await process.stdout.receive_some(len(THERE)) != THERE:
            raise RuntimeError("the visitors did not come")
        yield
        await process.stdin.aclose()


async def _running(command: list[str], *, task_status: trio.TaskStatus[trio.Process]) -> None:
    await trio.run_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, task_status=task_status)


async def visit(url: str, visit: Visit, pushes: int, *, task_status: trio.TaskStatus[None]) -> None:
    async with connect(url) as client:
        reply = await client.join(visit.topic, visit.payload)
        await _click(client, visit.topic, reply["push_seq"], pushes)
        task_status.started()
        async for _ in client.pushes:
            pass


async def _click(client: Client, topic: str, heard: int, pushes: int) -> None:
    """The microphone on and off until so much was pushed."""
    turn = 0
    while heard < pushes:
        command, turn = ("start", "pause")[turn % 2], turn + 1
        answer = await client.push(topic, "command", {"name": command, "at": time.time_ns() // 1_000_000})
        await answer.response()
        heard = max(heard, (await client.pushes.receive()).payload.get("push_seq", 0))


async def main() -> None:
    lines = trio.wrap_file(sys.stdin)
    asked = json.loads(await lines.readline())
    async with trio.open_nursery() as nursery:
        for each in asked["visits"]:
            await nursery.start(visit, asked["url"], Visit(**each), asked["pushes"])
        sys.stdout.write(THERE.decode())
        sys.stdout.flush()
        await lines.readline()
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main)
