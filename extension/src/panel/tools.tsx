/** What narrows the list. */

import { CATEGORIES, type Category, STATUS_WORDS, STATUSES, type Status } from "../ui/note";
import type { PartProps } from "./model";

export function Tools({ model }: PartProps) {
  const { filter } = model;
  const [all, seen] = [model.notes.value.length, model.visible.value.length];
  const choose = (part: Partial<typeof filter.value>) => (filter.value = { ...filter.value, ...part });
  return (
    <search class="tools">
      <input
        id="search"
        type="search"
        aria-label="Search the notes"
        placeholder="Search"
        value={filter.value.text}
        onInput={(event) => choose({ text: event.currentTarget.value })}
      />
      <select
        aria-label="Category"
        value={filter.value.category ?? ""}
        onChange={(event) => choose({ category: (event.currentTarget.value || null) as Category | null })}
      >
        <option value="">All kinds</option>
        {CATEGORIES.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        aria-label="Status"
        value={filter.value.status ?? ""}
        onChange={(event) => choose({ status: (event.currentTarget.value || null) as Status | null })}
      >
        <option value="">Any state</option>
        {STATUSES.filter((status) => status !== "deleted").map((status) => (
          <option key={status} value={status}>
            {STATUS_WORDS[status]}
          </option>
        ))}
      </select>
      <p class="second figure" role="status">
        {seen === all ? counted(all) : `${seen} of ${all}`}
      </p>
    </search>
  );
}

function counted(count: number): string {
  return count === 1 ? "1 note" : `${count} notes`;
}
