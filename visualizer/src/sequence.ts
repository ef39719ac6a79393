/** Who told whom what, as a sequence diagram: senders on the left, the chart, performers on the right. */

import { el, replace, spaced, svg, titled } from "./dom.js";
import type { Review } from "./review.js";
import { actionWords, eventWords, MACHINERY, performer, senders } from "./words.js";

interface Message {
  readonly from: string;
  readonly to: string;
  readonly words: string;
  readonly step: number;
  readonly isEvent: boolean;
}

const [LANE, ROW, TOP, LETTER] = [170, 26, 48, 6.1]; // px; the last is about the width of a letter
const MESSAGES = 300; // the latest; a picture of more is no picture

export function renderSequence(container: HTMLElement, review: Review): void {
  const all = messages(review);
  const shown = all.slice(-MESSAGES);
  if (shown.length === 0) return replace(container, el("p", { class: "hint" }, "Nothing has been told yet: send an event."));
  const self = review.place.chart;
  const before = unique(shown.filter(({ to }) => to === self).map(({ from }) => from)).filter((lane) => lane !== self);
  const after = unique(shown.filter(({ from }) => from === self).map(({ to }) => to)).filter((lane) => lane !== self && !before.includes(lane));
  replace(
    container,
    all.length > shown.length && el("p", { class: "hint" }, `The latest ${MESSAGES} of ${all.length}.`),
    diagram([...before, self, ...after], shown, review),
  );
}

function messages(review: Review): Message[] {
  const self = review.place.chart;
  return review.moments.slice(0, review.step + 1).flatMap((moment, step) => {
    const event = moment.event;
    const from = moment.chart && moment.chart !== self ? moment.chart : sender(event, review);
    // What was for another chart of the session is told where it moved this one.
    const isOthers = moment.chart !== undefined && moment.chart !== self && moment.taken.length === 0;
    const told: Message[] = event === "" || isOthers ? [] : [{ from, to: self, words: eventWords(event, review.view), step, isEvent: true }];
    const done = moment.effects.filter(({ name, of }) => !MACHINERY.has(name) && (of === undefined || of.split(":")[0] === self));
    return [
      ...told,
      ...done.map((effect) => ({ from: self, to: performer(effect, review.view.chart) || "sessions", words: actionWords(effect), step, isEvent: false })),
    ];
  });
}

/** A timer, and the answer of work, is the chart's own. */
function sender(event: string, review: Review): string {
  return senders(event, review.view.chart)[0]?.[0] ?? review.place.chart;
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function diagram(lanes: readonly string[], shown: readonly Message[], review: Review): SVGElement {
  const widest = Math.max(...shown.map(({ words }) => words.length)) * LETTER + 24;
  const lane = Math.max(LANE, Math.min(widest, 320));
  const x = (name: string): number => lane * (lanes.indexOf(name) + 0.5);
  const [width, height] = [lane * lanes.length + 40, TOP + ROW * (shown.length + 1)];
  const lines = lanes.map((name) => svg("path", { class: "dashed", d: `M${x(name)} ${TOP - 12}V${height}` }));
  const heads = lanes.map((name) =>
    svg("text", { class: name === review.place.chart ? "title" : "region", x: x(name), y: 22, "text-anchor": "middle" }, name.includes(".") ? name : titled(name)),
  );
  const rows = shown.map((message, i) => row(message, i, x, review));
  return svg(
    "svg",
    { class: "chart sequence", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `Sequence of ${shown.length} messages` },
    ...lines,
    ...heads,
    ...rows,
  );
}

function row({ from, to, words, step, isEvent }: Message, i: number, x: (name: string) => number, review: Review): SVGElement {
  const y = TOP + ROW * (i + 0.7);
  const isNow = step === review.step;
  const [start, end] = [x(from), x(to)];
  const ahead = end >= start ? 1 : -1;
  const line = from === to ? `M${start} ${y - 6}h22v10h-18` : `M${start} ${y}H${end - 6 * ahead}`;
  const tip = from === to ? `M${start} ${y + 4}l7 -3.2v6.4z` : `M${end} ${y}l${-7 * ahead} -3.2v6.4z`;
  const at = from === to ? start + 28 : (start + end) / 2;
  return svg(
    "g",
    { class: isNow ? "is-taken" : "" },
    svg("path", { class: "line", d: line }),
    svg("path", { class: "head", d: tip }),
    svg("text", { class: isEvent ? "event" : "action", x: at, y: from === to ? y + 2 : y - 5, "text-anchor": from === to ? "start" : "middle" }, spaced(words)),
  );
}
