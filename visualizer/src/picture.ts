/** The drawing: laid out long before, lit and marked here. */

import { el, replace, svg, titled } from "./dom.js";
import type { Counts } from "./document.js";
import type { Review } from "./review.js";

const ZOOMS = [0.25, 0.35, 0.5, 0.7, 0.85, 1, 1.25, 1.6, 2, 3];
const READABLE = 0.85; // of the 11 px that text is drawn in
const LEVELS = 4; // weights of a line, from once to as often as any

interface Parts {
  readonly root: SVGElement;
  readonly states: ReadonlyMap<string, SVGElement>;
  readonly transitions: readonly (readonly [SVGElement, readonly string[]])[];
}

export class Picture {
  private of = "";
  private parts: Parts | null = null;
  private zoom: number | "fit" | "read" = "read";

  constructor(
    private readonly frame: HTMLElement,
    private readonly review: Review,
  ) {
    frame.addEventListener("click", (event) => this.click(event));
    frame.addEventListener("dblclick", (event) => this.foldAt(event));
    new ResizeObserver(() => this.size()).observe(frame);
  }

  render(): void {
    const { view } = this.review;
    if (this.of !== view.digest) {
      this.of = view.digest;
      this.mount(view.picture);
    }
    if (this.parts === null) return;
    this.light(this.parts);
    this.cover(this.parts);
  }

  private mount(picture: string): void {
    const root = parsed(picture).documentElement as unknown as SVGElement;
    root.setAttribute("class", "chart");
    const of = (element: SVGElement): string[] => (element.dataset["transition"] ?? "").split(" ");
    const all = <T extends SVGElement>(selector: string): T[] => [...root.querySelectorAll<T>(selector)];
    this.parts = {
      root,
      states: new Map(all("[data-state]").map((group) => [group.dataset["state"] ?? "", group])),
      transitions: all("[data-transition]").map((group) => [group, of(group)]),
    };
    replace(this.frame, root);
    this.size();
  }

  // -- light --------------------------------------------------------------------------------------------------------

  private light({ states, transitions }: Parts): void {
    const { moment, place } = this.review;
    const hits = this.hits();
    const [active, taken] = [new Set(moment.active), new Set(moment.taken)];
    const counts = this.review.allCounts.find(({ label }) => label === place.overlay);
    for (const [id, group] of states) {
      set(group, "is-active", active.has(id));
      set(group, "is-selected", place.select === id);
      set(group, "is-hit", hits.has(id));
      set(group, "is-never", counts?.states !== undefined && !counts.states[id]);
    }
    for (const [group, ids] of transitions) {
      const some = (one: (id: string) => boolean): boolean => ids.some(one);
      set(group, "is-taken", some((id) => taken.has(id)));
      set(group, "is-selected", ids.includes(place.select));
      set(group, "is-hit", some((id) => hits.has(id)));
      set(group, "is-dim", place.filter !== "" && !some((id) => this.eventOf(id) === place.filter));
      weigh(group, ids, counts);
    }
    set(this.frame, "is-counted", counts !== undefined);
  }

  private eventOf(id: string): string | null | undefined {
    return this.review.view.chart.transitions.find((each) => each.id === id)?.event;
  }

  search = "";

  /** What the search finds, by any of its words: names, guards, effects, reasons. */
  hits(): Set<string> {
    const words = this.search.trim().toLowerCase();
    if (words === "") return new Set();
    const { states, transitions } = this.review.view.chart;
    const found = [...states, ...transitions].filter((each) =>
      JSON.stringify(each).replaceAll("_", " ").toLowerCase().includes(words.replaceAll("_", " ")),
    );
    return new Set(found.map(({ id }) => id));
  }

  // -- folding --------------------------------------------------------------------------------------------------------

  /** A folded state is a lid over its inside: nothing moves, and what leads into it ends at its border. */
  private cover({ root, states }: Parts): void {
    root.querySelectorAll(".lid").forEach((lid) => lid.remove());
    for (const id of this.review.place.fold) {
      const box = boxOf(states.get(id));
      if (box === null || !this.review.chart.has(id)) continue;
      const inside = this.review.view.chart.states.filter((node) => this.review.chart.isInside(node.id, id));
      const active = inside.filter((node) => this.review.moment.active.includes(node.id) && this.review.chart.isAtomic(node.id));
      root.append(lid(id, box, inside.length, active.map((node) => titled(node.id))));
    }
  }

  private foldAt(event: MouseEvent): void {
    const id = stateAt(event);
    if (id !== null && this.review.chart.has(id) && this.review.chart.node(id).children.length > 0) this.review.fold(id);
  }

  // -- the pointer ------------------------------------------------------------------------------------------------------

  private click(event: MouseEvent): void {
    const target = event.target as Element;
    const transition = target.closest<SVGElement>("[data-transition]")?.dataset["transition"]?.split(" ")[0];
    const id = transition ?? stateAt(event);
    if (id !== null && id !== undefined) this.review.go({ select: id, panel: "about" });
  }

  // -- size and place -----------------------------------------------------------------------------------------------

  zoomBy(steps: number): void {
    const now = this.scale();
    const up = ZOOMS.findIndex((each) => each > now + 0.001);
    const down = ZOOMS.findLastIndex((each) => each < now - 0.001);
    this.zoom = ZOOMS[steps > 0 ? (up < 0 ? ZOOMS.length - 1 : up) : Math.max(0, down)] ?? 1;
    this.size();
    this.reveal(this.review.place.select);
  }

  fit(): void {
    this.zoom = "fit";
    this.size();
  }

