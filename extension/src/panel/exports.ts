/** The notes as a file for an editor's tool, made by the server. */

import type { Fault } from "../bridge";

export const FORMATS = [
  { name: "csv", words: "CSV, for spreadsheets" },
  { name: "markdown", words: "Markdown, to read" },
  { name: "json", words: "JSON, for programs" },
  { name: "edl", words: "DaVinci Resolve, EDL" },
  { name: "premiere", words: "Premiere Pro, FCP7 XML" },
  { name: "fcpxml", words: "Final Cut Pro, FCPXML" },
  { name: "avid", words: "Avid Media Composer" },
  { name: "otio", words: "OpenTimelineIO" },
] as const;
export type Format = (typeof FORMATS)[number]["name"];

/** Starts the download. Answers what went wrong, or null. */
export async function exportNotes(server: string, video_id: string, format: Format): Promise<Fault | null> {
  const address = new URL(`/api/videos/${video_id}/export?format=${format}`, server);
  const answer = await fetch(address, { credentials: "include" }).catch(() => null);
  if (answer === null) return fault("unreachable", "The server did not answer, so there is no file.");
  if (!answer.ok) return fault("internal", await whyNot(answer));
  save(await answer.blob(), nameIn(answer.headers.get("Content-Disposition")) ?? `notes.${format}`);
  return null;
}

/** Hands a file to the browser's downloads. */
export function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

async function whyNot(answer: Response): Promise<string> {
  const said = (await answer.json().catch(() => null)) as { message?: unknown } | null;
  const words = typeof said?.message === "string" ? said.message : `The server answered ${answer.status}`;
  return `There is no file: ${words}`;
}

/** `filename*` goes first: it has the name as it is, where `filename` has it in ASCII. */
function nameIn(disposition: string | null): string | null {
  const exact = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? "")?.[1];
  if (exact !== undefined) return decodeURIComponent(exact);
  return /filename="?([^";]+)"?/i.exec(disposition ?? "")?.[1] ?? null;
}

function fault(code: "unreachable" | "internal", message: string): Fault {
  const kept = "The notes are as they were.";
  return { id: crypto.randomUUID(), code, message, kept, remedy: null, at: Date.now() };
}
