/** The side panel. */

import { signal } from "@preact/signals";
import { render } from "preact";
import type { Shown } from "./bridge";
import { openLink } from "./link";

const shown = signal<Shown | null>(null);
openLink("panel", { shown: (next) => (shown.value = next) });

function Panel() {
  return <p>{shown.value?.connection.phase ?? "starting"}</p>;
}

render(<Panel />, document.body);
