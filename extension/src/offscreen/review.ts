/**
 * One review on `voice:<session>`: its events numbered and kept until they are answered, what the server pushes taken
 * once, and both made whole after a break.
 */

import type {
  AgentEvent,
  Remark,
  ResetSession,
  SessionStatus,
  TranscriptFinal,
  VoiceJoined,
  VoiceStatus,
} from "../../generated/channels";
import { Critical, type Kept, type Numbered, type Unnumbered } from "../keep/critical";
import type { Database } from "../keep/database";
import { type Refused as Refusal, Refused, type TypedChannel, Unanswered } from "./channel";
import type { Connection } from "./connection";
import { type About, type CommandName, isFinal, type Reviewing, type ReviewWatching, tabName } from "./reviewing";

/** An event is answered after one commit; one that takes longer than this is looked into. */
const EVENT_MS = 2_000;

export class Review implements Reviewing {
  readonly version = 2;
  private readonly channel: TypedChannel<"voice:<session>">;
  private readonly critical: Critical;
  private last_push_seq: number | null;
  private push_epoch: number | null;
  private status: SessionStatus | null = null;
  private last_event_at = 0;
  private beat: ReturnType<typeof setInterval> | undefined;
  private resending = false;
  private ended = false;
  max_recording_ms = 60_000;

  constructor(
    readonly about: About,
    private readonly connection: Connection,
    private readonly device_id: string,
    private readonly database: Database,
    private readonly watching: ReviewWatching,
    kept: Kept | null,
  ) {
    this.critical = kept === null ? new Critical() : Critical.of(kept);
    this.last_push_seq = kept?.last_push_seq ?? null;
    this.push_epoch = kept?.push_epoch ?? null;
    this.channel = connection.channel("voice:<session>", `voice:${about.session}`, () => this.joining(), {
      joined: (reply) => void this.joined(reply),
      refused: (why) => {
        if (isFinal(why)) this.over(why);
      },
      lost: () => clearInterval(this.beat),
      closed: () => this.over(null),
    });
    this.listen();
  }

  get isJoined(): boolean {
    return this.channel.joined;
  }

  get held(): number {
    return this.critical.held;
  }

  get mine(): boolean {
    const owner = this.status?.owner;
    return owner?.tab === tabName(this.about.tab_id) && owner.device === this.device_id;
  }

  /** A numbered event; it is kept before it is sent. Answers its number. */
  event(event: Unnumbered): number {
    const numbered = this.critical.add(event);
    this.last_event_at = event.at;
    void this.save();
    if (this.channel.joined && !this.resending) void this.send(numbered);
    return numbered.seq;
  }

  /** An event that is of the moment: lost with the connection. */
  tell(event: Unnumbered): void {
    this.channel.ask("voice_event", event).catch(() => undefined);
  }

  partial(text: string, id: string): void {
    this.channel.ask("transcript_partial", { text, id }).catch(() => undefined);
  }

  /** Raises Refused, Unanswered. */
  async command(name: CommandName, note_id?: string): Promise<void> {
    const given = { name, at: Date.now(), id: crypto.randomUUID() };
    await this.channel.ask("command", note_id === undefined ? given : { ...given, note_id });
  }

  /** Answered when the remark is settled, which a model may take its time for. Raises Refused, Unanswered. */
  async transcript(payload: TranscriptFinal, timeout: number): Promise<unknown> {
    return this.channel.ask("transcript_final", payload, timeout);
  }

  leave(): void {
    clearInterval(this.beat);
    this.channel.leave();
  }

  private joining() {
    const { session, video_id, tab_id } = this.about;
    return {
      video_id,
      device_id: this.device_id,
      requested_version: 2,
      at: Date.now(),
      tab_id: tabName(tab_id),
      last_push_seq: this.last_push_seq,
      push_epoch: this.push_epoch,
      last_known_state: this.critical.lastKnown(session, this.status?.active.join(" ") ?? ""),
    };
  }

  private listen(): void {
    const { channel } = this;
    channel.on("voice_status", (status) => this.numbered(status, () => this.show(status)));
    channel.on("agent_event", (event) => this.numbered(event, () => this.watching.agent(event)));
    channel.on("remark", (remark) => this.numbered(remark, () => this.remark(remark)));
    channel.on("reset_session", (reset) => void this.reset(reset));
    channel.on("context_taken", ({ by }) => this.watching.taken(by));
    channel.on("context_available", () => this.watching.available());
  }

