// What lets a page of this browser talk to the server. To the server the browser is a device of its user's.

import { newId } from "./ids";

/** `renewAt` is by this browser's clock: when a third of the token's life is left to try again in. */
export interface Token {
  token: string;
  renewAt: number;
}

export const NONE: Token = { token: "", renewAt: 0 };

// What a server may have set at least, where it does not say what time it is.
const SHORTEST_MS = 40_000;
const keyOf = (user: string) => `lossy.device.${user}`;

export function deviceOf(user: string): string | null {
  return localStorage.getItem(keyOf(user));
}

/** A device that was revoked comes back under another id. Rejects where there is none to be had at the moment. */
export async function fetchToken(user: string): Promise<Token> {
  const device_id = deviceOf(user) ?? newId();
  localStorage.setItem(keyOf(user), device_id);
  const response = await fetch("/api/auth/extension_token", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ device_id, name: "Web pages" }),
  });
  if (response.status === 401) location.assign("/sign-in");
  if (response.status === 403) localStorage.removeItem(keyOf(user));
  if (!response.ok) throw new Error(`${response.status}`);
  const { token, expires_at } = (await response.json()) as { token: string; expires_at: number };
  const life = expires_at - Date.parse(response.headers.get("Date") ?? ""); // the clock here may be wrong by hours
  return { token, renewAt: Date.now() + (Number.isNaN(life) ? SHORTEST_MS : (life * 2) / 3) };
}
