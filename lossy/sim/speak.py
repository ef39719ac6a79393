"""`lossy sim speak`: a reviewer made of a WAV file, on a real server over a real WebSocket."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import trio
from attrs import define, field, frozen
from rich.console import Console

from lossy.app import open_app, sign_in_url_beside
from lossy.clock import Clock
from lossy.domain.timecode import Rate, range_text
from lossy.inference.speech import SpeechEnd, SpeechStart, VadSettings
from lossy.inference.stt import Whisper, WhisperSettings, load_whisper
from lossy.inference.vad import Silero
from lossy.sim.account import Account
from lossy.sim.hearing import Segment, hear, segments
from lossy.sim.recording import Recording, open_recording
from lossy.sim.reviewer import Reviewer
from lossy.sim.transcripts import TranscriptError, attach, read_transcript

if TYPE_CHECKING:
    from lossy.settings import Settings
    from lossy.sim.kept import Said

# A note that was pushed while we were away is in the page we get on coming back, unless the video has very many.
SHOWN_S = 2.0
NAME = "lossy sim speak"  # of its device, to whoever looks at theirs
LOST = "[dim]The server is gone. What was said is kept, and sent when it is back.[/]"
# In `--fast` all of it is said to have happened before this moment; the server judges by the events' own times.
SPOKEN_BEFORE_MS = 1000


@frozen
class Speech:
    """What to say and where. Without `transcript` and `stt`, the file beside the WAV says what is said."""

    wav: Path
    transcript: Path | None
    stt: Path | None
    url: str | None
    link: str | None
    own_server: bool
    fast: bool
    rate: str
    video: str | None


@frozen
class Words:
    """Who knows what is said in a segment: a transcript that is there, or a model that listens."""

    texts: Mapping[int, str]
    whisper: Whisper | None
    recording: Recording

    async def of(self, index: int, segment: Segment) -> tuple[str, float | None]:
        """The text, and how sure the model is of it, 0 to 1."""
        if self.whisper is None:
            return self.texts.get(index, ""), None
        heard = await self.whisper.transcribe(self.recording.read(segment.start_ms, segment.end_ms))
        return heard.text, heard.confidence


@define(eq=False)
class _Remark:
    """One utterance: when it ended on trio's clock, and whether its note has been shown."""

    ended: float
    noted: trio.Event = field(factory=trio.Event, init=False)