  private natural(): { width: number; height: number } {
    const [, , width = 1, height = 1] = (this.parts?.root.getAttribute("viewBox") ?? "").split(" ").map(Number);
    return { width, height };
  }

  /** As wide as there is room and never larger than drawn; at first never so small that it cannot be read. */
  private scale(): number {
    if (typeof this.zoom === "number") return this.zoom;
    const fitting = Math.min(1, (this.frame.clientWidth - 2) / this.natural().width);
    return this.zoom === "fit" ? fitting : Math.max(READABLE, fitting);
  }

  private size(): void {
    if (this.parts === null) return;
    const { width, height } = this.natural();
    const zoom = this.scale();
    this.parts.root.setAttribute("width", String(Math.round(width * zoom)));
    this.parts.root.setAttribute("height", String(Math.round(height * zoom)));
  }

  /** Brings the innermost of what is active into sight, unless some of it is there already. */
  follow(): void {
    const { moment, chart } = this.review;
    const inner = moment.active.filter((id) => chart.isAtomic(id)).map((id) => this.parts?.states.get(id));
    const frame = this.frame.getBoundingClientRect();
    const isSeen = (group: SVGElement | undefined): boolean => {
      const box = group?.getBoundingClientRect();
      return box !== undefined && box.top >= frame.top && box.bottom <= frame.bottom && box.left >= frame.left && box.right <= frame.right;
    };
    if (!inner.some(isSeen)) scrollTo(this.frame, inner[0]);
  }

  reveal(id: string): void {
    const group = this.parts?.states.get(id) ?? this.parts?.transitions.find(([, ids]) => ids.includes(id))?.[0];
    scrollTo(this.frame, group);
  }

  /** The state nearest to the selected one in a direction, for the arrow keys. */
  neighbour(dx: number, dy: number): string | null {
    const places = [...(this.parts?.states ?? [])].flatMap(([id, group]) => {
      const box = boxOf(group);
      return box === null || this.review.chart.node(id).children.length > 0 ? [] : [{ id, x: box.x + box.width / 2, y: box.y + box.height / 2 }];
    });
    const from = places.find(({ id }) => id === this.review.place.select);
    if (from === undefined) return places[0]?.id ?? null;
    const ahead = places
      .map(({ id, x, y }) => ({ id, along: (x - from.x) * dx + (y - from.y) * dy, aside: Math.abs((x - from.x) * dy) + Math.abs((y - from.y) * dx) }))
      .filter(({ along }) => along > 1);
    return ahead.sort((one, other) => one.along + 2 * one.aside - other.along - 2 * other.aside)[0]?.id ?? null;
  }
}

/** Without its own style: the page's sheet has that, and a page lets no other in. */
export function parsed(picture: string): Document {
  return new DOMParser().parseFromString(picture.replace(STYLE, ""), "image/svg+xml");
}

export const STYLE = /<style>[^]*?<\/style>/;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function boxOf(group: SVGElement | undefined): Box | null {
  const [x, y, width, height] = (group?.dataset["box"] ?? "").split(" ").map(Number);
  return x === undefined || y === undefined || width === undefined || height === undefined ? null : { x, y, width, height };
}

function lid(id: string, { x, y, width, height }: Box, inside: number, active: readonly string[]): SVGElement {
  const words = `${inside} inside${active.length > 0 ? `: ${active.join(", ")}` : ""}`;
  return svg(
    "g",
    { class: active.length > 0 ? "lid is-active" : "lid", "data-state": id },
    svg("rect", { class: "box", x, y, width, height, rx: 14 }),
    svg("text", { class: "title", x: x + width / 2, y: y + height / 2 - 4, "text-anchor": "middle" }, titled(id)),
    svg("text", { class: "key", x: x + width / 2, y: y + height / 2 + 14, "text-anchor": "middle" }, words),
  );
}

/** Within its frame alone: the page itself stays where it is. */
function scrollTo(frame: HTMLElement, group: SVGElement | undefined): void {
  if (group === undefined) return;
  const [outer, inner] = [frame.getBoundingClientRect(), group.getBoundingClientRect()];
  frame.scrollTop += inner.top + inner.height / 2 - outer.top - outer.height / 2;
  frame.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
}

function stateAt(event: MouseEvent): string | null {
  return (event.target as Element).closest<SVGElement>("[data-state]")?.dataset["state"] ?? null;
}

function set(element: Element, name: string, on: boolean): void {
  element.classList.toggle(name, on);
}

function weigh(group: SVGElement, ids: readonly string[], counts: Counts | undefined): void {
  for (let level = 0; level <= LEVELS; level += 1) group.classList.remove(`is-level-${level}`);
  if (counts === undefined) return;
  const most = Math.max(1, ...Object.values(counts.transitions));
  const count = ids.reduce((sum, id) => sum + (counts.transitions[id] ?? 0), 0);
  const level = count === 0 ? 0 : Math.max(1, Math.ceil((LEVELS * Math.log(count + 1)) / Math.log(most + 1)));
  group.classList.add(`is-level-${Math.min(LEVELS, level)}`);
}

/** A drawing is a picture to who does not see it; the outline beside it says the same in words. */
export function toolbar(picture: Picture): HTMLElement {
  return el(
    "div",
    { class: "tools", role: "toolbar", "aria-label": "Picture" },
    el("button", { type: "button", class: "tool", "aria-label": "Smaller", title: "Smaller (-)", onclick: () => picture.zoomBy(-1) }, "−"),
    el("button", { type: "button", class: "tool", "aria-label": "Larger", title: "Larger (+)", onclick: () => picture.zoomBy(1) }, "+"),
    el("button", { type: "button", class: "tool", title: "As wide as there is room (0)", onclick: () => picture.fit() }, "Fit"),
  );
}
