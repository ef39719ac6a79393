/** From the microphone to words: each remark is an event of the review, then its text; or its sound, for who allows that. */

import type { TranscriptFinal } from "../../generated/channels";
import type { EventName, Measured } from "../../generated/telemetry";
import type { Hearing, Microphone as MicrophoneShown, Recogniser as RecogniserShown } from "../bridge";
import type { Heard } from "../hear/endpoint";
import { SAMPLE_RATE } from "../hear/sound";
import { newId } from "../keep/ids";
import type { Moment, Seen } from "../video/timeline";
import { Ears } from "./ears";
import { Microphone } from "./microphone";
import { Recogniser } from "./recogniser";
import type { Reviewing } from "./reviewing";
import type { Player } from "./tabs";

/** A day of film, as the server has it. */
const MOST_MEDIA_MS = 86_400_000;
const MOST_TEXT = 3_999;
const MOST_DOUBT_MS = 60_000;

export interface Place {
  readonly player: Player;
  /** Null where the server was away and never said which video that is. */
  readonly review: Reviewing | null;
}

/** A remark with its words. `heard` is how its text goes to the server; `place` is where it was said. */
export interface Said {
  readonly place: Place;
  readonly words: TranscriptFinal;
}

export interface ListeningWatching {
  microphone(shown: MicrophoneShown): void;
  recogniser(shown: RecogniserShown): void;
  hearing(hearing: Hearing | null): void;
  /** Where what is said now belongs; null where nothing is being reviewed. */
  place(): Place | null;
  said(said: Said): void;
  /** Sound of a remark that this device has no words for, while the user lets the server hear. */
  sound(review: Reviewing, media_ms: number, samples: Float32Array): void;
  /** The remark ends; what is left of its sound goes before its end does. */
  soundEnds(review: Reviewing): void;
  /** A remark that no words can be had of. */
  unheard(why: string): void;
  failed(why: string): void;
  measure<N extends EventName>(name: N, fields: Measured[N]): void;
}

interface Open {
  readonly id: string;
  readonly place: Place;
  readonly onset: Moment;
  readonly seen: Seen | null;
  readonly segment: number | null;
}

export class Listening {
  readonly microphone: Microphone;
  readonly recogniser: Recogniser;
  private ears: Promise<Ears> | null = null;
  private hearing: Ears | null = null;
  private open: Open | null = null;

  constructor(private readonly watching: ListeningWatching) {
    this.recogniser = new Recogniser((shown) => watching.recogniser(shown));
    this.microphone = new Microphone({
      frame: (at, samples) => this.hearing?.frame(at, samples),
      changed: (shown) => this.changed(shown),
    });
  }

  /** Whether it listens afterwards. */
  async turnOn(): Promise<boolean> {
    this.ears ??= Ears.open({
      start: (heard) => this.started(heard),
      end: (heard, sound, known_at) => void this.ended(heard, sound, known_at),
      sound: (at, samples) => this.sound(at, samples),
      failed: (why) => this.watching.failed(why),
    });
    this.hearing = await this.ears;
    return this.microphone.turnOn();
  }

  turnOff(): void {
    this.hearing?.reset();
    this.microphone.turnOff();
  }

  /** What is being said ends here: it is too long, or the reviewer turned to another film. */
  cut(): void {
    this.hearing?.cut();
  }

  private changed(shown: MicrophoneShown): void {
    // A microphone that goes ends what was being said, and what was heard of it counts.
    if (shown.phase === "lost" || shown.phase === "off") this.hearing?.reset();
    this.watching.microphone(shown);
  }

  private started(heard: Extract<Heard, { kind: "start" }>): void {
    const place = this.watching.place();
    if (place === null) return;
    const { at, uncertainty_ms, probability } = heard;
    const onset = { at, uncertainty_ms };
    const seen = place.player.timeline.at(onset);
    const event = { kind: "speech_start" as const, at: Math.round(at), probability, ...mediaOf(seen) };
    this.open = { id: newId(), place, onset, seen, segment: place.review?.event(event) ?? null };
    this.microphone.speech(at);
    this.watching.hearing({ remark_id: this.open.id, text: "", stage: "speaking" });
    this.watching.measure("lossy.voice.speech_detected", { latency_ms: now() - at, ...sessionOf(place) });
  }

  private async ended(heard: Extract<Heard, { kind: "end" }>, sound: Float32Array, known_at: number): Promise<void> {
    const { open } = this;
    this.open = null;
    this.microphone.speech(null);
    if (open === null) return;
    const { at, probability } = heard;
    const span = open.place.player.timeline.span(open.onset, at);
    if (open.place.review !== null) this.watching.soundEnds(open.place.review);
    open.place.review?.event({ kind: "speech_end", at: Math.round(at), probability });
    const took = { latency_ms: known_at - at, duration_ms: at - open.onset.at };
    this.watching.measure("lossy.voice.segment_ended", { ...took, ...sessionOf(open.place) });
    if (!this.recogniser.hears) {
      this.fellBack();
      this.watching.hearing(null);
      return;
    }
    this.watching.hearing({ remark_id: open.id, text: "", stage: "transcribing" });
    try {
      const { text, took_ms } = await this.recogniser.hear(sound);
      const audio_ms = (sound.length / SAMPLE_RATE) * 1000;
      const { mode } = this;
      if (mode !== "none") this.watching.measure("lossy.stt.completed", { mode, duration_ms: took_ms, audio_ms });
      this.say(open, text, at, span?.duration_ms ?? 0);
    } catch (error) {
      this.fellBack();
      this.watching.unheard(String(error));
    } finally {
      if (this.open === null) this.watching.hearing(null);
    }
  }

  private get mode(): NonNullable<Measured["lossy.stt.fallback"]["mode"]> {
    const { device } = this.recogniser.shown;
    return device === null ? "none" : `local_${device}`;
  }

  private fellBack(): void {
    this.watching.measure("lossy.stt.fallback", { mode: this.mode });
  }

  /** No words are told too: the server waits for them. */
  private say(open: Open, text: string, end: number, duration_ms: number): void {
    const { id, onset, seen, segment, place } = open;
    const words: TranscriptFinal = {
      id,
      text: text.slice(0, MOST_TEXT),
      at: Math.round(onset.at),
      media_ms: mediaOf(seen).media_ms ?? 0,
      duration_ms: bounded(seen === null ? end - onset.at : duration_ms),
      ...(segment === null ? {} : { segment }),
      ...(seen === null ? {} : { onset_uncertainty_ms: Math.min(MOST_DOUBT_MS, seen.uncertainty_ms) }),
    };
    this.watching.said({ place, words });
  }

  private sound(at: number, samples: Float32Array): void {
    const { open } = this;
    if (open === null || this.recogniser.hears || open.place.review === null) return;
    const seen = open.place.player.timeline.at({ at, uncertainty_ms: 0 });
    this.watching.sound(open.place.review, mediaOf(seen).media_ms ?? 0, samples);
  }
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

function sessionOf({ review }: Place): { session?: string } {
  return review === null ? {} : { session: review.about.session };
}

function mediaOf(seen: Seen | null): { media_ms?: number } {
  return seen === null ? {} : { media_ms: bounded(seen.media_ms) };
}

function bounded(media_ms: number): number {
  return Math.round(Math.min(MOST_MEDIA_MS, Math.max(0, media_ms)));
}
