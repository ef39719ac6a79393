/** Whether the microphone may be heard and can be: what the browser says, put into one of a few states. Pure. */

/** `revoked`: it was allowed once on this device, and is not any more. */
export type State = "unasked" | "asking" | "granted" | "denied" | "revoked" | "unplugged" | "busy";

export interface Seen {
  readonly permission: PermissionState;
  readonly devices: number;
  readonly grantedBefore: boolean;
  /** The name of the error that the last attempt ended with. */
  readonly error: string | null;
}

export function stateOf({ permission, devices, grantedBefore, error }: Seen): State {
  if (permission === "denied") return grantedBefore ? "revoked" : "denied";
  if (devices === 0 || error === "NotFoundError") return "unplugged";
  if (error === "NotReadableError") return "busy";
  if (permission === "granted") return "granted";
  return error === "NotAllowedError" ? "denied" : "unasked";
}

export interface Words {
  readonly title: string;
  readonly what: string;
  readonly todo: string;
  readonly button: string | null;
}

const IN_SETTINGS =
  "Press the icon left of this page\u2019s address, set Microphone to Allow, and come back: this page sees it.";

export const STATE_WORDS: Readonly<Record<State, Words>> = {
  unasked: {
    title: "May Lossy hear you?",
    what: "Your voice becomes words in this browser, and the sound goes no further unless you say so in the options.",
    todo: "The browser will ask. Choose to allow it while visiting, or always.",
    button: "Allow the microphone",
  },
  asking: {
    title: "The browser is asking",
    what: "Its question is at the top of this window.",
    todo: "Choose Allow. If you see no question, press the icon left of this page\u2019s address.",
    button: null,
  },
  granted: {
    title: "Lossy may hear you",
    what: "Speak, and the line below moves.",
    todo: "This page can be closed.",
    button: null,
  },
  denied: {
    title: "The microphone was not allowed",
    what: "Lossy hears nothing. Notes can still be typed.",
    todo: IN_SETTINGS,
    button: "Ask again",
  },
  revoked: {
    title: "The microphone is not allowed any more",
    what: "It was, until the browser or somebody took it back. Your notes are all there.",
    todo: IN_SETTINGS,
    button: "Ask again",
  },
  unplugged: {
    title: "No microphone found",
    what: "Nothing is connected that could hear you. Notes can still be typed.",
    todo: "Connect one, or choose another in the system\u2019s sound settings: this page sees it.",
    button: "Look again",
  },
  busy: {
    title: "The microphone does not answer",
    what: "Another program may be using it alone.",
    todo: "Close that program, or choose another microphone, and try again.",
    button: "Try again",
  },
};
