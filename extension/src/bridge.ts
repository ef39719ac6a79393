/**
 * How the contexts of the extension talk. docs/reference/extension-bridge.md has the same in prose.
 *
 * The offscreen document owns the socket, the microphone and one `Shown`, what there is to be seen. Panel, popup and
 * content scripts each open a port to it (`link.ts`); the first message down is the snapshot, then come patches, each
 * numbered one higher. Up go commands, each answered by one reply with its `id`, and reports, which have no answer.
 * Nothing but the offscreen document speaks to the server, so what a port shows is what the server said last.
 *
 * Times are ms since the Unix epoch, of `performance.timeOrigin + performance.now()`, which all contexts share; media
 * times ms into the film, with fractions where the player has them.
 */

import type {
  AgentEvent,
  Counts,
  ErrorCode,
  FlagTold,
  NoteTold,
  Pause,
  SettingsInForce,
  Settled,
  Tab,
  VideoTold,
} from "../generated/channels";

/** Who is at the upper end of a port. What a content script may ask is less: its page may be hostile (`MAY_ASK`). */
export type Role = "panel" | "popup" | "content" | "options" | "permission";
export const PORT = "lossy:";

/** Something went wrong: what happened, what was kept, and what to do about it, in words for a person. */
export interface Fault {
  readonly id: string;
  readonly code: ErrorCode | ClientCode;
  readonly message: string;
  /** What became of what the person did; null where nothing was at stake. */
  readonly kept: string | null;
  /** The command that mends it, for a button; null where waiting or nothing does. */
  readonly remedy: Remedy | null;
  readonly at: number;
}

/** Beside the server's own codes: what can fail before a server is asked. */
export type ClientCode =
  | "unreachable"
  | "signed_out"
  | "microphone_denied"
  | "microphone_missing"
  | "microphone_lost"
  | "no_recogniser"
  | "recogniser_failed"
  | "no_video"
  | "not_here"
  | "timed_out";

export type Remedy = "open_permission" | "sign_in" | "retry" | "open_options" | "start" | "claim";

/**
 * `unset`: no server was named yet. `signed_out`: it answers, and knows nobody. `revoked`: this device was signed out
 * on purpose. `offline`: it does not answer; what is said is kept. `incompatible`: it speaks no version that we do.
 */
export type ConnectionPhase = "unset" | "connecting" | "online" | "offline" | "signed_out" | "revoked" | "incompatible";

export interface Connection {
  readonly phase: ConnectionPhase;
  readonly since: number;
  readonly server: string;
  /** 2, or 1 where the server or a flag wants the words alone. */
  readonly version: 1 | 2 | null;
}

/** `prompt`: it was not asked yet. */
export type MicrophonePermission = "unknown" | "prompt" | "granted" | "denied";
/** `lost`: it was unplugged or taken away while it was open. */
export type MicrophonePhase = "off" | "opening" | "listening" | "speech" | "missing" | "lost" | "failed";

export interface Microphone {
  readonly permission: MicrophonePermission;
  readonly phase: MicrophonePhase;
  /** The device's name, where the browser gives it. */
  readonly name: string | null;
  /** When the speech that is being heard began. */
  readonly speech_since: number | null;
}

/** Who turns speech into words. `server` only while the user's settings say so. */
export type RecogniserPhase = "unset" | "loading" | "ready" | "failed" | "server";

export interface Recogniser {
  readonly phase: RecogniserPhase;
  readonly model: string | null;
  readonly device: "webgpu" | "wasm" | null;
  /** 0 to 1 while it loads. */
  readonly progress: number;
  readonly why: string | null;
}

/** One review as the server told of it last, and whether it is of the tab that the person looks at. */
export interface Session {
  readonly id: string;
  readonly video_id: string;
  readonly active: readonly string[];
  readonly agent: readonly string[];
  readonly owner: Tab | null;
  /** Whether the microphone is this session's. */
  readonly mine: boolean;
  readonly paused: Pause | null;
  readonly kept: number;
  readonly ignored: Readonly<Record<string, number>>;
  /** The decision that came with the latest change, for a line to say why. */
  readonly decision: string | null;
  readonly reason: string | null;
}

