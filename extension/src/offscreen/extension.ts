/** The extension as one object: what happens in one part is told to the others here, and nowhere else. */

import type { AgentEvent } from "../../generated/channels";
import {
  type Connection as ConnectionShown,
  REMARKS,
  type RemarkTold,
  type Session,
  type Shown,
  type ToOffscreen,
} from "../bridge";
import type { Database } from "../keep/database";
import { askWorker } from "../routing";
import { Backlog } from "./backlog";
import { type Board, faultOf } from "./board";
import { Connection } from "./connection";
import { Films } from "./films";
import { linesOf } from "./lines";
import { Measuring } from "./measuring";
import type { Notebook } from "./notebook";
import { mayFallBack, offeredBy } from "./offered";
import { Own } from "./own";
import { Recording } from "./recording";
import { Reviews } from "./reviews";
import { Tabs } from "./tabs";
import type { Token } from "./token";

const DEFAULT_SERVER = "http://127.0.0.1:4000";
const MODEL_PATH = "/models/whisper/";

export class Extension {
  connection: Connection | null = null;
  own: Own | null = null;
  notebook: Notebook | null = null;
  measuring: Measuring | null = null;
  readonly tabs: Tabs;
  readonly films: Films;
  readonly reviews: Reviews;
  readonly recording: Recording;
  readonly backlog: Backlog;

  private constructor(
    readonly board: Board,
    readonly database: Database,
    private device_id: string,
  ) {
    this.films = new Films(board, this);
    this.tabs = new Tabs(this.films);
    this.reviews = new Reviews(database, device_id, () => this.line(), {
      session: (session) => this.session(session),
      remark: (told) => this.remark(told),
      agent: (event) => this.agent(event),
      taken: (by) => this.recording.taken(by),
      available: () => board.mend("context_taken"),
      drain: () => this.drain(),
      ended: () => this.recording.off(),
      mayFallBack: () => mayFallBack(this.board.shown.flags),
      fellBack: () => this.connection?.speaks(1),
      renumbered: (session, renamed) => this.backlog.renumber(session, renamed),
      refused: (why) => {
        this.recording.off();
        board.fail(faultOf(why.code, why.message, { remedy: "retry" }));
      },
    });
    this.backlog = new Backlog(board, linesOf(this), () => this.reviews.current?.held ?? 0);
    this.recording = new Recording(board, this);
  }

  static async open(board: Board, database: Database): Promise<Extension> {
    const device_id = (await database.get<string>("facts", "device_id")) ?? crypto.randomUUID();
    await database.put("facts", device_id, "device_id");
    const extension = new Extension(board, database, device_id);
    await extension.reviews.remember();
    await extension.backlog.open(database);
    extension.measuring = await Measuring.open(extension, database);
    extension.connect((await database.get<string>("facts", "server")) ?? DEFAULT_SERVER);
    const front = await askWorker({ to: "worker", name: "which_tab" }).catch(() => null);
    if (front?.ok && typeof front.tab_id === "number") extension.tabs.inFront(front.tab_id, Date.now());
    return extension;
  }

  // -- the server ---------------------------------------------------------------------------------------------------

  connect(server: string): void {
    this.disconnect();
    this.connection = new Connection(server, this.device_id, {
      phase: (connection) => this.phase(connection),
      user: (token) => void this.met(token),
    });
    this.connection.open();
    void this.loadModel();
  }

  disconnect(): void {
    this.recording.off();
    this.reviews.leave();
    this.measuring?.telemetry.leave();
    this.notebook = null;
    this.own = null;
    this.connection?.close("unset");
    const notes = { put: [], drop: [], all: true };
    this.board.show({ account: null, settings: null, flags: {}, session: null, counts: null, notes });
  }

  /** Another id: the server has signed the one before out, on purpose. */
  async asAnotherDevice(): Promise<void> {
    this.device_id = crypto.randomUUID();
    await this.database.put("facts", this.device_id, "device_id");
    this.reviews.device_id = this.device_id;
  }

