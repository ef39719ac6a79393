"""What a drawing can say of a state or a transition beyond what it is: in a diff, a live session, a coverage report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Mark = Literal["added", "removed", "changed", "active", "covered"]
Marks = Mapping[str, Mark]  # by the id of a state or of a transition
