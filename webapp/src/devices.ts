// Which devices are there now; and on the page that offers the extension, whether it has come.

import { Presence } from "phoenix";
import { Live } from "./live";
import { later, swap } from "./page";
import { deviceOf } from "./token";

const user = document.body.dataset["user"] ?? "";
const paired = document.querySelector<HTMLElement>("#paired");
const live = new Live(user);
const presence = new Presence(live.own.channel);

interface Listed {
  devices: { id: string; name: string }[];
}

presence.onSync(() => {
  const there = new Set(presence.list((device) => device as unknown as string));
  for (const row of document.querySelectorAll<HTMLElement>("[data-device]")) {
    const is = row.querySelector<HTMLElement>(".there");
    if (is) is.hidden = !there.has(row.dataset["device"] ?? "");
  }
  if (paired) void tellPaired(paired, there);
});

/** Other pages of this user's are devices as well, under a name of their own. */
async function tellPaired(line: HTMLElement, there: Set<string>): Promise<void> {
  const { devices } = (await (await fetch("/api/devices")).json()) as Listed;
  const found = devices.find(({ id, name }) => there.has(id) && id !== deviceOf(user) && name !== "Web pages");
  const words = found ? `${found.name} ${line.dataset["here"]}` : (line.dataset["waiting"] ?? "");
  if (line.textContent !== words) line.textContent = words;
}

live.own.on("device_revoked", later(100, () => void (paired ? undefined : swap())));

void live.open();
