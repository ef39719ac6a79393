/** What a frame looks like: asked of the page, which asks the browser where its player is another site's. */

import type { Report } from "../bridge";
import { type Board, Failed, faultOf } from "./board";

const ANSWER_MS = 3_000;

export type Captured = Extract<Report, { name: "captured" }>;
const waiting = new Map<string, (captured: Captured) => void>();

export function captured(report: Captured): void {
  waiting.get(report.request)?.(report);
  waiting.delete(report.request);
}

/** A data URL. Raises Failed. */
export async function captureFrame(board: Board, tab_id: number, at: number | null): Promise<string> {
  const request = crypto.randomUUID();
  const answer = await new Promise<Captured | null>((resolve) => {
    waiting.set(request, resolve);
    setTimeout(() => resolve(null), ANSWER_MS);
    if (!board.toTab(tab_id, { kind: "capture", request, at })) resolve(null);
  });
  waiting.delete(request);
  if (answer?.image) return answer.image;
  throw new Failed(faultOf("not_here", "The frame could not be seen: the page keeps its player to itself."));
}
