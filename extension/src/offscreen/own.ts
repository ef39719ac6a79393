/** What this user has on the server whatever they look at: settings, flags, their notes, and the tabs they told of. */

import type { Detected, FlagTold, MetaJoined, SettingsInForce, TabContext } from "../../generated/channels";
import { format, hash } from "../../generated/platform_adapters.json";
import { Refused, type TypedChannel } from "./channel";
import type { Connection } from "./connection";
import { tabName } from "./reviewing";
import type { VideoReport } from "./tabs";

export interface OwnWatching {
  settings(settings: SettingsInForce): void;
  flags(flags: Readonly<Record<string, FlagTold>>): void;
  revoked(): void;
  /** The server knows the tabs' channel again: what they show is told once more. */
  met(): void;
  adapters(same: boolean): void;
}

export class Own {
  readonly notes: TypedChannel<"notes:user:<user>">;
  readonly meta: TypedChannel<"video:meta">;
  private readonly user: TypedChannel<"user:<user>">;
  private settings: SettingsInForce | null = null;
  private seq = 0;

  constructor(
    readonly user_id: string,
    device_id: string,
    connection: Connection,
    private readonly watching: OwnWatching,
  ) {
    const refused = () => undefined; // tried again by the npm client; what is wrong is the connection's to show
    this.user = connection.channel("user:<user>", `user:${user_id}`, () => ({}), {
      joined: ({ flags, ...settings }) => {
        this.take(settings);
        watching.flags(flags);
      },
      refused,
    });
    this.meta = connection.channel("video:meta", "video:meta", () => ({ at: Date.now() }), {
      joined: (reply) => this.met(reply),
      refused,
    });
    this.notes = connection.channel("notes:user:<user>", `notes:user:${user_id}`, () => ({}), {
      joined: () => undefined,
      refused,
    });
    this.user.on("settings_changed", (settings) => this.take(settings));
    this.user.on("flags_changed", ({ flags }) => watching.flags(flags));
    this.user.on("device_revoked", ({ device_id: gone }) => {
      if (gone === device_id) watching.revoked();
    });
    connection.refreshed = ({ text }) => void this.user.ask("refresh_token", { token: text }).catch(() => undefined);
  }

  /** What a tab shows; answers how the server calls it. Raises Refused, Unanswered. */
  async shows(tab_id: number, video: VideoReport): Promise<Detected | null> {
    const { url, title, rate, duration_ms } = video;
    const optional = { ...(rate === undefined ? {} : { rate }), ...(duration_ms === undefined ? {} : { duration_ms }) };
    const told = { url, title: title || url, ...optional, at: Date.now(), seq: this.next(), tab_id: tabName(tab_id) };
    return (await this.meta.ask("video_context", told)).video ?? null;
  }

  async shownNothing(tab_id: number): Promise<void> {
    await this.meta.ask("video_context", { closed: true, at: Date.now(), seq: this.next(), tab_id: tabName(tab_id) });
  }

  /** What the server knows of a tab, before its page has said anything. */
  async known(tab_id: number): Promise<TabContext | null> {
    return (await this.meta.ask("video_context", { tab_id: tabName(tab_id) })).context;
  }

  /** The microphone is to be that tab's. Raises Refused, Unanswered. */
  async claim(tab_id: number, session_id: string, video_id: string, at: number): Promise<void> {
    await this.meta.ask("claim", { session_id, video_id, at, seq: this.next(), tab_id: tabName(tab_id) });
  }

  async release(tab_id: number): Promise<void> {
    await this.meta.ask("release", { at: Date.now(), seq: this.next(), tab_id: tabName(tab_id) });
  }

  /** Made to what is in force now; once more where that changed meanwhile on another device. */
  async change(changes: Readonly<Record<string, unknown>>): Promise<SettingsInForce> {
    try {
      return this.take(await this.user.ask("update_settings", { version: this.settings?.version ?? 0, changes }));
    } catch (error) {
      if (!(error instanceof Refused && error.code === "conflict")) throw error;
      const version = Number(error.details.version);
      return this.take(await this.user.ask("update_settings", { version, changes }));
    }
  }

  /** Of what tabs say of themselves. A device that lost its memory goes on above what it said before: by the time. */
  private next(): number {
    this.seq = Math.max(this.seq + 1, Date.now());
    return this.seq;
  }

  private take(settings: SettingsInForce): SettingsInForce {
    this.settings = settings;
    this.watching.settings(settings);
    return settings;
  }

  private met({ adapters }: MetaJoined): void {
    this.watching.adapters(adapters.format === format && adapters.hash === hash);
    this.watching.met();
  }
}
