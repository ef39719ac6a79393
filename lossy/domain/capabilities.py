"""The flags there are: one for each capability that may be given to some and kept from others."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping


class Capability(StrEnum):
    VOICE_SESSION = "voice_session"
    NOTES_CHANNEL = "notes_channel"
    VIDEO_CONTEXT = "video_context"
    SERVER_STT = "server_stt"
    LANGUAGE_MODEL = "language_model"
    TELEMETRY = "telemetry"
    PLATFORM_ADAPTERS = "platform_adapters"
    V1_FALLBACK = "v1_fallback"
    FRAME_SEARCH = "frame_search"
    POSTING = "posting"
    VISION_REFINEMENT = "vision_refinement"
    THRESHOLD_TUNING = "threshold_tuning"


@frozen
class Declared:
    """`letter` is the capability's in the product's list, which `unavailable` answers with."""

    letter: str
    title: str
    why: str  # what it gives, and what there is without it
    built: bool = True  # something in this version goes by the flag; else it cannot be set, and nobody is told of it
    default: bool = False  # where no gate says anything


CATALOGUE: Mapping[Capability, Declared] = {
    Capability.VOICE_SESSION: Declared(
        "B1",
        "Voice session",
        "The server owns the session: `voice:<session>` can be joined. Without it the extension keeps what it hears.",
    ),
    Capability.NOTES_CHANNEL: Declared(
        "D2",
        "Notes as they come",
        "`notes:video:<id>` can be joined. Without it notes are kept all the same, and shown by the pages.",
    ),
    Capability.VIDEO_CONTEXT: Declared(
        "E1",
        "Video context",
        "The server says which video a tab shows. Without it the extension finds out by itself.",
        built=False,
    ),
    Capability.SERVER_STT: Declared(
        "K1",
        "Transcription here",
        "Who lets audio leave the browser may join `audio:<session>`. Without it the browser's words count.",
    ),
    Capability.LANGUAGE_MODEL: Declared(
        "K3",
        "Notes by a language model",
        "A model, where one is set, makes notes of remarks. Without it the rules do.",
    ),
    Capability.TELEMETRY: Declared(
        "I2",
        "Telemetry",
        "Clients may send what they measure. Without it they measure nothing.",
    ),
    Capability.PLATFORM_ADAPTERS: Declared(
        "E4",
        "Platform adapters",
        "The extension goes by the server's list of platforms. Without it, by the one it was built with.",
        built=False,
    ),
    Capability.V1_FALLBACK: Declared(
        "L2",
        "Falling back to version 1",
        "An extension that cannot have a voice session goes on as version 1 did. Without it, it says so and stops.",
        default=True,
    ),
    Capability.FRAME_SEARCH: Declared(
        "D6",
        "Frames like this",
        "Frames and notes are found by likeness. Without it they are found by words.",
        built=False,
    ),
    Capability.POSTING: Declared(
        "J2",
        "Posting",
        "Notes that are queued are posted to their platform. Without it they stay queued.",
        built=False,
    ),
    Capability.VISION_REFINEMENT: Declared(
        "J2",
        "Refinement by sight",
        "A model that sees the frame mends the note, for those who allow it. Without it the words stay as they are.",
        built=False,
    ),
    Capability.THRESHOLD_TUNING: Declared(
        "H2",
        "Tuned thresholds",
        "What becomes of a person's notes moves their thresholds. Without it these are as they were set.",
        built=False,
    ),
}

BUILT = tuple(capability for capability, declared in CATALOGUE.items() if declared.built)
