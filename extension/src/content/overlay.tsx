/** The place over a player: an element of our own with a closed shadow root, kept where the video is. */

import { render } from "preact";
import tokens from "../../../lossy/web/static/tokens.css";
import css from "./overlay.css";
import { type Acts, Over } from "./overlay_parts";
import type { OverlayView } from "./overlay_view";

/** In one line with `!important`, because pages have rules for every element. */
const PLACE =
  "all: initial; position: fixed; z-index: 2147483646; pointer-events: none; margin: 0; padding: 0; border: 0; background: none; overflow: visible;";
/** What is pressed or typed here is not the page's: a player would pause at the space bar. */
const KEPT_FROM_PAGE = [
  "keydown",
  "keyup",
  "keypress",
  "pointerdown",
  "pointerup",
  "mousedown",
  "mouseup",
  "click",
  "dblclick",
];

export class Overlay {
  #host = document.createElement("lossy-overlay");
  #root: ShadowRoot;
  #video: HTMLVideoElement | null = null;
  #ended = new AbortController();
  #sizes = new ResizeObserver(() => this.place());
  #hidden = false;
  #shown = false;

  constructor(private readonly acts: Acts) {
    this.#root = this.#host.attachShadow({ mode: "closed" });
    this.#root.adoptedStyleSheets = [sheetOf(tokens.replaceAll(":root", ":host")), sheetOf(css)];
    this.#host.popover = "manual";
    for (const name of KEPT_FROM_PAGE) this.#host.addEventListener(name, (event) => event.stopPropagation());
    const listening = { capture: true, passive: true, signal: this.#ended.signal };
    addEventListener("scroll", () => this.place(), listening);
    addEventListener("resize", () => this.place(), listening);
    document.addEventListener("fullscreenchange", () => this.#attach(), listening);
  }

  set video(video: HTMLVideoElement | null) {
    this.#sizes.disconnect();
    this.#video = video;
    if (video !== null) this.#sizes.observe(video);
    this.#attach();
  }

  get width(): number {
    return this.#video?.getBoundingClientRect().width ?? 0;
  }

  /** Null takes it away. */
  show(view: OverlayView | null): void {
    this.#shown = view !== null;
    if (this.#shown !== this.#host.isConnected) this.#attach();
    render(view === null ? null : <Over view={view} acts={this.acts} />, this.#root);
  }

  /** Out of sight while a picture of the tab is taken. Returns what brings it back. */
  hide(): () => void {
    this.#hidden = true;
    this.place();
    return () => {
      this.#hidden = false;
      this.place();
    };
  }

  /** Where the video is now; and there at all, where the page has thrown us out with what was around us. */
  follow(): void {
    if (this.#shown && !this.#host.isConnected) this.#attach();
    else this.place();
  }

  place(): void {
    if (this.#video === null || !this.#host.isConnected) return;
    const { left, top, width, height } = this.#video.getBoundingClientRect();
    const at = `left: ${left}px; top: ${top}px; right: auto; bottom: auto; width: ${width}px; height: ${height}px;`;
    const sight = this.#hidden ? "visibility: hidden; display: block;" : "visibility: visible; display: block;";
    this.#host.style.cssText = `${PLACE} ${at} ${sight}`.replaceAll(";", " !important;");
  }

  close(): void {
    this.#ended.abort();
    this.#sizes.disconnect();
    render(null, this.#root);
    this.#host.remove();
  }

  /**
   * Beside the page's own content, or within what is full screen: pressed there it answers only as a part of it. A
   * `<video>` that is full screen by itself has no place inside; the top layer shows it over that, out of reach.
   */
  #attach(): void {
    if (this.#video === null || !this.#shown) {
      this.#host.remove();
      return;
    }
    const full = document.fullscreenElement;
    const parent = full !== null && !(full instanceof HTMLVideoElement) ? full : document.documentElement;
    if (this.#host.parentNode !== parent) parent.append(this.#host);
    if (full !== null) {
      if (this.#host.matches(":popover-open")) this.#host.hidePopover(); // the last to be shown is on top
      this.#host.showPopover();
    } else if (this.#host.matches(":popover-open")) this.#host.hidePopover();
    this.place();
  }
}

function sheetOf(text: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  // A sheet of a shadow root makes no fonts, and a page may learn from a font of ours that we are here.
  sheet.replaceSync(text.replace(/@font-face\s*{[^}]*}/g, ""));
  return sheet;
}
