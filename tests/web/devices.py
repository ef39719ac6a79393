"""A reviewer's device on the real server, one message at a time."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from attrs import define, field

from lossy.channels.events import check_push, check_reply
from lossy.channels.wire import ENDINGS, JOIN
from lossy.sim.client import Client, Refused, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from lossy.app import App
    from lossy.sim.account import Account

FILM = {"url": "https://example.com/cut.mp4", "title": "cut", "rate": "24000/1001"}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@define(eq=False)
class Device:
    """What it hears is held to the table of the protocol."""

    client: Client
    token: str
    id: UUID
    video_id: str = field(default="", init=False)
    topic: str = field(default="", init=False)

    async def detect(self, film: Mapping[str, str] = FILM) -> str:
        """Joins `video:meta` and finds the video's id."""
        await self.join("video:meta", {"token": self.token})
        found = await self._ask("video:meta", "video_detected", film)
        self.video_id = found["video_id"]
        return self.video_id

    async def enter(self, session: UUID, **changes: object) -> Mapping[str, Any]:
        """Joins the session's `voice` topic. None leaves a field out."""
        self.topic = f"voice:{session}"
        asked = {
            "token": self.token,
            "video_id": self.video_id,
            "device_id": str(self.id),
            "requested_version": 2,
            "at": now_ms(),
            **changes,
        }
        return await self.join(self.topic, {name: value for name, value in asked.items() if value is not None})

    async def join(self, topic: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        response = await self.client.join(topic, payload)
        check_reply(topic, JOIN, response)
        return response

    async def ask(self, event: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        return await self._ask(self.topic, event, payload)

    async def _ask(self, topic: str, event: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        response = await (await self.client.push(topic, event, payload)).response()
        check_reply(topic, event, response)
        return response

    async def hear(self, kind: str, seq: int, at: int | None = None) -> Mapping[str, Any]:
        return await self.ask("voice_event", {"kind": kind, "seq": seq, "at": now_ms() if at is None else at})

    async def refused(self, event: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        with pytest.raises(Refused) as refusal:
            await self.ask(event, payload)
        return refusal.value.response

    async def pushed(self, event: str) -> Mapping[str, Any]:
        """The payload of the next push of that name."""
        async for push in self.client.pushes:
            if push.event not in ENDINGS:
                check_push(push.topic, push.event, push.payload)
            if push.event == event:
                return push.payload
        raise AssertionError(f"the socket went before {event}")


@asynccontextmanager
async def open_device(app: App, account: Account, id: UUID | None = None) -> AsyncIterator[Device]:
    id = id or uuid4()
    token = await account.token(id)
    async with connect(app.url) as client:
        yield Device(client, token, id)
