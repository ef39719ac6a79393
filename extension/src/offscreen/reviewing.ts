/** What a review is to the rest of the extension, whichever version of the protocol it is held in. */

import type { AgentEvent, ContextTaken, TranscriptFinal } from "../../generated/channels";
import type { RemarkTold, Session } from "../bridge";
import type { Unnumbered } from "../keep/critical";
import type { Refused } from "./channel";

export type CommandName = "start" | "stop" | "pause" | "resume" | "cancel" | "close" | "confirm" | "undo" | "post";

export interface About {
  readonly session: string;
  readonly video_id: string;
  readonly tab_id: number;
}

export interface Reviewing {
  readonly about: About;
  readonly version: 1 | 2;
  readonly isJoined: boolean;
  /** Events without an answer. */
  readonly held: number;
  /** A numbered event; it is kept before it is sent. Answers its number. */
  event(event: Unnumbered): number;
  /** An event that is of the moment: lost with the connection. */
  tell(event: Unnumbered): void;
  /** Raises Refused, Unanswered. */
  command(name: CommandName, note_id?: string): Promise<void>;
  /** Answered when the remark is settled, which a model may take its time for. Raises Refused, Unanswered. */
  transcript(payload: TranscriptFinal, timeout: number): Promise<unknown>;
  leave(): void;
}

export interface ReviewWatching {
  status(session: Session): void;
  remark(told: RemarkTold): void;
  agent(event: AgentEvent): void;
  taken(by: ContextTaken["by"]): void;
  available(): void;
  /** Joined, after whatever break: what waits may go. */
  ready(review: Reviewing): void;
  renumbered(session: string, renamed: ReadonlyMap<number, number>): void;
  /** It is over, or cannot be joined; `why` is null where the server ended it. */
  over(review: Reviewing, why: Refused | null): void;
}

/** Whether a join that was refused so is not worth another try; the others the npm client makes by itself. */
export function isFinal({ code }: Refused): boolean {
  return !["token_expired", "unauthenticated", "rate_limited", "internal"].includes(code);
}

/** How a tab is called on the wire. */
export function tabName(tab_id: number): string {
  return `tab-${tab_id}`;
}
