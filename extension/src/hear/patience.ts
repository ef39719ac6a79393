/** How long a silence ends a remark: always the same, or by what the voice did before it. Pure. */

import type { Patience, Pausing } from "./endpoint";

/** What the voice detector's library waits by default, and what the measurements are against. */
export const FIXED_MS = 600;

export class Fixed implements Patience {
  constructor(private readonly ms: number = FIXED_MS) {}

  needed(_pausing: Pausing): number {
    return this.ms;
  }

  wentOn(_silence_ms: number): void {
    // A fixed patience learns nothing.
  }
}

export class Adaptive extends Fixed {}