/** What the tab in front shows. */
export interface Video {
  readonly video_id: string | null;
  readonly tab_id: number;
  readonly platform: string | null;
  readonly title: string;
  readonly url: string;
  /** Frames a second as the server counts them, `"25"` or `"30000/1001"`. */
  readonly rate: string;
  readonly duration_ms: number | null;
  readonly playing: boolean;
  /** Where the player was at `as_of`; between two of these a panel counts on by `playback_rate`. */
  readonly media_ms: number;
  readonly as_of: number;
  readonly playback_rate: number;
}

/** What is understood of the remark that is being spoken or thought about. */
export interface Hearing {
  readonly remark_id: string | null;
  readonly text: string;
  readonly stage: "speaking" | "transcribing" | "structuring";
}

/** What waits on this device for the server. `since` is when the oldest of it was made. */
export interface Queue {
  readonly notes: number;
  readonly transcripts: number;
  readonly events: number;
  readonly since: number | null;
  readonly draining: boolean;
}

/** A note, or one of this device that the server does not have yet. */
export interface ShownNote extends NoteTold {
  readonly waiting?: boolean;
}

/** What became of a remark, the latest last; at most `REMARKS`. */
export interface RemarkTold extends Settled {
  readonly remark_id: string;
  readonly at: number;
}
export const REMARKS = 20;
export const FAULTS = 5;

export interface Account {
  readonly user_id: string;
  readonly device_id: string;
  readonly email: string | null;
}

/** All there is to be seen. Each member is replaced whole, but for `notes`, which go by their id. */
export interface Shown {
  readonly connection: Connection;
  readonly account: Account | null;
  readonly microphone: Microphone;
  readonly recogniser: Recogniser;
  readonly session: Session | null;
  readonly video: Video | null;
  readonly hearing: Hearing | null;
  readonly queue: Queue;
  readonly notes: Readonly<Record<string, ShownNote>>;
  /** Whether `notes` are all of the video's; if not, `more_notes` brings the next page. */
  readonly notes_complete: boolean;
  readonly counts: Counts | null;
  readonly agent_event: AgentEvent | null;
  readonly remarks: readonly RemarkTold[];
  readonly settings: SettingsInForce | null;
  readonly flags: Readonly<Record<string, FlagTold>>;
  readonly videos: readonly VideoTold[];
  readonly faults: readonly Fault[];
}

/** Members that changed; of notes those to put and those to drop. */
export interface Patch extends Partial<Omit<Shown, "notes">> {
  readonly notes?: { readonly put: readonly ShownNote[]; readonly drop: readonly string[]; readonly all?: boolean };
}

/** `patch` of another snapshot's numbers, or with a gap, means: open the port again. `link.ts` does that by itself. */
export type Down =
  | { readonly kind: "snapshot"; readonly number: number; readonly shown: Shown }
  | { readonly kind: "patch"; readonly number: number; readonly patch: Patch }
  | { readonly kind: "reply"; readonly id: number; readonly reply: Reply }
  /** To the content script of one tab: go there, or show what the frame looks like. */
  | { readonly kind: "seek"; readonly media_ms: number }
  | { readonly kind: "capture"; readonly request: string; readonly at: number | null };

export type Reply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly fault: Fault };

export type Up =
  | { readonly kind: "command"; readonly id: number; readonly command: Command }
  | { readonly kind: "report"; readonly report: Report };

/**
 * What may be asked. A reply's value is what the server answered (`NoteLeft` and so on), or null.
 * Edits made while the server is away wait in the queue and are answered `{queued: true}` at once.
 */
export type Command =
  // The microphone and the review. `toggle_microphone` starts a review where there is none, and asks for permission.
  | { readonly name: "toggle_microphone" }
  | { readonly name: "start" | "stop" | "pause" | "resume" | "cancel" | "close" | "claim" | "release" }
  | { readonly name: "confirm" | "undo" | "post"; readonly note_id?: string }
  // Notes of the video in front.
  | {
      readonly name: "create_note";
      readonly text: string;
      readonly category?: NoteTold["category"];
      /** Without it, where the player is. */
      readonly media_ms?: number;
      readonly media_end_ms?: number;
    }
  | {
      readonly name: "update_note";
      readonly note_id: string;
      readonly version: number;
      readonly text?: string;
      readonly category?: NoteTold["category"];
      readonly frame_in?: number;
      readonly frame_out?: number;
    }
  | { readonly name: "delete_note" | "undo_note"; readonly note_id: string; readonly version?: number }
  | { readonly name: "merge_notes"; readonly note_id: string; readonly into: string; readonly version?: number }
  | { readonly name: "more_notes" }
  | { readonly name: "seek"; readonly media_ms: number }
  | { readonly name: "capture"; readonly media_ms?: number }
  // Videos, settings, account.
  | { readonly name: "list_videos"; readonly text?: string; readonly status?: VideoTold["status"] }
  | { readonly name: "queue_video"; readonly url: string; readonly title?: string }
  | { readonly name: "update_settings"; readonly changes: Readonly<Record<string, unknown>> }
  | { readonly name: "sign_in" | "sign_out" | "retry" | "open_permission" | "open_options" }
  | { readonly name: "set_server"; readonly server: string }
  /** Where a Whisper is loaded from: an address, or null for the server's own. */
  | { readonly name: "set_model"; readonly address: string | null }
  | { readonly name: "dismiss"; readonly fault: string }
  // What is kept on this device, by hand: a JSON text out and in.
  | { readonly name: "export_pending" }
  | { readonly name: "import_pending"; readonly text: string };

