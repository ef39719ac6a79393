/** What waits on this device for the server, out and in by hand: for a server that does not come back. */

import { useRef, useState } from "preact/hooks";
import type { Command, Reply, Shown } from "../bridge";
import { save } from "../panel/exports";

interface PendingProps {
  readonly shown: Shown;
  readonly ask: (command: Command) => Promise<Reply>;
}

export function Pending({ shown, ask }: PendingProps) {
  const { notes, transcripts } = shown.queue;
  const [said, say] = useState("");
  const file = useRef<HTMLInputElement>(null);
  const exported = async () => {
    const reply = await ask({ name: "export_pending" });
    if (!reply.ok || typeof reply.value !== "string") return;
    save(
      new Blob([reply.value], { type: "application/json" }),
      `lossy-pending-${new Date().toISOString().slice(0, 10)}.json`,
    );
    say("Exported. What waits stays here too, until the server has it.");
  };
  const imported = async () => {
    const chosen = file.current?.files?.[0];
    if (chosen === undefined || file.current === null) return;
    const reply = await ask({ name: "import_pending", text: await chosen.text() });
    file.current.value = "";
    say(reply.ok ? "Imported. What the server has already is there once." : "");
  };
  return (
    <section aria-labelledby="pending">
      <h2 id="pending">Waiting notes</h2>
      <p>{waitingWords(notes, transcripts)}</p>
      <div class="row">
        <button type="button" onClick={() => void exported()}>
          Export to a file
        </button>
        <button type="button" onClick={() => file.current?.click()}>
          Import from a file
        </button>
        <input
          ref={file}
          class="unseen"
          type="file"
          accept=".json,application/json"
          tabIndex={-1}
          aria-label="File with waiting notes"
          onChange={() => void imported()}
        />
        <p role="status" class="second">
          {said}
        </p>
      </div>
    </section>
  );
}

function waitingWords(notes: number, transcripts: number): string {
  if (notes + transcripts === 0) return "Nothing waits: the server has all that you said.";
  const parts = [counted(notes, "note"), counted(transcripts, "remark")].filter(Boolean);
  return `${parts.join(" and ")} wait for the server, and go there by themselves when it answers.`;
}

function counted(count: number, unit: string): string {
  return count === 0 ? "" : `${count} ${unit}${count === 1 ? "" : "s"}`;
}
