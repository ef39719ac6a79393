// A note is edited where it stands, or typed above the others. What others change meanwhile is shown, and nothing lost.

import { frameAt, msOf, readRange, TIME, timeText } from "../film";
import { type Payload, Refused } from "../topic";
import { the } from "../page";
import { about } from "./about";
import type { Note } from "./book";

const template = the<HTMLTemplateElement>("#editor");

interface Fields {
  text: HTMLTextAreaElement;
  from: HTMLInputElement;
  to: HTMLInputElement;
  category: HTMLSelectElement;
}

/** `save` rejects with what the server refused; then the form stays, and says why. */
export function edit(row: HTMLElement, note: Note, save: (change: Payload) => Promise<unknown>, done: () => void): void {
  let base = note;
  const form = open(row, done);
  const { text, from, to, category } = fieldsOf(form);
  text.value = note.text;
  from.value = timeText(msOf(note.frame_in, about.rate));
  to.value = note.frame_out === null ? "" : timeText(msOf(note.frame_out, about.rate));
  category.value = note.category;
  const asIs = { from: from.value, to: to.value };
  submitted(form, async () => {
    const change: Payload = { version: base.version };
    if (text.value.trim() !== base.text) change["text"] = text.value.trim();
    if (category.value !== base.category) change["category"] = category.value;
    if (from.value !== asIs.from || to.value !== asIs.to) Object.assign(change, framesOf(from.value, to.value));
    try {
      await save(change);
    } catch (error) {
      const theirs = error instanceof Refused ? (error.details["note"] as Note | undefined) : undefined;
      if (!theirs?.text) throw error;
      base = theirs;
      throw new Error(`Meanwhile it was changed to “${theirs.text}”. Save again to have it as it is here.`);
    }
  });
}

export function type(place: HTMLElement, save: (draft: Payload) => Promise<unknown>, done: () => void): void {
  const form = open(place, done);
  const { text, from, to, category } = fieldsOf(form);
  category.prepend(new Option("by its words", "", true, true));
  from.value = "0:00";
  submitted(form, async () => {
    const [first, last] = readRange(from.value, to.value);
    const draft: Payload = { text: text.value.trim(), media_ms: first };
    if (last !== null) draft["media_end_ms"] = last;
    if (category.value) draft["category"] = category.value;
    await save(draft);
  });
}

function open(place: HTMLElement, done: () => void): HTMLFormElement {
  const form = the<HTMLFormElement>("form", template.content.cloneNode(true) as DocumentFragment);
  const cancel = () => {
    form.remove();
    done();
  };
  form.addEventListener("keydown", (key) => {
    if (key.key === "Escape") cancel();
    if (key.key === "Enter" && (key.ctrlKey || key.metaKey)) form.requestSubmit();
    key.stopPropagation();
  });
  the("[data-cancel]", form).addEventListener("click", cancel);
  form.addEventListener("saved", cancel);
  const { text, from, to } = fieldsOf(form);
  from.pattern = to.pattern = TIME;
  place.append(form);
  text.focus({ preventScroll: true });
  form.scrollIntoView({ block: "nearest" });
  return form;
}

function submitted(form: HTMLFormElement, save: () => Promise<void>): void {
  const fault = the(".fault", form);
  const button = the<HTMLButtonElement>("button", form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fault.hidden = true;
    button.disabled = true;
    try {
      await save();
      form.dispatchEvent(new Event("saved"));
    } catch (error) {
      fault.textContent = (error as Error).message;
      fault.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}

function framesOf(from: string, to: string): Payload {
  const [first, last] = readRange(from, to);
  return { frame_in: frameAt(first, about.rate), frame_out: last === null ? null : frameAt(last, about.rate) };
}

function fieldsOf(form: HTMLFormElement): Fields {
  return form.elements as unknown as Fields;
}