  get device(): string {
    return this.device_id;
  }

  async loadModel(): Promise<void> {
    const chosen = await this.database.get<string>("facts", "model");
    const server = this.connection?.shown.server;
    if (server !== undefined) this.recording.loadModel(chosen ?? `${server}${MODEL_PATH}`);
  }

  line(): { connection: Connection; own: Own } | null {
    const { connection, own } = this;
    return connection === null || own === null || connection.socket === null ? null : { connection, own };
  }

  private phase(connection: ConnectionShown): void {
    this.board.show({ connection });
    this.measuring?.phase(connection);
    if (connection.phase === "online") return;
    this.backlog.stop();
    if (connection.phase === "revoked" || connection.phase === "signed_out") this.recording.off();
  }

  /** Somebody is known, for the first time on this socket. */
  private async met({ user_id }: Token): Promise<void> {
    const { board, connection } = this;
    if (connection === null) return;
    // What was joined on a socket of before stays there.
    this.reviews.leave();
    this.measuring?.telemetry.leave();
    this.notebook = null;
    board.show({ account: { user_id, device_id: this.device_id, email: null } });
    this.own = new Own(user_id, this.device_id, connection, {
      settings: (settings) => {
        board.show({ settings });
        this.measuring?.decide(board.shown);
      },
      flags: (flags) => this.flags(flags),
      revoked: () => this.revoked(),
      met: () => void this.again(),
      adapters: (same) => this.adapters(same),
    });
    await this.reviews.remember();
    this.reviews.finish();
  }

  private flags(flags: Shown["flags"]): void {
    this.board.show({ flags });
    const offered = offeredBy(flags);
    if (offered !== null) this.connection?.speaks(offered);
    this.reviews.offer(offered, this.recording.isOn);
    this.measuring?.decide(this.board.shown);
  }

  private adapters(same: boolean): void {
    const message = "The server knows other platforms than this extension: load the one it offers.";
    if (same) this.board.mend("unsupported_version");
    else this.board.fail(faultOf("unsupported_version", message, { remedy: "open_options" }));
  }

  private revoked(): void {
    this.disconnect();
    this.connection?.close("revoked");
  }

  /** After every join: the tabs are told of once more, for the server may have forgotten them. */
  private async again(): Promise<void> {
    for (const tab_id of this.tabs.all()) await this.films.show(tab_id, this.tabs.player(tab_id));
    this.drain();
  }

  private drain(): void {
    if (this.connection?.online) this.backlog.drain();
    this.reviews.tidy((session) => this.backlog.waitsFor(session));
  }

  // -- tabs ---------------------------------------------------------------------------------------------------------

  fromWorker(message: ToOffscreen): void {
    switch (message.name) {
      case "tab_in_front":
        this.tabs.inFront(message.tab_id, message.at);
        return;
      case "tab_closed":
        this.tabs.closed(message.tab_id);
        return;
      case "tab_loaded":
        // A page of the server may just have signed somebody in.
        if (this.connection?.shown.phase === "signed_out") this.connection.hurry();
        return;
      case "shortcut":
        void this.recording.toggle();
    }
  }

  // -- what the server tells of a review ----------------------------------------------------------------------------

  private session(session: Session | null): void {
    this.board.show({ session });
    if (session !== null) this.recording.status(session);
  }

  private remark(told: RemarkTold): void {
    this.board.show({ remarks: [...this.board.shown.remarks, told].slice(-REMARKS) });
  }

  private agent(agent_event: AgentEvent): void {
    this.board.show({ agent_event });
    const stage = { asr_partial: "speaking", model_delta: "structuring" } as const;
    if (agent_event.type !== "asr_partial" && agent_event.type !== "model_delta") return;
    const { remark_id = null, text } = agent_event;
    this.board.show({ hearing: { remark_id, text: text ?? "", stage: stage[agent_event.type] } });
  }
}
