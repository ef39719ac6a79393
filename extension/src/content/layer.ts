/** Lays over the player what there is to be seen, and gives the commands of what is pressed there. */

import type { Command, Shown, ShownNote } from "../bridge";
import { changesAt } from "../ui/state_line";
import { Overlay } from "./overlay";
import { GHOST_MS, overlayView, reactionText } from "./overlay_view";

export interface Asks {
  command(command: Command): void;
  openPanel(): void;
  seek(media_ms: number): void;
  now(): number;
}

export class Layer {
  readonly #overlay: Overlay;
  #shown: Shown | null = null;
  #arrivals = new Map<string, number>();
  #video: string | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly asks: Asks) {
    const on = (name: "confirm" | "delete_note") => (note: ShownNote) => asks.command({ name, note_id: note.id });
    this.#overlay = new Overlay({
      microphone: () => asks.command({ name: "toggle_microphone" }),
      panel: asks.openPanel,
      react: (reaction) =>
        asks.command({ name: "create_note", text: reactionText(reaction), category: reaction.category }),
      confirm: on("confirm"),
      remove: on("delete_note"),
      seek: asks.seek,
    });
  }

  set video(video: HTMLVideoElement | null) {
    this.#overlay.video = video;
    this.#draw();
  }

  /** Null: this player is not the one that the review is about. */
  show(shown: Shown | null): void {
    this.#shown = shown;
    this.#arrive();
    this.#draw();
  }

  hide(): () => void {
    return this.#overlay.hide();
  }

  follow(): void {
    this.#overlay.follow();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#overlay.close();
  }

  /** What was there when a video came into view is not news. */
  #arrive(): void {
    const notes = Object.keys(this.#shown?.notes ?? {});
    const video = this.#shown?.video?.video_id ?? null;
    const news = video !== null && video === this.#video;
    if (!news) this.#arrivals.clear();
    this.#video = video;
    const at = news ? this.asks.now() : Number.NEGATIVE_INFINITY;
    for (const id of notes) if (!this.#arrivals.has(id)) this.#arrivals.set(id, at);
  }

  #draw(): void {
    const now = this.asks.now();
    const shown = this.#shown;
    this.#overlay.show(shown === null ? null : overlayView(shown, this.#arrivals, this.#overlay.width, now));
    if (this.#timer !== null) clearTimeout(this.#timer);
    const due = [shown === null ? null : changesAt(shown, now), this.#ghostsGoAt(now)].filter((at) => at !== null);
    this.#timer = due.length > 0 ? setTimeout(() => this.#draw(), Math.max(0, Math.min(...due) - now)) : null;
  }

  #ghostsGoAt(now: number): number | null {
    const ends = [...this.#arrivals.values()].map((at) => at + GHOST_MS).filter((at) => at > now);
    return ends.length > 0 ? Math.min(...ends) : null;
  }
}
