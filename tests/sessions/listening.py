"""A reviewer whose voice the server hears, and a transcriber that knows what they said by the loudness of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trio
from attrs import define, field

from lossy.channels.audio import AudioChunk
from lossy.inference.stt import Transcript
from lossy.inference.vad import SpeechError
from lossy.sessions.hearing import Ears, Memory
from lossy.store.memory_user_settings import MemoryUserSettings
from tests.sessions.client import Client
from tests.sessions.node import ANN, Node, open_node

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.store.memory import MemoryLedger

CHUNK_MS = 100


@define(eq=False)
class Scripted:
    """What is said at loudness 1 is "The logo is too dark in scene 1.", unless `words` has it. It takes `seconds`."""

    words: Mapping[int, str] = field(factory=dict)
    seconds: float = 0
    failing: int = 0  # so many times
    usable: bool = True
    heard: list[tuple[int, int]] = field(factory=list, init=False)  # loudness and ms of each, in order
    done: list[int] = field(factory=list, init=False)  # loudness of each

    async def transcribe(self, chunks: Sequence[AudioChunk]) -> Transcript:
        loudness, ms = chunks[0].data[0], sum(chunk.duration_us for chunk in chunks) // 1_000
        self.heard.append((loudness, ms))
        await trio.sleep(self.seconds)
        if self.failing:
            self.failing -= 1
            raise SpeechError("the model has fallen over")
        self.done.append(loudness)
        return Transcript(self.words.get(loudness, said(loudness)), 0.9, "en", ms)


def said(loudness: int) -> str:
    return f"The logo is too dark in scene {loudness}."


@define(eq=False)
class Speaker:
    """Ann on her laptop. Each chunk has its device's next number, and the media time at which the film stands."""

    client: Client
    rate: int = 16_000
    sequence: int = field(default=0, init=False)
    media_ms: int = 61_000

    def begin(self) -> None:
        self.client.hear("speech_start", media_ms=self.media_ms)

    def end(self) -> None:
        self.client.hear("speech_end", probability=0.9)

    def send(self, loudness: int, ms: int = CHUNK_MS, *, sequence: int | None = None) -> None:
        """Raises Refusal."""
        data = bytes([loudness, 0]) * (self.rate * ms // 1_000)
        number = self.sequence + 1 if sequence is None else sequence
        chunk = AudioChunk(self.rate, number, self.media_ms, opus=False, data=data)
        session = self.client.session
        session.hearing.receive(str(self.client.device_id), chunk, session.states)
        self.sequence = max(self.sequence, number)

    async def talk(self, loudness: int, ms: int) -> None:
        """As fast as a person does."""
        for _ in range(ms // CHUNK_MS):
            await trio.sleep(CHUNK_MS / 1_000)
            self.send(loudness)

    async def say(self, loudness: int, ms: int = 2_000) -> None:
        self.begin()
        await self.talk(loudness, ms)
        self.end()


def ears(transcriber: Scripted | None = None, *, limit: int = 100_000_000, timeout_s: float = 60) -> Ears:
    return Ears(transcriber or Scripted(), Memory(limit), timeout_s)


@asynccontextmanager
async def open_ears(shared: Ears, ledger: MemoryLedger | None = None, *, opted_in: bool = True) -> AsyncIterator[Node]:
    choices = MemoryUserSettings({ANN: (1, {"server_stt": opted_in})})
    async with open_node(ledger, choices, shared) as node:
        yield node
