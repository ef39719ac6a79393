"""Which part of all people somebody is in, for one flag: always the same, and of one flag as good as independent of
another.

MurmurHash3 (x86, 32 bits, seed 0) of the UTF-8 bytes of `key/actor`, modulo BUCKETS. Its author put it in the public
domain; his test vectors are in the tests. `extension/src/flags.ts` computes the same, with nothing but 32-bit integers.
Whoever changes a step of it takes flags from people who have them.
"""

from __future__ import annotations

from functools import lru_cache

# A percentage in hundredths. 2**32 is not a multiple of it, which favours a bucket by one part in 429,496.
BUCKETS = 10_000

# Working one out takes 30 µs, and it never changes. So many are of all the flags of all who are connected to a node.
REMEMBERED = 32_768

_MASK = 0xFFFFFFFF


@lru_cache(maxsize=REMEMBERED)
def bucket_of(key: str, actor: str) -> int:
    """0 to BUCKETS - 1. No key of a flag has a slash in it."""
    return murmur3(f"{key}/{actor}".encode()) % BUCKETS


def murmur3(data: bytes) -> int:
    mixed = 0
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        mixed ^= _scrambled(int.from_bytes(data[at : at + 4], "little"))
        mixed = (_rotated(mixed, 13) * 5 + 0xE6546B64) & _MASK
    mixed ^= _scrambled(int.from_bytes(data[whole:], "little"))
    return _finished(mixed ^ len(data))


def _scrambled(block: int) -> int:
    return _rotated(block * 0xCC9E2D51 & _MASK, 15) * 0x1B873593 & _MASK


def _rotated(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & _MASK


def _finished(word: int) -> int:
    word = (word ^ word >> 16) * 0x85EBCA6B & _MASK
    word = (word ^ word >> 13) * 0xC2B2AE35 & _MASK
    return word ^ word >> 16
