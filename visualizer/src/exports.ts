/** The chart for elsewhere: as a picture, or in the formats of others. */

import { el, replace, save } from "./dom.js";
import type { Review } from "./review.js";
import { announce } from "./about.js";
import { parsed, STYLE } from "./picture.js";

const SCALE = 2; // of a PNG, for a sharp print

export function renderExports(container: HTMLElement, review: Review): void {
  const { view } = review;
  const name = view.chart.name;
  const text = (file: string, content: string, type: string) => (): void => save(file, content, type);
  const rows: [string, () => void][] = [
    ["SVG", () => save(`${name}.svg`, lit(review), "image/svg+xml")],
    ["PNG", () => void png(review)],
    ["Mermaid", text(`${name}.mmd`, view.exports.mermaid, "text/plain")],
    ["SCXML", text(`${name}.scxml`, view.exports.scxml, "application/xml")],
    ["XState", text(`${name}.xstate.json`, view.exports.xstate, "application/json")],
    ["JSON", text(`${name}.json`, JSON.stringify(view.chart, null, 2), "application/json")],
  ];
  replace(
    container,
    el("h2", {}, "Export"),
    el("p", { class: "hint" }, "Pictures have the active states lit, as they are now."),
    el("p", { class: "choices" }, ...rows.map(([label, give]) => el("button", { type: "button", class: "second", "data-key": `export ${label}`, onclick: give }, label))),
    el("h3", {}, "This place as a link"),
    el("button", { type: "button", class: "second", "data-key": "copy link", onclick: () => void copy() }, "Copy link"),
  );
}

/** The drawing as it is in the docs, with its own style, and the marks of what is active. */
function lit(review: Review): string {
  const { picture } = review.view;
  const root = parsed(picture);
  const { active, taken } = review.moment;
  for (const id of active) root.querySelector(`[data-state="${CSS.escape(id)}"]`)?.classList.add("is-active");
  for (const group of root.querySelectorAll<SVGElement>("[data-transition]"))
    if ((group.dataset["transition"] ?? "").split(" ").some((id) => taken.includes(id))) group.classList.add("is-active");
  const style = STYLE.exec(picture)?.[0] ?? "";
  return new XMLSerializer().serializeToString(root).replace("</desc>", () => `</desc>${style}`);
}

async function png(review: Review): Promise<void> {
  const url = URL.createObjectURL(new Blob([lit(review)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = el("canvas", { width: image.naturalWidth * SCALE, height: image.naturalHeight * SCALE });
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("this browser draws no pictures");
    context.scale(SCALE, SCALE);
    context.drawImage(image, 0, 0);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
    if (blob) save(`${review.view.chart.name}.png`, blob);
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function copy(): Promise<void> {
  await navigator.clipboard.writeText(location.href);
  announce("The link is copied.");
}
