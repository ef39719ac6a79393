/** The reviews of this device: which tab is reviewed, in which session, and who has the microphone. */

import type { ContextTaken, Detected } from "../../generated/channels";
import type { RemarkTold, Session } from "../bridge";
import type { Kept } from "../keep/critical";
import type { Database } from "../keep/database";
import type { Refused } from "./channel";
import type { Connection } from "./connection";
import { LegacyReview } from "./legacy_review";
import type { Own } from "./own";
import { Review } from "./review";
import type { CommandName, Reviewing, ReviewWatching } from "./reviewing";

/** A join on a server that is there; beyond it the review goes on without, and what is said waits. */
const JOIN_MS = 5_000;
/** Sessions that are known to be over: what still waits for one of them becomes a note without it. */
const OVER_KEPT = 100;

export interface ReviewsWatching extends Pick<ReviewWatching, "agent" | "renumbered"> {
  session(session: Session | null): void;
  remark(told: RemarkTold): void;
  taken(by: ContextTaken["by"]): void;
  available(): void;
  drain(): void;
  /** The server ended the review that is talked in. */
  ended(): void;
  /** Whether this user may go on in version 1. */
  mayFallBack(): boolean;
  fellBack(): void;
  refused(why: Refused): void;
}

export class Reviews {
  private readonly videos = new Map<number, Detected>();
  private readonly open = new Map<string, Reviewing>();
  private readonly joins = new Map<string, () => void>();
  private kept: Kept[] = [];
  private readonly over: string[] = [];
  current: Reviewing | null = null;
  /** What the flags offer this user; null is no review at all. */
  private offered: 1 | 2 | null = 2;
  /** What the next review is asked for in: as offered, and 1 once the server refused 2 all the same. */
  private version: 1 | 2 = 2;
  /** Sessions of before the offer changed: who talks in one goes on, and the next start begins another. */
  private old: ReadonlySet<string> = new Set();

  constructor(
    private readonly database: Database,
    public device_id: string,
    private readonly line: () => { connection: Connection; own: Own } | null,
    private readonly watching: ReviewsWatching,
  ) {}

  async remember(): Promise<void> {
    this.kept = await this.database.all<Kept>("reviews");
  }

  video(tab_id: number | null): Detected | null {
    return tab_id === null ? null : (this.videos.get(tab_id) ?? null);
  }

  shows(tab_id: number, video: Detected | null): void {
    if (video === null) this.videos.delete(tab_id);
    else this.videos.set(tab_id, video);
    const { current } = this;
    // The server ends the review of a tab that shows something else; so do we, and the next remark begins another one.
    if (current?.about.tab_id === tab_id && current.about.video_id !== video?.video_id) this.drop(current);
  }

  /** The review of that tab, begun where there is none. Null where it is not known what it shows. */
  of(tab_id: number): Reviewing | null {
    const video = this.videos.get(tab_id);
    if (video === undefined) return null;
    const there = [...this.open.values()].find(
      ({ about }) => about.tab_id === tab_id && about.video_id === video.video_id,
    );
    if (there !== undefined && !this.old.has(there.about.session)) return there;
    if (there !== undefined) this.forget(there);
    return this.begin(tab_id, video.video_id);
  }

  /** Gives a tab the microphone and turns it on. What the server refuses is raised; what it cannot hear of waits. */
  async listen(tab_id: number, at: number, command: "start" | "resume"): Promise<Reviewing | null> {
    const review = this.of(tab_id);
    const line = this.line();
    if (review === null || line === null) return null;
    this.current = review;
    if (!(await this.joined(review))) return review;
    if (review.version === 2) await line.own.claim(tab_id, review.about.session, review.about.video_id, at);
    await review.command(command);
    return review;
  }

  async command(name: CommandName, note_id?: string): Promise<void> {
    await this.current?.command(name, note_id);
  }

  /** For what waits to be sent: the review it was said in, joined again where it is not. */
  session(session: string, video_id: string): Reviewing | null {
    const open = this.open.get(session);
    if (open !== undefined) return open;
    if (this.over.includes(session)) return null;
    const kept = this.kept.find((each) => each.session === session) ?? null;
    return this.make({ session, video_id, tab_id: kept?.tab_id ?? 0 }, kept);
  }

