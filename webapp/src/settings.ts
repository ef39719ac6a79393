// Settings: each change is kept at once, and those of other devices show here as they are made.

import { Live } from "./live";
import { the } from "./page";
import { type Payload, Refused } from "./topic";

interface InForce {
  version: number;
  settings: Record<string, unknown>;
}

type Overrides = Record<string, Record<string, unknown>>;

const MINUTE = 60_000;
const SECOND = 1_000;
const form = the<HTMLFormElement>("#settings");
const saved = the("#saved");
let now: InForce | undefined;

// How a setting stands in the form, where that is not by its own name and value.
const shownAs: Record<string, { field: string; per: number }> = {
  idle_pause_ms: { field: "idle_pause_min", per: MINUTE },
  cooldown_ms: { field: "cooldown_s", per: SECOND },
};

const live = new Live(document.body.dataset["user"] ?? "", (reply) => take(reply as unknown as InForce));
live.own.on("settings_changed", (changed: InForce) => {
  if (now && changed.version <= now.version) return;
  take(changed);
  saved.textContent = "Changed on another device.";
});

/** What somebody types in just now stays theirs. */
function take(inForce: InForce): void {
  now = inForce;
  for (const version of document.querySelectorAll<HTMLInputElement>("[name=version]")) version.value = `${now.version}`;
  for (const input of form.elements) {
    if (input === document.activeElement) continue;
    if (input instanceof HTMLInputElement && input.name && !input.disabled) show(input, now.settings);
    if (input instanceof HTMLSelectElement) showOverride(input, now.settings["platform_overrides"] as Overrides);
  }
  tellSure();
}

function show(input: HTMLInputElement, settings: Record<string, unknown>): void {
  const other = Object.entries(shownAs).find(([, { field }]) => field === input.name);
  const value = other ? Number(settings[other[0]]) / other[1].per : settings[input.name];
  if (value === undefined) return;
  if (Array.isArray(value)) input.checked = value.includes(input.value);
  else if (input.type === "checkbox") input.checked = value === true;
  else input.value = String(value);
}

/** The first option is as it is everywhere; a value that is not among the others becomes one. */
function showOverride(select: HTMLSelectElement, overrides: Overrides): void {
  const { platform, name } = overrideOf(select.options[1]?.value ?? "");
  const value = overrides[platform]?.[name];
  const wanted = value === undefined ? "" : `${platform}.${name}=${JSON.stringify(value)}`;
  if (![...select.options].some((option) => option.value === wanted)) {
    select.add(new Option(`${Math.round(Number(value) * 100)} %`, wanted));
  }
  select.value = wanted;
}

function overrideOf(value: string): { platform: string; name: string; json: string } {
  const [path = "", json = ""] = value.split("=");
  const [platform = "", name = ""] = path.split(".");
  return { platform, name, json };
}

function overridesNow(): Overrides {
  const overrides: Overrides = {};
  for (const { value } of form.querySelectorAll<HTMLSelectElement>("[name=overrides]")) {
    const { platform, name, json } = overrideOf(value);
    if (value) overrides[platform] = { ...overrides[platform], [name]: JSON.parse(json) };
  }
  return overrides;
}

/** The settings that an input says, by their own names. */
function changeOf(input: HTMLInputElement | HTMLSelectElement): Payload {
  if (input instanceof HTMLSelectElement) return { platform_overrides: overridesNow() };
  const other = Object.entries(shownAs).find(([, { field }]) => field === input.name);
  if (other) return { [other[0]]: Math.round(input.valueAsNumber * other[1].per) };
  if (input.name === "self_firming") {
    const ticked = form.querySelectorAll<HTMLInputElement>("[name=self_firming]:checked");
    return { self_firming: [...ticked].map((each) => each.value) };
  }
  return { [input.name]: input.type === "checkbox" ? input.checked : input.valueAsNumber };
}

async function keep(changes: Payload): Promise<void> {
  if (!now) return;
  try {
    take((await live.own.ask("update_settings", { version: now.version, changes })) as unknown as InForce);
    saved.textContent = "Kept.";
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.code === "conflict") {
      take(error.details as unknown as InForce); // somebody was faster with another one; this one is made to that
      await keep(changes);
    } else {
      saved.textContent = error.message;
    }
  }
}

function tellSure(): void {
  the("#sure").textContent = `${Math.round(the<HTMLInputElement>("[name=min_confidence]", form).valueAsNumber * 100)} %`;
}

form.addEventListener("input", tellSure);
form.addEventListener("change", (event) => {
  const input = event.target as HTMLInputElement | HTMLSelectElement;
  if (!input.reportValidity()) return;
  saved.textContent = live.own.isJoined ? "Keeping it" : "It is kept as soon as there is a connection.";
  void keep(changeOf(input));
});
form.addEventListener("submit", (event) => event.preventDefault());

void live.open();
