/**
 * Where a remark begins and ends, by the voice detector's probability of each frame. Pure.
 *
 * The end is a silence that lasts long enough. How long is enough is asked again at every frame (`Patience`): a fixed
 * 600 ms keeps a reviewer waiting after each remark and still cuts those who look for a word.
 * docs/decisions/0024-the-end-of-speech.md and 0039 have what was measured.
 */

import { FRAME_MS, QUARTER_MS, type Sound } from "./sound";

/** Silero's own: speech begins above the one, and is not over before it falls below the other. */
const BEGINS = 0.5;
const ENDS = 0.35;
/** Frames in a row that make a beginning: one alone is a click. */
const CONFIRM = 2;
/** An onset is looked for so far back: voiceless beginnings ("sh", "f") are heard before the detector is sure. */
const LOOK_BACK_MS = 256;
/** So far above the noise of the room it is a sound; half of what a whisper is above it. */
const ABOVE_NOISE_DB = 8;
/** The room is the quietest of late; it may rise by so much a second, or a fan that starts would be speech for ever. */
const ROOM_RISES_DB = 3 * (FRAME_MS / 1000);
/** How far an onset found by loudness is from the truth, and one in a noise that hides it (measured, decision 0024). */
const ONSET_CLEAR_MS = 40;
const ONSET_HIDDEN_MS = 100;
const FEATURE_FRAMES = 32;
/** Some 13 s of voiced sound, which is five remarks: enough to know a voice, and little enough to hear another one. */
const VOICED_FRAMES = 400;

export type Heard =
  | { readonly kind: "start"; readonly at: number; readonly uncertainty_ms: number; readonly probability: number }
  | { readonly kind: "end"; readonly at: number; readonly probability: number; readonly waited_ms: number };

/** What is known of a segment at a frame of silence, for `Patience` to judge. */
export interface Pausing {
  /** Since the last frame of speech. */
  readonly silence_ms: number;
  readonly speech_ms: number;
  /** The latest frames, the silent ones last. */
  readonly recent: readonly Sound[];
  readonly silent_frames: number;
  readonly room_db: number;
  /** The voice's own middle: of the pitch in Hz and of its loudness. */
  readonly pitch: number | null;
  readonly loudness: number;
}

export interface Patience {
  /** How long a silence has to be, in ms, for the remark to be over. */
  needed(pausing: Pausing): number;
  /** A silence after which the same voice went on, whether it was waited for or not. */
  wentOn(silence_ms: number): void;
}

export class Endpointer {
  private readonly recent: Sound[] = [];
  private room_db = -60;
  private sure = 0;
  private segment: Segment | null = null;
  private lastEnd: number | null = null;
  /** Of the voice, over what it said last: one remark alone may lie high or low as a whole. */
  private readonly pitches: number[] = [];

  constructor(private readonly patience: Patience) {}

  get speaking(): boolean {
    return this.segment !== null;
  }

  hear(sound: Sound): Heard | null {
    this.recent.push(sound);
    if (this.recent.length > FEATURE_FRAMES) this.recent.shift();
    this.listenToRoom(sound);
    return this.segment === null ? this.maybeStart(sound) : this.maybeEnd(sound, this.segment);
  }

  /** Ends what is open, as of its last speech: the microphone was turned off, or a minute is over. */
  cut(): Heard | null {
    return this.segment === null ? null : this.end(this.segment, 0);
  }

  private listenToRoom(sound: Sound): void {
    if (sound.probability < ENDS) this.room_db = Math.min(sound.loudness, this.room_db + ROOM_RISES_DB * 4);
    else this.room_db = Math.min(sound.loudness, this.room_db + ROOM_RISES_DB);
  }

  private maybeStart(sound: Sound): Heard | null {
    this.sure = sound.probability >= BEGINS ? this.sure + 1 : 0;
    if (this.sure < CONFIRM) return null;
    const { at, uncertainty_ms } = this.onset();
    if (this.lastEnd !== null) this.patience.wentOn(at - this.lastEnd);
    this.segment = new Segment(at);
    for (const frame of this.recent.slice(-CONFIRM)) this.speech(frame, this.segment);
    this.sure = 0;
    return { kind: "start", at, uncertainty_ms, probability: sound.probability };
  }

  private maybeEnd(sound: Sound, segment: Segment): Heard | null {
    if (sound.probability >= ENDS) {
      const silence = sound.at - segment.lastSpeech;
      if (silence > 0 && segment.silent > 1) this.patience.wentOn(silence);
      this.speech(sound, segment);
      return null;
    }
    segment.silent += 1;
    const silence_ms = sound.at + FRAME_MS - segment.lastSpeech;
    const needed = this.patience.needed({
      silence_ms,
      speech_ms: segment.lastSpeech - segment.from,
      recent: this.recent,
      silent_frames: segment.silent,
      room_db: this.room_db,
      pitch: middle(this.pitches),
      loudness: segment.loudness,
    });
    return silence_ms >= needed ? this.end(segment, silence_ms) : null;
  }

  private speech(sound: Sound, segment: Segment): void {
    segment.speech(sound);
    if (sound.pitch === null) return;
    this.pitches.push(sound.pitch);
    if (this.pitches.length > VOICED_FRAMES) this.pitches.shift();
  }

  private end(segment: Segment, waited_ms: number): Heard {
    this.segment = null;
    this.sure = 0;
    this.lastEnd = segment.lastSpeech;
    return { kind: "end", at: segment.lastSpeech, probability: segment.probability, waited_ms };
  }

  /** Back from the frame that made it sure to where the sound rose out of the room, by quarters of a frame. */
  private onset(): { at: number; uncertainty_ms: number } {
    const last = this.recent.length - CONFIRM;
    const sure = this.recent[last] as Sound;
    let at = sure.at;
    let found = false;
    for (let index = last; index >= 0 && sure.at - (this.recent[index] as Sound).at <= LOOK_BACK_MS; index -= 1) {
      const frame = this.recent[index] as Sound;
      for (let quarter = frame.quarters.length - 1; quarter >= 0; quarter -= 1) {
        if ((frame.quarters[quarter] as number) < this.room_db + ABOVE_NOISE_DB) {
          found = index < last || quarter < frame.quarters.length - 1;
          return { at, uncertainty_ms: found ? ONSET_CLEAR_MS : ONSET_HIDDEN_MS };
        }
        at = frame.at + quarter * QUARTER_MS;
      }
    }
    return { at: sure.at, uncertainty_ms: ONSET_HIDDEN_MS };
  }
}

class Segment {
  lastSpeech: number;
  silent = 0;
  private frames = 0;
  private sum = 0;
  private loud = 0;

  constructor(readonly from: number) {
    this.lastSpeech = from;
  }

  speech(sound: Sound): void {
    this.lastSpeech = sound.at + FRAME_MS;
    this.silent = 0;
    this.frames += 1;
    this.sum += sound.probability;
    this.loud += sound.loudness;
  }

  get probability(): number {
    return this.sum / Math.max(1, this.frames);
  }

  get loudness(): number {
    return this.loud / Math.max(1, this.frames);
  }
}

function middle(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
