"""The last note, mended by the remark in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.domain.agent import mends
from lossy.domain.commands import correction_of
from lossy.domain.notes import Category
from lossy.inference.corrections import Mended, mend

if TYPE_CHECKING:
    from lossy.charts.model import Data
    from lossy.inference.rules import Remark


def mended(data: Data, remark: Remark) -> Mended | None:
    """None when the remark is no correction of the last note; `data` is the agent's."""
    correction = correction_of(remark.text) if mends(data) else None
    if correction is None:
        return None
    last = data["last"]
    return mend(last["text"], Category(last["category"]), last["confidence"], correction, remark)
