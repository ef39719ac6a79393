/** The top of the panel: the state in words, the film, and what went wrong. */

import { clock, rateText } from "../ui/clock";
import { FaultOf, StateOf } from "../ui/state";
import { stateLine } from "../ui/state_line";
import type { PartProps } from "./model";

export function Head({ model }: PartProps) {
  const shown = model.shown.value;
  if (shown === null) return null;
  const { video } = shown;
  return (
    <header>
      <StateOf line={stateLine(shown, model.live.now.value)} ask={(command) => void model.ask(command)} />
      {video !== null && (
        <div class="title">
          {/* What is being heard takes the title's place, so that nothing below it moves. */}
          {shown.hearing?.text ? <p class="heard">{shown.hearing.text}</p> : <h1 title={video.title}>{video.title}</h1>}
          <p class="second figure">
            {[lengthOf(video.duration_ms), rateOf(video.rate)].filter(Boolean).join(" \u00B7 ")}
          </p>
        </div>
      )}
    </header>
  );
}

function lengthOf(duration_ms: number | null): string {
  return duration_ms === null ? "" : clock(duration_ms);
}

function rateOf(rate: string): string {
  const [num = 0, den = 1] = rate.split("/").map(Number);
  return num > 0 ? `${rateText({ num, den })} fps` : "";
}

/** The fault of what the person just did, or else the latest of those that came by themselves. */
export function Faults({ model }: PartProps) {
  const own = model.fault.value;
  // The state line says that the server is away, and says it later.
  const others = model.shown.value?.faults.filter(({ code }) => code !== "unreachable") ?? [];
  const fault = own ?? others.at(-1);
  if (fault === undefined) return null;
  const dismiss = () => {
    if (own !== null) model.fault.value = null;
    else void model.live.ask({ name: "dismiss", fault: fault.id });
  };
  return <FaultOf fault={fault} ask={(command) => void model.ask(command)} dismiss={dismiss} />;
}
