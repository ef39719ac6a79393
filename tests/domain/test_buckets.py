from __future__ import annotations

from collections import Counter
from itertools import permutations
from uuid import UUID, uuid5

import pytest

from lossy.domain.buckets import BUCKETS, bucket_of, murmur3
from lossy.domain.capabilities import Capability

KEYS = tuple(Capability)[:5]
PEOPLE = [str(uuid5(UUID(int=0), str(n))) for n in range(1_500)]


@pytest.mark.parametrize(
    ("data", "hash"),
    [
        # Published with the algorithm and with its other implementations.
        (b"", 0),
        (b"test", 0xBA6BD213),
        (b"Hello, world!", 0xC0363E43),
        (b"The quick brown fox jumps over the lazy dog", 0x2E4FF723),
        # A tail of one, two and three bytes, and bytes whose highest bit is set.
        (b"\x21", 0x72661CF4),
        (b"\x21\x43", 0xA0F7B07A),
        (b"\x21\x43\x65", 0x7E4A8634),
        (b"\x21\x43\x65\x87", 0xF55B516B),
        (b"\xff\xff\xff\xff", 0x76293B50),
        (b"\0\0\0\0", 0x2362F9DE),
    ],
)
def test_it_is_murmur3(data: bytes, hash: int) -> None:
    assert murmur3(data) == hash


def test_people_are_spread_evenly() -> None:
    """Chi-squared over a hundred cells: 99 degrees of freedom, beyond 160 once in ten thousand; nothing is random."""
    for key in KEYS:
        cells = Counter(bucket_of(key, person) * 100 // BUCKETS for person in PEOPLE)
        expected = len(PEOPLE) / 100
        assert sum((cells[cell] - expected) ** 2 / expected for cell in range(100)) < 160


def test_who_is_first_in_one_flag_is_not_so_in_another() -> None:
    """Of the first tenth of one flag about a tenth is in the first tenth of another."""
    first = {key: {person for person in PEOPLE if bucket_of(key, person) < BUCKETS // 10} for key in KEYS}
    for one, other in permutations(KEYS, 2):
        assert 0.05 < len(first[one] & first[other]) / len(first[one]) < 0.16
