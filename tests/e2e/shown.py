"""What the offscreen document would show, by hand: the values of `Shown` in extension/src/bridge.ts."""

from __future__ import annotations

from typing import Any

VIDEO = "7d3b0f2a-93d5-4c11-9f0a-0d4a4f7c9a10"
SESSION = "05e83c2a-a7df-4414-84bd-0c67b3f9f571"
USER = "aa83c2a0-0000-4414-84bd-0c67b3f9f571"
AT = 1_767_000_000_000
FPS = 24


def note(number: int, frame: int, text: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"0191e83c-2aa7-7414-84bd-{number:012d}",
        "video_id": VIDEO,
        "session_id": SESSION,
        "author_id": USER,
        "text": text,
        "category": "general",
        "confidence": 0.75,
        "frame_in": frame,
        "frame_out": None,
        "rate": {"num": FPS, "den": 1},
        "media_ms": -(-frame * 1000 // FPS),
        "onset_uncertainty_ms": 42,
        "status": "firmed",
        "transcript": text,
        "provenance": {},
        "created_at": AT,
        "updated_at": AT,
        "version": 1,
        **more,
    }


NOTES = [
    note(1, 29, "The logo comes in too early.", category="graphics", status="posted", confidence=0.92),
    note(2, 97, "Please make the intro shorter.", category="pacing"),
    note(
        3, 153, "Color is off in this shot, the skin turns green against the wall.", category="color", status="queued"
    ),
    note(4, 233, "Hold this frame a little longer please.", category="pacing", status="ghost", confidence=0.55),
    note(5, 1460, "I love this cut.", category="praise", confidence=0.88),
    note(6, 2231, "Is that the right take? Her hand is on the other side in the wide shot.", category="continuity"),
    note(7, 2240, "The music is too loud under the dialogue.", category="audio", status="failed"),
]


def signed_out(phase: str = "signed_out") -> dict[str, Any]:
    return {
        "connection": {"phase": phase, "since": AT, "server": "http://127.0.0.1:4000", "version": None},
        "account": None,
        "microphone": {"permission": "prompt", "phase": "off", "name": None, "speech_since": None},
        "recogniser": {"phase": "unset", "model": None, "device": None, "progress": 0, "why": None},
        "session": None,
        "video": None,
        "hearing": None,
        "queue": {"notes": 0, "transcripts": 0, "events": 0, "since": None, "draining": False},
        "notes": {},
        "notes_complete": True,
        "counts": None,
        "agent_event": None,
        "remarks": [],
        "settings": None,
        "flags": {},
        "videos": [],
        "faults": [],
    }


def session(**more: Any) -> dict[str, Any]:
    return {
        "id": SESSION,
        "video_id": VIDEO,
        "active": ["live", "microphone", "listening", "observing", "link", "connected"],
        "agent": ["idle", "listening"],
        "owner": {"tab": "t1", "device": USER},
        "mine": True,
        "paused": None,
        "kept": 7,
        "ignored": {"short": 2},
        "decision": None,
        "reason": None,
        **more,
    }


def video(**more: Any) -> dict[str, Any]:
    return {
        "video_id": VIDEO,
        "tab_id": 1,
        "platform": "youtube",
        "title": "Spring campaign, second cut with the new ending",
        "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "rate": "24",
        "duration_ms": 120_000,
        "playing": False,
        "media_ms": 9_800,
        "as_of": AT,
        "playback_rate": 1,
        **more,
    }


def reviewing(**more: Any) -> dict[str, Any]:
    """A review that listens, with notes."""
    return {
        **signed_out(),
        "connection": {"phase": "online", "since": AT, "server": "http://127.0.0.1:4000", "version": 2},
        "account": {"user_id": USER, "device_id": USER, "email": "ada@example.org"},
        "microphone": {"permission": "granted", "phase": "listening", "name": "Desk microphone", "speech_since": None},
        "recogniser": {"phase": "ready", "model": "whisper-base", "device": "webgpu", "progress": 1, "why": None},
        "session": session(),
        "video": video(),
        "notes": {each["id"]: each for each in NOTES},
        "settings": {"version": 3, "settings": SETTINGS},
        **more,
    }


SETTINGS = {
    "auto_pause": True,
    "auto_resume": True,
    "idle_pause_ms": 900_000,
    "cooldown_ms": 500,
    "min_confidence": 0.3,
    "auto_post": False,
    "commands": True,
    "self_firming": ["praise"],
    "server_stt": False,
    "cloud_stt": False,
    "vision_refinement": False,
    "telemetry_opt_out": False,
    "ghost_expiry_days": 0,
    "platform_overrides": {},
}
