/** What the page is given: charts with their pictures and all that is known of them. lossy/charts/view.py makes it. */

import type { Args, ChartFile } from "../../extension/src/charts/model.js";

export interface Setting {
  readonly variable: string;
  readonly default: string;
  readonly help: string;
  readonly delay: string;
}

export interface Cell {
  readonly fate: "handled" | "guarded" | "ignored" | "forgotten" | "elsewhere";
  readonly at: string | null;
  readonly why: string;
  readonly transitions: readonly string[];
}

export interface Table {
  readonly states: readonly string[];
  readonly events: readonly string[];
  readonly regions: Readonly<Record<string, string | null>>;
  readonly cells: Readonly<Record<string, Readonly<Record<string, Cell>>>>;
}

/** How often each transition was taken, and each state active, in what `label` names. */
export interface Counts {
  readonly label: string;
  readonly transitions: Readonly<Record<string, number>>;
  readonly states?: Readonly<Record<string, number>>;
  /** The file that it stands in, and when that was written. */
  readonly source?: string;
  readonly at?: number;
}

export interface Change {
  readonly how: "added" | "removed" | "moved" | "changed";
  readonly what: string;
  readonly id: string;
  readonly state: string | null;
  readonly words: string;
  readonly aside: string;
}

export interface Difference {
  readonly old: string;
  readonly new: string;
  readonly changes: readonly Change[];
  readonly snapshots: readonly string[];
}

export interface View {
  readonly chart: ChartFile;
  readonly digest: string;
  readonly picture: string;
  readonly delays: Readonly<Record<string, number>>;
  readonly settings: readonly Setting[];
  readonly rules: Readonly<Record<string, string>>;
  readonly table: Table;
  readonly exports: Readonly<Record<"mermaid" | "scxml" | "xstate", string>>;
  readonly counts: readonly Counts[];
  readonly difference: Difference | null;
}

/** One step of a trace; docs/reference/visualizer.md has the form. */
export interface TraceStep {
  readonly session: string;
  readonly n: number;
  readonly at: number;
  readonly chart: string;
  readonly event: string;
  readonly taken: readonly string[];
  readonly states: Readonly<Record<string, readonly string[]>> | null;
  readonly timers?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly effects?: readonly (readonly [chart: string, name: string, args?: Args])[];
}

export interface Note {
  readonly id: string;
  readonly chart: string;
  readonly anchor: string;
  readonly text: string;
  readonly author: string;
  readonly at: number;
}

/** `online` is where a server answers; `views` are there from the first in a file, and fetched one by one online. */
export interface PageDocument {
  readonly format: 1;
  readonly charts: readonly string[];
  readonly views: Readonly<Record<string, View>>;
  readonly traces: readonly (readonly TraceStep[])[];
  readonly notes: readonly Note[];
  readonly online: { readonly admin: boolean; readonly person: string } | null;
}
