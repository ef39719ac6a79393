"""The seal of a picture: a digest of all that stands before it, so that an edit by hand is noticed without drawing."""

from __future__ import annotations

from hashlib import sha256


def sealed(svg: str) -> str:
    """With a comment as its last line."""
    return f"{svg}{_seal(svg)}"


def is_sealed(text: str) -> bool:
    """Whether it is, to the byte, what was sealed."""
    lines = text.splitlines(keepends=True)
    return bool(lines) and lines[-1] == _seal("".join(lines[:-1]))


def _seal(svg: str) -> str:
    """Short, since it guards against an edit of what is drawn anew and not against forgery."""
    return f"<!-- seal: {sha256(svg.encode()).hexdigest()[:16]} -->\n"
