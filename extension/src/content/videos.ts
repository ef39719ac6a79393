/**
 * Which video of a page is meant. The rule, the first that decides:
 *
 * 1. the one the person touched last (pressed on, or on what its player lays over it), while it can be seen;
 * 2. one that the platform's own selectors name, the best selector first;
 * 3. one that plays aloud, before one that plays without sound, before one that stands;
 * 4. the one of which most can be seen;
 * 5. the first in the document.
 *
 * A video of less than SMALLEST_PX across, or of which nothing can be seen, is none: previews, trackers, decoration.
 */

export const SMALLEST_PX = 160;

export interface Candidate {
  readonly touchedAt: number;
  /** Place of the selector that names it; Infinity where only `video` does. */
  readonly selector: number;
  readonly playing: boolean;
  readonly aloud: boolean;
  readonly visiblePx: number;
  readonly width: number;
}

/** The index of the candidate that is meant, or -1. */
export function choose(candidates: readonly Candidate[]): number {
  const eligible = candidates
    .map((candidate, index) => ({ candidate, index }))
    .filter(({ candidate }) => candidate.visiblePx > 0 && candidate.width >= SMALLEST_PX);
  eligible.sort((one, other) => compare(one.candidate, other.candidate) || one.index - other.index);
  return eligible[0]?.index ?? -1;
}

function compare(one: Candidate, other: Candidate): number {
  if (one.touchedAt !== other.touchedAt) return other.touchedAt - one.touchedAt;
  if (one.selector !== other.selector) return one.selector < other.selector ? -1 : 1;
  return standing(other) - standing(one) || other.visiblePx - one.visiblePx;
}

function standing({ playing, aloud }: Candidate): number {
  return playing ? (aloud ? 2 : 1) : 0;
}

/** All videos of a tree, those in shadow roots too: also in closed ones, where `openRoot` reaches them. */
export function videosIn(
  root: Document | ShadowRoot,
  openRoot: (host: HTMLElement) => ShadowRoot | null,
): HTMLVideoElement[] {
  const found: HTMLVideoElement[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (node instanceof HTMLVideoElement) found.push(node);
    const inner = node instanceof HTMLElement ? openRoot(node) : null;
    if (inner !== null) found.push(...videosIn(inner, openRoot));
  }
  return found;
}

export function candidateOf(video: HTMLVideoElement, selectors: readonly string[], touchedAt: number): Candidate {
  const rect = video.getBoundingClientRect();
  const named = selectors.findIndex((selector) => selector !== "video" && video.matches(selector));
  const playing = !video.paused && !video.ended && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  return {
    touchedAt,
    selector: named === -1 ? Number.POSITIVE_INFINITY : named,
    playing,
    aloud: playing && !video.muted && video.volume > 0,
    visiblePx: isHidden(video) ? 0 : visibleArea(rect),
    width: rect.width,
  };
}

function isHidden(video: HTMLVideoElement): boolean {
  return !video.checkVisibility({ opacityProperty: true, visibilityProperty: true });
}

function visibleArea(rect: DOMRect): number {
  const width = Math.min(rect.right, innerWidth) - Math.max(rect.left, 0);
  const height = Math.min(rect.bottom, innerHeight) - Math.max(rect.top, 0);
  return Math.max(0, width) * Math.max(0, height);
}
