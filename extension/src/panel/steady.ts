/**
 * Holds the row that a person points at, or works on, where it is on the screen while rows come and go above it: what
 * came above is made up for by scrolling. Where the list is too short to scroll that far, it is given room at its end
 * until the person has gone.
 */

export interface Held {
  readonly id: string;
  readonly top: number;
}

/** The row under the pointer, else the one with the focus, else none. */
export function hold(list: HTMLElement): Held | null {
  const row =
    list.querySelector<HTMLElement>("[data-note]:hover") ?? list.querySelector<HTMLElement>("[data-note]:focus-within");
  if (row?.dataset.note === undefined) return null;
  return { id: row.dataset.note, top: row.getBoundingClientRect().top };
}

/** Before the next picture is painted. `room` is the element whose height makes the list longer. */
export function restore(list: HTMLElement, room: HTMLElement, held: Held | null): void {
  if (held === null) {
    room.style.height = "0";
    return;
  }
  const row = list.querySelector<HTMLElement>(`[data-note="${CSS.escape(held.id)}"]`);
  if (row === null) return;
  const moved = row.getBoundingClientRect().top - held.top;
  if (moved === 0) return;
  const wanted = list.scrollTop + moved;
  room.style.height = `${Math.max(room.offsetHeight, wanted + list.clientHeight - room.offsetTop)}px`;
  list.scrollTop = wanted;
}
