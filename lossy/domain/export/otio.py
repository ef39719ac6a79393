"""OpenTimelineIO: a timeline of one gap, with the notes as markers on its stack.

The schemas are those of OpenTimelineIO 0.18; an older reader is what refuses a newer `Marker`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from lossy.domain.export.sheet import Marker, Sheet
    from lossy.domain.timecode import Rate

KEY = "lossy"  # of our metadata


def otio(sheet: Sheet) -> str:
    film = sheet.film
    gap = {**_item("Gap.1", ""), "source_range": _range(0, sheet.end, film.rate)}
    track = {**_item("Track.1", "V1"), "children": [gap], "kind": "Video"}
    stack = {**_item("Stack.1", "tracks"), "children": [track]}
    stack["markers"] = [_marker(marker, film.rate) for marker in sheet.markers]
    timeline = {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {KEY: {"video_id": str(film.video_id), "rate": str(film.rate)}},
        "name": film.title,
        "global_start_time": film.timecode and _time(film.timecode.start, film.rate),
        "tracks": stack,
    }
    return orjson.dumps(timeline, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _marker(marker: Marker, rate: Rate) -> dict[str, Any]:
    ours = {
        "id": str(marker.id),
        "frame_out": marker.frame_out,  # a note of a moment and one of a range of one frame look the same otherwise
        "category": marker.category.value,
        "status": marker.status.value,
        "author": marker.author,
        "created_at": marker.created_at,
    }
    return {
        "OTIO_SCHEMA": "Marker.2",
        "metadata": {KEY: ours},
        "name": marker.category.value,
        "color": marker.colour.value,
        "marked_range": _range(marker.frame_in, marker.last_frame - marker.frame_in + 1, rate),
        "comment": marker.text,
    }


def _item(schema: str, name: str) -> dict[str, Any]:
    empty: dict[str, Any] = {"metadata": {}, "source_range": None, "effects": [], "markers": [], "enabled": True}
    return {"OTIO_SCHEMA": schema, "name": name, **empty}


def _range(start: int, duration: int, rate: Rate) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": _time(start, rate), "duration": _time(duration, rate)}


def _time(frames: int, rate: Rate) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "value": float(frames), "rate": rate.num / rate.den}
