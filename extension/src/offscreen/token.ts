/** The token of this device: from the cookie of who is signed in on the web, for a quarter of an hour. */

/** Refreshed with so much left; the server gives a socket 60 s after the end. */
export const REFRESH_BEFORE_MS = 5 * 60_000;
const ASK_MS = 5_000;

export interface Token {
  readonly text: string;
  readonly expires_at: number;
  readonly user_id: string;
}

/** `signed_out`: nobody is signed in there. `refused`: this device or this extension is not wanted. */
export type TokenAnswer =
  | { readonly kind: "token"; readonly token: Token }
  | { readonly kind: "signed_out" }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "unreachable" };

export async function fetchToken(server: string, device_id: string): Promise<TokenAnswer> {
  let response: Response;
  try {
    response = await fetch(`${server}/api/auth/extension_token`, {
      method: "POST",
      credentials: "include",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ device_id, name: "Lossy in Chrome" }),
      signal: AbortSignal.timeout(ASK_MS),
    });
  } catch {
    return { kind: "unreachable" };
  }
  if (response.status === 401) return { kind: "signed_out" };
  if (response.status === 403) return { kind: "refused", message: await messageOf(response) };
  if (!response.ok) return { kind: "unreachable" };
  const { token, expires_at } = (await response.json()) as { token: string; expires_at: number };
  return { kind: "token", token: { text: token, expires_at, user_id: userOf(token) } };
}

async function messageOf(response: Response): Promise<string> {
  const body = (await response.json().catch(() => ({}))) as { message?: string };
  return body.message ?? "The server does not let this extension in.";
}

/** What the token says of itself; whether that is true is the server's to check. */
function userOf(token: string): string {
  const [, claims = ""] = token.split(".");
  const { user_id } = JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))) as { user_id: string };
  return user_id;
}
