/** Elements, without a framework: made whole each time, and put in place without losing where the keyboard is. */

export type Child = Node | string | null | undefined | false;
type Value = string | number | boolean | null | undefined | ((event: never) => void);

const SVG = "http://www.w3.org/2000/svg";

/** `on…` is a listener, true an attribute without a value; null, undefined and false are none. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, Value>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return furnish(document.createElement(tag), attributes, children);
}

export function svg(tag: string, attributes: Readonly<Record<string, Value>> = {}, ...children: Child[]): SVGElement {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

function furnish<E extends Element>(element: E, attributes: Readonly<Record<string, Value>>, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** What had the keyboard, or a scroll bar, by its `data-key`, has it again. */
export function replace(container: Element, ...children: Child[]): void {
  const active = document.activeElement;
  const key = active !== null && container.contains(active) ? active.getAttribute("data-key") : null;
  const [top, left] = [container.scrollTop, container.scrollLeft];
  container.replaceChildren(...children.filter((child) => child !== null && child !== undefined && child !== false));
  [container.scrollTop, container.scrollLeft] = [top, left];
  if (key === null) return;
  const again = container.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? container.querySelector<HTMLElement>("[data-key]");
  again?.focus({ preventScroll: true });
}

/** Names in words, as the pictures have them. */
export function spaced(name: string): string {
  return name.replaceAll("_", " ");
}

export function titled(name: string): string {
  const words = spaced(name);
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** A duration as a person says it. */
export function duration(ms: number): string {
  for (const [unit, size] of [["h", 3_600_000], ["min", 60_000], ["s", 1_000]] as const)
    if (ms !== 0 && (ms % size === 0 || (unit === "s" && ms > size && ms % 100 === 0))) return `${ms / size} ${unit}`;
  return ms > 60_000 ? `${Math.round(ms / 1_000)} s` : `${ms} ms`;
}

export function byId<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as T;
}

/** Gives the browser a file to keep. */
export function save(name: string, content: Blob | string, type = "text/plain"): void {
  const url = URL.createObjectURL(typeof content === "string" ? new Blob([content], { type }) : content);
  const link = el("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
