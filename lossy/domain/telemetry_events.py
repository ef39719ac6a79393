"""Made of docs/telemetry/events.yml by `python -m tools.generate`."""

from lossy.domain.telemetry import Catalogue, Field, Kind

CATALOGUE: Catalogue = {
    "lossy.voice.speech_detected": {
        "latency_ms": Field(Kind.NUMBER),
        "session": Field(Kind.ID),
    },
    "lossy.voice.segment_ended": {
        "latency_ms": Field(Kind.NUMBER),
        "duration_ms": Field(Kind.NUMBER),
        "session": Field(Kind.ID),
    },
    "lossy.stt.completed": {
        "mode": Field(Kind.WORD, ("local_webgpu", "local_wasm")),
        "duration_ms": Field(Kind.NUMBER),
        "audio_ms": Field(Kind.NUMBER),
    },
    "lossy.stt.fallback": {
        "mode": Field(Kind.WORD, ("local_webgpu", "local_wasm", "none")),
    },
    "lossy.connection.recovered": {
        "away_ms": Field(Kind.NUMBER),
    },
    "lossy.error.extension": {
        "code": Field(Kind.CODE),
        "recoverable": Field(Kind.BOOLEAN),
    },
}
