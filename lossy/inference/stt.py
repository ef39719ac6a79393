"""Speech to text on this machine: Whisper, run by faster-whisper and ctranslate2."""

from __future__ import annotations

import json
import unicodedata
from math import exp
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import trio
from attrs import frozen

from .vad import SAMPLE_RATE, SpeechError, SpeechNotInstalled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .vad import Pcm

WINDOW = 30 * SAMPLE_RATE  # what Whisper hears at a time

# Without its tokenizer or its vocabulary faster-whisper would ask the hub, or fail with half of the reason.
MODEL_FILES = ("model.bin", "config.json", "tokenizer.json")
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")

# When Whisper does not know, it makes something up. The numbers are those of its authors (Radford et al., "Robust
# Speech Recognition via Large-Scale Weak Supervision", 2022, section 4.5). Below the log probability, or above the
# compression ratio, which tells a loop, the library decodes again at the next temperature; unless the probability of
# no speech is high as well: then it hears silence. When every try fails it keeps its best guess, and we keep nothing.
LOWEST_AVG_LOGPROB = -1.0
HIGHEST_NO_SPEECH_PROB = 0.6
HIGHEST_COMPRESSION_RATIO = 2.4

# The library believes in silence only when both say so. Hallucinations ("Thanks for watching.") are glib: where silence
# is likelier than speech, we want the words surer as well, three tokens in five (e to the -0.5).
LOWEST_AVG_LOGPROB_IN_SILENCE = -0.5

# They tried six temperatures. A reviewer waits for the text: a hard remark may take twice an easy one's time, not six.
TEMPERATURES = (0.0, 0.4)


class ModelError(SpeechError):
    """The folder does not hold a Whisper model for ctranslate2; the message says which file is missing or why."""


class TooBusy(SpeechError):
    """As many remarks wait already as may. Nothing was transcribed; the caller tells its user."""


@frozen
class WhisperSettings:
    """`folder` holds a model converted for ctranslate2. `language` is an ISO 639-1 code, or None to detect it.

    `device` and `compute_type` are ctranslate2's terms. `parallel` transcriptions run at once, on `threads` threads
    each; `waiting` more may queue for them, and one more is refused.
    """

    folder: Path
    language: str | None = "en"
    device: str = "cpu"
    compute_type: str = "int8"
    beam_size: int = 5
    threads: int = 1
    parallel: int = 1
    waiting: int = 32


@frozen
class Transcript:
    """`text` is "" when no speech was understood. `confidence` is the mean probability of its tokens, 0..1."""

    text: str
    confidence: float
    language: str
    duration_ms: int


class Heard(Protocol):
    """What we use of a segment of faster-whisper."""

    text: str
    tokens: Sequence[int]
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float


class Whisper:
    def __init__(self, model: Any, settings: WhisperSettings) -> None:
        """`model` is a faster_whisper.WhisperModel; `load_whisper` makes one."""
        self._model = model
        self._settings = settings
        self._limiter = trio.CapacityLimiter(settings.parallel)

    async def transcribe(self, pcm: Pcm | Callable[[], Pcm]) -> Transcript:
        """Raises TooBusy. When cancelled, the caller stops waiting at once.

        Samples that take memory or time to make are given as a function: it is called in the worker thread.

        The worker thread cannot be stopped within a window of 30 s of audio. It goes on to that window's end, keeps
        its place among the `parallel` ones until then, and its text is dropped.
        """
        queued = self._limiter.statistics().tasks_waiting
        if self._limiter.available_tokens < 1 and queued >= self._settings.waiting:
            raise TooBusy(f"{queued} remarks wait for their text already")
        return await trio.to_thread.run_sync(self._transcribe, pcm, abandon_on_cancel=True, limiter=self._limiter)

    def _transcribe(self, given: Pcm | Callable[[], Pcm]) -> Transcript:
        pcm = given() if callable(given) else given
        segments, info = self._model.transcribe(
            pcm,
            language=self._settings.language,
            beam_size=self._settings.beam_size,
            temperature=TEMPERATURES,
            log_prob_threshold=LOWEST_AVG_LOGPROB,
            no_speech_threshold=HIGHEST_NO_SPEECH_PROB,
            compression_ratio_threshold=HIGHEST_COMPRESSION_RATIO,
            condition_on_previous_text=False,  # a loop in one window would go on in the next
            without_timestamps=len(pcm) <= WINDOW,  # a longer remark is cut between windows where they say words end
        )
        heard = []
        for segment in segments:  # each window is decoded when it is asked for
            trio.from_thread.check_cancelled()
            heard.append(segment)
        kept = [segment for segment in heard if is_understood(segment)]
        return Transcript(text_of(kept), confidence_of(kept), info.language, len(pcm) * 1_000 // SAMPLE_RATE)


def is_understood(segment: Heard) -> bool:
    silent = segment.no_speech_prob > HIGHEST_NO_SPEECH_PROB
    lowest = LOWEST_AVG_LOGPROB_IN_SILENCE if silent else LOWEST_AVG_LOGPROB
    return segment.avg_logprob >= lowest and segment.compression_ratio <= HIGHEST_COMPRESSION_RATIO


def text_of(segments: Iterable[Heard]) -> str:
    """Composed characters (NFC), single spaces, none around it."""
    return " ".join(unicodedata.normalize("NFC", "".join(segment.text for segment in segments)).split())


def confidence_of(segments: Sequence[Heard]) -> float:
    """The geometric mean of the tokens' probabilities; 0 when there are none."""
    tokens = sum(len(segment.tokens) for segment in segments)
    if not tokens:
        return 0.0
    return min(1.0, exp(sum(segment.avg_logprob * len(segment.tokens) for segment in segments) / tokens))


async def load_whisper(settings: WhisperSettings) -> Whisper:
    """Takes seconds for a large model, in a worker thread. Never asks the network.

    Raises SpeechNotInstalled or ModelError. When cancelled, it waits for the thread.
    """
    return await trio.to_thread.run_sync(_load, settings)


def _load(settings: WhisperSettings) -> Whisper:
    try:
        from faster_whisper import WhisperModel
    except ImportError as missing:
        raise SpeechNotInstalled(f"{missing.name}") from missing
    check_folder(settings.folder)
    try:
        model = WhisperModel(
            str(settings.folder),
            device=settings.device,
            compute_type=settings.compute_type,
            cpu_threads=settings.threads,
            num_workers=settings.parallel,
            local_files_only=True,
        )
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"{settings.folder}: {error}") from error
    _check_fit(model, settings)
    return Whisper(model, settings)


def check_folder(folder: Path) -> None:
    """Raises ModelError where files are missing. Reads little, so that a server can ask at its start."""
    missing = [name for name in MODEL_FILES if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in VOCABULARIES):
        missing.append(" or ".join(VOCABULARIES))
    if missing:
        raise ModelError(f"{folder}: not a Whisper model for ctranslate2, it lacks {', '.join(missing)}")
    try:
        json.loads((folder / "tokenizer.json").read_bytes())  # its own library raises a bare Exception
    except ValueError as error:
        raise ModelError(f"{folder}: tokenizer.json is not JSON: {error}") from error


def _check_fit(model: Any, settings: WhisperSettings) -> None:
    made, expected = len(model.feature_extractor.mel_filters), model.model.n_mels
    if made != expected:
        raise ModelError(f"{settings.folder}: {expected} mel bands, but preprocessor_config.json makes {made}")
    if settings.language not in (None, *model.supported_languages):
        raise ModelError(f"{settings.folder}: it does not know the language {settings.language!r}")
