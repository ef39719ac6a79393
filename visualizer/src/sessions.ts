/** Sessions on their charts: as they run, from the journal, or from a file. */

import { announce } from "./about.js";
import { type Child, duration, el, replace, titled } from "./dom.js";
import type { TraceStep } from "./document.js";
import { elsewhere, Following, type Since } from "./following.js";
import { Live, type LiveSession } from "./live.js";
import type { Review } from "./review.js";
import { ask } from "./server.js";
import { bySession, type Held, readTrace, STEPS, type Trace } from "./trace.js";

const live = new Live();
const following = new Following();
let running: readonly LiveSession[] | null = null;
let others: readonly Held[] = [];
let fault = "";

export function takeInTraces(review: Review, traces: readonly (readonly TraceStep[])[]): void {
  for (const steps of traces)
    for (const [id, own] of bySession(steps)) review.traces.set(id, { id, label: `session ${id.slice(0, 8)}`, steps: own, live: false });
}

export function renderSessions(container: HTMLElement, review: Review): void {
  const isAdmin = review.page.online?.admin === true;
  replace(
    container,
    el("h2", {}, "Sessions"),
    fault !== "" && el("p", { class: "fault", role: "alert" }, fault),
    ...(isAdmin ? online(review) : []),
    review.traces.size > 0 && el("h3", {}, "Open here"),
    el("ul", { class: "plain" }, ...[...review.traces.values()].map((trace) => item(review, trace))),
    file(review),
  );
}

function item(review: Review, trace: Trace): HTMLElement {
  const isOpen = review.place.session === trace.id;
  const open = (): void => review.go({ session: trace.id, step: trace.live ? trace.steps.length : 0, drawer: "log" });
  return el(
    "li",
    {},
    el("button", { type: "button", class: "quiet", "data-key": `trace ${trace.id}`, "aria-current": isOpen ? "true" : null, onclick: open }, trace.label),
    el("small", {}, `${trace.steps.length} steps${trace.live ? ", live" : ""}`),
  );
}

// -- files ----------------------------------------------------------------------------------------------------------------

function file(review: Review): HTMLElement {
  const chosen = el("input", { type: "file", id: "trace-file", accept: ".jsonl,.ndjson,.json,.txt", "data-key": "trace file", onchange: () => void load(review, chosen) });
  return el("div", { class: "files" }, el("label", { for: "trace-file" }, "Open a trace, one step a line"), chosen);
}

async function load(review: Review, input: HTMLInputElement): Promise<void> {
  const text = await input.files?.[0]?.text();
  if (text === undefined) return;
  await attempt(review, async () => {
    const steps = readTrace(text);
    takeInTraces(review, [steps]);
    const first = steps[0];
    if (first) review.go({ session: first.session, step: 0, drawer: "log" });
  });
}

// -- the server -------------------------------------------------------------------------------------------------------------

function online(review: Review): Child[] {
  const which = el("input", { type: "text", id: "which-session", "data-key": "which session", placeholder: "id of a session or a note", required: true });
  const open = (event: Event): void => {
    event.preventDefault();
    void attempt(review, () => openStored(review, which.value.trim()));
  };
  return [
    el("form", { class: "line", onsubmit: open }, el("label", { for: "which-session" }, "From the journal"), which, el("button", { "data-key": "open session" }, "Open")),
    el("h3", {}, "Running on this server"),
    el("button", { type: "button", class: "second", "data-key": "list live", onclick: () => void attempt(review, () => list(review)) }, running === null ? "Show them" : "Look again"),
    running !== null &&
      (running.length === 0
        ? el("p", { class: "hint" }, "No session runs at this moment.")
        : el("ul", { class: "plain" }, ...running.map((each) => runningItem(review, each)))),
    others.length > 0 && el("h3", {}, "Running on other servers"),
    others.length > 0 && el("ul", { class: "plain" }, ...others.map((each) => otherItem(review, each))),
  ];
}

function runningItem(review: Review, { session, states }: LiveSession): HTMLElement {
  const stands = (states[review.place.chart] ?? []).filter((id) => review.chart.has(id) && review.chart.isAtomic(id)).map(titled);
  return el(
    "li",
    {},
    el("button", { type: "button", class: "quiet", "data-key": `live ${session}`, onclick: () => void attempt(review, () => follow(review, session)) }, `Follow ${session.slice(0, 8)}`),
    el("small", {}, stands.join(" · ")),
  );
}

