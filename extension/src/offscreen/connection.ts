/**
 * The one socket of this device: opened with a fresh token, opened again when the server is back, and said to be what
 * it is. The channels on it are others' concern; the npm client joins them again by itself.
 */

import { Socket } from "phoenix";
import type { Topics, Window } from "../../generated/channels";
import type { ConnectionPhase, Connection as Shown } from "../bridge";
import { countingSocket } from "../keep/counting_socket";
import { LedgerBook } from "../ui/ledger";
import { type Joining, type Kind, type Refused, TypedChannel } from "./channel";
import { isThere, untilThere } from "./outage";
import { fetchToken, REFRESH_BEFORE_MS, type Token } from "./token";

const HEARTBEAT_MS = 20_000;
/** The npm client is never to open the socket by itself: this is the longest that a timer takes. */
const NEVER_MS = 2 ** 31 - 1;
/** A join that was refused for its token is tried again as soon as there is another one. */
const REJOIN_MS = [300, 1_000, 2_000, 5_000];
const NO_WINDOW: Window = { min_ms: 0, max_ms: 0 };
/** Whether somebody has signed in by now is asked when a page was loaded, and this often. */
const SIGNED_OUT_MS = 15_000;
/** A server that is there and gives no token is asked again after this. */
const NO_TOKEN_MS = 3_000;
/** A token that lives for so long is good enough to come back with. */
const ENTER_WITH_MS = 10_000;
const Counting = countingSocket(new LedgerBook(localStorage, Date.now()));

type JoinOf<K extends Kind> = Topics[K]["join"]["payload"];

export interface Watching {
  phase(shown: Shown): void;
  /** A user is known; once for each, before anything is joined. */
  user(token: Token): void;
}

export class Connection {
  socket: Socket | null = null;
  private token: Token | null = null;
  private phase: ConnectionPhase = "unset";
  private since = Date.now();
  private reconnect: Window = NO_WINDOW;
  private refresh: ReturnType<typeof setTimeout> | undefined;
  private epoch = 0;
  private renewing: Promise<void> | null = null;
  private version: 1 | 2 | null = null;

  constructor(
    private readonly server: string,
    private readonly device_id: string,
    private readonly watching: Watching,
  ) {}

  get shown(): Shown {
    return { phase: this.phase, since: this.since, server: this.server, version: this.version };
  }

  get online(): boolean {
    return this.phase === "online";
  }

  get user_id(): string | null {
    return this.token?.user_id ?? null;
  }

  tokenText(): string {
    return this.token?.text ?? "";
  }

  advertise(window: Window): void {
    this.reconnect = window;
  }

  /** Which version the reviews are held in. */
  speaks(version: 1 | 2): void {
    this.version = version;
    this.watching.phase(this.shown);
  }

  /** Begins, or begins anew. */
  open(): void {
    clearTimeout(this.refresh);
    this.become("connecting");
    void this.bring(++this.epoch);
  }

  /** Somebody may have signed in, or the network may be back: asks now rather than later. */
  hurry(): void {
    if (this.phase !== "online" && this.phase !== "unset") this.open();
  }

  /** The browser says that there is a network again. */
  networkIsBack(): void {
    if (this.phase === "offline") void this.bring(++this.epoch);
  }

  close(phase: ConnectionPhase): void {
    this.epoch += 1;
    clearTimeout(this.refresh);
    this.renewing = null;
    this.socket?.disconnect();
    this.socket = null;
    this.token = null;
    this.become(phase);
  }

  channel<K extends Kind>(kind: K, topic: string, payload: () => JoinOf<K>, joining: Joining<K>): TypedChannel<K> {
    if (this.socket === null) throw new Error("nothing is joined before somebody is known");
    const refused = (why: Refused) => {
      if (why.code === "token_expired" || why.code === "unauthenticated") void this.renew();
      joining.refused(why);
    };
    return new TypedChannel(this.socket, kind, topic, () => this.withToken<K>(payload()), { ...joining, refused });
  }

  /** Another token for the same socket; whoever asks while one is on its way waits for that. */
  renew(): Promise<void> {
    this.renewing ??= this.fetch(this.epoch).finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  /** An answer is overdue: whether the server is there at all is found out now, not at the next heartbeat. */
  async doubt(): Promise<void> {
    const { epoch, socket } = this;
    if (!this.online || (await isThere(this.server)) || epoch !== this.epoch) return;
    socket?.disconnect();
    this.lost();
  }

  private withToken<K extends Kind>(payload: JoinOf<K>): JoinOf<K> {
    return { ...payload, token: this.tokenText() };
  }

  private async bring(epoch: number): Promise<void> {
    const stopped = () => epoch !== this.epoch;
    if (!(await isThere(this.server))) {
      if (stopped()) return;
      this.become("offline");
      await untilThere(this.server, this.reconnect, stopped);
    }
    if (!stopped()) await this.enter(epoch);
  }

  /** The server is there. A token that is good for now goes: another one is fetched beside, at its time. */
  private async enter(epoch: number): Promise<void> {
    if (this.token === null || this.token.expires_at - Date.now() < ENTER_WITH_MS) await this.fetch(epoch);
    if (epoch === this.epoch && this.token !== null) this.connect();
  }

  private connect(): void {
    if (this.socket !== null) {
      // Its channels are kept, and join again once it is open.
      this.socket.disconnect();
      this.socket.connect();
      return;
    }
    const socket = new Socket(`${this.server.replace(/^http/, "ws")}/socket`, {
      transport: Counting,
      heartbeatIntervalMs: HEARTBEAT_MS,
      reconnectAfterMs: () => NEVER_MS,
      rejoinAfterMs: (tries) => REJOIN_MS[tries - 1] ?? (REJOIN_MS.at(-1) as number),
    });
    this.socket = socket;
    socket.onOpen(() => this.become("online"));
    socket.onClose(() => this.lost());
    if (this.token !== null) this.watching.user(this.token);
    socket.connect();
  }

  private lost(): void {
    if (this.phase !== "online" && this.phase !== "connecting") return;
    this.become("offline");
    void this.again(++this.epoch);
  }

  private async again(epoch: number): Promise<void> {
    await untilThere(this.server, this.reconnect, () => epoch !== this.epoch);
    if (epoch === this.epoch) await this.enter(epoch);
  }

  private async fetch(epoch: number): Promise<void> {
    const answer = await fetchToken(this.server, this.device_id);
    if (epoch !== this.epoch) return;
    switch (answer.kind) {
      case "token":
        this.take(answer.token);
        return;
      case "signed_out":
        this.close("signed_out");
        this.refresh = setTimeout(() => void this.bring(++this.epoch), SIGNED_OUT_MS);
        return;
      case "refused":
        this.close("revoked");
        return;
      case "unreachable":
        // A token that is still good goes on until then.
        clearTimeout(this.refresh);
        this.refresh = setTimeout(() => void (this.online ? this.renew() : this.bring(++this.epoch)), NO_TOKEN_MS);
    }
  }

  private take(token: Token): void {
    const before = this.token;
    this.token = token;
    const left = token.expires_at - Date.now();
    clearTimeout(this.refresh);
    this.refresh = setTimeout(() => void this.renew(), Math.max(left / 2, left - REFRESH_BEFORE_MS));
    if (before !== null && this.socket !== null) this.refreshed?.(token);
  }

  /** Called with a token that takes the place of another one, to be told on the socket. */
  refreshed: ((token: Token) => void) | null = null;

  private become(phase: ConnectionPhase): void {
    if (phase !== this.phase) this.since = Date.now();
    this.phase = phase;
    this.watching.phase(this.shown);
  }
}
