/** Made of docs/telemetry/events.yml by `python -m tools.generate`. */

/** What each event says; all of it may be left out. */
export interface Measured {
  /** Somebody began to speak, and was heard. */
  "lossy.voice.speech_detected": {
    readonly latency_ms?: number;
    readonly session?: string;
  };
  /** They stopped, and were not waited for any longer. */
  "lossy.voice.segment_ended": {
    readonly latency_ms?: number;
    readonly duration_ms?: number;
    readonly session?: string;
  };
  /** The browser's own recogniser turned a remark into words. */
  "lossy.stt.completed": {
    readonly mode?: "local_webgpu" | "local_wasm";
    readonly duration_ms?: number;
    readonly audio_ms?: number;
  };
  /** It could not, and the remark has no words, or the server's. */
  "lossy.stt.fallback": {
    readonly mode?: "local_webgpu" | "local_wasm" | "none";
  };
  /** The server was away, and is back. */
  "lossy.connection.recovered": {
    readonly away_ms?: number;
  };
  /** Something that a person was told of. */
  "lossy.error.extension": {
    readonly code?: string;
    readonly recoverable?: boolean;
  };
}

export type EventName = keyof Measured;

/** Of each event the share that is recorded, and its family's events a minute. */
export const RULES: Readonly<Record<EventName, { readonly sampling: number; readonly rate: number }>> = {
  "lossy.voice.speech_detected": { sampling: 1, rate: 120 },
  "lossy.voice.segment_ended": { sampling: 1, rate: 120 },
  "lossy.stt.completed": { sampling: 1, rate: 120 },
  "lossy.stt.fallback": { sampling: 1, rate: 120 },
  "lossy.connection.recovered": { sampling: 1, rate: 30 },
  "lossy.error.extension": { sampling: 1, rate: 30 },
};
