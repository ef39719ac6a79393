/** The shortest way to a state or a transition, by the chart's form alone: a guard answers as the way needs it. */

import type { Chart, State } from "../../extension/src/charts/model.js";
import { type Act, type Delays, eventAt, outcomes, possible } from "./simulation.js";

/** More configurations than the charts here have by a factor of ten; the search ends, whatever it is given. */
const SEEN = 20_000;

interface Found {
  readonly state: State<Delays>;
  readonly at: number;
  readonly acts: readonly Act[];
}

/** From `state` on. Null where nothing leads there, or the chart is too large to be searched. */
export function shortestWay(chart: Chart, state: State<Delays>, at: number, to: string): Act[] | null {
  if (state.active.includes(to)) return [];
  const seen = new Set([key(state)]);
  let edge: Found[] = [{ state, at, acts: [] }];
  while (edge.length > 0 && seen.size < SEEN) {
    const next: Found[] = [];
    for (const found of edge) {
      for (const name of possible(chart, found.state)) {
        const event = eventAt(found.state, found.at, name);
        for (const { holds, stepped } of outcomes(chart, found.state, event)) {
          const acts = [...found.acts, { event: name, holds }];
          if (stepped.state.active.includes(to) || stepped.taken.some((id) => id === to || isOf(id, to))) return acts;
          const known = key(stepped.state);
          if (!seen.has(known)) next.push({ state: stepped.state, at: event.at, acts });
          seen.add(known);
        }
      }
    }
    edge = next;
  }
  return null;
}

/** A state that is left at once is reached by the step that takes a transition of its own. */
function isOf(transition: string, state: string): boolean {
  return transition.startsWith(`${state}/`);
}

function key({ active, history, deadlines }: State<Delays>): string {
  return JSON.stringify([active, Object.entries(history).sort(), Object.keys(deadlines).sort()]);
}
