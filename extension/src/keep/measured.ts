/**
 * What was measured and the server does not have yet: apart from everything that must not be lost, and bounded. Beyond
 * the bound the oldest goes, and how many went in all is told with the next message.
 */

import type { EventName, Measured } from "../../generated/telemetry";
import type { Database } from "./database";

/** A day of talking; at 200 bytes each it is 200 kB of the disk. */
export const MOST_MEASURED = 1_000;
const DROPPED = "measured_dropped";

export interface Kept {
  readonly seq: number;
  readonly name: EventName;
  readonly at: number;
  readonly fields: Measured[EventName];
}

export class Measurements {
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly database: Database,
    private rows: Kept[],
    private let_go: number,
  ) {}

  static async open(database: Database): Promise<Measurements> {
    const dropped = (await database.get<number>("facts", DROPPED)) ?? 0;
    return new Measurements(database, await database.all<Kept>("measured"), dropped);
  }

  get count(): number {
    return this.rows.length;
  }

  /** How many this device has let go so far. */
  get dropped(): number {
    return this.let_go;
  }

  first(count: number): readonly Kept[] {
    return this.rows.slice(0, count);
  }

  /** Returns once it is on the disk, where the database gives it its number. */
  add(event: Omit<Kept, "seq">): Promise<void> {
    return this.write(async () => {
      const seq = (await this.database.put("measured", event)) as number;
      this.rows.push({ ...event, seq });
      const over = this.rows.slice(0, Math.max(0, this.rows.length - MOST_MEASURED));
      if (over.length > 0) await this.letGo(over);
    });
  }

  /** One that was never taken in. */
  drop(): Promise<void> {
    return this.write(() => this.countDropped(1));
  }

  /** The server has them. */
  taken(rows: readonly Kept[]): Promise<void> {
    return this.write(() => this.remove(rows));
  }

  /** The server will never take them. */
  refused(rows: readonly Kept[]): Promise<void> {
    return this.write(() => this.letGo(rows));
  }

  /** The person does not want to be measured: what waits goes, and nothing is said of it. */
  clear(): Promise<void> {
    return this.write(() => this.remove(this.rows));
  }

  private async letGo(rows: readonly Kept[]): Promise<void> {
    await this.remove(rows);
    await this.countDropped(rows.length);
  }

  private async remove(rows: readonly Kept[]): Promise<void> {
    const gone = new Set(rows.map(({ seq }) => seq));
    this.rows = this.rows.filter(({ seq }) => !gone.has(seq));
    for (const seq of gone) await this.database.delete("measured", seq);
  }

  private async countDropped(count: number): Promise<void> {
    this.let_go += count;
    await this.database.put("facts", this.let_go, DROPPED);
  }

  /** One after the other: a number that comes later is never in the list before an earlier one. */
  private write(act: () => Promise<void>): Promise<void> {
    const done = this.writing.then(act);
    this.writing = done.catch(() => undefined); // a disk that is full costs a figure, and no note
    return this.writing;
  }
}
