// What every page with a script does: it says that it is live, closes what is open, and keeps still under the pointer.

document.body.classList.add("is-live");

/** An element that the page's template has. */
export function the<T extends Element = HTMLElement>(selector: string, within: ParentNode = document): T {
  const found = within.querySelector<T>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

export function liveOf<T>(element: HTMLElement): T {
  return JSON.parse(element.dataset["live"] ?? "{}") as T;
}

document.addEventListener("click", (click) => {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (!menu.contains(click.target as Node)) menu.open = false;
  }
});

document.addEventListener("keydown", (key) => {
  const menu = key.key === "Escape" && document.querySelector<HTMLDetailsElement>("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
});

// -- standing still -----------------------------------------------------------------------------------------------

let pointer: { x: number; y: number } | null = null;
document.addEventListener("pointermove", (move) => {
  pointer = move.pointerType === "mouse" ? { x: move.clientX, y: move.clientY } : null;
});
document.documentElement.addEventListener("pointerleave", () => {
  pointer = null;
});

/**
 * Changes a list that others change too, so that the item under the pointer stays there; else the one with the focus,
 * else the first that is seen. `key` names an item, which may be another element afterwards.
 */
export function steady(list: HTMLElement, key: (item: Element) => string, change: () => void): void {
  const items = () => [...list.children];
  const anchor = anchorOf(list);
  const name = anchor && key(anchor);
  const before = anchor?.getBoundingClientRect().top ?? 0;
  list.style.paddingBottom = "";
  list.style.paddingTop = "";
  change();
  const after = name ? items().find((item) => key(item) === name) : undefined;
  if (!after) return;
  scrollBy({ top: after.getBoundingClientRect().top - before, behavior: "instant" });
  const rest = Math.round(after.getBoundingClientRect().top - before);
  if (rest > 0) {
    // The page ends too early to be scrolled as far as that.
    list.style.paddingBottom = `${rest + innerHeight}px`;
    scrollBy({ top: rest, behavior: "instant" });
  } else if (rest < 0) {
    list.style.paddingTop = `${-rest}px`;
  }
}

function anchorOf(list: HTMLElement): Element | undefined {
  const itemOf = (element: Element | null) => [...list.children].find((item) => element && item.contains(element));
  const under = pointer && itemOf(document.elementFromPoint(pointer.x, pointer.y));
  if (under) return under;
  const focused = itemOf(document.activeElement);
  if (focused) return focused;
  if (list.getBoundingClientRect().top > 0) return undefined; // its head is seen, and there is where news belongs
  return [...list.children].find((item) => item.getBoundingClientRect().bottom > 0);
}

// -- what the server renders --------------------------------------------------------------------------------------

/** The page at an address, as a document. */
export async function pageAt(address: string, signal?: AbortSignal): Promise<Document> {
  const response = await fetch(address, { headers: { Accept: "text/html" }, signal: signal ?? null });
  if (!response.ok) throw new Error(`${response.status}`);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

/** Takes what may have changed of this page from the server, with the focus where it was. */
export async function swap(address: string = location.href): Promise<void> {
  const fresh = await pageAt(address);
  const old = the("[data-swap]");
  const place = (element: Element | null) => element?.closest("[id]")?.id;
  const focused = old.contains(document.activeElement) ? place(document.activeElement) : undefined;
  steady(old.querySelector<HTMLElement>("ol") ?? old, (item) => item.id, () => {
    const inner = the("[data-swap]", fresh);
    const list = old.querySelector("ol");
    const freshList = inner.querySelector("ol");
    if (list && freshList) list.replaceChildren(...freshList.children);
    else old.replaceChildren(...inner.childNodes);
  });
  if (focused) document.getElementById(focused)?.querySelector<HTMLElement>("a, button")?.focus();
}

/** Does it once the calls have stopped for so long. */
export function later(ms: number, what: () => void): () => void {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = window.setTimeout(what, ms);
  };
}