function otherItem(review: Review, held: Held): HTMLElement {
  const { session } = held;
  return el(
    "li",
    {},
    el("button", { type: "button", class: "quiet", "data-key": `other ${session}`, onclick: () => void attempt(review, () => followByJournal(review, held)) }, `Follow ${session.slice(0, 8)}`),
    el("small", {}, held.node),
  );
}

/** Where a session lives that another server holds, and how late its steps are; nothing of any other. */
export function heldWords({ held, behindMs, live: runs }: Trace): HTMLElement | null {
  if (held === undefined) return null;
  const late = behindMs === null || behindMs === undefined ? "" : ` The latest step was here ${duration(Math.round(behindMs / 100) * 100)} after it happened.`;
  const words = runs
    ? `It lives on the server ${held.node}. Its steps come from the journal, which is looked at each second.${late} `
    : `It ended on the server ${held.node}. `;
  return el("p", { class: "hint" }, words, /^https?:/.test(held.url) && el("a", { href: `${held.url}/charts#panel=sessions`, "data-key": "held" }, "Charts of that server"));
}

/** By the id of the session, or of a note: then at the step that made it. */
export async function openStored(review: Review, id: string): Promise<void> {
  const { session, n, steps, total } = (await ask("GET", `/api/chart-traces/${encodeURIComponent(id)}`)) as {
    session: string;
    n: number | null;
    steps: TraceStep[];
    total: number;
  };
  review.traces.set(session, { id: session, label: `session ${session.slice(0, 8)}`, steps, live: false });
  const at = n === null ? 0 : steps.findIndex((step) => step.n === n) + 1;
  review.go({ session, step: at, drawer: "log" });
  if (total > steps.length) announce(`The last ${steps.length} of ${total} entries.`);
}

async function list(review: Review): Promise<void> {
  const lost = (words: string): void => {
    fault = words;
    review.tell();
  };
  running = await live.sessions(review.place.chart, { heard: (step) => hear(review, [step]), lost });
  others = await elsewhere();
}

async function follow(review: Review, session: string): Promise<void> {
  const now = await live.follow(session);
  review.traces.set(session, { id: session, label: `session ${session.slice(0, 8)}`, steps: now ? [now] : [], live: true });
  review.go({ session, step: 1, drawer: "log" });
  lookAfter(review, session);
}

/** From its beginning, so that it can be gone through at once. */
async function followByJournal(review: Review, held: Held): Promise<void> {
  await openStored(review, held.session);
  change(review, held.session, { live: true, held });
  review.go({ step: review.length });
  lookAfter(review, held.session);
}

function lookAfter(review: Review, session: string): void {
  const lost = (words: string): void => {
    fault = words;
    review.tell();
  };
  following.start(session, { known: () => review.traces.get(session)?.steps.at(-1)?.n ?? 0, heard: (since) => takeSince(review, session, since), lost });
}

function takeSince(review: Review, session: string, { here, node, url, ended, behind_ms, steps }: Since): void {
  const known = review.traces.get(session)?.held;
  const byJournal = known !== undefined || !here;
  const held = byJournal && node !== null ? { session, node, url: url ?? "" } : known;
  fault = "";
  change(review, session, { live: !ended, ...(held && { held }), ...(steps.length > 0 && { behindMs: behind_ms }) });
  // What lives here is pushed, and more of it than the journal keeps.
  hear(review, byJournal ? steps : []);
}

function change(review: Review, session: string, changed: Partial<Trace>): void {
  const trace = review.traces.get(session);
  if (trace) review.traces.set(session, { ...trace, ...changed });
}

/** Whoever looks at the latest step goes along; whoever has gone back stays there. */
function hear(review: Review, steps: readonly TraceStep[]): void {
  const [first] = steps;
  const trace = first && review.traces.get(first.session);
  if (trace === undefined) return review.tell();
  const isShown = review.place.session === trace.id;
  const isAtEnd = isShown && review.step === review.length;
  const all = [...trace.steps, ...steps].slice(-STEPS);
  review.traces.set(trace.id, { ...trace, steps: all });
  if (isShown) review.go(isAtEnd ? { step: all.length } : {});
  else review.tell();
}

async function attempt(review: Review, what: () => Promise<void>): Promise<void> {
  try {
    await what();
    fault = "";
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error);
  }
  review.tell();
}
