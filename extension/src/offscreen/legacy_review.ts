/**
 * A review in version 1, for a server or a user without voice sessions: the words go to `audio:<session>`, and whether
 * anybody is listened to is decided here, by the same chart as on the server.
 */

import type { TranscriptFinal } from "../../generated/channels";
import exported from "../../generated/voice_chart.json";
import { Chart, type ChartFile, type Effect, type State } from "../charts/model";
import { nextTimer, start, step } from "../charts/step";
import { initial, VOICE_RULES, type VoiceData } from "../charts/voice";
import type { Unnumbered } from "../keep/critical";
import type { Refused, TypedChannel } from "./channel";
import type { Connection } from "./connection";
import { type About, type CommandName, isFinal, type Reviewing, type ReviewWatching, tabName } from "./reviewing";

/** The server's own defaults (lossy/settings.py), which version 1 has no way to tell. */
const DELAYS = {
  cooldown: 500,
  guard: 250,
  max_recording: 60_000,
  idle_pause: 15 * 60_000,
  session_end: 4 * 3_600_000,
  breaker_first: 5_000,
  breaker_max: 60_000,
  breaker_window: 60_000,
  // Nothing is heard of the connection here but that it is there or not.
  heartbeat_lost: 24 * 3_600_000,
};
const LIMITS = { breaker_errors: 3, noise_floor: 0.4 };

let voice: Chart | null = null;

export class LegacyReview implements Reviewing {
  readonly version = 1;
  readonly held = 0;
  private readonly channel: TypedChannel<"audio:<session>">;
  private readonly chart: Chart;
  private state: State<VoiceData>;
  private seq = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly about: About,
    connection: Connection,
    private readonly device: string,
    private readonly watching: ReviewWatching,
  ) {
    voice ??= new Chart(exported as ChartFile);
    this.chart = voice;
    this.state = start(this.chart, VOICE_RULES, initial(DELAYS, LIMITS), Date.now()).state;
    const { session, video_id, tab_id } = about;
    const payload = () => ({ device_id: device, requested_version: 1, video_id, tab_id: tabName(tab_id) });
    this.channel = connection.channel("audio:<session>", `audio:${session}`, payload, {
      joined: () => this.joined(),
      refused: (why) => {
        if (isFinal(why)) this.over(why);
      },
      lost: () => void this.happen("drop", { device }),
      closed: () => this.over(null),
    });
    this.channel.on("agent_event", (event) => watching.agent(event));
    this.happen("context_gained", { tab: tabName(tab_id), device, epoch: 1 });
  }

  get isJoined(): boolean {
    return this.channel.joined;
  }

  event({ kind, at, ...facts }: Unnumbered): number {
    this.seq += 1;
    this.happen(kind, { ...facts, device: this.device, seq: this.seq }, at);
    return this.seq;
  }

  tell({ kind, at, ...facts }: Unnumbered): void {
    this.happen(kind, { ...facts, device: this.device }, at);
    if (typeof facts.media_ms === "number")
      this.channel.ask("set_timestamp", { media_ms: facts.media_ms }).catch(() => undefined);
  }

  async command(name: CommandName): Promise<void> {
    this.happen(name, {});
  }

  /** What the chart ignores is no remark; anything else is sent, whatever the microphone does by now. */
  async transcript({ id, text, media_ms, segment }: TranscriptFinal, timeout: number): Promise<unknown> {
    const effects = this.happen("transcript_final", { text, segment, device: this.device });
    if (effects.some(({ name }) => name === "refuse")) return { refused: "ignored_segment" };
    return this.channel.ask("transcript_final", { id, text, media_ms }, timeout);
  }

  leave(): void {
    clearTimeout(this.timer);
    this.channel.leave();
  }

  private over(why: Refused | null): void {
    this.leave();
    this.watching.over(this, why);
  }

  private joined(): void {
    this.happen("attach", { device: this.device });
    this.happen("caught_up", { device: this.device });
    this.watching.ready(this);
  }

  private happen(name: string, payload: Record<string, unknown>, at = Date.now()): readonly Effect[] {
    const { state, effects } = step(this.chart, VOICE_RULES, this.state, { name, at, payload });
    this.state = state;
    for (const { name: effect, args } of effects) if (effect === "status") this.show(args);
    this.wait();
    return effects;
  }

  private wait(): void {
    clearTimeout(this.timer);
    const due = nextTimer(this.state);
    if (due !== null)
      this.timer = setTimeout(() => this.happen(due.event, {}, due.at), Math.max(0, due.at - Date.now()));
  }

  private show(args: Readonly<Record<string, unknown>>): void {
    const { owner, paused, kept, ignored } = this.state.data;
    this.watching.status({
      ...{ paused, kept, ignored },
      id: this.about.session,
      video_id: this.about.video_id,
      active: this.state.active.filter((id) => this.chart.isAtomic(id)),
      agent: [],
      owner: owner === null ? null : { tab: tabName(this.about.tab_id), device: this.device },
      mine: owner !== null,
      decision: (args.decision as string | undefined) ?? null,
      reason: (args.reason as string | undefined) ?? null,
    });
  }
}
