/** Sound to the server, for who allows it: `audio:<session>` in the binary form of lossy/channels/audio.py. */

import { SAMPLE_RATE } from "../hear/sound";
import { type TypedChannel, Unanswered } from "./channel";
import type { Connection } from "./connection";
import { type Reviewing, tabName } from "./reviewing";

const VERSION = 1;
const HEADER_BYTES = 11;
/** A tenth of a second: less is mostly header, more waits. */
const CHUNK_SAMPLES = SAMPLE_RATE / 10;
/** Sound that is not sent yet; beyond 5 s of it the connection is too slow, and what is new is let go and counted. */
const WAITING_CHUNKS = 50;

export class AudioLine {
  private readonly channel: TypedChannel<"audio:<session>">;
  private sequence = 0;
  private accepted = false;
  private samples: Float32Array[] = [];
  private length = 0;
  private from = 0;
  private underway = 0;
  lost = 0;

  constructor(
    readonly review: Reviewing,
    connection: Connection,
    device_id: string,
  ) {
    const { session, tab_id } = review.about;
    const payload = () => ({ device_id, tab_id: tabName(tab_id), requested_version: 2 });
    this.channel = connection.channel("audio:<session>", `audio:${session}`, payload, {
      joined: (reply) => {
        this.sequence = reply.received_through ?? 0;
        this.accepted = reply.accepted;
      },
      refused: () => {
        this.accepted = false;
      },
    });
  }

  /** Whether the server takes it at present. */
  add(media_ms: number, samples: Float32Array): boolean {
    if (!this.channel.joined || !this.accepted) return false;
    if (this.length === 0) this.from = media_ms;
    this.samples.push(samples);
    this.length += samples.length;
    if (this.length >= CHUNK_SAMPLES) this.flush();
    return true;
  }

  flush(): void {
    if (this.length === 0) return;
    const message = packed(this.sequence + 1, this.from, this.samples, this.length);
    this.samples = [];
    this.length = 0;
    if (this.underway >= WAITING_CHUNKS) {
      this.lost += 1;
      return;
    }
    this.sequence += 1;
    this.underway += 1;
    this.channel
      .askBinary("audio", message)
      .catch((error) => {
        if (!(error instanceof Unanswered)) this.accepted = false;
      })
      .finally(() => {
        this.underway -= 1;
      });
  }

  leave(): void {
    this.channel.leave();
  }
}

/** Big-endian header, little-endian samples. Pure. */
export function packed(
  sequence: number,
  media_ms: number,
  parts: readonly Float32Array[],
  length: number,
): ArrayBuffer {
  const message = new DataView(new ArrayBuffer(HEADER_BYTES + 2 * length));
  message.setUint8(0, VERSION);
  message.setUint16(1, SAMPLE_RATE / 100);
  message.setUint32(3, sequence);
  message.setUint32(7, media_ms);
  let place = HEADER_BYTES;
  for (const part of parts)
    for (const sample of part) {
      message.setInt16(place, Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), true);
      place += 2;
    }
  return message.buffer as ArrayBuffer;
}
