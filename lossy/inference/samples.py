"""From the sound that clients send, PCM or Opus at any rate, to what Whisper hears. It blocks, and is for a thread."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from .vad import SAMPLE_RATE, SpeechNotInstalled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lossy.channels.audio import AudioChunk

    from .vad import Pcm


def samples_of(chunks: Sequence[AudioChunk]) -> Pcm:
    """One after the other, mono at 16 kHz, -1..1. A packet of Opus that is none is left out.

    Raises SpeechNotInstalled.
    """
    try:
        import av
        import numpy
    except ImportError as missing:
        raise SpeechNotInstalled(f"{missing.name}") from missing
    heard: list[Pcm] = []
    for (rate, opus), group in groupby(chunks, key=lambda chunk: (chunk.sample_rate, chunk.opus)):
        alike = [chunk.data for chunk in group]
        resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
        frames = _decoded(av, alike) if opus else _frames(av, numpy, rate, b"".join(alike))
        for frame in (*frames, None):  # None draws out what the resampler holds back
            heard += [resampled.to_ndarray()[0] for resampled in resampler.resample(frame)]
    return numpy.concatenate(heard) if heard else numpy.zeros(0, numpy.float32)


def _frames(av: Any, numpy: Any, rate: int, pcm: bytes) -> Iterator[Any]:
    frame = av.AudioFrame.from_ndarray(numpy.frombuffer(pcm, "<i2")[None], format="s16", layout="mono")
    frame.sample_rate = rate
    yield frame


def _decoded(av: Any, packets: Iterable[bytes]) -> Iterator[Any]:
    """FFmpeg's own decoder. It gives 48 kHz, whatever was recorded."""
    decoder = av.CodecContext.create("opus", "r")
    decoder.layout = "mono"  # of two channels it makes one
    for packet in packets:
        try:
            yield from decoder.decode(av.Packet(packet))
        except av.FFmpegError:
            continue
