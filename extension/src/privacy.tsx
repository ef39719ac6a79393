/** What goes where: the privacy ledger. */

import { signal } from "@preact/signals";
import { render } from "preact";
import type { Shown } from "./bridge";
import "./pages/privacy.css";
import { bytesText, ROWS, type Row, STAYS } from "./pages/privacy_words";
import { readLedger } from "./ui/ledger";
import { openLive } from "./ui/live";

const live = openLive("options");
const ledger = signal(readLedger(localStorage, Date.now()));
addEventListener("storage", () => {
  ledger.value = readLedger(localStorage, Date.now());
});

function Privacy() {
  const shown = live.shown.value;
  if (shown === null) return null;
  const since = new Date(ledger.value.since).toLocaleDateString(undefined, { dateStyle: "long" });
  return (
    <main>
      <header>
        <h1>What leaves this browser</h1>
        <p class="second">
          {whither(shown)} Counted on this device since {since}.
        </p>
      </header>
      <table>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">When</th>
            <th scope="col" class="number">
              So far
            </th>
          </tr>
        </thead>
        <tbody>
          {ROWS.map((row) => (
            <Line key={row.kind} row={row} shown={shown} />
          ))}
        </tbody>
      </table>
      <section aria-labelledby="stays">
        <h2 id="stays">What stays here</h2>
        <ul>
          {STAYS.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      </section>
      <p>
        <a href="options.html">Options</a>
      </p>
    </main>
  );
}

function whither({ connection }: Shown): string {
  return connection.server === ""
    ? "Nothing yet: no server is chosen."
    : `Everything here goes to ${connection.server}, and to nobody else.`;
}

function Line({ row, shown }: { row: Row; shown: Shown }) {
  const { count, bytes } = ledger.value.sums[row.kind];
  return (
    <tr>
      <th scope="row">{row.what}</th>
      <td class="second">{row.when(shown.settings?.settings ?? {})}</td>
      <td class="number">{count === 0 ? "nothing" : `${count.toLocaleString()} \u00B7 ${bytesText(bytes)}`}</td>
    </tr>
  );
}

render(<Privacy />, document.body);
