/** Which server the notes are kept on, and who is signed in there. */

import { useState } from "preact/hooks";
import type { Command, Reply, Shown } from "../bridge";

interface ServerProps {
  readonly shown: Shown;
  readonly ask: (command: Command) => Promise<Reply>;
}

const PHASE_WORDS: Readonly<Record<Shown["connection"]["phase"], string>> = {
  unset: "No server is chosen yet.",
  connecting: "Connecting.",
  online: "Connected.",
  offline: "It does not answer. What you say is kept on this device until it does.",
  signed_out: "It answers, and you are not signed in.",
  revoked: "This browser was signed out on purpose. Sign in to use it again.",
  incompatible: "It needs a newer extension.",
};

export function Server({ shown, ask }: ServerProps) {
  const { connection, account } = shown;
  const [refused, refuse] = useState<string | null>(null);
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem("server") as HTMLInputElement;
    refuse(await choose(field.value, ask));
  };
  return (
    <section aria-labelledby="server">
      <h2 id="server">Server</h2>
      <form class="row" onSubmit={(event) => void save(event)}>
        <input
          name="server"
          type="url"
          required
          aria-label="Address of the server"
          aria-describedby="server-state"
          placeholder="http://127.0.0.1:4000"
          defaultValue={connection.server}
          key={connection.server}
        />
        <button type="submit">Use it</button>
      </form>
      <div class="row">
        <p id="server-state" role="status">
          {refused ?? PHASE_WORDS[connection.phase]}
          {account !== null && <span class="second"> Signed in{account.email ? ` as ${account.email}` : ""}.</span>}
        </p>
        {account === null ? (
          <button
            type="button"
            class="main"
            disabled={connection.phase === "unset"}
            onClick={() => void ask({ name: "sign_in" })}
          >
            Sign in
          </button>
        ) : (
          <button type="button" onClick={() => void ask({ name: "sign_out" })}>
            Sign out
          </button>
        )}
      </div>
    </section>
  );
}

/** Answers why not, or null. The browser asks the person whether we may speak to that server. */
async function choose(address: string, ask: ServerProps["ask"]): Promise<string | null> {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return "That is not an address such as https://lossy.example.";
  const allowed = await chrome.permissions.request({ origins: [`${url.protocol}//${url.hostname}/*`] });
  if (!allowed) return "The browser was not allowed to speak to that server, so nothing was changed.";
  const reply = await ask({ name: "set_server", server: url.origin });
  return reply.ok ? null : reply.fault.message;
}
