"""What a person has open beside the film: notes, settings, their tabs; over as many connections as it takes.

It keeps a mirror of the notes by what it is told, which has to be what the server has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import trio
from attrs import define, field

from lossy.channels import topics
from lossy.sim.account import Account, Connect
from lossy.sim.client import Disconnected, Refused
from lossy.sim.conversation import ENDS, PASSING, PAUSE_S, Connection, told_s

META = str(topics.VideoMeta())
# How long a person waits for an answer before they give up; a break of the network is shorter.
PATIENCE_S = 600.0


@define(eq=False)
class Panel:
    """`run` keeps it connected. `changed` is called whenever something of what it shows is different."""

    account: Account
    connect: Connect
    user_id: UUID
    device_id: UUID
    now_ms: Callable[[], int]
    changed: Callable[[], None] = lambda: None
    videos: dict[str, dict[str, Mapping[str, Any]]] = field(factory=dict, init=False)  # notes by id, by video
    settings: Mapping[str, Any] = field(factory=dict, init=False)
    flags: Mapping[str, Any] = field(factory=dict, init=False)
    connections: int = field(default=0, init=False)
    _versions: dict[str, str] = field(factory=dict, init=False)  # of a video's notes, as the last join saw them
    _joined: set[str] = field(factory=set, init=False)  # videos, on this connection
    _looking: trio.Lock = field(factory=trio.Lock, init=False)
    _client: Connection | None = field(default=None, init=False)
    _here: trio.Event = field(factory=trio.Event, init=False)  # there is a connection
    _over: trio.CancelScope = field(factory=trio.CancelScope, init=False)

    async def run(self) -> None:
        """Raises SignInFailed, and Refused in a group: the server will not have this person."""
        await self.account.keep_connected(self.device_id, self.connect, self._converse)

    async def _converse(self, client: Connection, token: str) -> None:
        """One connection, to its end. Raises Disconnected, Refused."""
        await client.join(META, {"token": token, "at": self.now_ms()})
        joined = await client.join(self._user, {"token": token})
        self.settings, self.flags, self._joined = joined, joined["flags"], set()
        for video in [*self.videos]:
            await self._join_notes(client, video)
        self.connections += 1
        self._client = client
        self._here.set()
        self.changed()
        try:
            with trio.CancelScope() as self._over:
                await self._listen(client)
        finally:
            self._gone()

    @property
    def _user(self) -> str:
        return str(topics.User(self.user_id))

    # -- what it shows ----------------------------------------------------------------------------------------------

    async def look_at(self, video_id: str) -> None:
        """Also at the notes of that video, from now on. Raises Refused."""
        async with self._looking:
            self.videos.setdefault(video_id, {})
            while True:
                client = await self._connected()
                if video_id in self._joined:
                    return
                try:
                    await self._join_notes(client, video_id)
                except Disconnected:
                    self._lost(client)
                except Refused as refused:
                    if refused.response["code"] not in PASSING:
                        del self.videos[video_id]
                        raise
                    await trio.sleep(told_s(refused))

    async def _join_notes(self, client: Connection, video_id: str) -> None:
        topic, version = str(topics.VideoNotes(UUID(video_id))), self._versions.get(video_id)
        page = await client.join(topic, {} if version is None else {"version": version})
        seen, cursor = page["version"], page["cursor"]
        if page["whole"]:
            self.videos[video_id].clear()
        self._take(video_id, page)
        while cursor is not None:
            further = {"cursor": cursor} if page["whole"] else {"cursor": cursor, "version": version}
            asked = await client.push(topic, "get_notes" if page["whole"] else "get_changes", further)
            more = await asked.response()
            self._take(video_id, more)
            cursor = more["cursor"]
        self._versions[video_id] = seen
        self._joined.add(video_id)
        self.changed()

    def _take(self, video_id: str, page: Mapping[str, Any]) -> None:
        for note in (*page["notes"], *page.get("deleted", ())):
            self._note(video_id, note)

    def _note(self, video_id: str, note: Mapping[str, Any]) -> None:
        """One that is deleted is kept as such, so that older word of it does not bring it back."""
        known = self.videos[video_id].get(note["id"])
        if known is None or known["version"] < note["version"]:
            self.videos[video_id][note["id"]] = note

    async def _listen(self, client: Connection) -> None:
        async for pushed in client.pushes:
            _, _, video_id = pushed.topic.partition("notes:video:")
            if pushed.event in ENDS:
                return
            if pushed.event in ("note_created", "note_updated", "note_deleted") and video_id in self.videos:
                self._note(video_id, pushed.payload)
            elif pushed.event == "settings_changed":
                self.settings = pushed.payload
            elif pushed.event == "flags_changed":
                self.flags = pushed.payload["flags"]
            self.changed()

    def notes(self, video_id: str) -> list[Mapping[str, Any]]:
        """Those that are not deleted, in the order of the film."""
        there = [note for note in self.videos.get(video_id, {}).values() if note["status"] != "deleted"]
        return sorted(there, key=lambda note: (note["frame_in"], note["id"]))

    # -- what is asked of the server --------------------------------------------------------------------------------

    async def ask(self, topic: str, event: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Until it is answered, on whatever connection. Raises Refused, and trio.TooSlowError after PATIENCE_S."""
        with trio.fail_after(PATIENCE_S):
            while True:
                client = await self._connected()
                try:
                    return await (await client.push(topic, event, payload)).response()
                except Disconnected:
                    self._lost(client)
                except Refused as refused:
                    if refused.response["code"] not in PASSING:
                        raise
                    await trio.sleep(max(told_s(refused), PAUSE_S))

    async def ask_of_notes(self, video_id: str, event: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """What comes of it is shown without waiting to be told."""
        await self.look_at(video_id)
        answer = await self.ask(str(topics.VideoNotes(UUID(video_id))), event, payload)
        self._note(video_id, answer.get("note") or answer["gone"])
        self.changed()
        return answer

    async def choose(self, changes: Mapping[str, Any]) -> None:
        """Settings of one's own. Raises Refused."""
        while True:
            await self._connected()
            asked = {"version": self.settings["version"], "changes": changes}
            try:
                self.settings = await self.ask(self._user, "update_settings", asked)
            except Refused as refused:
                if refused.response["code"] != "conflict":
                    raise
                self.settings = refused.response
            else:
                return

    async def _connected(self) -> Connection:
        while self._client is None:
            await self._here.wait()
        await trio.lowlevel.checkpoint()
        client: Connection = self._client
        return client

    def _lost(self, client: Connection | None) -> None:
        if self._client is client:
            self._gone()
            self._over.cancel()

    def _gone(self) -> None:
        self._client = None
        if self._here.is_set():
            self._here = trio.Event()
