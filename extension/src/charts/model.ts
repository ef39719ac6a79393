/**
 * A statechart as `lossy charts export --format json` writes it, and what a step of it takes and gives. Instants are ms
 * since the Unix epoch. docs/how-to/export-a-chart.md has the schema; lossy/charts/model.py says more of each term.
 */

export type Kind = "atomic" | "compound" | "parallel" | "final" | "shallow" | "deep";
export type Restore = "absolute" | "remaining" | "restart";
export type Args = Readonly<Record<string, unknown>>;

/** One entry of `do`, `entry` or `exit`. */
export interface Action {
  readonly kind: "update" | "effect";
  readonly name: string;
  readonly args: Args;
}

/** `event` is null where it is eventless. */
export interface Transition {
  readonly id: string;
  readonly source: string;
  readonly event: string | null;
  readonly targets: readonly string[];
  readonly guard: string | null;
  readonly do: readonly Action[];
  readonly internal: boolean;
  readonly why: string;
}

export interface Node {
  readonly id: string;
  readonly kind: Kind;
  readonly parent: string | null;
  readonly order: number;
  readonly children: readonly string[];
  readonly initial: string | null;
  readonly default: string | null;
  readonly entry: readonly Action[];
  readonly exit: readonly Action[];
  readonly during: { readonly name: string; readonly args: Args } | null;
  readonly timer: { readonly delay: string; readonly restore: Restore } | null;
  readonly ignores: Readonly<Record<string, string>>;
  readonly why: string;
}

type Origins = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The file. States and transitions stand in document order. */
export interface ChartFile {
  readonly name: string;
  readonly version: number;
  readonly why: string;
  readonly initial: string;
  readonly states: readonly Node[];
  readonly transitions: readonly Transition[];
  readonly hears: Origins;
  readonly effects: Origins;
  readonly invariants: Readonly<Record<string, string>>;
}

export interface Event {
  readonly name: string;
  readonly at: number;
  readonly payload: Args;
}

export interface Effect {
  readonly name: string;
  readonly args: Args;
}

/** `active` is in document order; `deadlines` maps a state whose timer runs to when that is due. */
export interface State<D> {
  readonly active: readonly string[];
  readonly history: Readonly<Record<string, readonly string[]>>;
  readonly data: D;
  readonly deadlines: Readonly<Record<string, number>>;
}

/** What the names in a chart stand for. All of it is pure. */
export interface Rules<D> {
  guard(transition: Transition, data: D, event: Event): boolean;
  update(action: Action, data: D, event: Event): D;
  delay(name: string, data: D): number;
}

/** A chart with its tree at hand. */
export class Chart {
  readonly alphabet: ReadonlySet<string>;
  private readonly nodes: ReadonlyMap<string, Node>;
  private readonly of: ReadonlyMap<string, readonly Transition[]>;
  private readonly around = new Map<string, readonly string[]>();

  constructor(readonly file: ChartFile) {
    this.nodes = new Map(file.states.map((node) => [node.id, node]));
    this.of = new Map(file.states.map(({ id }) => [id, file.transitions.filter((each) => each.source === id)]));
    this.alphabet = new Set(file.transitions.flatMap(({ event }) => (event === null ? [] : [event])));
  }

  has(id: string): boolean {
    return this.nodes.has(id);
  }

  node(id: string): Node {
    const node = this.nodes.get(id);
    if (node === undefined) throw new RangeError(`${this.file.name} has no state ${id}`);
    return node;
  }

  transitions(id: string): readonly Transition[] {
    return this.of.get(id) ?? [];
  }

  /** Innermost first. */
  ancestors(id: string): readonly string[] {
    let found = this.around.get(id);
    if (found === undefined) {
      const { parent } = this.node(id);
      found = parent === null ? [] : [parent, ...this.ancestors(parent)];
      this.around.set(id, found);
    }
    return found;
  }

  /** Whether `id` is a proper descendant of `ancestor`; null stands for the chart itself. */
  isInside(id: string, ancestor: string | null): boolean {
    return ancestor === null || this.ancestors(id).includes(ancestor);
  }

  isHistory(id: string): boolean {
    const { kind } = this.node(id);
    return kind === "shallow" || kind === "deep";
  }

  isAtomic(id: string): boolean {
    const { kind } = this.node(id);
    return kind === "atomic" || kind === "final";
  }

  regions(id: string): string[] {
    return this.node(id).children.filter((child) => !this.isHistory(child));
  }

  inOrder(ids: Iterable<string>): string[] {
    return [...ids].sort((one, other) => this.node(one).order - this.node(other).order);
  }

  /** Whether a final state at the top is reached, after which nothing moves any more. */
  hasEnded(active: readonly string[]): boolean {
    return active.some((id) => this.node(id).kind === "final" && this.node(id).parent === null);
  }
}
