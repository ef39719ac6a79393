"""The work `transcribe`: what the session holds of its reviewer's voice becomes transcripts like those of a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import trio

from lossy.channels.errors import Code, Refusal
from lossy.charts.model import Event
from lossy.domain.notes import MAX_TEXT
from lossy.inference.vad import SpeechError
from lossy.sessions.inbox import Happened
from lossy.sessions.restore import VOICE

if TYPE_CHECKING:
    from lossy.charts.model import Data
    from lossy.inference.stt import Transcript
    from lossy.inference.transcriber import Transcriber
    from lossy.sessions.hearing import Hearing
    from lossy.sessions.utterances import Piece


class NotTranscribed(Exception):
    """The reason in a word."""


async def transcribe(agent: Data, hearing: Hearing) -> None:
    """One piece after the other, so that remarks come in the order they were made in. `agent` is its chart's data.
    Where the server cannot transcribe the browser's words are waited for, as long as they are where it need not.

    The sound of a piece is deleted once the agent has its words, or there were none. Raises NotTranscribed, and then
    what was not transcribed is there still.
    """
    transcriber = hearing.transcriber
    if transcriber is None:
        return await trio.sleep(agent["delays"]["transcript_wait"] / 1_000)
    for piece in hearing.take(agent):
        transcript = await _words(piece, transcriber, hearing.ears.timeout_s)
        if transcript.text and hearing.holds(piece):
            await _say(piece, transcript, hearing)
        hearing.forget(piece)


async def _words(piece: Piece, transcriber: Transcriber, timeout_s: float) -> Transcript:
    try:
        with trio.fail_after(timeout_s):
            return await transcriber.transcribe(piece.chunks)
    except trio.TooSlowError:
        raise NotTranscribed("transcription_timeout") from None
    except SpeechError as error:
        raise NotTranscribed("transcription_failed") from error


async def _say(piece: Piece, transcript: Transcript, hearing: Hearing) -> None:
    """Again and again while the agent has no room for it."""
    while True:
        try:
            answer = await hearing.say(_happened(piece, transcript, hearing))
        except Refusal as refusal:
            answer = refusal
        if not isinstance(answer, Refusal) or answer.code != Code.RATE_LIMITED:
            return
        await trio.sleep(answer.details["retry_after_ms"] / 1_000)


def _happened(piece: Piece, transcript: Transcript, hearing: Hearing) -> Happened:
    """Only the last piece of a segment names it: with that its words are all there."""
    facts = {
        "id": str(piece.words_id(hearing.session_id)),
        "text": transcript.text[: MAX_TEXT - 1],  # a note may gain a full stop
        "media_ms": piece.media_ms,
        "duration_ms": piece.length_us // 1_000,
        "segment": piece.segment if hearing.is_last(piece) else None,
        "stt_confidence": transcript.confidence,
        "spoken_at": piece.spoken_at,
    }
    return Happened(VOICE, Event("transcript_final", hearing.clock.now_ms(), facts), UUID(piece.device))
