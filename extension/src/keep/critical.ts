/**
 * The events of one review that must not be lost, until the server says that it has them. Pure.
 *
 * They are numbered from 1 without holes. The server accepts them in order and answers up to which number it has them.
 * Of those without an answer CRITICAL are held; beyond that the oldest is dropped and its number said to be skipped.
 */

import type { LastKnownState, Skipped, VoiceEvent } from "../../generated/channels";

export const CRITICAL = 100;

export type Unnumbered = Omit<VoiceEvent, "seq">;
export type Numbered = VoiceEvent & { readonly seq: number };

/** As it is kept on the device. */
export interface Kept {
  readonly session: string;
  readonly video_id: string;
  readonly tab_id: number;
  readonly seq: number;
  readonly accepted_through: number;
  readonly dropped: number;
  readonly events: readonly Numbered[];
  readonly last_push_seq: number | null;
  readonly push_epoch: number | null;
  readonly state: string;
  readonly last_event_at: number;
}

export class Critical {
  private events: Numbered[] = [];
  private seq = 0;
  private accepted = 0;
  /** How many numbers before the first event that is held have neither been accepted nor reported. */
  private dropped = 0;

  static of(kept: Pick<Kept, "seq" | "accepted_through" | "dropped" | "events">): Critical {
    const critical = new Critical();
    critical.seq = kept.seq;
    critical.accepted = kept.accepted_through;
    critical.dropped = kept.dropped;
    critical.events = [...kept.events];
    return critical;
  }

  keep(): Pick<Kept, "seq" | "accepted_through" | "dropped" | "events"> {
    return { seq: this.seq, accepted_through: this.accepted, dropped: this.dropped, events: [...this.events] };
  }

  get held(): number {
    return this.events.length;
  }

  add(event: Unnumbered): Numbered {
    this.seq += 1;
    const numbered = { ...event, seq: this.seq };
    this.events.push(numbered);
    if (this.events.length > CRITICAL) {
      this.events.shift();
      this.dropped += 1;
    }
    return numbered;
  }

  /** The server has everything up to that number. */
  acceptedThrough(through: number): void {
    this.accepted = Math.max(this.accepted, through);
    this.seq = Math.max(this.seq, through);
    this.events = this.events.filter(({ seq }) => seq > this.accepted);
    this.dropped = Math.min(this.dropped, Math.max(0, this.first() - 1 - this.accepted));
  }

  /** What to send on a connection that has sent nothing yet: first what was skipped, then the events in order. */
  unanswered(): { readonly skipped: Skipped | null; readonly events: readonly Numbered[] } {
    const first = this.first();
    const skipped = this.dropped > 0 ? { from: first - this.dropped, to: first - 1 } : null;
    return { skipped, events: this.events };
  }

  /**
   * After a reset: what is held counts on from what the server has, and what was skipped before is forgotten, because
   * the server told anew where it begins. Answers which number became which.
   */
  renumber(accepted_through: number): ReadonlyMap<number, number> {
    const renamed = new Map(this.events.map(({ seq }, index) => [seq, accepted_through + 1 + index]));
    this.events = this.events.map((event, index) => ({ ...event, seq: accepted_through + 1 + index }));
    this.accepted = accepted_through;
    this.seq = accepted_through + this.events.length;
    this.dropped = 0;
    return renamed;
  }

  lastKnown(session_id: string, state: string): LastKnownState {
    const nothing = this.events.length === 0 && this.dropped === 0;
    return {
      session_id,
      state,
      seq: this.seq,
      first_seq: nothing ? null : this.first() - this.dropped,
      accepted_through: this.accepted,
    };
  }

  private first(): number {
    return this.events[0]?.seq ?? this.seq + 1;
  }
}
