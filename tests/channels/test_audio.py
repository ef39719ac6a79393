from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lossy.channels.audio import (
    HEADER,
    LEAST_HZ,
    MOST_BYTES,
    MOST_HZ,
    MOST_MEDIA_MS,
    AudioChunk,
    opus_duration_us,
    pack,
    parse,
)
from lossy.channels.errors import Code, Refusal

TENTH = AudioChunk(16_000, 1, 0, opus=False, data=bytes(3_200))

RATES = st.integers(LEAST_HZ // 100, MOST_HZ // 100).map(lambda hundreds: hundreds * 100)
PCM = st.integers(200, 500).map(lambda samples: b"\x01\x02" * samples)
# Packets of one to six frames of 2.5 ms, in each of the four ways to say so.
PACKETS = st.builds(
    lambda code, count, rest: bytes([16 << 3 | code, count]) + rest, st.integers(0, 3), st.integers(1, 6), st.binary()
)
NUMBERS = st.tuples(st.integers(1, 2**32 - 1), st.integers(0, MOST_MEDIA_MS))


def chunk_of(rate: int, numbers: tuple[int, int], opus: bool, data: bytes) -> AudioChunk:
    return AudioChunk(rate, *numbers, opus, data)


CHUNKS = st.builds(chunk_of, RATES, NUMBERS, st.just(False), PCM) | st.builds(
    chunk_of, RATES, NUMBERS, st.just(True), PACKETS
)


def parsed_or_refused(message: bytes) -> AudioChunk | Refusal:
    try:
        return parse(message)
    except Refusal as refused:
        return refused


def refusal(message: bytes) -> Refusal:
    with pytest.raises(Refusal) as refused:
        parse(message)
    return refused.value


def test_the_header_is_laid_out_as_the_protocol_says() -> None:
    chunk = AudioChunk(48_000, 0x01020304, 61_000, opus=False, data=bytes(480))

    assert pack(chunk) == bytes.fromhex("01 01e0 01020304 0000ee48") + bytes(480)
    assert pack(evolve(chunk, opus=True))[0] == 0x81


@given(CHUNKS)
def test_what_is_packed_is_parsed_again(chunk: AudioChunk) -> None:
    assert parse(pack(chunk)) == chunk


@given(st.binary(max_size=60) | st.builds(lambda chunk, n: pack(chunk)[:n], CHUNKS, st.integers(0, 60)))
def test_whatever_comes_is_a_chunk_or_refused_with_its_path(message: bytes) -> None:
    parsed = parsed_or_refused(message)

    if isinstance(parsed, Refusal):
        assert parsed.code == Code.INVALID
        assert parsed.details["path"] in ("$", "version", "sample_rate", "sequence", "media_ms", "data")
    else:
        assert pack(parsed) == message
        assert parsed.duration_us >= 2_500


@pytest.mark.parametrize(
    ("message", "path"),
    [
        (b"", "$"),
        (pack(TENTH)[: HEADER.size - 1], "$"),
        (b"\x02" + pack(TENTH)[1:], "version"),
        (b"\x82" + pack(TENTH)[1:], "version"),
        (pack(evolve(TENTH, sample_rate=LEAST_HZ - 100)), "sample_rate"),
        (pack(evolve(TENTH, sample_rate=MOST_HZ + 100)), "sample_rate"),
        (pack(evolve(TENTH, sequence=0)), "sequence"),
        (pack(evolve(TENTH, media_ms=MOST_MEDIA_MS + 1)), "media_ms"),
        (pack(evolve(TENTH, data=b"")), "data"),
        (pack(evolve(TENTH, data=bytes(3_201))), "data"),
        (pack(evolve(TENTH, data=bytes(78))), "data"),  # 39 samples of the 40 in 2.5 ms
        (pack(evolve(TENTH, data=b"", opus=True)), "data"),
        (pack(evolve(TENTH, data=b"\x03", opus=True)), "data"),
        (pack(evolve(TENTH, data=b"\x03\x00", opus=True)), "data"),
        (pack(evolve(TENTH, data=b"\x1b\x03", opus=True)), "data"),  # three frames of 60 ms
    ],
)
def test_what_does_not_fit_is_refused_with_its_path(message: bytes, path: str) -> None:
    refused = refusal(message)

    assert (refused.code, refused.details) == (Code.INVALID, {"path": path})


def test_a_long_message_is_too_large() -> None:
    assert parse(pack(evolve(TENTH, data=bytes(MOST_BYTES)))).data == bytes(MOST_BYTES)
    assert refusal(pack(evolve(TENTH, data=bytes(MOST_BYTES + 2)))).code == Code.TOO_LARGE


@pytest.mark.parametrize(
    ("packet", "us"),
    [
        (b"\x00", 10_000),  # SILK, one frame
        (b"\x18", 60_000),
        (b"\x19", 120_000),  # two of them
        (b"\x1a", 120_000),
        (b"\x60", 10_000),  # hybrid
        (b"\x68", 20_000),
        (b"\x80", 2_500),  # CELT
        (b"\xf8", 20_000),
        (b"\xfb\x06", 120_000),  # six frames, counted in the second byte
        (b"\xfb\xc6", 120_000),  # whose high bits say other things
    ],
)
def test_the_first_bytes_of_a_packet_tell_how_long_it_is(packet: bytes, us: int) -> None:
    assert opus_duration_us(packet) == us


def test_sound_is_not_shown() -> None:
    """Values end up in logs and tracebacks."""
    assert repr(evolve(TENTH, data=b"spoken" * 100)) == "AudioChunk(1, 600 bytes)"