  private async joined(reply: VoiceJoined): Promise<void> {
    this.connection.advertise(reply.reconnect);
    this.max_recording_ms = reply.session.max_recording_ms;
    clearInterval(this.beat);
    this.beat = setInterval(() => this.tell({ kind: "heartbeat", at: Date.now() }), reply.heartbeat_ms);
    await this.catchUp(reply);
    this.watching.ready(this);
  }

  private async reset(reset: ResetSession): Promise<void> {
    await this.catchUp(reset);
  }

  /** Takes what was missed or the whole picture, settles the numbers, and sends what has no answer. */
  private async catchUp(told: VoiceJoined | ResetSession): Promise<void> {
    if (told.pushes !== null) for (const { event, payload } of told.pushes) this.missed(event, payload, told.session);
    this.push_epoch = told.push_epoch;
    this.last_push_seq = told.push_seq;
    this.show(told.session);
    if (told.reset === null) this.critical.acceptedThrough(told.accepted_through);
    else await this.agree(told.reset, told.accepted_through);
    void this.save();
    await this.resend();
  }

  private async agree(reset: number, accepted_through: number): Promise<void> {
    this.watching.renumbered(this.about.session, this.critical.renumber(accepted_through));
    const last_seq = this.critical.keep().seq;
    await this.channel.ask("ack", { reset, last_seq }).catch(() => undefined); // the server says it again if it was lost
  }

  private async resend(): Promise<void> {
    if (this.resending) return;
    this.resending = true;
    const { skipped, events } = this.critical.unanswered();
    if (skipped !== null) await this.answered(this.channel.ask("skipped", skipped));
    this.resending = false;
    await Promise.all(events.map((event) => this.send(event)));
  }

  private async send(event: Numbered): Promise<void> {
    await this.answered(this.channel.ask("voice_event", event, EVENT_MS));
  }

  private async answered(asked: Promise<{ accepted_through?: number | null }>): Promise<void> {
    try {
      const { accepted_through } = await asked;
      if (typeof accepted_through === "number") this.critical.acceptedThrough(accepted_through);
      void this.save();
    } catch (error) {
      if (error instanceof Unanswered) await this.connection.doubt();
      else if (error instanceof Refused && error.code === "gap") setTimeout(() => void this.resend(), 0);
      else if (error instanceof Refused && error.code === "rate_limited")
        setTimeout(() => void this.resend(), Number(error.details.retry_after_ms));
      else throw error;
    }
  }

  /** A pause that is over by now, as of a microphone that was lost and is had again, turns nothing off. */
  private missed(event: string, payload: Record<string, unknown>, { paused }: SessionStatus): void {
    if (event === "voice_status") this.show({ ...(payload as unknown as VoiceStatus), paused });
    if (event === "agent_event") this.watching.agent(payload as unknown as AgentEvent);
    if (event === "remark") this.remark(payload as unknown as Remark);
  }

  /** A push that came before is not taken again; one without a number is of the moment. */
  private numbered(push: { push_epoch?: number | null; push_seq?: number | null }, take: () => void): void {
    const { push_epoch, push_seq } = push;
    if (typeof push_seq === "number") {
      if (push_epoch === this.push_epoch && this.last_push_seq !== null && push_seq <= this.last_push_seq) return;
      this.push_epoch = push_epoch ?? null;
      this.last_push_seq = push_seq;
    }
    take();
  }

  private show(status: SessionStatus & Partial<Pick<VoiceStatus, "decision" | "reason">>): void {
    this.status = status;
    const { active, agent, owner, paused, kept, ignored } = status;
    this.watching.status({
      ...{ active, agent, owner, paused, kept, ignored },
      id: this.about.session,
      video_id: this.about.video_id,
      mine: this.mine,
      decision: status.decision ?? null,
      reason: status.reason ?? null,
    });
  }

  private remark(remark: Remark): void {
    const { push_epoch: _epoch, push_seq: _seq, ...told } = remark;
    this.watching.remark({ ...told, at: Date.now() });
  }

  private over(why: Refusal | null): void {
    this.ended = true;
    this.leave();
    void this.database.delete("reviews", this.about.session);
    this.watching.over(this, why);
  }

  private async save(): Promise<void> {
    if (this.ended) return;
    const { last_push_seq, push_epoch, last_event_at } = this;
    const state = this.status?.active.join(" ") ?? "";
    const kept: Kept = { ...this.critical.keep(), ...this.about, last_push_seq, push_epoch, state, last_event_at };
    await this.database.put("reviews", kept);
  }
}
