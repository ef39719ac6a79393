/** What a frame looks like, small enough for a list. */

import type { Report } from "../bridge";
import { placeInTab } from "./frame_place";

type Why = Extract<Report, { name: "captured" }>["why"];

export interface Captured {
  readonly image: string | null;
  readonly why: Why;
}

export const THUMBNAIL_PX = 320;
const TYPE = "image/webp";
const QUALITY = 0.8;
/** Chrome refuses more than two pictures of a tab in a second. */
const VISIBLE_EVERY_MS = 500;

/** A picture of the tab as a data URL, or null where there was none to be had. */
export type VisibleTab = () => Promise<string | null>;
/** Takes what we have laid over the page out of sight, and says how to bring it back. */
export type Hide = () => () => void;

const NOTHING_YET: Captured = { image: null, why: "no_video" };
const NOT_OURS: Captured = { image: null, why: "cross_origin" };
const FAILED: Captured = { image: null, why: "failed" };

let visibleAt = Number.NEGATIVE_INFINITY;

/** From the video itself; where another site's rules forbid to read that, from the picture of the tab. */
export async function capture(video: HTMLVideoElement, visibleTab: VisibleTab, hide: Hide): Promise<Captured> {
  const captured = await read(video);
  return captured.why === "cross_origin" ? fromTab(video, visibleTab, hide) : captured;
}

/** From the video alone. */
export async function read(video: HTMLVideoElement): Promise<Captured> {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return NOTHING_YET;
  try {
    return { image: await drawn(video, video.videoWidth, video.videoHeight), why: null };
  } catch (error) {
    return error instanceof DOMException && error.name === "SecurityError" ? NOT_OURS : FAILED;
  }
}

async function fromTab(video: HTMLVideoElement, visibleTab: VisibleTab, hide: Hide): Promise<Captured> {
  if (performance.now() - visibleAt < VISIBLE_EVERY_MS) return NOT_OURS;
  visibleAt = performance.now();
  const place = await placeInTab();
  if (place === null) return NOT_OURS;
  const show = hide();
  const image = await painted().then(visibleTab).finally(show);
  if (image === null) return NOT_OURS;
  const shot = await createImageBitmap(await blobOf(image));
  const { left, top, width, height } = video.getBoundingClientRect();
  const scale = shot.width / place.width;
  const [x, y] = [(place.left + left) * scale, (place.top + top) * scale];
  const part = { x, y, width: width * scale, height: height * scale };
  return { image: await drawn(shot, part.width, part.height, part.x, part.y), why: null };
}

/** Two frames: after the first the change is styled, after the second it is on the screen. */
function painted(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
}

async function drawn(source: CanvasImageSource, width: number, height: number, x = 0, y = 0): Promise<string> {
  const scale = Math.min(1, THUMBNAIL_PX / width);
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  canvas.getContext("2d")?.drawImage(source, x, y, width, height, 0, 0, canvas.width, canvas.height);
  return dataUrl(await canvas.convertToBlob({ type: TYPE, quality: QUALITY }));
}

/** Not by fetch, which the page's rules may forbid. */
async function blobOf(url: string): Promise<Blob> {
  const [head = "", body = ""] = url.split(",", 2);
  const bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type: head.slice(5).split(";")[0] ?? "" });
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
