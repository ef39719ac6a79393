/** Asks the server, by the cookie of whoever is signed in. */

interface Refusal {
  readonly message?: string;
}

/** Throws with what the server says. */
export async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(path, { method, ...sent });
  const answer: unknown = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error((answer as Refusal | null)?.message ?? `the server answered ${response.status}`);
  return answer;
}
