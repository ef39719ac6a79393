/**
 * In the page: finds the player, tells what it shows, and lays over it what was noted. A frame that has no video costs
 * its page nothing but being watched for one: the port to the extension is opened with the first.
 *
 * Each frame of a page has one of these. The top one speaks of its video at once; one within speaks only when its video
 * plays aloud or is touched, and whoever spoke last is meant: a page with a player of its own beside a muted
 * advertisement stays the page's.
 */

import type { Shown } from "./bridge";
import { tellPlaces } from "./content/frame_place";
import { Layer } from "./content/layer";
import { detect, playerOf } from "./content/platforms";
import { Player } from "./content/player";
import { PlayerWatch } from "./content/player_watch";
import { type Link, openLink } from "./link";
import { askWorker } from "./routing";

/** What is laid over a player follows it at least this often: pages move players without a word. */
const FOLLOW_MS = 500;
const SETTLE_MS = 300;

class Page {
  #watch: PlayerWatch;
  #player: Player | null = null;
  #link: Link | null = null;
  #layer: Layer | null = null;
  #claimed = false;
  #ended = new AbortController();
  #follow: ReturnType<typeof setInterval>;

  constructor() {
    this.#watch = new PlayerWatch(
      () => platformHere(),
      (video) => this.#take(video),
    );
    const listening = { capture: true, passive: true, signal: this.#ended.signal };
    document.addEventListener("play", (event) => this.#stirred(event), listening);
    document.addEventListener("pointerdown", (event) => this.#stirred(event), listening);
    tellPlaces(this.#ended.signal);
    // The page's own history, without reaching into its scripts.
    window.navigation.addEventListener("currententrychange", () => this.#moved(), { signal: this.#ended.signal });
    for (const name of playerOf(platformHere()).moved ?? [])
      document.addEventListener(name, () => this.#moved(), { signal: this.#ended.signal });
    this.#follow = setInterval(() => this.#keepUp(), FOLLOW_MS);
  }

  close(): void {
    this.#ended.abort();
    clearInterval(this.#follow);
    this.#watch.close();
    this.#player?.close();
    this.#layer?.close();
    this.#link?.close();
  }

  #take(video: HTMLVideoElement | null): void {
    this.#player?.close();
    this.#player = null;
    this.#claimed = false;
    if (video !== null) {
      this.#open();
      this.#player = new Player(video, (report) => {
        if (this.#claimed) this.#link?.report(report);
      });
      if (window === window.top || playsAloud(video)) this.#claim();
    }
    if (this.#layer !== null) this.#layer.video = video;
  }

  #claim(): void {
    this.#claimed = true;
    this.#player?.tellVideo(true);
  }

  /** The person turned to this frame's player, or it began to play. */
  #stirred(event: Event): void {
    const video = this.#player?.video;
    if (video === undefined) return;
    const { left, right, top, bottom } = video.getBoundingClientRect();
    const within = (at: PointerEvent): boolean =>
      at.clientX >= left && at.clientX <= right && at.clientY >= top && at.clientY <= bottom;
    const meant = event instanceof PointerEvent ? event.isTrusted && within(event) : event.target === video;
    if (meant && (event instanceof PointerEvent || window === window.top || playsAloud(video))) this.#claim();
  }

  #open(): void {
    if (this.#link !== null) return;
    this.#layer = new Layer({
      command: (command) => void this.#link?.ask(command),
      openPanel: () => void askWorker({ to: "worker", name: "open_panel" }),
      seek: (media_ms) => this.#player?.seek(media_ms),
      now: () => performance.timeOrigin + performance.now(),
    });
    this.#link = openLink("content", {
      opened: () => this.#claimed && this.#player?.tellVideo(true),
      shown: (shown) => this.#show(shown),
      seek: (media_ms) => this.#claimed && this.#player?.seek(media_ms),
      capture: (request, at) => void this.#capture(request, at),
    });
  }

  /** What is shown is about the tab in front: another tab's notes are not to lie over this one's player. */
  #show(shown: Shown): void {
    const here = detect(location.href)?.url;
    const about = shown.video === null ? undefined : detect(shown.video.url)?.url;
    const meant = this.#claimed && here !== undefined && here === about;
    this.#layer?.show(meant ? shown : null);
    if (this.#player === null) return;
    const listens = meant && shown.session?.mine === true && shown.session.paused === null;
    this.#player.recent.listening = listens;
    if (listens && shown.microphone.phase === "speech") void this.#player.recent.take();
  }

  async #capture(request: string, at: number | null): Promise<void> {
    if (this.#player === null || !this.#claimed) return;
    const picture = await this.#player.picture(at, visibleTab, () => this.#layer?.hide() ?? (() => undefined));
    this.#link?.report({ ...picture, request });
  }

  /** A moment later: a page writes its new address first, and then its new title. */
  #moved(): void {
    setTimeout(() => {
      if (this.#ended.signal.aborted) return;
      this.#watch.look();
      if (this.#claimed) this.#player?.tellVideo();
    }, SETTLE_MS);
  }

  #keepUp(): void {
    if (chrome.runtime?.id === undefined) {
      this.close(); // the extension was loaded anew; its next content script takes over
      return;
    }
    this.#layer?.follow();
    if (this.#claimed) this.#player?.tellVideo();
  }
}

function playsAloud(video: HTMLVideoElement): boolean {
  return !video.paused && !video.muted && video.volume > 0;
}

async function visibleTab(): Promise<string | null> {
  const reply = await askWorker({ to: "worker", name: "capture_visible" }).catch(() => null);
  return reply?.ok ? (reply.image ?? null) : null;
}

function platformHere(): string {
  return detect(location.href)?.platform ?? "generic";
}

/** Where the extension puts this into a page twice, the second is the one. */
const world = globalThis as { lossyPage?: Page };
world.lossyPage?.close();
world.lossyPage = new Page();
