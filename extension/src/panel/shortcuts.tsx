/** The keys, as `?` shows them. */

import { keyName, SHORTCUTS } from "../ui/keyboard";
import type { PartProps } from "./model";

function open(dialog: HTMLDialogElement | null): void {
  if (dialog?.open === false) dialog.showModal();
}

export function Shortcuts({ model }: PartProps) {
  const close = () => (model.shortcuts.value = false);
  if (!model.shortcuts.value) return null;
  return (
    <dialog class="shortcuts" ref={open} onClose={close} aria-labelledby="shortcuts">
      <h2 id="shortcuts">Shortcuts</h2>
      <dl>
        {SHORTCUTS.map(({ keys, words }) => (
          <div key={words}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{keyName(key)}</kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <button type="button" class="main" onClick={close}>
        Close
      </button>
    </dialog>
  );
}
