"""The npm `phoenix` client, unmodified, in Node against the real server."""

from __future__ import annotations

import os
import subprocess
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson
import pytest
import trio
from attrs import define

from lossy.sim.account import Account
from tests.web.devices import open_device
from tests.web.restarting import open_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.app import App
    from lossy.settings import Settings

FOLDER = Path(__file__).parent.parent / "npm"
SET_UP = (FOLDER / "node_modules" / "phoenix").is_dir()

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not SET_UP and os.environ.get("CI") != "true", reason="needs `npm ci` in tests/npm"),
]

START_S = 20.0


@define(eq=False)
class Node:
    """A script that runs. `line` is the next that it prints; None at its end."""

    _out: trio.abc.ReceiveStream
    _unread: bytes = b""

    async def line(self) -> Any:
        while b"\n" not in self._unread:
            received = await self._out.receive_some()
            if not received:
                return None
            self._unread += received
        line, _, self._unread = self._unread.partition(b"\n")
        return orjson.loads(line)


@asynccontextmanager
async def run_node(script: str, *arguments: str) -> AsyncIterator[Node]:
    """What goes wrong in the script is on stderr, which pytest shows."""
    process = await trio.lowlevel.open_process(["node", script, *arguments], stdout=subprocess.PIPE, cwd=FOLDER)
    assert process.stdout is not None, "opened with a pipe"
    try:
        with trio.fail_after(START_S):
            yield Node(process.stdout)
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
            await process.stdout.aclose()


async def test_a_remark_becomes_a_note(app: App, account: Account) -> None:
    device, session = uuid4(), uuid4()
    async with run_node("review.mjs", app.url, await account.token(device), str(device), str(session)) as node:
        assert await node.line() == {"before": 0}
        assert await node.line() == {"version": 2}
        assert await node.line() == {"accepted_through": 1}
        assert await node.line() == {"accepted_through": 2}
        assert await node.line() == {"same": True, "frame": 100}
        assert await node.line() == {"code": "invalid", "path": "event"}
        assert await node.line() == {"left": 0}
        assert await node.line() is None


async def test_it_comes_back_by_itself_after_a_restart(settings: Settings) -> None:
    """A new epoch is a server that has taken the session up again."""
    device, session = uuid4(), uuid4()
    async with open_server(settings) as server:
        account = Account(server.app.url)
        await account.sign_in(await server.app.sign_in_url())
        async with open_device(server.app, account, device) as probe:
            video = await probe.detect()
        arguments = server.app.url, await account.token(device), str(device), str(session), video
        async with run_node("stay.mjs", *arguments) as node:
            assert await node.line() == {"epoch": 1}
            await server.stop()
            assert await node.line() == {"closed": 1012}
            await server.start()
            while "epoch" not in (line := await node.line()):
                assert line == {"closed": 1006}, "nobody answered yet"
            assert line == {"epoch": 2}
