"""Markers of editors' tools, read: the reverse of `lossy.domain.export`, where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.domain.imports.edl import read_edl
from lossy.domain.imports.found import MAX_FILE, Found, ImportFault
from lossy.domain.imports.otio import read_otio

if TYPE_CHECKING:
    from lossy.domain.timecode import Rate

FORMATS = ("edl", "otio")


def read(
    content: bytes, rate: Rate, start: str, format: str | None = None, name: str | None = None
) -> tuple[Found, ...]:
    """The markers in a file, at frames of a film at this rate. Raises ImportFault.

    `start` is the timecode of the film's first frame. Without a format it is told by the file's name, and by its
    content: what begins as JSON does is OTIO.
    """
    if len(content) > MAX_FILE:
        raise ImportFault("$", f"A file may have {MAX_FILE} bytes.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ImportFault("$", "It must be text in UTF-8.") from None
    is_otio = (name or "").lower().endswith(".otio") or text.lstrip().startswith(("{", "["))
    format = format or ("otio" if is_otio else "edl")
    return read_otio(text, rate) if format == "otio" else read_edl(text, rate, start)
