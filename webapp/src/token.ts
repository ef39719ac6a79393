// What lets a page of this browser talk to the server. To the server the browser is a device of its user's.

import { newId } from "./ids";

export interface Token {
  token: string;
  expires_at: number;
}

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
  return (await response.json()) as Token;
}