  /** Reviews of before, which have events without an answer: they are joined until they have it. */
  finish(): void {
    for (const kept of this.kept) if (kept.events.length > 0) this.session(kept.session, kept.video_id);
  }

  /** Reviews that were joined for what waited, and have nothing left. */
  tidy(waits: (session: string) => boolean): void {
    for (const review of this.open.values())
      if (review !== this.current && review.isJoined && review.held === 0 && !waits(review.about.session))
        this.forget(review);
  }

  leave(): void {
    for (const review of this.open.values()) review.leave();
    this.open.clear();
    this.current = null;
    this.watching.session(null);
  }

  private begin(tab_id: number, video_id: string): Reviewing | null {
    if (this.line() === null) return null;
    // After the browser was started anew the tab has another number; the film tells which review was its.
    const before = this.kept
      .filter((kept) => kept.video_id === video_id && !this.open.has(kept.session))
      .sort((a, b) => b.last_event_at - a.last_event_at)[0];
    return this.make({ session: before?.session ?? crypto.randomUUID(), video_id, tab_id }, before ?? null);
  }

  private make(about: Reviewing["about"], kept: Kept | null): Reviewing | null {
    const line = this.line();
    if (line === null) return null;
    const watching = this.reviewWatching(about.session);
    const { device_id, database } = this;
    const review =
      this.version === 1
        ? new LegacyReview(about, line.connection, device_id, watching)
        : new Review(about, line.connection, device_id, database, watching, kept);
    this.open.set(about.session, review);
    return review;
  }

  private reviewWatching(session: string): ReviewWatching {
    const { watching } = this;
    return {
      agent: (event) => watching.agent(event),
      renumbered: (id, renamed) => watching.renumbered(id, renamed),
      remark: (told) => watching.remark(told),
      status: (status) => {
        if (this.current?.about.session === status.id) watching.session(status);
      },
      taken: (by) => {
        if (this.current?.about.session === session) watching.taken(by);
      },
      available: () => watching.available(),
      ready: (review) => {
        this.joins.get(review.about.session)?.();
        watching.drain();
      },
      over: (review, why) => {
        this.joins.get(review.about.session)?.();
        const was = this.current === review;
        this.over.push(review.about.session);
        if (this.over.length > OVER_KEPT) this.over.shift();
        this.forget(review);
        if (was) watching.session(null);
        if (was && why === null) watching.ended();
        if (why !== null && this.fallsBack(why)) this.fallBack(review, was);
        else if (was && why !== null) watching.refused(why);
        watching.drain();
      },
    };
  }

  private async joined(review: Reviewing): Promise<boolean> {
    if (review.isJoined) return true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, JOIN_MS);
      this.joins.set(review.about.session, () => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.joins.delete(review.about.session);
    return review.isJoined;
  }

  private fallsBack({ code }: Refused): boolean {
    const refused = code === "unavailable" || code === "unsupported_version";
    return this.version === 2 && refused && this.watching.mayFallBack();
  }

  /** The same review in version 1: what was said in it goes to the same session. */
  private fallBack({ about }: Reviewing, current: boolean): void {
    this.version = 1;
    this.over.splice(this.over.indexOf(about.session), 1);
    this.watching.fellBack();
    const review = this.make(about, null);
    if (current) this.current = review;
    void review?.command("start");
  }

  /** As the flags are now. Where it is another offer than before, what was begun under that one is not begun again. */
  offer(version: 1 | 2 | null, talking: boolean): void {
    if (version === this.offered) return;
    this.offered = version;
    this.version = version ?? 2;
    this.old = new Set(this.open.keys());
    if (!talking && this.current !== null) this.drop(this.current);
  }

  private drop(review: Reviewing): void {
    this.forget(review);
    this.watching.session(null);
  }

  private forget(review: Reviewing): void {
    review.leave();
    this.open.delete(review.about.session);
    this.kept = this.kept.filter(({ session }) => session !== review.about.session);
    if (this.current === review) this.current = null;
  }
}
