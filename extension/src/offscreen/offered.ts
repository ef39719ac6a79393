/** What the flags offer a user. Pure. */

import type { Shown } from "../bridge";

type Flags = Pick<Shown, "flags">["flags"];

/** In which version reviews are held; null is in none. A server that knows nothing of a flag has what it is for. */
export function offeredBy(flags: Flags): 1 | 2 | null {
  if (flags.voice_session?.value ?? true) return 2;
  return mayFallBack(flags) ? 1 : null;
}

export function mayFallBack(flags: Flags): boolean {
  return flags.v1_fallback?.value ?? true;
}
