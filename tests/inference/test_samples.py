from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from lossy.channels.audio import AudioChunk
from lossy.inference.samples import samples_of
from lossy.inference.vad import SAMPLE_RATE, SpeechNotInstalled

if TYPE_CHECKING:
    from lossy.inference.vad import Pcm

TONE_HZ, LOUD = 440, 0.25


def tone(rate: int, ms: int = 1_000) -> Any:
    """16-bit samples."""
    seconds = np.arange(rate * ms // 1_000) / rate
    return (np.sin(2 * np.pi * TONE_HZ * seconds) * LOUD * 32_768).astype("<i2")


def pcm(rate: int, ms: int = 1_000) -> list[AudioChunk]:
    samples, tenth = tone(rate, ms), rate // 10
    parts = [samples[start : start + tenth].tobytes() for start in range(0, len(samples), tenth)]
    return [AudioChunk(rate, i, 0, opus=False, data=part) for i, part in enumerate(parts, 1)]


def opus(layout: str, frame_ms: str, rate: int = 48_000) -> list[AudioChunk]:
    """As a browser's encoder makes it: a packet in each chunk."""
    encoder: Any = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = rate, layout, "s16"
    encoder.bit_rate, encoder.options = 64_000, {"frame_duration": frame_ms}
    encoder.open()
    samples, packets = np.repeat(tone(rate), encoder.layout.nb_channels), list[bytes]()
    step = encoder.frame_size * encoder.layout.nb_channels
    for start in range(0, len(samples) - step + 1, step):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + step], format="s16", layout=layout)
        frame.sample_rate = rate
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    packets += [bytes(packet) for packet in encoder.encode(None)]
    return [AudioChunk(rate, i, 0, opus=True, data=packet) for i, packet in enumerate(packets, 1)]


def pitch(samples: Pcm) -> float:
    """Of the loudest tone, in Hz."""
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * SAMPLE_RATE / len(samples))


def loudness(samples: Pcm) -> float:
    """The amplitude of a tone that is as loud, without its first and last quarter."""
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    return float(np.sqrt(2 * np.mean(middle**2)))


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_pcm_of_any_rate_is_what_was_said(rate: int) -> None:
    samples = samples_of(pcm(rate))

    assert samples.dtype == np.float32
    assert len(samples) == SAMPLE_RATE
    assert pitch(samples) == pytest.approx(TONE_HZ, abs=1)
    assert loudness(samples) == pytest.approx(LOUD, abs=0.02)


@pytest.mark.parametrize("layout", ["mono", "stereo"])
@pytest.mark.parametrize("frame_ms", ["2.5", "20", "60", "120"])
def test_opus_is_what_was_said_and_as_long_as_its_packets_say(layout: str, frame_ms: str) -> None:
    chunks = opus(layout, frame_ms)
    samples = samples_of(chunks)

    assert len(samples) * 1_000_000 // SAMPLE_RATE == sum(chunk.duration_us for chunk in chunks)
    assert pitch(samples) == pytest.approx(TONE_HZ, abs=1)
    assert loudness(samples) == pytest.approx(LOUD, abs=0.02)


def test_a_packet_that_is_none_is_left_out() -> None:
    whole = opus("mono", "20")
    broken = AudioChunk(48_000, 1, 0, opus=True, data=b"\xfa\xfb")  # two frames, the first longer than both

    assert len(samples_of([*whole[:10], broken, *whole[10:]])) == len(samples_of(whole))
    assert len(samples_of([broken])) == 0


def test_a_client_may_change_its_mind_about_the_format() -> None:
    samples = samples_of([*pcm(48_000, 500), *opus("mono", "20"), *pcm(16_000, 500)])

    assert len(samples) == pytest.approx(2 * SAMPLE_RATE, rel=0.02)
    assert pitch(samples) == pytest.approx(TONE_HZ, abs=2)


def test_no_chunks_are_no_samples() -> None:
    assert samples_of([]).shape == (0,)


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)

    with pytest.raises(SpeechNotInstalled, match=r"lossy\[speech\]"):
        samples_of([])
