/** A session followed while it runs: over `charts:<name>`, a topic for admins. */

import { type Channel, type Push, Socket } from "phoenix";
import type { TraceStep } from "./document.js";
import { ask } from "./server.js";

export interface LiveSession {
  readonly session: string;
  readonly n: number;
  readonly states: Readonly<Record<string, readonly string[]>>;
}

export interface Ears {
  heard(step: TraceStep): void;
  lost(words: string): void;
}

/** A token lives for 15 minutes, and a socket ends soon after its last one has. */
const RENEW_MS = 10 * 60_000;

export class Live {
  private socket: Socket | null = null;
  private channel: Channel | null = null;
  private token = "";
  private followed: string | null = null;
  private renewing: ReturnType<typeof setInterval> | undefined;

  /** The sessions that run on this server now. Throws with what the server says. */
  async sessions(chart: string, ears: Ears): Promise<readonly LiveSession[]> {
    this.close();
    await this.renewToken();
    this.socket = new Socket("/socket", { params: () => ({ token: this.token }) });
    this.socket.connect();
    const sessions = await this.join(chart, ears);
    this.renewing = setInterval(() => void this.again(chart, ears), RENEW_MS);
    return sessions;
  }

  private async join(chart: string, ears: Ears): Promise<readonly LiveSession[]> {
    if (this.socket === null) throw new Error("the connection was closed");
    this.channel = this.socket.channel(`charts:${chart}`, () => ({ token: this.token, follow: this.followed }));
    this.channel.on("chart_step", (step: TraceStep) => ears.heard(step));
    this.channel.onError(() => ears.lost("The server is not reached; it is followed again when that is back."));
    return ((await answered(this.channel.join())) as { sessions: LiveSession[] }).sessions;
  }

  private async again(chart: string, ears: Ears): Promise<void> {
    try {
      await this.renewToken();
      await this.join(chart, ears);
    } catch (error) {
      ears.lost(error instanceof Error ? error.message : String(error));
    }
  }

  private async renewToken(): Promise<void> {
    const asked = { device_id: deviceId(), name: "Charts" };
    this.token = ((await ask("POST", "/api/auth/extension_token", asked)) as { token: string }).token;
  }

  /** The step where the session stands, before those that follow. */
  async follow(session: string): Promise<TraceStep | null> {
    if (this.channel === null) return null;
    this.followed = session;
    return ((await answered(this.channel.push("follow", { session }))) as { now: TraceStep | null }).now;
  }

  close(): void {
    clearInterval(this.renewing);
    this.socket?.disconnect();
    this.socket = this.channel = this.followed = null;
  }
}

function answered(push: Push): Promise<unknown> {
  return new Promise((done, fail) => {
    push.receive("ok", done);
    push.receive("error", (refusal?: { message?: string }) => fail(new Error(refusal?.message ?? "refused")));
    push.receive("timeout", () => fail(new Error("the server does not answer")));
  });
}

/** This browser's own, made once. */
function deviceId(): string {
  const key = "lossy.charts.device";
  const known = localStorage.getItem(key) ?? crypto.randomUUID();
  localStorage.setItem(key, known);
  return known;
}
