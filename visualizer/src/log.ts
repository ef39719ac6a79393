/** What happened, step by step, to be gone through back and forth. */

import { el, replace, spaced } from "./dom.js";
import type { Review } from "./review.js";
import type { Moment } from "./simulation.js";
import { actionWords, clock, eventWords, innermost, MACHINERY } from "./words.js";

export function renderScrubber(container: HTMLElement, review: Review): void {
  const { step, length } = review;
  const go = (to: number): void => review.go({ step: Math.max(0, Math.min(length, to)) });
  const slider = el("input", {
    type: "range", min: 0, max: length, step: 1, value: step, "data-key": "slider", "aria-label": "Step",
    "aria-valuetext": `step ${step} of ${length}`, disabled: length === 0, oninput: () => go(slider.valueAsNumber),
  });
  replace(
    container,
    el("button", { type: "button", class: "tool", "data-key": "back", "aria-label": "A step back", title: "A step back ([)", disabled: step === 0, onclick: () => go(step - 1) }, "‹"),
    slider,
    el("button", { type: "button", class: "tool", "data-key": "forth", "aria-label": "A step forward", title: "A step forward (])", disabled: step === length, onclick: () => go(step + 1) }, "›"),
    el("output", {}, `${step} of ${length}`),
    !review.trace && el("button", { type: "button", class: "tool", "data-key": "restart", title: "Back to the start (r)", disabled: length === 0, onclick: () => review.restart() }, "Start over"),
  );
}

/** Of a long session only what is around the step that is shown. */
const SHOWN = 200;

export function renderLog(container: HTMLElement, review: Review): void {
  const from = Math.max(0, Math.min(review.step - SHOWN / 2, review.length + 1 - SHOWN));
  const rows = review.moments.slice(from, from + SHOWN).map((moment, i) => row(review, moment, from + i));
  replace(container, el("ol", { class: "log", "aria-label": "Events", start: from }, ...rows));
}

function row(review: Review, moment: Moment, i: number): HTMLElement {
  const isShown = i === review.step;
  const does = moment.effects.filter(({ name }) => !MACHINERY.has(name));
  const effects = does.map((effect) => (effect.of ? `${effect.of} ${actionWords(effect)}` : actionWords(effect)));
  const label = i === 0 ? "begins" : moment.chart && moment.chart !== review.place.chart ? `${moment.chart}: ${spaced(moment.event)}` : eventWords(moment.event, review.view);
  return el(
    "li",
    { class: isShown ? "is-shown" : i > review.step ? "is-ahead" : "" },
    el(
      "button",
      { type: "button", class: "quiet", "data-key": `moment ${i}`, "aria-current": isShown ? "step" : null, onclick: () => review.go({ step: i }) },
      el("time", {}, clock(moment.at, review.trace !== undefined)),
      el("strong", {}, label),
      moment.holds.length > 0 && el("span", { class: "guard" }, `[${moment.holds.map(spaced).join(", ")}]`),
      el("span", {}, moment.taken.length > 0 ? `→ ${innermost(moment, review.chart).join(" · ")}` : i === 0 ? innermost(moment, review.chart).join(" · ") : "nothing"),
      effects.length > 0 && el("small", {}, effects.join(", ")),
      moment.fault !== "" && el("small", { class: "fault" }, moment.fault),
    ),
  );
}
