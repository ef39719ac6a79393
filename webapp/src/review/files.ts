// Markers of an editor's tool come in as notes, which then come as any others do.

import { the } from "../page";
import { about } from "./about";

interface Answer {
  made?: string[];
  there?: number;
  message?: string;
}

document.querySelector<HTMLFormElement>("#import")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.currentTarget as HTMLFormElement;
  const given = new FormData(form);
  const start = new URLSearchParams({ start_timecode: String(given.get("start_timecode")) });
  const response = await fetch(`/api/videos/${about.video}/import?${start}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: given.get("file") as File,
  });
  the("[role=status]", form).textContent = told((await response.json()) as Answer);
});

function told({ made, there, message }: Answer): string {
  if (!made) return message ?? "Something went wrong here. Nothing was made.";
  return `${made.length} ${made.length === 1 ? "note" : "notes"} made, ${there} there already.`;
}
