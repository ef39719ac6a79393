/** The options page. */

import { signal } from "@preact/signals";
import { render } from "preact";
import type { Command, Fault, Reply, Shown } from "./bridge";
import "./options/options.css";
import { Pending } from "./options/pending";
import { Server } from "./options/server";
import { UserSettings } from "./options/user_settings";
import { openLive } from "./ui/live";
import { FaultOf } from "./ui/state";

const live = openLive("options");
const fault = signal<Fault | null>(null);

async function ask(command: Command): Promise<Reply> {
  const reply = await live.ask(command);
  fault.value = reply.ok ? null : reply.fault;
  return reply;
}

function Options() {
  const shown = live.shown.value;
  if (shown === null) return null;
  return (
    <main>
      <header>
        <h1>Lossy: options</h1>
        <p class="second">
          <a href="privacy.html">What leaves this browser</a>
        </p>
      </header>
      {fault.value !== null && (
        <FaultOf fault={fault.value} ask={(command) => void ask(command)} dismiss={() => (fault.value = null)} />
      )}
      <Server shown={shown} ask={ask} />
      <Microphone shown={shown} />
      <Model shown={shown} />
      <UserSettings shown={shown} ask={ask} />
      <Pending shown={shown} ask={ask} />
    </main>
  );
}

const PERMISSION_WORDS: Readonly<Record<Shown["microphone"]["permission"], string>> = {
  granted: "Lossy may hear you.",
  prompt: "Lossy has not been allowed to hear you yet.",
  denied: "Lossy may not hear you.",
  unknown: "Not known yet.",
};

function Microphone({ shown }: { shown: Shown }) {
  const { permission, phase, name } = shown.microphone;
  const missing = phase === "missing" || phase === "lost" ? " No microphone is connected." : "";
  return (
    <section aria-labelledby="microphone">
      <h2 id="microphone">Microphone</h2>
      <div class="row">
        <p>
          {PERMISSION_WORDS[permission]}
          {missing}
          {permission === "granted" && name !== null && <span class="second"> {name}</span>}
        </p>
        <button type="button" onClick={() => void ask({ name: "open_permission" })}>
          {permission === "granted" ? "Try it" : "See to it"}
        </button>
      </div>
    </section>
  );
}

function Model({ shown }: { shown: Shown }) {
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem("address") as HTMLInputElement;
    void ask({ name: "set_model", address: field.value.trim() || null });
  };
  return (
    <section aria-labelledby="model">
      <h2 id="model">Speech model</h2>
      <p>{modelWords(shown.recogniser)}</p>
      <form class="row" onSubmit={save}>
        <input name="address" type="url" aria-label="Address of a Whisper model" placeholder="The server's own" />
        <button type="submit">Use it</button>
      </form>
    </section>
  );
}

function modelWords({ phase, model, device, progress, why }: Shown["recogniser"]): string {
  if (phase === "ready")
    return `${model ?? "A model"} makes the words in this browser${device === "webgpu" ? ", on the graphics card" : ""}.`;
  if (phase === "loading") return `Loading, ${Math.round(progress * 100)} %.`;
  if (phase === "server") return "The server makes the words, as your settings allow.";
  if (phase === "failed")
    return `It did not load: ${why ?? "the reason is not known"}. What you say is kept, and waits for it.`;
  return "None is loaded yet. Whisper turns your voice into words here, without sending it anywhere.";
}

render(<Options />, document.body);
