"""The server's own transcriber: one Whisper for all sessions of a node, loaded once."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

import structlog
import trio
from attrs import define, field

from lossy.inference.samples import samples_of
from lossy.inference.stt import Transcript, Whisper, WhisperSettings, check_folder, load_whisper
from lossy.inference.vad import SpeechError, SpeechNotInstalled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossy.channels.audio import AudioChunk

log = structlog.get_logger()


class Transcriber(Protocol):
    @property
    def usable(self) -> bool:
        """Whether it is worth sending it anything."""

    async def transcribe(self, chunks: Sequence[AudioChunk]) -> Transcript:
        """The words in what was said within one segment of speech. Raises SpeechError."""


@define(eq=False)
class WhisperTranscriber:
    """Raises SpeechError where the packages or the model's files are missing, before anything is loaded."""

    settings: WhisperSettings
    usable: bool = field(default=True, init=False)
    _whisper: Whisper | None = field(default=None, init=False)
    _loading: trio.Lock = field(factory=trio.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        for package in ("faster_whisper", "av", "numpy"):
            if find_spec(package) is None:
                raise SpeechNotInstalled(package)
        check_folder(self.settings.folder)

    async def prepare(self) -> None:
        """Loads the model, and says so. A model that turns out to be none is logged, and used no more."""
        try:
            await self._load()
        except SpeechError as error:
            log.error("speech model not loaded", reason=str(error))

    async def transcribe(self, chunks: Sequence[AudioChunk]) -> Transcript:
        """Raises TooBusy too. When cancelled, as `Whisper.transcribe`."""
        whisper = await self._load()
        return await whisper.transcribe(lambda: samples_of(chunks))

    async def _load(self) -> Whisper:
        async with self._loading:
            if self._whisper is None:
                self._whisper = await self._read()
            return self._whisper

    async def _read(self) -> Whisper:
        folder, began = str(self.settings.folder), trio.current_time()
        log.info("loading the speech model", folder=folder)
        try:
            whisper = await load_whisper(self.settings)
        except SpeechError:
            self.usable = False
            raise
        log.info("speech model loaded", folder=folder, seconds=round(trio.current_time() - began, 1))
        return whisper
