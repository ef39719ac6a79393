/** The popup: the microphone, what becomes of what was said, and where everything else is. */

import { signal } from "@preact/signals";
import { render } from "preact";
import type { Command, Fault, Shown } from "./bridge";
import { lastOutcome, steps } from "./popup/agent_steps";
import "./popup/popup.css";
import { watchPage } from "./popup/watch_page";
import { askWorker } from "./routing";
import { openLive } from "./ui/live";
import { FaultOf, StateOf } from "./ui/state";
import { stateLine } from "./ui/state_line";

const live = openLive("popup");
const fault = signal<Fault | null>(null);

async function ask(command: Command): Promise<void> {
  const reply = await live.ask(command);
  fault.value = reply.ok ? null : reply.fault;
}

function Popup() {
  const shown = live.shown.value;
  if (shown === null) return null;
  const signedIn = shown.account !== null;
  return (
    <main>
      <StateOf line={stateLine(shown, live.now.value)} ask={(command) => void ask(command)} />
      {fault.value !== null && (
        <FaultOf fault={fault.value} ask={(command) => void ask(command)} dismiss={() => (fault.value = null)} />
      )}
      {!signedIn && (
        <section>
          <p>Sign in on your server, and what you say about a video becomes notes there.</p>
        </section>
      )}
      {signedIn && <Microphone shown={shown} />}
      {signedIn && shown.session !== null && <Progress shown={shown} />}
      {signedIn && <Review shown={shown} />}
      <nav aria-label="Lossy">
        <button type="button" class="plain" onClick={() => void openPanel()}>
          Notes
        </button>
        <button type="button" class="plain" onClick={() => void ask({ name: "open_options" })}>
          Options
        </button>
        {signedIn && (
          <button type="button" class="plain" onClick={() => void ask({ name: "sign_out" })}>
            Sign out
          </button>
        )}
      </nav>
    </main>
  );
}

function Microphone({ shown }: { shown: Shown }) {
  const on = shown.session?.mine === true && shown.session.paused === null && shown.microphone.phase !== "off";
  return (
    <button
      type="button"
      class="microphone"
      role="switch"
      aria-checked={on}
      onClick={() => void ask({ name: "toggle_microphone" })}
    >
      <span>Microphone</span>
      <span class="second">{on ? (shown.microphone.name ?? "on") : "off"}</span>
      <i aria-hidden="true" />
    </button>
  );
}

function Progress({ shown }: { shown: Shown }) {
  const outcome = lastOutcome(shown);
  return (
    <section aria-label="What becomes of a remark">
      <ol class="steps">
        {steps(shown).map(({ words, state }) => (
          <li key={words} class={state} aria-current={state === "now" ? "step" : undefined}>
            {words}
          </li>
        ))}
      </ol>
      {shown.hearing?.text ? <p class="heard">{shown.hearing.text}</p> : outcome && <p class="second">{outcome}</p>}
    </section>
  );
}

function Review({ shown }: { shown: Shown }) {
  const { video, session } = shown;
  if (video === null)
    return (
      <section class="review">
        <p class="second">No video is known on this page.</p>
        <button type="button" onClick={() => void watchPage()}>
          Look for one here
        </button>
      </section>
    );
  const ignored = Object.values(session?.ignored ?? {}).reduce((sum, count) => sum + count, 0);
  return (
    <section class="review">
      <h1>{video.title}</h1>
      <p class="second figure">
        {countOf(Object.keys(shown.notes).length, "note")}
        {session !== null && ` \u00B7 ${countOf(session.kept, "remark")} heard`}
        {ignored > 0 && ` \u00B7 ${ignored} ignored`}
      </p>
      {shown.account?.email && <p class="second">{shown.account.email}</p>}
    </section>
  );
}

function countOf(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

async function openPanel(): Promise<void> {
  await askWorker({ to: "worker", name: "open_panel" });
  window.close();
}

render(<Popup />, document.body);
