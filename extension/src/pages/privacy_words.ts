/** What the privacy page says. Each row is of a kind that the ledger counts. */

import type { Kind } from "../ui/ledger";

type Settings = Readonly<Record<string, unknown>>;

export interface Row {
  readonly kind: Kind;
  readonly what: string;
  readonly when: (settings: Settings) => string;
}

export const ROWS: readonly Row[] = [
  { kind: "words", what: "The words of your remarks", when: () => "while you speak in a review" },
  { kind: "notes", what: "Notes, and what you change of them", when: () => "as you type, edit, delete or post" },
  {
    kind: "moments",
    what: "When speech begins and ends, and where the film is",
    when: () => "while the microphone is on",
  },
  {
    kind: "videos",
    what: "The address, title and length of a video",
    when: () => "of pages whose video you have in front",
  },
  {
    kind: "sound",
    what: "The sound of your voice",
    when: ({ server_stt, cloud_stt }) => {
      if (cloud_stt === true) return "you allowed it: to the server and from there to a cloud service";
      return server_stt === true
        ? "you allowed it: deleted once the words are there"
        : "never, unless you allow it in the options";
    },
  },
  {
    kind: "pictures",
    what: "What frames look like, as numbers",
    when: () => "never yet: no part of Lossy asks for it",
  },
  {
    kind: "figures",
    what: "Figures about how the extension works",
    when: ({ telemetry_opt_out }) =>
      telemetry_opt_out === true ? "never: you turned it off" : "now and then, without your words",
  },
  { kind: "connection", what: "What keeps the connection up", when: () => "every 20 seconds, and when it opens" },
];

export const STAYS: readonly string[] = [
  "The sound of the microphone. It becomes words here, and is not kept.",
  "The small pictures beside your notes.",
  "What you said while the server was away, until it has it.",
  "Every page that shows no video, and every page while no video on it is known.",
];

export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
