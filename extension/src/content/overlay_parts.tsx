/** What is seen over a player: the chip, reactions, notes just made, and where the notes are along the film. */

import type { ShownNote } from "../bridge";
import { clock, spokenPlace } from "../ui/clock";
import { mayChange, mayConfirm } from "../ui/note";
import type { Marker } from "../ui/timeline";
import { type OverlayView, REACTIONS } from "./overlay_view";

export interface Acts {
  microphone(): void;
  panel(): void;
  react(reaction: (typeof REACTIONS)[number]): void;
  confirm(note: ShownNote): void;
  remove(note: ShownNote): void;
  seek(media_ms: number): void;
}

export function Over({ view, acts }: { view: OverlayView; acts: Acts }) {
  return (
    <div class="over">
      <section class="chip" aria-label="Lossy">
        <button type="button" onClick={acts.microphone} title="Pause or resume the microphone">
          <i class={`dot ${view.line.tone}`} />
          {view.line.words}
        </button>
        <button type="button" onClick={acts.panel} title="Open the notes">
          {view.count === 1 ? "1 note" : `${view.count} notes`}
        </button>
      </section>
      <section class="reactions" aria-label="Reactions">
        {REACTIONS.map((reaction) => (
          <button
            key={reaction.text}
            type="button"
            title={reaction.text}
            aria-label={reaction.text}
            onClick={() => acts.react(reaction)}
          >
            {reaction.emoji}
          </button>
        ))}
      </section>
      <div class="ghosts">
        {view.ghosts.map((note) => (
          <Ghost key={note.id} note={note} acts={acts} />
        ))}
        {view.hearing !== null && (
          <div class="ghost plain heard">
            <b aria-hidden="true">{"\u2026"}</b>
            <span>{view.hearing}</span>
          </div>
        )}
      </div>
      <section class="marks" aria-label="Notes along the film">
        {view.markers.map((marker) => (
          <Mark key={marker.notes[0]?.id} marker={marker} acts={acts} />
        ))}
      </section>
    </div>
  );
}

function Ghost({ note, acts }: { note: ShownNote; acts: Acts }) {
  return (
    <div class={`ghost ${mayConfirm(note) ? "unconfirmed" : ""}`}>
      <b>{clock(note.media_ms)}</b>
      <span>{note.text}</span>
      <div>
        {mayConfirm(note) && (
          <button type="button" aria-label={`Confirm: ${note.text}`} title="Confirm" onClick={() => acts.confirm(note)}>
            {"\u2713"}
          </button>
        )}
        {mayChange(note) && (
          <button type="button" aria-label={`Delete: ${note.text}`} title="Delete" onClick={() => acts.remove(note)}>
            {"\u2715"}
          </button>
        )}
      </div>
    </div>
  );
}

function Mark({ marker, acts }: { marker: Marker; acts: Acts }) {
  const [first] = marker.notes;
  if (first === undefined) return null;
  const more = marker.notes.length > 1 ? ` and ${marker.notes.length - 1} more` : "";
  return (
    <button
      type="button"
      style={{ left: `${100 * marker.at}%` }}
      aria-label={`${spokenPlace(first.frame_in, first.rate)}: ${first.text}${more}`}
      title={`${clock(first.media_ms)} ${first.text}${more}`}
      onClick={() => acts.seek(first.media_ms)}
    />
  );
}
