// The library: what is new or has moved shows as it does, and a search as it is typed.

import { Live } from "./live";
import { later, swap, the } from "./page";

const refresh = later(100, () => void swap());
let wasJoined = false;

const live = new Live(document.body.dataset["user"] ?? "", () => {
  if (wasJoined) refresh(); // what came in between was told to nobody here
  wasJoined = true;
});
live.own.on("video_updated", refresh);
live.own.on("video_queued", refresh);

const input = the<HTMLInputElement>("[data-find]");
const find = later(200, () => {
  const address = new URL(location.href);
  address.searchParams.delete("cursor");
  address.searchParams.set("text", input.value);
  history.replaceState(null, "", address);
  void swap();
});
input.addEventListener("input", find);

document.addEventListener("keydown", (key) => {
  if (key.key !== "/" || (key.target as Element).closest("input, textarea, select")) return;
  key.preventDefault();
  input.select();
});

void live.open();
