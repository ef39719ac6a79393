// Markers of an editor's tool come in as notes, which then come as any others do; notes go out once the server can.

import { the } from "../page";
import { about } from "./about";

const MAX_NAME = 200; // of its characters the last ones, which say what it is

interface Answer {
  made?: string[];
  there?: number;
  message?: string;
}

document.querySelector<HTMLFormElement>("#import")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.currentTarget as HTMLFormElement;
  const given = new FormData(form);
  const file = given.get("file") as File;
  const start = String(given.get("start_timecode"));
  const asked = new URLSearchParams({ start_timecode: start, file: file.name.slice(-MAX_NAME) });
  const response = await fetch(`/api/videos/${about.video}/import?${asked}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: file,
  });
  the("[role=status]", form).textContent = told((await response.json()) as Answer);
});

function told({ made, there, message }: Answer): string {
  if (!made) return message ?? "Something went wrong here. Nothing was made.";
  return `${made.length} ${made.length === 1 ? "note" : "notes"} made, ${there} there already.`;
}

document.querySelector<HTMLFormElement>("#export")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.currentTarget as HTMLFormElement;
  const asked = new URLSearchParams([...new FormData(form)] as [string, string][]);
  const response = await fetch(`${form.action}?${asked}`);
  const { message } = response.ok ? { message: "" } : ((await response.json()) as Answer);
  the("[role=status]", form).textContent = message ?? "Something went wrong here. There is no file.";
  if (response.ok) location.assign(response.url);
});
