/** The state line and faults, as every screen of the extension shows them. */

import type { Command, Fault, Remedy } from "../bridge";
import type { StateLine } from "./state_line";

/** What is read out leaves the clock out, which would be read every second. */
export function StateOf({ line, ask }: { line: StateLine; ask: (command: Command) => void }) {
  const { button } = line;
  return (
    <div class="state">
      <i class={`dot ${line.tone}`} />
      <p aria-hidden="true">{line.words}</p>
      <span class="unseen" role="status">
        {line.words.replace(/ \d+:\d\d/, "")}
      </span>
      {button !== null && (
        <button type="button" onClick={() => ask({ name: button.command })}>
          {button.words}
        </button>
      )}
    </div>
  );
}

const REMEDY_WORDS: Readonly<Record<Remedy, string>> = {
  open_permission: "See the microphone",
  sign_in: "Sign in",
  retry: "Try again",
  open_options: "Open the options",
  start: "Start",
  claim: "Take the microphone",
};

interface FaultProps {
  readonly fault: Fault;
  readonly ask: (command: Command) => void;
  readonly dismiss: () => void;
}

export function FaultOf({ fault, ask, dismiss }: FaultProps) {
  const { remedy } = fault;
  return (
    <div class="fault" role="alert">
      <p>{fault.message}</p>
      {fault.kept !== null && <p class="second">{fault.kept}</p>}
      {remedy !== null && (
        <div class="does">
          <button type="button" onClick={() => ask({ name: remedy })}>
            {REMEDY_WORDS[remedy]}
          </button>
        </div>
      )}
      <button type="button" class="plain" aria-label="Close this message" onClick={dismiss}>
        {"\u2715"}
      </button>
    </div>
  );
}