export type CommandName = Command["name"];

/** What a content script may ask, in whose page anybody's code runs. */
export const MAY_ASK: ReadonlySet<CommandName> = new Set<CommandName>([
  "toggle_microphone",
  "pause",
  "resume",
  "cancel",
  "confirm",
  "undo",
  "post",
  "create_note",
  "update_note",
  "delete_note",
  "undo_note",
  "more_notes",
]);

/** One frame that the player showed: `requestVideoFrameCallback`. */
export interface FrameSample {
  /** `performance.timeOrigin + metadata.expectedDisplayTime` */
  readonly shown_at: number;
  /** `metadata.mediaTime`, in seconds as the browser has it. */
  readonly media_s: number;
  readonly playback_rate: number;
}

/** What a content script tells. `player` names the element, so that two on a page are told apart. */
export type Report =
  | {
      readonly name: "video";
      readonly player: number;
      readonly url: string;
      readonly title: string;
      /** Where it could be told; else the server's default for the platform. */
      readonly rate?: string;
      readonly duration_ms?: number;
    }
  /** At most 8 times a second, the samples since; none is left out, for the onset may be at any of them. */
  | { readonly name: "frames"; readonly player: number; readonly samples: readonly FrameSample[] }
  /**
   * At every play, pause, seeking, seeked and ratechange, and once a second besides, for players without frames.
   * A seek begins at `seeking`: what was said before it is about the frames before it.
   */
  | {
      readonly name: "player";
      readonly player: number;
      readonly event: "play" | "pause" | "seeking" | "seeked" | "ratechange" | "tick";
      readonly at: number;
      readonly media_s: number;
      readonly playback_rate: number;
      readonly playing: boolean;
    }
  | { readonly name: "video_gone"; readonly player: number }
  /** The answer to `capture`: a data URL of WebP or JPEG, or why there is none. */
  | {
      readonly name: "captured";
      readonly request: string;
      readonly image: string | null;
      readonly media_s: number | null;
      readonly why: "cross_origin" | "no_video" | "failed" | null;
    };

/** To the service worker, by `chrome.runtime.sendMessage`; it answers with `WorkerReply`. */
export type ToWorker =
  /** Make the offscreen document where there is none; answered once it listens. */
  | { readonly to: "worker"; readonly name: "ensure_offscreen" }
  | { readonly to: "worker"; readonly name: "open_page"; readonly page: "permission" | "options" | "privacy" }
  | { readonly to: "worker"; readonly name: "open_address"; readonly address: string }
  /** What is to be seen of the tab of the content script that asks. */
  | { readonly to: "worker"; readonly name: "capture_visible" }
  /** Beside the tab of the content script that asks, or the one in front; only right after a person's press. */
  | { readonly to: "worker"; readonly name: "open_panel" }
  /** The tab in front of the window that had the focus last. */
  | { readonly to: "worker"; readonly name: "which_tab" };

export type WorkerReply =
  | { readonly ok: true; readonly tab_id?: number | null; readonly image?: string }
  | { readonly ok: false; readonly why: string };

/** From the service worker to the offscreen document. */
export type ToOffscreen =
  | { readonly to: "offscreen"; readonly name: "tab_in_front"; readonly tab_id: number | null; readonly at: number }
  | { readonly to: "offscreen"; readonly name: "tab_closed"; readonly tab_id: number }
  | { readonly to: "offscreen"; readonly name: "tab_loaded"; readonly tab_id: number }
  | { readonly to: "offscreen"; readonly name: "shortcut"; readonly command: "toggle_microphone" };