@define(eq=False)
class _Performance:
    speech: Speech
    recording: Recording
    words: Words
    settings: VadSettings
    reviewer: Reviewer
    clock: Clock
    console: Console
    _remarks: dict[str, _Remark] = field(factory=dict, init=False)
    _latencies_ms: list[float] = field(factory=list, init=False)

    async def speak(self) -> None:
        """Says everything, then waits until the server has settled all of it."""
        duration = self.recording.duration_ms
        began_ms = self.clock.now_ms() - (duration + SPOKEN_BEFORE_MS if self.speech.fast else 0)
        await self.reviewer.say("command", {"name": "start", "at": began_ms})
        index, start = 0, 0
        async with trio.open_nursery() as nursery:
            for event in hear(self.recording, Silero(), self.settings):
                if not self.speech.fast:
                    await trio.sleep_until(self.clock.trio_time(began_ms + event.known_at_ms))
                match event:
                    case SpeechStart(at_ms, _, probability):
                        start = at_ms
                        at = began_ms + at_ms
                        heard = await self.reviewer.hear("speech_start", at, media_ms=at_ms, probability=probability)
                    case SpeechEnd(at_ms, _, _, probability):
                        await self.reviewer.hear("speech_end", began_ms + at_ms, probability=probability)
                        ended = trio.current_time() if self.speech.fast else self.clock.trio_time(began_ms + at_ms)
                        nursery.start_soon(self._remark, index, heard, Segment(start, at_ms), began_ms, ended)
                        index += 1

    async def _remark(self, index: int, heard: Said, segment: Segment, began_ms: int, ended: float) -> None:
        text, confidence = await self.words.of(index, segment)
        id = str(uuid4())
        remark = self._remarks[id] = _Remark(ended)
        said = await self.reviewer.say(
            "transcript_final",
            {
                "id": id,
                "text": text,
                "at": began_ms + segment.start_ms,
                "media_ms": segment.start_ms,
                "duration_ms": segment.end_ms - segment.start_ms,
                "stt_confidence": confidence,
            },
            of=heard,
        )
        await said.settled.wait()
        match said.answer:
            case {"note_id": _}:
                with trio.move_on_after(SHOWN_S):
                    await remark.noted.wait()
            case {"refused": reason, "decision": dict(numbers)}:
                why = ", ".join(f"{name} {number}" for name, number in numbers.items())
                self.console.print(f"[dim]no note  {text!r}: {reason} {why}[/]", soft_wrap=True)
            case refused:
                self.console.print(f"[dim]no note  {text!r}: {refused}[/]", soft_wrap=True)

    async def listen_for_notes(self) -> None:
        async for pushed in self.reviewer.pushes:
            if pushed.event == "note_created":
                self._show(pushed.payload)

    def _show(self, note: Mapping[str, Any]) -> None:
        remark = self._remarks.get(note["provenance"]["remark"])
        if remark is None or remark.noted.is_set():
            return  # another session's, or one that came twice
        latency_ms = (trio.current_time() - remark.ended) * 1000
        self._latencies_ms.append(latency_ms)
        remark.noted.set()
        where = range_text(note["frame_in"], note["frame_out"], Rate(**note["rate"]))
        line = f"{where:>10}  {note['category']:<11} {note['confidence']:.2f}  {note['text']}"
        self.console.print(f"{line}  [dim]{latency_ms:.0f} ms[/]", soft_wrap=True)

    def sum_up(self) -> None:
        since = "the end of speech was sent" if self.speech.fast else "speech ended"
        notes = len(self._latencies_ms)
        self.console.print(f"{len(self._remarks)} remarks, {notes} notes.", soft_wrap=True)
        if notes:
            times = f"median {median(self._latencies_ms):.0f} ms, longest {max(self._latencies_ms):.0f} ms"
            self.console.print(f"From when {since} to the note: {times}.", soft_wrap=True)
        if not self.speech.own_server:  # what that one kept goes with it
            self.console.print(f"Why: lossy why {self.reviewer.session_id}", soft_wrap=True)


async def speak_to(speech: Speech, console: Console, settings: Settings) -> None:
    """Raises RecordingError, TranscriptError, SpeechError, SignInFailed, Refused."""
    recording = open_recording(speech.wav)
    hearing = VadSettings(max_speech_ms=settings.voice.max_recording_ms)
    words = await _words(speech, recording, hearing)
    async with _server(speech, settings) as (url, link), trio.open_nursery() as nursery:
        account, clock = Account(url, calls_itself=NAME), Clock()
        await account.sign_in(link)
        address = speech.video or f"https://example.com/{speech.wav.stem}.mp4"
        video = {"url": address, "title": speech.wav.stem, "rate": speech.rate}
        reviewer = Reviewer(account, uuid4(), uuid4(), video, clock.now_ms, partial(console.print, LOST), claims=True)
        performance = _Performance(speech, recording, words, hearing, reviewer, clock, console)
        nursery.start_soon(reviewer.run)
        nursery.start_soon(performance.listen_for_notes)
        await performance.speak()
        performance.sum_up()
        nursery.cancel_scope.cancel()


async def _words(speech: Speech, recording: Recording, hearing: VadSettings) -> Words:
    if speech.stt is not None:
        return Words({}, await load_whisper(WhisperSettings(speech.stt)), recording)
    beside = speech.transcript or speech.wav.with_suffix(".json")
    if not beside.exists():
        raise TranscriptError(f"{beside} is not there; name one with --transcript, or a model with --stt")
    utterances = read_transcript(beside).utterances
    return Words(attach([*segments(hear(recording, Silero(), hearing))], utterances).texts, None, recording)


@asynccontextmanager
async def _server(speech: Speech, settings: Settings) -> AsyncIterator[tuple[str, str]]:
    """The address to speak to, and a link that signs in there."""
    if speech.own_server:
        with tempfile.TemporaryDirectory(prefix="lossy-") as folder:
            os.chmod(folder, 0o711)  # run by root, PostgreSQL is another user
            async with open_app(settings.alone(Path(folder))) as app:
                yield app.url, await app.sign_in_url()
    else:
        url = (speech.url or settings.server.url).rstrip("/")
        yield url, speech.link or await sign_in_url_beside(settings, url)
