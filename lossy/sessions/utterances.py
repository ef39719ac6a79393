"""The sound of one segment of speech, in pieces that are transcribed each for itself. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from attrs import define, field

from lossy.channels.audio import AudioChunk
from lossy.sessions.links import link_of
from lossy.sessions.restore import AGENT, VOICE

if TYPE_CHECKING:
    from lossy.charts.model import Data
    from lossy.charts.together import States

# What a chunk costs beside its bytes, in CPython 3.11: a value, the header of `bytes`, two numbers, a place in a list.
CHUNK_COST = 180


@define(eq=False)
class Piece:
    """Sound of one segment that is transcribed together. `number` is 0 unless the segment was too long for one piece.

    `taken` once it is the transcriber's: what comes later belongs to the next piece.
    """

    device: str
    segment: int  # the seq of its speech_start
    number: int
    spoken_at: int  # ms since the Unix epoch
    media_ms: int
    chunks: list[AudioChunk] = field(factory=list)
    size: int = 0  # bytes of sound
    length_us: int = 0
    taken: bool = False

    def add(self, chunk: AudioChunk) -> None:
        self.chunks.append(chunk)
        self.size += len(chunk.data)
        self.length_us += chunk.duration_us

    @property
    def cost(self) -> int:
        """Bytes of memory."""
        return self.size + CHUNK_COST * len(self.chunks)

    def words_id(self, session_id: UUID) -> UUID:
        """Of the remark it becomes: the same however often it is transcribed."""
        return uuid5(session_id, f"words {self.device} {self.segment} {self.number}")


@define(eq=False)
class Utterance:
    """A segment of speech as its device tells it; `begin` and `end` are the seqs of its two events."""

    device: str
    begin: int
    began_at: int  # ms since the Unix epoch
    media_ms: int | None
    end: int | None = None
    pieces: list[Piece] = field(factory=list)
    _length_us: int = 0  # of all that came
    _begun: int = 0  # pieces

    def add(self, chunk: AudioChunk) -> None:
        if not self.pieces or self.pieces[-1].taken:
            self.pieces.append(self._next_piece(chunk))
        self.pieces[-1].add(chunk)
        self._length_us += chunk.duration_us

    def mark_taken(self) -> None:
        for piece in self.pieces:
            piece.taken = True

    def _next_piece(self, first: AudioChunk) -> Piece:
        number, self._begun = self._begun, self._begun + 1
        spoken_at = self.began_at + self._length_us // 1_000
        onset = self.media_ms if number == 0 and self.media_ms is not None else first.media_ms
        return Piece(self.device, self.begin, number, spoken_at, onset)


def accepted_through(device: str, states: States) -> int:
    """The number of the device's latest event that the session took."""
    link = states.get(link_of(device))
    return 0 if link is None else int(link.data["accepted_through"])


def awaits_words(agent: Data, utterance: Utterance) -> bool:
    return any((each["device"], each["seq"]) == (utterance.device, utterance.end) for each in agent["awaited"])


def is_wanted(utterance: Utterance, states: States) -> bool:
    """Whether its words are awaited, or it may still come to that: it is open, or an event of it waits in the inbox."""
    accepted, voice = accepted_through(utterance.device, states), states[VOICE].data
    if utterance.begin > accepted:
        return True
    if utterance.end is not None and utterance.end <= accepted:
        return awaits_words(states[AGENT].data, utterance)
    segment = voice["segment"]
    is_open = segment is not None and (segment["device"], segment["seq"]) == (utterance.device, utterance.begin)
    listens = voice["paused"] is None or utterance.end is not None
    return bool(is_open and segment["refused"] is None and listens)
