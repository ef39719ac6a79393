// What is said in passing, with a way to take it back.

import { later, the } from "../page";

const flash = the("#flash");
const hush = later(6_000, () => {
  flash.hidden = true;
});

export function say(words: string, undo?: () => void): void {
  flash.replaceChildren(words);
  if (undo) {
    const button = Object.assign(document.createElement("button"), { className: "quiet", textContent: "Undo" });
    button.addEventListener("click", undo);
    flash.append(button);
  }
  flash.hidden = false;
  hush();
}
