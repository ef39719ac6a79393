/** Which video an address shows: the same answers as lossy/domain/platforms gives, from the same data. */

import data from "../../generated/platform_adapters.json";
import type { Adapter, Adapters, Form, Player } from "./adapters";

const known = data as Adapters;

export interface Shown {
  readonly platform: string;
  readonly kind: string;
  readonly canonicalId: string;
  readonly url: string;
}

interface Address {
  readonly origin: string;
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly pairs: readonly (readonly [string, string])[];
  readonly fragment: string;
}

type Words = Readonly<Record<string, string>>;

/** Null: not an address that could show a video, such as one of the browser's own pages. */
export function detect(url: string): Shown | null {
  const address = addressOf(url);
  return address === null ? null : (ofPlatform(address) ?? ofAnyPage(address));
}

export function playerOf(platform: string): Player {
  return adapterOf(platform)?.player ?? known.generic.player;
}

/** A title without what the platform writes around it. */
export function cleanTitle(platform: string, title: string): string {
  const trimmed = (text: string): string => text.replace(new RegExp(known.spaces, "gu"), " ").replace(/^ +| +$/g, "");
  const patterns = adapterOf(platform)?.titles ?? [];
  return patterns.reduce((text, pattern) => trimmed(text.replace(new RegExp(pattern, "u"), "")), trimmed(title));
}

function adapterOf(platform: string): Adapter | undefined {
  return known.adapters.find((adapter) => adapter.platform === platform);
}

function addressOf(url: string): Address | null {
  const { margin, pattern, ports, max } = known.address;
  const trimmed = url.replace(new RegExp(`${margin}$`, "u"), "").replace(new RegExp(`^${margin}`, "u"), "");
  const written = trimmed.replace(/[^!-~]+/gu, encodeURIComponent);
  const [, scheme, host, port = "", path = "", query = "", fragment = ""] = whole(pattern, written) ?? [];
  if (!scheme || !host || written.length + (path ? 0 : 1) > max) return null;
  const own = ports[scheme.toLowerCase()] === port ? "" : port;
  const pairs = query.split("&").filter(Boolean).map(pairOf);
  const origin = `${scheme.toLowerCase()}://${host.toLowerCase()}${own && ":"}${own}`;
  return { origin, host: host.toLowerCase(), port: own, path: path || "/", pairs, fragment };
}

function pairOf(part: string): readonly [string, string] {
  const [name = "", ...value] = part.split("=");
  return [name, value.join("=")];
}

/** The first form that fits is the one. An address within the address is followed once, and stays on its platform. */
function ofPlatform(address: Address, followed = false): Shown | null {
  if (address.port) return null;
  for (const adapter of known.adapters)
    for (const form of adapter.forms) {
      const words = wordsOf(adapter, form, address);
      if (words === null) continue;
      if (form.follow === undefined) return shownBy(adapter, form, words);
      const inner = followed ? null : innerOf(address, form.follow);
      const found = inner && ofPlatform(inner, true);
      if (found?.platform === adapter.platform) return found;
    }
  return null;
}

function shownBy(adapter: Adapter, { kind, shows = "" }: Form, words: Words): Shown | null {
  const shown = adapter.subjects[shows];
  const url = shown?.urls.find((each) => namesIn(each).every((name) => name in words));
  if (shown === undefined || url === undefined) return null;
  return { platform: adapter.platform, kind, canonicalId: filled(shown.id, words), url: filled(url, words) };
}

function innerOf(address: Address, parameter: string): Address | null {
  const value = givenIn(address, parameter) ?? "";
  const meant = value.replace(/%([2-7][0-9A-Fa-f])/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return addressOf(meant.startsWith("/") ? address.origin + meant : meant);
}

function wordsOf({ hosts, words }: Adapter, form: Form, address: Address): Words | null {
  const at = (name: string): boolean =>
    name.startsWith("*.") ? address.host.endsWith(name.slice(1)) : address.host === name;
  if (!(form.hosts ?? hosts).some(at)) return null;
  const found = whole(pathPattern(form.path, words), address.path);
  const fits = ([name, word]: [string, string]): boolean => {
    const value = givenIn(address, name);
    return value !== undefined && whole(words[word] ?? "", value) !== null;
  };
  const query = Object.entries(form.query ?? {});
  if (found === null || !query.every(fits)) return null;
  const taken = [...Object.entries(form.also ?? {}).filter(fits), ...query];
  return {
    host: address.host,
    ...Object.fromEntries(namesIn(form.path).map((name, index) => [name, found[index + 1] ?? ""])),
    ...Object.fromEntries(taken.map(([name, word]) => [word, givenIn(address, name) ?? ""])),
  };
}

function pathPattern(path: string, words: Words): string {
  const plain = path.replace(/\/\*$/, "").replace(/\/+$/, "").replaceAll(".", "\\.");
  const tail = path.endsWith("/*") ? "(?:/.*)?" : "/?";
  return plain.replace(/{([a-z]+)}/g, (_, name: string) => `(${words[name] ?? ""})`) + tail;
}

function ofAnyPage({ origin, path, pairs, fragment }: Address): Shown {
  const isNoise = ([name, value]: readonly [string, string]): boolean =>
    known.generic.noise.some((each) => whole(each.name, name) !== null && whole(each.value, value) !== null);
  const kept = pairs.filter((pair) => !isNoise(pair)).map(([name, value]) => (value ? `${name}=${value}` : name));
  const route = whole(known.generic.route, fragment) === null ? "" : `#${fragment}`;
  const url = origin + path + (kept.length > 0 ? `?${kept.join("&")}` : "") + route;
  return { platform: "generic", kind: "page", canonicalId: url, url };
}

function whole(pattern: string, value: string): RegExpExecArray | null {
  return new RegExp(`^(?:${pattern})$`, "u").exec(value);
}

function givenIn(address: Address, name: string): string | undefined {
  return address.pairs.find(([each]) => each === name)?.[1];
}

function namesIn(template: string): string[] {
  return [...template.matchAll(/{([a-z]+)}/g)].map(([, name]) => name ?? "");
}

function filled(template: string, words: Words): string {
  return template.replace(/{([a-z]+)}/g, (_, name: string) => words[name] ?? "");
}
