/** The one line that says in words what the session does. */

import type { Connection, Microphone, Recogniser, Shown } from "../bridge";
import { clock } from "./clock";

/** `live` is the accent's: something is recorded. `still` needs nothing, `wait` will pass, `act` needs the person. */
export type Tone = "live" | "still" | "wait" | "act";

/** The command that the button beside the line gives, and the button's words. */
export interface Button {
  readonly command:
    | "sign_in"
    | "open_permission"
    | "open_options"
    | "claim"
    | "start"
    | "stop"
    | "pause"
    | "resume"
    | "retry";
  readonly words: string;
}

export interface StateLine {
  readonly tone: Tone;
  readonly words: string;
  readonly button: Button | null;
}

export type Facts = Pick<Shown, "connection" | "microphone" | "recogniser" | "session" | "video" | "hearing" | "queue">;

/** The network's return is used within 2 s: a shorter gap is no news. */
export const QUIET_GAP_MS = 3_000;
/** From here on what is said is kept on the device, and the line says how many notes that are. */
export const OFFLINE_MS = 30_000;

export function stateLine(facts: Facts, now: number): StateLine {
  return (
    account(facts.connection) ??
    microphone(facts.microphone) ??
    recording(facts, now) ??
    gap(facts, now) ??
    place(facts) ??
    recogniser(facts.recogniser) ??
    review(facts)
  );
}

/** When the line may change though nothing is told: the clock of a recording, and what a gap becomes. */
export function changesAt(facts: Facts, now: number): number | null {
  const since = facts.microphone.speech_since;
  const second = since === null ? [] : [since + 1000 * (Math.floor((now - since) / 1000) + 1)];
  const gone = isGap(facts.connection) ? [QUIET_GAP_MS, OFFLINE_MS].map((ms) => facts.connection.since + ms) : [];
  const later = [...second, ...gone].filter((at) => at > now);
  return later.length > 0 ? Math.min(...later) : null;
}

function line(tone: Tone, words: string, button: Button | null = null): StateLine {
  return { tone, words, button };
}

const SIGN_IN: Button = { command: "sign_in", words: "Sign in" };

function account({ phase }: Connection): StateLine | null {
  if (phase === "unset") return line("act", "No server chosen yet", { command: "open_options", words: "Choose" });
  if (phase === "signed_out") return line("act", "Not signed in", SIGN_IN);
  if (phase === "revoked") return line("act", "This browser was signed out", SIGN_IN);
  if (phase === "incompatible") return line("act", "The server needs a newer extension");
  return null;
}

function microphone({ permission, phase }: Microphone): StateLine | null {
  const button: Button = { command: "open_permission", words: permission === "prompt" ? "Allow" : "Mend" };
  if (permission === "denied") return line("act", "The microphone is not allowed", button);
  if (permission === "prompt") return line("act", "The microphone has not been allowed yet", button);
  if (phase === "missing") return line("act", "No microphone found", button);
  if (phase === "lost") return line("act", "The microphone was unplugged", button);
  if (phase === "failed") return line("act", "The microphone does not answer", button);
  return null;
}

function recording(facts: Facts, now: number): StateLine | null {
  const since = facts.microphone.speech_since;
  if (since === null || facts.session?.mine === false) return null;
  const away = isGap(facts.connection) && now - facts.connection.since >= OFFLINE_MS;
  const words = `Recording ${clock(now - since)}${away ? ", offline" : ""}`;
  return line("live", words, { command: "stop", words: "Stop" });
}

function isGap({ phase }: Connection): boolean {
  return phase === "connecting" || phase === "offline";
}

function gap({ connection, queue }: Facts, now: number): StateLine | null {
  const length = isGap(connection) ? now - connection.since : 0;
  if (length >= OFFLINE_MS) return line("wait", `Offline, ${waiting(queue.notes + queue.transcripts)}`);
  if (isGap(connection) && connection.version === null) return line("wait", "Connecting");
  if (length >= QUIET_GAP_MS) return line("wait", "Reconnecting");
  return null;
}

function waiting(count: number): string {
  if (count === 0) return "what you say is kept";
  return count === 1 ? "1 note waiting" : `${count} notes waiting`;
}

function place({ video, session }: Facts): StateLine | null {
  if (video === null) return line("still", "No video on this page");
  if (session !== null && !session.mine && session.owner !== null)
    return line("act", "Another tab has the microphone", { command: "claim", words: "Take it" });
  return null;
}

function recogniser({ phase, progress }: Recogniser): StateLine | null {
  const settings: Button = { command: "open_options", words: "Settings" };
  if (phase === "unset") return line("act", "No speech model", settings);
  if (phase === "failed") return line("act", "The speech model did not load", settings);
  if (phase === "loading") return line("wait", `Loading the speech model, ${Math.round(progress * 100)} %`);
  return null;
}

function review({ session, hearing }: Facts): StateLine {
  const start: Button = { command: "start", words: "Start" };
  if (session === null) return line("still", "Ready", start);
  const has = (name: string): boolean => session.active.includes(name) || session.agent.includes(name);
  if (has("error")) return line("wait", "Something failed, trying again", { command: "start", words: "Try now" });
  if (session.paused !== null)
    return line("still", pausedWords(session.paused.by), { command: "resume", words: "Resume" });
  const pause: Button = { command: "pause", words: "Pause" };
  const thinks = hearing !== null && hearing.stage !== "speaking";
  if (thinks || has("transcribing") || has("structuring")) return line("wait", "Thinking", pause);
  if (has("listening") || has("observing") || has("cooldown") || has("recording"))
    return line("still", "Listening", pause);
  return line("still", "Ready", start);
}

function pausedWords(by: string): string {
  if (by === "silence") return "Paused after a long silence";
  return by === "context" ? "Paused, another tab had the microphone" : "Paused";
}
