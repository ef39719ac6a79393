/** The user's settings: what is shown is what the server has in force, and a change shows once the server took it. */

import type { Command, Reply, Shown } from "../bridge";
import { CATEGORIES } from "../ui/note";
import { type Amount, meantBy, readable, SETTINGS, type Setting } from "./settings";

interface SettingsProps {
  readonly shown: Shown;
  readonly ask: (command: Command) => Promise<Reply>;
}

type Change = (name: string, value: unknown) => Promise<boolean>;

export function UserSettings({ shown, ask }: SettingsProps) {
  const inForce = shown.settings?.settings ?? null;
  const change: Change = async (name, value) => (await ask({ name: "update_settings", changes: { [name]: value } })).ok;
  return (
    <section aria-labelledby="settings">
      <h2 id="settings">How you are heard</h2>
      {inForce === null ? (
        <p>Sign in to see and change your settings. They are the same on all your devices.</p>
      ) : (
        <>
          <p>The same on all your devices.</p>
          {SETTINGS.map((setting) => (
            <One key={setting.name} setting={setting} value={inForce[setting.name]} change={change} />
          ))}
          <SelfFirming chosen={inForce.self_firming} change={change} />
        </>
      )}
    </section>
  );
}

function One({ setting, value, change }: { setting: Setting; value: unknown; change: Change }) {
  if (setting.kind === "amount") return <AmountOf setting={setting} value={value} change={change} />;
  const flip = async (event: Event & { currentTarget: HTMLInputElement }) => {
    const box = event.currentTarget;
    if (!(await change(setting.name, box.checked))) box.checked = value === true;
  };
  return (
    <label class="setting">
      <span>{setting.words}</span>
      {setting.more !== undefined && <span class="second">{setting.more}</span>}
      <input type="checkbox" name={setting.name} checked={value === true} onChange={(event) => void flip(event)} />
    </label>
  );
}

function AmountOf({ setting, value, change }: { setting: Amount; value: unknown; change: Change }) {
  const shown = readable(setting, value);
  const take = async (event: Event & { currentTarget: HTMLInputElement }) => {
    const field = event.currentTarget;
    const meant = meantBy(setting, field.value);
    if (meant === null) field.reportValidity();
    if (meant === null || !(await change(setting.name, meant))) field.value = shown;
  };
  return (
    <label class="setting">
      <span>{setting.words}</span>
      {setting.more !== undefined && <span class="second">{setting.more}</span>}
      <span class="field">
        <input
          type="number"
          name={setting.name}
          min={setting.min}
          max={setting.max}
          step={setting.step}
          value={shown}
          onChange={(event) => void take(event)}
        />
        <span class="second unit">{setting.unit}</span>
      </span>
    </label>
  );
}

function SelfFirming({ chosen, change }: { chosen: unknown; change: Change }) {
  const now = Array.isArray(chosen) ? (chosen as readonly string[]) : [];
  const flip = (name: string, on: boolean) =>
    void change("self_firming", on ? [...now, name] : now.filter((each) => each !== name));
  return (
    <fieldset>
      <legend>Kinds of notes that need no confirming</legend>
      <div class="kinds">
        {CATEGORIES.map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={now.includes(name)}
              onChange={(event) => flip(name, event.currentTarget.checked)}
            />
            {name}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
