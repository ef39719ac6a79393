"""Voice activity: where speech begins and ends in a stream of samples, by Silero's model.

The events depend on the samples alone, not on how they arrive.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from .speech import DEFAULTS, FRAME_MS, Hysteresis, SpeechEvent, VadSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    Pcm: TypeAlias = NDArray[np.float32]  # one dimension, mono, 16 kHz, -1..1
    Memory: TypeAlias = tuple[NDArray[np.float32], NDArray[np.float32]]  # hidden and cell state of the LSTM

MODEL = "silero_vad_v6.onnx"

SAMPLE_RATE = 16_000  # of Silero and of Whisper

# What the model was trained on: 512 new samples, with the last 64 of the frame before in front of them.
FRAME = FRAME_MS * SAMPLE_RATE // 1_000
CONTEXT = 64
WINDOW = CONTEXT + FRAME
STATE = (1, 1, 128)  # shape of each half of its memory


class SpeechError(Exception):
    """Listening or transcribing is not possible; the message says what to do about it."""


class SpeechNotInstalled(SpeechError):
    """The packages that hear are an extra of ours, and it is not here."""

    def __init__(self, missing: str) -> None:
        super().__init__(f"{missing} is not installed: pip install 'lossy[speech]'")


class Silero:
    """Silero VAD v6 (MIT, Silero Team), as faster-whisper carries it. Loaded once, shared by every stream.

    About 50 us a frame on one thread of a CPU: callers run it where they are, a worker thread costs more.
    """

    def __init__(self) -> None:
        """Raises SpeechNotInstalled."""
        try:
            import numpy
            import onnxruntime
        except ImportError as missing:
            raise SpeechNotInstalled(f"{missing.name}") from missing
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # the model is too small to divide
        options.log_severity_level = 4  # fatal: it warns of unused initializers on every load
        self._session = onnxruntime.InferenceSession(_model_path(), options, providers=["CPUExecutionProvider"])
        self._zeros = numpy.zeros

    def silence(self, *shape: int) -> Pcm:
        return self._zeros(shape, "float32")

    def probability(self, window: Pcm, memory: Memory) -> tuple[float, Memory]:
        """Speech in WINDOW samples, given the memory of the windows before: 0..1, and the memory to go on with."""
        hidden, cell = memory
        speech, hidden, cell = self._session.run(None, {"input": window[None], "h": hidden, "c": cell})
        return float(speech[0]), (hidden, cell)


def _model_path() -> str:
    """Looked up without importing faster-whisper, which would load ctranslate2 and a video decoder."""
    package = find_spec("faster_whisper")
    if package is None or package.origin is None:
        raise SpeechNotInstalled("faster-whisper")
    path = Path(package.origin).with_name("assets") / MODEL
    if not path.exists():
        raise SpeechNotInstalled(f"a faster-whisper with {MODEL}")
    return str(path)


class Vad:
    """The speech events of one stream."""

    def __init__(self, silero: Silero, settings: VadSettings = DEFAULTS) -> None:
        self._silero = silero
        self._hysteresis = Hysteresis(settings)
        self._window = silero.silence(WINDOW)
        self._filled = CONTEXT
        self._memory = silero.silence(*STATE), silero.silence(*STATE)

    def feed(self, pcm: Pcm) -> Iterator[SpeechEvent]:
        """Any number of samples. They are heard as the events are asked for, so iterate to the end."""
        while len(pcm):
            taken = pcm[: WINDOW - self._filled]
            self._window[self._filled : self._filled + len(taken)] = taken
            self._filled += len(taken)
            pcm = pcm[len(taken) :]
            if self._filled == WINDOW:
                yield from self._hysteresis.feed(self._probability())

    def finish(self) -> Iterator[SpeechEvent]:
        """Ends the stream, and with it what is being said. A last frame that was not filled is not heard."""
        return self._hysteresis.finish()

    def _probability(self) -> float:
        probability, self._memory = self._silero.probability(self._window, self._memory)
        self._window[:CONTEXT] = self._window[-CONTEXT:]
        self._filled = CONTEXT
        return probability
