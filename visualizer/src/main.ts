/** The page: builds what is around the picture, and draws all of it again whenever something changes. */

import { renderAbout } from "./about.js";
import { byId, el, replace, titled } from "./dom.js";
import type { PageDocument, View } from "./document.js";
import { renderExports } from "./exports.js";
import { keySheet, listenToKeys } from "./keys.js";
import { renderLog, renderScrubber } from "./log.js";
import { renderNotes } from "./notes.js";
import { outlineKeys, renderOutline } from "./outline.js";
import { loadHeat, renderChanges, renderOverlays } from "./overlays.js";
import { Picture, toolbar } from "./picture.js";
import { Review } from "./review.js";
import { renderSequence } from "./sequence.js";
import { ask } from "./server.js";
import type { Moment } from "./simulation.js";
import { openStored, renderSessions, takeInTraces } from "./sessions.js";
import { renderStepping } from "./stepping.js";
import { renderTable, renderTimers } from "./tables.js";

type Render = (container: HTMLElement, review: Review) => void;
type Tabs = Readonly<Record<string, readonly [string, Render]>>;

const PANELS: Tabs = {
  step: ["Now", renderStepping],
  about: ["About", renderAbout],
  notes: ["Notes", renderNotes],
  overlay: ["Coverage", renderOverlays],
  sessions: ["Sessions", renderSessions],
  export: ["Export", renderExports],
};
const DRAWERS: Tabs = {
  log: ["Events", renderLog],
  sequence: ["Effects", renderSequence],
  table: ["Table", renderTable],
  timers: ["Timers", renderTimers],
  changes: ["Changes", renderChanges],
};

void begin();

async function begin(): Promise<void> {
  const page = JSON.parse(byId("document").textContent ?? "") as PageDocument;
  const fetchView = async (name: string): Promise<View> => (await ask("GET", `/api/charts/${name}/view`)) as View;
  const [first = ""] = page.charts;
  const review = new Review(page, page.views[first] ?? (await fetchView(first)), fetchView);
  takeInTraces(review, page.traces);
  const picture = build(review);
  listenToKeys(review, picture);
  review.listen(() => render(review, picture));
  await review.open(location.hash);
  addEventListener("hashchange", () => void review.open(location.hash));
  if (page.online?.admin) await beginOnline(review);
}

/** What a link asks of the server beyond the chart itself. */
async function beginOnline(review: Review): Promise<void> {
  const { session } = review.place;
  if (session !== "" && !review.traces.has(session)) await openStored(review, session).catch(() => review.go({ session: "" }));
  let asked = "";
  const follow = (): void => {
    if (asked === review.place.chart) return;
    asked = review.place.chart;
    loadHeat(review).catch(() => undefined); // the counts of the journal are then not among the overlays
  };
  review.listen(follow);
  follow();
}

// -- what is around the picture -------------------------------------------------------------------------------------------

function build(review: Review): Picture {
  const frame = el("div", { id: "picture", tabindex: 0, role: "group", "aria-label": "Picture of the chart. Arrow keys go from state to state." });
  const picture = new Picture(frame, review);
  const search = el("input", { type: "search", id: "search", placeholder: "Search", "aria-label": "Search states, events, guards and effects" });
  search.addEventListener("input", () => {
    picture.search = search.value;
    review.tell();
  });
  search.addEventListener("keydown", (event) => found(event, review, picture));
  const outline = el("div", { id: "outline" });
  outlineKeys(outline, review);
  replace(
    byId("review"),
    el("header", { class: "top" }, el("h1", {}, "Charts"), el("nav", { id: "charts", "aria-label": "Charts" }),
      el("button", { type: "button", class: "tool", title: "Keys (?)", "aria-label": "Keys", onclick: () => byId<HTMLDialogElement>("keys").showModal() }, "?"),
      search, el("span", { id: "hits", role: "status" })),
    el("section", { class: "left", "aria-label": "States" }, outline),
    el("section", { class: "middle", "aria-label": "Chart" }, el("div", { class: "above" }, el("p", { id: "why" }), toolbar(picture)), frame,
      el("div", { id: "scrubber", role: "group", "aria-label": "Steps" }),
      el("div", { id: "drawer-tabs", role: "tablist", "aria-label": "Below the picture" }), el("div", { id: "drawer", role: "tabpanel", tabindex: 0 })),
    el("section", { class: "right", "aria-label": "Beside the picture" },
      el("div", { id: "panel-tabs", role: "tablist", "aria-label": "Beside the picture" }), el("div", { id: "panel", role: "tabpanel", tabindex: 0 })),
    el("p", { id: "said", class: "unseen", role: "status" }),
    keySheet(),
  );
  return picture;
}

/** Enter goes to the next that is found; Escape leaves the search. */
function found(event: KeyboardEvent, review: Review, picture: Picture): void {
  if (event.key === "Escape") byId("picture").focus();
  if (event.key !== "Enter") return;
  const hits = [...picture.hits()];
  const next = hits[(hits.indexOf(review.place.select) + 1) % Math.max(1, hits.length)];
  if (next === undefined) return;
  review.go({ select: next, panel: "about" });
  picture.reveal(next);
}

let shown: Moment | null = null; // its states are in sight

function render(review: Review, picture: Picture): void {
  const { place, page, view } = review;
  const hits = picture.hits();
  replace(byId("charts"), ...page.charts.map((name) =>
    el("button", { type: "button", "data-key": `chart ${name}`, "aria-current": name === place.chart ? "page" : null, onclick: () => void review.openChart(name) }, titled(name))));
  byId("hits").textContent = picture.search.trim() === "" ? "" : `${hits.size} found`;
  const filtered = place.filter === "" ? "" : ` Only ${place.filter.replaceAll("_", " ")} is shown.`;
  byId("why").textContent = view.chart.why + filtered;
  document.title = `${titled(view.chart.name)} · Charts`;
  picture.render();
  if (shown !== review.moment) picture.follow();
  shown = review.moment;
  renderOutline(byId("outline"), review, hits);
  renderScrubber(byId("scrubber"), review);
  tabbed("panel", PANELS, place.panel, (panel) => review.go({ panel }), review);
  tabbed("drawer", DRAWERS, place.drawer, (drawer) => review.go({ drawer }), review);
}

function tabbed(id: string, tabs: Tabs, chosen: string, choose: (name: string) => void, review: Review): void {
  const names = Object.keys(tabs);
  const name = names.includes(chosen) ? chosen : (names[0] ?? "");
  const keys = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = names[(names.indexOf(name) + by + names.length) % names.length] ?? name;
    choose(next);
    byId(`${id}-tabs`).querySelector<HTMLElement>(`[data-key="${id} ${next}"]`)?.focus();
  };
  const buttons = names.map((each) =>
    el("button", { type: "button", role: "tab", id: `${id}-tab-${each}`, "data-key": `${id} ${each}`, "aria-selected": String(each === name), "aria-controls": id, tabindex: each === name ? 0 : -1, onclick: () => choose(each), onkeydown: keys }, tabs[each]?.[0] ?? each));
  replace(byId(`${id}-tabs`), ...buttons);
  byId(id).setAttribute("aria-labelledby", `${id}-tab-${name}`);
  tabs[name]?.[1](byId(id), review);
}
