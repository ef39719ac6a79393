/** What a key means in the panel, in one table: the panel acts on it and `?` shows it. */

export type Act =
  | "next"
  | "previous"
  | "seek"
  | "edit"
  | "confirm"
  | "delete"
  | "undo"
  | "post"
  | "type"
  | "search"
  | "pause"
  | "shortcuts"
  | "leave";

export interface Shortcut {
  readonly keys: readonly string[];
  readonly act: Act;
  readonly words: string;
}

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: ["j", "ArrowDown"], act: "next", words: "Next note" },
  { keys: ["k", "ArrowUp"], act: "previous", words: "Note before" },
  { keys: ["Enter"], act: "seek", words: "Show its frame in the film" },
  { keys: ["e"], act: "edit", words: "Edit its words" },
  { keys: ["c"], act: "confirm", words: "Confirm it" },
  { keys: ["x"], act: "delete", words: "Delete it" },
  { keys: ["u"], act: "undo", words: "Undo" },
  { keys: ["p"], act: "post", words: "Post it" },
  { keys: ["n"], act: "type", words: "Type a note where the film is" },
  { keys: ["/"], act: "search", words: "Search" },
  { keys: ["m"], act: "pause", words: "Pause or resume the microphone" },
  { keys: ["?"], act: "shortcuts", words: "These shortcuts" },
  { keys: ["Escape"], act: "leave", words: "Close, or leave a field" },
];

export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
}

/** What has the keyboard: letters typed into a field are letters, and a button hears Enter itself. */
export type Focus = "field" | "control" | "elsewhere";

/** Shortcuts of the browser and of input methods stay theirs. */
export function actOf(pressed: Pressed, focus: Focus): Act | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey || pressed.isComposing) return null;
  const act = SHORTCUTS.find(({ keys }) => keys.includes(pressed.key))?.act ?? null;
  if (focus === "field") return act === "leave" ? act : null;
  if (focus === "control" && pressed.key === "Enter") return null;
  return act;
}

export function focusOf(target: EventTarget | null): Focus {
  if (!(target instanceof Element)) return "elsewhere";
  if (target.matches("input, textarea, select, [contenteditable]")) return "field";
  return target.matches("button, a[href], summary, [role=menuitem]") ? "control" : "elsewhere";
}

/** How a key is printed. */
export function keyName(key: string): string {
  return { ArrowDown: "\u2193", ArrowUp: "\u2191", Escape: "Esc" }[key] ?? key;
}
