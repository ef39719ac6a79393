/** The options page. */

import { signal } from "@preact/signals";
import { render } from "preact";
import type { Shown } from "./bridge";
import { openLink } from "./link";

const shown = signal<Shown | null>(null);
openLink("options", { shown: (next) => (shown.value = next) });

function Options() {
  return <p>{shown.value?.connection.phase ?? "starting"}</p>;
}

render(<Options />, document.body);
