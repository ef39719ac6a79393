"""What happens in the extension from the return of its network on, step by step."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.e2e.extension_notes import SHORTER
from tests.e2e.live_extension import until
from tests.e2e.spoken import spoken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.e2e.cut_wire import Wire
    from tests.e2e.live_extension import Live, Target

REMARK = spoken("Make the intro shorter.")
WITHIN_S = 20.0
GAP_S = 0.7  # longer than the cooldown

# Of requests when they were made and answered, of sockets when they opened and what was said yes to; `steps` has
# `[name, ms since the epoch]`.
WATCHED = """(() => {
  if (globalThis.steps !== undefined) return;
  globalThis.steps = [];
  const now = () => performance.timeOrigin + performance.now();
  const asked = globalThis.fetch;
  globalThis.fetch = async (address, ...rest) => {
    const name = new URL(String(address), location.href).pathname.split('/').at(-1);
    const began = now();
    const answer = await asked(address, ...rest);
    steps.push([`${name} asked`, began], [`${name} answered`, now()]);
    return answer;
  };
  const waiting = new Map();
  const send = WebSocket.prototype.send;
  const seen = new WeakSet();
  WebSocket.prototype.send = function (data) {
    if (typeof data !== 'string') return send.call(this, data);
    if (!seen.has(this)) {
      seen.add(this);
      steps.push(['socket open', now()]);
      this.addEventListener('message', ({ data: told }) => {
        const [, ref, topic, event, payload] = JSON.parse(told);
        if (event === 'phx_reply' && payload.status === 'ok' && waiting.has(ref))
          steps.push([`${waiting.get(ref)} accepted`, now()]);
        waiting.delete(ref);
      });
    }
    const [, ref, topic, event, payload] = JSON.parse(data);
    const kind = event === 'voice_event' && payload.seq === undefined ? 'told' : event;
    waiting.set(ref, event === 'phx_join' ? `${topic.split(':')[0]} join` : kind);
    return send.call(this, data);
  };
})()"""
STEPS = {
    "asked after it": "healthz asked",
    "answered": "healthz answered",
    "socket open": "socket open",
    "review joined": "voice join accepted",
    "first accepted event": "voice_event accepted",
    "words accepted": "transcript_final accepted",
}
SETTLED = "steps.some(([name]) => name === 'transcript_final accepted')"


def cuts(
    live: Live, wire: Wire, count: int, away_s: Sequence[float], *, silently: bool = False
) -> Iterator[dict[str, float]]:
    """So many cuts of each length; how long each was, in seconds, and the ms of each step after it.

    With `silently` no connection ends: what is sent is lost, and the extension has to find out.
    """
    with live.attached("offscreen.html") as offscreen:
        offscreen.evaluate(WATCHED)
        for away in [away for away in away_s for _ in range(count)]:
            yield {"away": away, **_cut(live, wire, offscreen, away, silently=silently)}
            time.sleep(GAP_S)


def _cut(live: Live, wire: Wire, offscreen: Target, away_s: float, *, silently: bool) -> dict[str, float]:
    began = time.monotonic()
    if silently:
        wire.swallow()
    else:
        wire.cut()
        live.until(lambda s: s["connection"]["phase"] == "offline", "to be away")
    live.say(REMARK, SHORTER)
    live.until(lambda s: s["queue"]["transcripts"] == 1, "its words to wait")
    time.sleep(max(0.0, away_s - (time.monotonic() - began)))
    offscreen.evaluate("void steps.splice(0)")
    back = time.time() * 1000
    wire.mend()
    until(lambda: offscreen.evaluate(SETTLED), "its words to be accepted", WITHIN_S)
    steps = offscreen.evaluate("steps.splice(0)")
    return {part: min(at for name, at in steps if name == step) - back for part, step in STEPS.items()}
