"""The decorator of the values that a remark makes by the dozen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from attrs import define

__all__ = ["value"]

# Nobody assigns to one: mypy sees to that, for which it is frozen. At run time it is not, as one that is takes four
# times as long to make, and a remark makes sixty.
if TYPE_CHECKING:
    from attrs import frozen as value
else:
    value = partial(define, unsafe_hash=True)
