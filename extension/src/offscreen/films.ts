/** The films in the tabs: what the server calls each, which one is shown, and its notes. */

import type { Detected } from "../../generated/channels";
import { type Board, faultOf } from "./board";
import { Refused, Unanswered } from "./channel";
import type { Extension } from "./extension";
import { Notebook } from "./notebook";
import type { Player, TabsWatching } from "./tabs";

export class Films implements TabsWatching {
  private film: number | null = null;
  /** By tab: the address that the server was last told, and so the one that `reviews.video` is of. */
  private readonly told = new Map<number, string>();

  constructor(
    private readonly board: Board,
    private readonly extension: Extension,
  ) {}

  /** The tab whose film is shown: the one in front, else the one under review, else the last one that was in front. */
  reviewed(): number | null {
    const { front } = this.extension.tabs;
    if (front !== null && this.extension.tabs.player(front) !== null) this.film = front;
    else if (this.extension.reviews.current !== null) this.film = this.extension.reviews.current.about.tab_id;
    return this.film !== null && this.extension.tabs.player(this.film) !== null ? this.film : null;
  }

  shows(tab_id: number, player: Player | null): void {
    void this.show(tab_id, player);
  }

  async show(tab_id: number, player: Player | null): Promise<void> {
    this.extension.reviews.shows(tab_id, await this.detect(tab_id, player));
    if (tab_id === this.reviewed() || player === null) this.showVideo();
    await this.extension.recording.shows(tab_id, player !== null);
  }

  private async detect(tab_id: number, player: Player | null): Promise<Detected | null> {
    const url = player?.video.url ?? "";
    const known = this.told.get(tab_id) === url ? this.extension.reviews.video(tab_id) : null;
    if (this.extension.own === null) return known;
    try {
      if (player === null) await this.extension.own.shownNothing(tab_id);
      const video = player === null ? null : await this.extension.own.shows(tab_id, player.video);
      this.told.set(tab_id, url);
      return video;
    } catch (error) {
      if (error instanceof Unanswered) return known; // away: it is told again at the next join
      if (!(error instanceof Refused)) throw error;
      this.board.fail(faultOf(error.code, error.message));
      return null;
    }
  }

  moved(tab_id: number, player: Player, event: string): void {
    if (tab_id === this.reviewed()) this.showVideo();
    const review = this.extension.reviews.current;
    if (event !== "seeked" || review?.about.tab_id !== tab_id) return;
    review.tell({ kind: "seek", at: Math.round(player.as_of), media_ms: Math.max(0, Math.round(player.media_ms)) });
  }

  front(tab_id: number | null, at: number): void {
    void this.turned(tab_id, at);
  }

  private async turned(tab_id: number | null, at: number): Promise<void> {
    this.showVideo();
    if (tab_id !== null && tab_id === this.reviewed()) await this.extension.recording.turned(tab_id, at);
  }

  private showVideo(): void {
    const tab_id = this.reviewed();
    const player = tab_id === null ? null : this.extension.tabs.player(tab_id);
    const video = this.extension.reviews.video(tab_id);
    if (tab_id === null || player === null) {
      this.board.show({ video: null });
      return;
    }
    const { playing, media_ms, as_of, playback_rate } = player;
    const { url, title, duration_ms = null, rate = "25" } = player.video;
    this.board.show({
      video: {
        ...{ tab_id, playing, media_ms, as_of, playback_rate, duration_ms },
        video_id: video?.video_id ?? null,
        platform: video?.platform ?? null,
        title: video?.title ?? title,
        url: video?.url ?? url,
        rate: video?.rate ?? rate,
      },
    });
    this.openNotebook(video);
  }

  private openNotebook(video: Detected | null): void {
    const { connection } = this.extension;
    if (
      video === null ||
      this.extension.notebook?.video_id === video.video_id ||
      connection === null ||
      this.extension.line() === null
    )
      return;
    this.extension.notebook?.leave();
    this.board.show({
      notes: { put: this.extension.backlog.notes(video.video_id, video.rate), drop: [], all: true },
      counts: null,
    });
    this.extension.notebook = new Notebook(video.video_id, connection, (patch) => this.board.show(patch));
  }
}
