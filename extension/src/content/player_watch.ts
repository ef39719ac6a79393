/** Keeps to the video that is meant (the rule is in videos.ts) while a page changes around it. */

import { playerOf } from "./platforms";
import { candidateOf, choose, videosIn } from "./videos";

/** A page that builds itself changes hundreds of times a second; it is looked at this often at most. */
const LOOK_MS = 400;
/** A shadow root is attached without a word, so a page without a video yet is looked at now and then. */
const LOOK_AGAIN_MS = 2_000;
const MEDIA_EVENTS = ["loadedmetadata", "play", "pause", "emptied", "ended", "volumechange"] as const;

export type Meant = (video: HTMLVideoElement | null) => void;

export class PlayerWatch {
  #video: HTMLVideoElement | null = null;
  #touched = new WeakMap<HTMLVideoElement, number>();
  #heard = new WeakSet<HTMLVideoElement>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #ended = new AbortController();
  #observer = new MutationObserver(() => this.#lookSoon());
  #again = setInterval(() => {
    if (this.#video === null && document.visibilityState === "visible") this.look();
  }, LOOK_AGAIN_MS);

  /** `platform` names whose selectors count; it is asked again at every look, as the page may have moved on. */
  constructor(
    private readonly platform: () => string,
    private readonly meant: Meant,
  ) {
    const listening = { capture: true, passive: true, signal: this.#ended.signal } as const;
    this.#observer.observe(document, { childList: true, subtree: true });
    for (const name of MEDIA_EVENTS) document.addEventListener(name, () => this.#lookSoon(), listening);
    document.addEventListener("pointerdown", (event) => this.#touch(event), listening);
    document.addEventListener("fullscreenchange", () => this.#lookSoon(), listening);
    addEventListener("resize", () => this.#lookSoon(), listening);
    addEventListener("scroll", () => this.#lookSoon(), listening);
    this.look();
  }

  get video(): HTMLVideoElement | null {
    return this.#video;
  }

  /** When the person last touched it, or 0. */
  touchedAt(video: HTMLVideoElement): number {
    return this.#touched.get(video) ?? 0;
  }

  look(): void {
    const videos = this.#all();
    const selectors = playerOf(this.platform()).video;
    const found = videos[choose(videos.map((video) => candidateOf(video, selectors, this.touchedAt(video))))] ?? null;
    // Out of sight for now, as when its page is scrolled on to the comments, it is still the one.
    const kept = found === null && this.#video !== null && this.#video.isConnected ? this.#video : found;
    if (kept === this.#video) return;
    this.#video = kept;
    this.meant(kept);
  }

  close(): void {
    this.#ended.abort();
    this.#observer.disconnect();
    clearInterval(this.#again);
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #lookSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.look();
    }, LOOK_MS);
  }

  /** Media events do not leave a shadow root, so each video found is listened to by itself. */
  #all(): HTMLVideoElement[] {
    const videos = videosIn(document, rootOf);
    for (const video of videos) {
      if (this.#heard.has(video)) continue;
      this.#heard.add(video);
      for (const name of MEDIA_EVENTS)
        video.addEventListener(name, () => this.#lookSoon(), { passive: true, signal: this.#ended.signal });
    }
    return videos;
  }

  /** Players lay their controls over the picture: what counts is where was pressed, not on what. */
  #touch(event: PointerEvent): void {
    if (!event.isTrusted) return;
    const under = this.#all().filter((video) => holds(video.getBoundingClientRect(), event.clientX, event.clientY));
    const path = event.composedPath();
    const touched = under.find((video) => path.includes(video)) ?? under[0];
    if (touched === undefined) return;
    this.#touched.set(touched, performance.now());
    this.#lookSoon();
  }
}

function holds(rect: DOMRect, x: number, y: number): boolean {
  return x >= rect.left && x <= rect.right && y >= rect.top && y <= rect.bottom;
}

/** Custom elements and plain ones can have a shadow root; to ask for a closed one of any other is an error. */
function rootOf(host: HTMLElement): ShadowRoot | null {
  if (host.shadowRoot !== null) return host.shadowRoot;
  return host.localName.includes("-") ? chrome.dom.openOrClosedShadowRoot(host) : null;
}
