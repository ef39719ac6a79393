/** What the extension measures of itself, and whether it may: the wiring of `telemetry.ts`. */

import type { Connection as ConnectionShown, Fault } from "../bridge";
import type { Database } from "../keep/database";
import { Measurements } from "../keep/measured";
import type { Extension } from "./extension";
import { Telemetry } from "./telemetry";

const WANTED = "telemetry";

export class Measuring {
  private away_since: number | null = null;

  private constructor(
    readonly telemetry: Telemetry,
    private readonly database: Database,
  ) {}

  /** Until the server says otherwise it is as it said last, and at first nothing is measured. */
  static async open(extension: Extension, database: Database): Promise<Measuring> {
    const wanted = (await database.get<boolean>("facts", WANTED)) ?? false;
    const telemetry = new Telemetry(await Measurements.open(database), linesOf(extension), wanted);
    return new Measuring(telemetry, database);
  }

  /** As flag and settings have it, once the server has told both. */
  decide({ flags, settings }: Pick<Extension["board"]["shown"], "flags" | "settings">): void {
    if (settings === null || flags.telemetry === undefined) return;
    const wanted = flags.telemetry.value && settings.settings.telemetry_opt_out !== true;
    void this.database.put("facts", wanted, WANTED);
    this.telemetry.want(wanted);
  }

  phase({ phase, since }: ConnectionShown): void {
    if (phase === "offline") this.away_since ??= since;
    if (phase !== "online" || this.away_since === null) return;
    this.telemetry.measure("lossy.connection.recovered", { away_ms: since - this.away_since });
    this.away_since = null;
  }

  fault({ code, remedy }: Fault): void {
    this.telemetry.measure("lossy.error.extension", { code, recoverable: remedy !== null });
  }
}

function linesOf(extension: Extension) {
  return {
    join: (watching: { joined(): void; refused(): void }) => {
      const line = extension.line();
      if (line === null) return null;
      const topic = `telemetry:${extension.device}`;
      return line.connection.channel("telemetry:<device>", topic, () => ({}), watching);
    },
    busy: () => extension.backlog.all.length > 0,
    now: () => Date.now(),
    luck: () => Math.random(),
  };
}
