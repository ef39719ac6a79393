"""What a run takes from outside of itself: the operating system's random bytes, which ids are made of."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random


@contextmanager
def seeded_ids(random: Random) -> Iterator[None]:
    """Meanwhile `uuid4` and whoever else asks the system for random bytes gets them from the seed.

    This changes the whole process: nothing else may run in it that has secrets to make.
    """
    before = os.urandom
    os.urandom = random.randbytes
    try:
        yield
    finally:
        os.urandom = before
