/** The film as a line: where it is, and where its notes are. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { clock, spokenPlace } from "../ui/clock";
import { markersOf, timeAt } from "../ui/timeline";
import type { PartProps } from "./model";

/** By one press of an arrow key. */
const STEP_MS = 5_000;

export function Film({ model }: PartProps) {
  const track = useRef<HTMLDivElement>(null);
  const width = useWidth(track);
  const video = model.shown.value?.video ?? null;
  const duration = video?.duration_ms ?? null;
  const at = model.playhead.value ?? 0;
  const seek = (media_ms: number) => void model.ask({ name: "seek", media_ms: Math.max(0, Math.round(media_ms)) });
  const markers = markersOf(model.visible.value, duration, width);
  const press = (event: KeyboardEvent) => {
    const step = { ArrowRight: STEP_MS, ArrowLeft: -STEP_MS }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    seek(Math.min(at + step, duration ?? at));
  };
  return (
    <div class="film" ref={track}>
      {/* The whole height answers to a pointer; what is heard is a slider. */}
      <div
        class="track"
        role="slider"
        tabIndex={video === null ? -1 : 0}
        aria-label="Place in the film"
        aria-disabled={video === null}
        aria-valuemin={0}
        aria-valuemax={Math.round((duration ?? 0) / 1000)}
        aria-valuenow={Math.round(at / 1000)}
        aria-valuetext={clock(at)}
        onKeyDown={press}
        onClick={(event) => duration !== null && seek(timeAt(event.offsetX, width, duration))}
      >
        {duration !== null && <i class="playhead" style={{ left: `${(100 * at) / duration}%` }} />}
      </div>
      {markers.map(({ at: place, notes }) => {
        const [first] = notes;
        if (first === undefined) return null;
        const more = notes.length > 1 ? ` and ${notes.length - 1} more` : "";
        return (
          <button
            key={first.id}
            type="button"
            class={notes.some(({ id }) => id === model.current.value) ? "mark here" : "mark"}
            style={{ left: `${100 * place}%` }}
            title={first.text + more}
            aria-label={`${spokenPlace(first.frame_in, first.rate)}: ${first.text}${more}`}
            onClick={() => model.do("seek", first)}
          />
        );
      })}
    </div>
  );
}

function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, set] = useState(0);
  useLayoutEffect(() => {
    if (element.current === null) return undefined;
    const sizes = new ResizeObserver(([entry]) => set(entry?.contentRect.width ?? 0));
    sizes.observe(element.current);
    return () => sizes.disconnect();
  }, [element]);
  return width;
}
