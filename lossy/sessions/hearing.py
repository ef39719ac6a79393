"""What a session holds of a reviewer's voice until the server's transcriber has made words of it.

In memory only: never in the journal, the database or a log, and gone with the session. Sound belongs to the segment of
speech within which it arrives, as the messages of a device come in order; what comes outside of one is dropped at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

import trio
from attrs import define, field

from lossy.channels.errors import Code, Refusal, rate_limited
from lossy.charts.model import Event
from lossy.clock import Clock
from lossy.inference.transcriber import Transcriber
from lossy.sessions.inbox import Happened
from lossy.sessions.links import LINKS, device_of
from lossy.sessions.restore import AGENT
from lossy.sessions.utterances import CHUNK_COST, Piece, Utterance, accepted_through, awaits_words, is_wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.channels.audio import AudioChunk
    from lossy.charts.model import Data
    from lossy.charts.together import States
    from lossy.sessions.inbox import Answer

# So much sound forces a transcription (C4). As much again may be in the transcriber's hands meanwhile; what comes
# beyond both is refused.
FULL_BYTES = 5_000_000
FULL_US = 60_000_000
FULL_RETRY_MS = 1_000

# A client sends an event again with its time as of another join, where the offset of its clock was measured anew.
SAME_INSTANT_MS = 1_000

# Segments at a time: as many as may be awaited and as many as may wait in the inbox. Beyond them what a device says is
# for its browser to transcribe. Only one that goes on after its events were refused comes there.
UTTERANCES = 200

BEGIN, END = "speech_start", "speech_end"


@define(eq=False)
class Memory:
    """Bytes that all sessions of a node hold together, `limit` at most."""

    limit: int
    held: int = 0


@define(eq=False)
class Ears:
    """What the sessions of a node share. `transcriber` is None where the server has no model.

    A transcription that takes longer than `timeout_s`, its wait for the others among it, has failed.
    """

    transcriber: Transcriber | None = None
    memory: Memory = field(factory=lambda: Memory(0))
    timeout_s: float = 60


@define(eq=False)
class Hearing:
    session_id: UUID
    ears: Ears
    clock: Clock
    _offer: Callable[[Happened], None]  # to the session; raises Refusal
    missed: int = field(default=0, init=False)  # chunks that never came, by the gaps in their numbers
    _utterances: list[Utterance] = field(factory=list, init=False)
    _received: dict[str, int] = field(factory=dict, init=False)  # by device: the highest sequence
    _called: bool = field(default=False, init=False)  # whether the agent knows that it is full
    _said: dict[Happened, trio.Event] = field(factory=dict, init=False)

    @property
    def transcriber(self) -> Transcriber | None:
        """None where there is none that works."""
        transcriber = self.ears.transcriber
        return transcriber if transcriber is not None and transcriber.usable else None

    # -- what comes in ------------------------------------------------------------------------------------------

    def accepts(self, states: States) -> bool:
        """Whether the user lets the server transcribe, and it can."""
        return self.transcriber is not None and bool(states[AGENT].data["server_stt"])

    def observe(self, happened: Happened, states: States) -> None:
        """A device says that speech begins or ends. Whether that is taken is decided later; the order is known now."""
        if not self.accepts(states):
            return
        event, device = happened.event, device_of(happened.chart)
        kind, seq = event.payload.get("kind"), happened.seq
        if device is None or seq is None or kind not in (BEGIN, END):
            return
        if kind == END:
            self._end(device, seq)
        elif seq > accepted_through(device, states) and not self._is_told(device, seq, event.at):
            self._utterances.append(Utterance(device, seq, event.at, event.payload.get("media_ms")))
            del self._utterances[UTTERANCES:]

    def receive(self, device: str, chunk: AudioChunk, states: States) -> None:
        """A repeat changes nothing. Raises Refusal: audio_not_accepted, or rate_limited when there is no room."""
        if not self.accepts(states):
            raise Refusal(Code.AUDIO_NOT_ACCEPTED, "Audio stays in the browser, unless its user lets this server hear.")
        if chunk.sequence <= self.received_through(device):
            return
        utterance = self._open(device)
        if utterance is not None:
            self._check_room(chunk)
            utterance.add(chunk)
            self.ears.memory.held += len(chunk.data) + CHUNK_COST
        self._count(device, chunk.sequence)
        self.call_if_full()

    def received_through(self, device: str) -> int:
        """The highest sequence of the device's chunks; 0 before the first."""
        return self._received.get(device, 0)

    # -- what becomes of it -------------------------------------------------------------------------------------

    def take(self, agent: Data) -> tuple[Piece, ...]:
        """What is to be transcribed now, in the order in which it was said: the segments whose words the agent awaits,
        and what was there when it was called because it is full.
        """
        self._called = False
        for utterance in self._utterances:
            if awaits_words(agent, utterance):
                utterance.mark_taken()
        return tuple(piece for piece in self._pieces() if piece.taken)

    async def say(self, happened: Happened) -> Answer | None:
        """Returns once the session has dealt with it, with the answer where there is one by then. Raises Refusal."""
        answers: list[Answer] = []
        happened.reply = answers.append
        self._said[happened] = trio.Event()
        try:
            self._offer(happened)
            await self._said[happened].wait()
        finally:
            del self._said[happened]
        return answers[0] if answers else None

    def holds(self, piece: Piece) -> bool:
        return piece in self._pieces()

    def is_last(self, piece: Piece) -> bool:
        """Whether it ends its segment."""
        return any(each.end is not None and piece is each.pieces[-1] for each in self._utterances if each.pieces)

    def forget(self, piece: Piece) -> None:
        """It was transcribed."""
        for utterance in self._utterances:
            if piece in utterance.pieces:
                utterance.pieces.remove(piece)
                self.ears.memory.held -= piece.cost

    def settle(self, states: States, handled: Happened | None = None) -> None:
        """After each event that the session dealt with: keeps only the sound whose words are or may be awaited."""
        if handled in self._said:
            self._said[handled].set()
        if not self._utterances:
            return
        accepts = self.accepts(states)
        for utterance in [*self._utterances]:
            if not (accepts and is_wanted(utterance, states)):
                self._drop(utterance)

    def call_if_full(self) -> None:
        """The agent is told once, and not while a transcription goes on: it is told again when that ends."""
        if self._called or any(piece.taken for piece in self._pieces()) or not self._is_full():
            return
        try:
            self._offer(Happened(AGENT, Event("audio_full", self.clock.now_ms())))
        except Refusal:
            return  # with the next chunk
        self._called = True
        for utterance in self._utterances:
            utterance.mark_taken()

    def close(self) -> None:
        for utterance in [*self._utterances]:
            self._drop(utterance)

    # -- the room -----------------------------------------------------------------------------------------------

    def _check_room(self, chunk: AudioChunk) -> None:
        memory = self.ears.memory
        self.call_if_full()
        if self._is_full() or memory.held + len(chunk.data) + CHUNK_COST > memory.limit:
            raise rate_limited(FULL_RETRY_MS)

    def _is_full(self) -> bool:
        """Of what is not the transcriber's yet."""
        waiting = [piece for piece in self._pieces() if not piece.taken]
        size, length_us = sum(piece.size for piece in waiting), sum(piece.length_us for piece in waiting)
        return size >= FULL_BYTES or length_us >= FULL_US

    def _count(self, device: str, sequence: int) -> None:
        before = self._received.pop(device, None)
        if before is not None:
            self.missed += sequence - before - 1
        elif len(self._received) >= LINKS:
            del self._received[next(iter(self._received))]  # of the device that has been silent for longest
        self._received[device] = sequence

    # -- segments -----------------------------------------------------------------------------------------------

    def _pieces(self) -> Iterator[Piece]:
        return (piece for utterance in self._utterances for piece in utterance.pieces)

    def _open(self, device: str) -> Utterance | None:
        """The segment within which that device speaks."""
        latest = next((each for each in reversed(self._utterances) if each.device == device), None)
        return latest if latest is not None and latest.end is None else None

    def _end(self, device: str, seq: int) -> None:
        """Of the latest one that began before; events that were refused come in order when they come again."""
        for utterance in reversed(self._utterances):
            if utterance.device == device and utterance.begin < seq:
                utterance.end = seq if utterance.end is None else utterance.end
                return

    def _is_told(self, device: str, seq: int, at: int) -> bool:
        """Whether this beginning is known. After a reset its number may be given to another: then the old one goes."""
        known = next((each for each in self._utterances if (each.device, each.begin) == (device, seq)), None)
        if known is None or abs(known.began_at - at) < SAME_INSTANT_MS:
            return known is not None
        self._drop(known)
        return False

    def _drop(self, utterance: Utterance) -> None:
        self._utterances.remove(utterance)
        self.ears.memory.held -= sum(piece.cost for piece in utterance.pieces)
