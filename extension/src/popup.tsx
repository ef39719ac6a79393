/** The popup. */

import { signal } from "@preact/signals";
import { render } from "preact";
import type { Shown } from "./bridge";
import { openLink } from "./link";

const shown = signal<Shown | null>(null);
openLink("popup", { shown: (next) => (shown.value = next) });

function Popup() {
  return <p>{shown.value?.connection.phase ?? "starting"}</p>;
}

render(<Popup />, document.body);
