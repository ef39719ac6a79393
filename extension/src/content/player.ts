/** One player: tells which video it shows, which frames, and gives pictures of them. */

import type { Report } from "../bridge";
import type { Rate } from "../ui/note";
import { capture, type Hide, type VisibleTab } from "./capture";
import { cleanTitle, detect, playerOf } from "./platforms";
import { RecentFrames } from "./recent";
import { Reporter } from "./reporter";

type VideoTold = Extract<Report, { name: "video" }>;

export class Player {
  /** Tells this element from every other, in this frame and in the tab's other ones. */
  readonly id = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  readonly recent: RecentFrames;
  #reporter: Reporter;
  #told = "";

  constructor(
    readonly video: HTMLVideoElement,
    private readonly tell: (report: Report) => void,
  ) {
    this.recent = new RecentFrames(video);
    this.#reporter = new Reporter(video, this.id, tell, () => this.tellVideo());
  }

  /** Says which video this is where that has changed since it was said; with `again`, whatever was said. */
  tellVideo(again = false): void {
    const report = this.#report();
    const words = JSON.stringify(report);
    if (words === this.#told && !again) return;
    this.#told = words;
    this.tell(report);
  }

  seek(media_ms: number): void {
    this.video.currentTime = media_ms / 1000;
  }

  /** What the frame at that time looks like, or the one that shows; null of one that is not to be had. */
  async picture(media_ms: number | null, visibleTab: VisibleTab, hide: Hide): Promise<Omit<Captured, "request">> {
    const kept = media_ms === null ? null : this.recent.near(media_ms / 1000);
    if (kept !== null) return { name: "captured", image: kept.image, media_s: kept.media_s, why: null };
    const media_s = this.video.currentTime;
    if (media_ms !== null && Math.abs(media_s - media_ms / 1000) > ELSEWHERE_S) return NOT_SHOWN;
    const { image, why } = await capture(this.video, visibleTab, hide);
    return { name: "captured", image, media_s: image === null ? null : media_s, why };
  }

  close(): void {
    this.#reporter.close();
    this.recent.close();
    if (this.#told !== "") this.tell({ name: "video_gone", player: this.id });
  }

  #report(): VideoTold {
    const platform = detect(location.href)?.platform ?? "generic";
    const rate = this.#reporter.rate;
    const { duration } = this.video;
    return {
      name: "video",
      player: this.id,
      url: location.href,
      title: titleOf(platform),
      ...(rate !== null && { rate: rateName(rate) }),
      ...(Number.isFinite(duration) && duration > 0 && { duration_ms: Math.round(duration * 1000) }),
    };
  }
}

type Captured = Extract<Report, { name: "captured" }>;
const ELSEWHERE_S = 5;
const NOT_SHOWN: Omit<Captured, "request"> = { name: "captured", image: null, media_s: null, why: "no_video" };

/** The page's own heading where the platform has one: the title of the document lags behind its navigation. */
function titleOf(platform: string): string {
  const selectors = playerOf(platform).title ?? [];
  const headings = selectors.map((selector) => document.querySelector(selector)?.textContent?.trim());
  return cleanTitle(platform, headings.find(Boolean) ?? document.title);
}

function rateName({ num, den }: Rate): string {
  return den === 1 ? String(num) : `${num}/${den}`;
}
