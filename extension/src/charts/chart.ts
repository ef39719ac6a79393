/** A statechart as `lossy charts export --format json` writes it, indexed for a step. */

export type Data = Readonly<Record<string, unknown>>;

export interface Event {
  readonly name: string;
  /** Its own time in ms since the epoch; nothing here reads a clock. */
  readonly at: number;
  readonly payload: Data;
}

export interface Action {
  readonly kind: "effect" | "update";
  readonly name: string;
  readonly args: Data;
}

export interface Node {
  readonly id: string;
  readonly kind: "atomic" | "compound" | "parallel" | "final" | "shallow" | "deep";
  readonly parent: string | null;
  readonly order: number;
  readonly children: readonly string[];
  readonly initial: string | null;
  readonly entry: readonly Action[];
  readonly exit: readonly Action[];
  readonly during: unknown;
  readonly timer: { readonly delay: string } | null;
}

export interface Transition {
  readonly id: string;
  readonly source: string;
  readonly event: string | null;
  readonly targets: readonly string[];
  readonly guard: string | null;
  readonly do: readonly Action[];
  readonly internal: boolean;
}

/** The file's values, as far as a step needs them. */
export interface Exported {
  readonly format: number;
  readonly name: string;
  readonly version: number;
  readonly initial: string;
  readonly states: readonly Node[];
  readonly transitions: readonly Transition[];
}

export interface Rules {
  readonly guards: Readonly<Record<string, (data: never, event: never) => boolean>>;
  readonly updates: Readonly<Record<string, (data: never, event: never, args: never) => unknown>>;
}

const FORMAT = 1;

export class Chart {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly alphabet: ReadonlySet<string>;
  private readonly from = new Map<string, Transition[]>();

  /** Raises Error for a format, a kind of state or a name that is not known here. */
  constructor(
    readonly exported: Exported,
    readonly rules: Rules,
  ) {
    if (exported.format !== FORMAT) throw new Error(`${exported.name}: format ${exported.format} is not known`);
    this.nodes = new Map(exported.states.map((node) => [node.id, node]));
    for (const transition of exported.transitions)
      this.from.set(transition.source, [...(this.from.get(transition.source) ?? []), transition]);
    this.alphabet = new Set(exported.transitions.flatMap(({ event }) => event ?? []));
    this.check();
  }

  node(id: string): Node {
    const node = this.nodes.get(id);
    if (node === undefined) throw new Error(`${this.exported.name}: no state ${id}`);
    return node;
  }

  transitions(id: string): readonly Transition[] {
    return this.from.get(id) ?? [];
  }

  /** Innermost first. */
  ancestors(id: string): readonly string[] {
    const { parent } = this.node(id);
    return parent === null ? [] : [parent, ...this.ancestors(parent)];
  }

  /** Whether it is a proper descendant; null stands for the chart itself. */
  inside(id: string, ancestor: string | null): boolean {
    return ancestor === null || this.ancestors(id).includes(ancestor);
  }

  inOrder(ids: Iterable<string>): string[] {
    return [...ids].sort((a, b) => this.node(a).order - this.node(b).order);
  }

  isAtomic(id: string): boolean {
    const { kind } = this.node(id);
    return kind === "atomic" || kind === "final";
  }

  private check(): void {
    const { guards } = this.rules;
    for (const { id, kind, during, entry, exit } of this.nodes.values()) {
      if (kind === "shallow" || kind === "deep" || during)
        throw new Error(`${id}: history and work are not built here`);
      for (const action of [...entry, ...exit]) this.known(action);
    }
    for (const { guard, do: actions } of this.exported.transitions) {
      if (guard !== null && !(guard in guards)) throw new Error(`no guard ${guard}`);
      for (const action of actions) this.known(action);
    }
  }

  private known({ kind, name }: Action): void {
    if (kind === "update" && !(name in this.rules.updates)) throw new Error(`no update ${name}`);
  }
}
