/** What the browser's tabs show, as their content scripts tell it, and which of them is in front. */

import type { Report } from "../bridge";
import { Timeline } from "../video/timeline";
import type { Watching } from "./board";

/** A page that is loaded again brings its player back within this; a tab without one for longer shows no video. */
const GONE_MS = 3_000;

export type VideoReport = Extract<Report, { name: "video" }>;
type PlayerReport = Extract<Report, { name: "player" }>;

export interface Player {
  /** Counts up over all players: who spoke of its video last is meant. */
  readonly told: number;
  readonly timeline: Timeline;
  readonly video: VideoReport;
  readonly playing: boolean;
  readonly media_ms: number;
  readonly as_of: number;
  readonly playback_rate: number;
}

export interface TabsWatching {
  /** The tab shows something else, or nothing any more (null). */
  shows(tab_id: number, player: Player | null): void;
  /** The player of the tab moved. */
  moved(tab_id: number, player: Player, event: PlayerReport["event"]): void;
  front(tab_id: number | null, at: number): void;
}

export class Tabs {
  private readonly players = new Map<Watching, Map<number, Player>>();
  private readonly shown = new Map<number, string>();
  private readonly going = new Map<number, ReturnType<typeof setTimeout>>();
  private told = 0;
  front: number | null = null;

  constructor(private readonly watching: TabsWatching) {}

  /** The player that counts of a tab: one that plays before one that stands, then the one that was told of last. */
  player(tab_id: number): Player | null {
    const all = [...this.players]
      .filter(([{ tab_id: tab }]) => tab === tab_id)
      .flatMap(([, each]) => [...each.values()]);
    const inTurn = all.sort((one, other) => one.told - other.told);
    return inTurn.filter(({ playing }) => playing).at(-1) ?? inTurn.at(-1) ?? null;
  }

  /** Those that show a video. */
  all(): number[] {
    return [...this.shown.keys()];
  }

  report(report: Report, from: Watching): void {
    if (from.tab_id === null) return;
    const players = this.players.get(from) ?? new Map<number, Player>();
    this.players.set(from, players);
    switch (report.name) {
      case "video":
        this.seen(players, report);
        break;
      case "frames":
        players.get(report.player)?.timeline.frames(report.samples);
        return;
      case "player":
        this.moved(players, report, from.tab_id);
        break;
      case "video_gone":
        players.delete(report.player);
    }
    this.tell(from.tab_id);
  }

  left(from: Watching): void {
    this.players.delete(from);
    if (from.tab_id !== null) this.tell(from.tab_id);
  }

  closed(tab_id: number): void {
    for (const from of [...this.players.keys()]) if (from.tab_id === tab_id) this.players.delete(from);
    this.nothing(tab_id);
  }

  inFront(tab_id: number | null, at: number): void {
    if (tab_id === this.front) return;
    this.front = tab_id;
    this.watching.front(tab_id, at);
  }

  private seen(players: Map<number, Player>, video: VideoReport): void {
    const before = players.get(video.player);
    // Another film in the same element is another history.
    const same = before !== undefined && before.video.url === video.url;
    const rest = same
      ? before
      : { timeline: new Timeline(), playing: false, media_ms: 0, as_of: Date.now(), playback_rate: 1 };
    players.set(video.player, { ...rest, video, told: ++this.told });
  }

  private moved(players: Map<number, Player>, report: PlayerReport, tab_id: number): void {
    const player = players.get(report.player);
    if (player === undefined) return;
    player.timeline.player(report);
    const { playing, playback_rate, at } = report;
    const moved = { ...player, playing, playback_rate, media_ms: report.media_s * 1000, as_of: at };
    players.set(report.player, moved);
    if (this.player(tab_id) === moved) this.watching.moved(tab_id, moved, report.event);
  }

  private tell(tab_id: number): void {
    const player = this.player(tab_id);
    if (player === null) {
      if (this.shown.has(tab_id) && !this.going.has(tab_id))
        this.going.set(
          tab_id,
          setTimeout(() => this.nothing(tab_id), GONE_MS),
        );
      return;
    }
    clearTimeout(this.going.get(tab_id));
    this.going.delete(tab_id);
    const { url, title, rate = "", duration_ms = 0 } = player.video;
    const now = [url, title, rate, duration_ms].join("\n");
    if (this.shown.get(tab_id) === now) return;
    this.shown.set(tab_id, now);
    this.watching.shows(tab_id, player);
  }

  private nothing(tab_id: number): void {
    clearTimeout(this.going.get(tab_id));
    this.going.delete(tab_id);
    if (this.shown.delete(tab_id)) this.watching.shows(tab_id, null);
  }
}
