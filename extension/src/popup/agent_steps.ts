/** How far a remark has come, in the words of the popup. Pure. */

import type { Shown } from "../bridge";

export interface Step {
  readonly words: string;
  readonly state: "done" | "now" | "next";
}

const STAGES = ["Hear", "Transcribe", "Write the note", "Confirm"] as const;

/** Where the agent is among its stages, or -1 while it waits for something to be said. */
export function stageOf({ session, hearing, microphone }: Shown): number {
  const has = (name: string): boolean => session?.agent.includes(name) ?? false;
  if (has("confirming")) return 3;
  if (has("structuring") || hearing?.stage === "structuring") return 2;
  if (has("transcribing") || hearing?.stage === "transcribing") return 1;
  if (hearing?.stage === "speaking" || microphone.speech_since !== null) return 0;
  return -1;
}

export function steps(shown: Shown): Step[] {
  const at = stageOf(shown);
  return STAGES.map((words, index) => ({ words, state: index === at ? "now" : index < at ? "done" : "next" }));
}

/** What became of the last remark, where it made no note: a person who spoke is to know why. */
export function lastOutcome({ remarks, notes }: Shown): string | null {
  const last = remarks.at(-1);
  if (last === undefined) return null;
  if (last.command) return `Heard the command: ${last.command.replaceAll("_", " ")}.`;
  if (last.refused) return `No note was made: ${refusalWords(last.refused)}.`;
  const note = last.note_id ? notes[last.note_id] : undefined;
  return note === undefined ? null : `${last.amended ? "Mended" : "Noted"}: ${note.text}`;
}

function refusalWords(reason: string): string {
  const known: Readonly<Record<string, string>> = {
    low_confidence: "it was not sure enough that it was meant",
    nothing_to_act_on: "there was no note that it could be about",
    ignored_segment: "it was too short",
    read_only: "another tab had the microphone",
    not_started: "the review had not begun",
    paused: "the microphone was paused",
    cancelled: "it was taken back",
    structuring_failed: "it could not be understood",
    structuring_timeout: "understanding it took too long",
  };
  return known[reason] ?? reason.replaceAll("_", " ");
}
