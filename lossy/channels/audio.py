"""The binary message `audio`: sound that a reviewer lets the server transcribe (`protocol.md`, section 6). Pure.

| bytes | what |
|---|---|
| 1 | version 1; the high bit is set where the sound is Opus |
| 2 | sample rate in Hz / 100 |
| 4 | sequence: from 1, dense for each device and session |
| 4 | media time of the first sample in ms |
| rest | 16-bit PCM, little endian and mono, or one Opus packet (RFC 6716) |

Integers are big endian, as in every header of the network but the samples themselves.
"""

from __future__ import annotations

import struct

from attrs import frozen

from lossy.channels.errors import Code, Refusal, invalid

VERSION, OPUS = 1, 0x80
HEADER = struct.Struct(">BHII")
SAMPLE_BYTES = 2

# From the telephone to the studio; Opus knows nothing above it.
LEAST_HZ, MOST_HZ = 8_000, 48_000
# A third of a second of 16-bit PCM at the highest rate, and 25 times the longest packet of Opus.
MOST_BYTES = 32 * 1024
# The shortest frame of Opus. Less is not worth its header, and a minute in such crumbs would be a crowd of values.
LEAST_US = 2_500
# A day of film, as for every media time.
MOST_MEDIA_MS = 24 * 3_600_000

# By the configuration in the first byte of a packet (RFC 6716, section 3.1): SILK, hybrid, CELT.
OPUS_FRAME_US = (
    *(10_000, 20_000, 40_000, 60_000) * 3,
    *(10_000, 20_000) * 2,
    *(2_500, 5_000, 10_000, 20_000) * 4,
)
MOST_PACKET_US = 120_000


@frozen
class AudioChunk:
    """A stretch of sound. `sample_rate` is in Hz; `data` is what follows the header, and never shown."""

    sample_rate: int
    sequence: int
    media_ms: int
    opus: bool
    data: bytes

    def __repr__(self) -> str:
        return f"AudioChunk({self.sequence}, {len(self.data)} bytes)"

    @property
    def duration_us(self) -> int:
        """Rounded down to the microsecond."""
        if self.opus:
            return opus_duration_us(self.data)
        return len(self.data) // SAMPLE_BYTES * 1_000_000 // self.sample_rate


def parse(message: bytes) -> AudioChunk:
    """Raises Refusal: too_large, or invalid with the field of the header as its path."""
    if len(message) > HEADER.size + MOST_BYTES:
        raise Refusal(Code.TOO_LARGE, f"An audio message holds {MOST_BYTES} bytes of sound at most.")
    if len(message) < HEADER.size:
        raise invalid("$", f"The header has {HEADER.size} bytes.")
    version, hundreds, sequence, media_ms = HEADER.unpack_from(message)
    if version & ~OPUS != VERSION:
        raise invalid("version", f"It must be {VERSION}.")
    if not LEAST_HZ <= hundreds * 100 <= MOST_HZ:
        raise invalid("sample_rate", f"It must be from {LEAST_HZ} to {MOST_HZ} Hz.")
    if sequence == 0:
        raise invalid("sequence", "The first is 1.")
    if media_ms > MOST_MEDIA_MS:
        raise invalid("media_ms", f"It must be from 0 to {MOST_MEDIA_MS}.")
    chunk = AudioChunk(hundreds * 100, sequence, media_ms, bool(version & OPUS), message[HEADER.size :])
    _check_sound(chunk)
    return chunk


def pack(chunk: AudioChunk) -> bytes:
    """The message of a client."""
    version = VERSION | (OPUS if chunk.opus else 0)
    return HEADER.pack(version, chunk.sample_rate // 100, chunk.sequence, chunk.media_ms) + chunk.data


def opus_duration_us(packet: bytes) -> int:
    """Of what the packet decodes to. Raises Refusal (invalid) where it cannot be one."""
    if not packet:
        raise invalid("data", "There is no sound in it.")
    frame_us, code = OPUS_FRAME_US[packet[0] >> 3], packet[0] & 3
    if code == 3 and len(packet) < 2:
        raise invalid("data", "The packet ends before the count of its frames.")
    frames = packet[1] & 0x3F if code == 3 else (1, 2, 2)[code]
    if not 0 < frames * frame_us <= MOST_PACKET_US:
        raise invalid("data", f"A packet of Opus holds up to {MOST_PACKET_US // 1000} ms.")
    return frames * frame_us


def _check_sound(chunk: AudioChunk) -> None:
    if not chunk.opus and len(chunk.data) % SAMPLE_BYTES:
        raise invalid("data", "The last sample is cut in two.")
    if chunk.duration_us < LEAST_US:
        raise invalid("data", f"It must hold {LEAST_US / 1000} ms of sound at least.")
