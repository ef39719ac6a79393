// Made of the table in lossy/channels/events.py by `python -m tools.generate`.

export type ErrorCode = "unauthenticated" | "token_expired" | "forbidden" | "not_found" | "invalid" | "gap" | "conflict" | "context_taken" | "rate_limited" | "too_large" | "unsupported_version" | "audio_not_accepted" | "unavailable" | "internal";

export interface Accepted {
  /** the device's events up to this `seq` are taken; of an event with one */
  accepted_through?: number | null;
}

/** The client has taken the full picture of a reset, and has numbered anew what it holds. */
export interface Ack {
  /** the number of the reset */
  reset: number;
  /** the last number of what it holds */
  last_seq?: number;
}

/** Which `platform_adapters.json` this server goes by. */
export interface Adapters {
  /** how it is to be read */
  format: number;
  /** of the data */
  version: number;
  /** of the data */
  hash: string;
}

export interface AgentEvent {
  /** which of them */
  type: "asr_partial" | "asr_final" | "intent" | "tool_start" | "tool_result" | "model_delta";
  /** that it is about */
  remark_id?: string | null;
  /** that it is about */
  note_id?: string | null;
  /** what was asked */
  command?: string | null;
  /** of a `tool_result` */
  ok?: boolean | null;
  /** of the note after it */
  status?: "ghost" | "firmed" | "queued" | "posting" | "posted" | "failed" | "deleted" | null;
  /** why it is not ok */
  code?: string | null;
  /** of `asr_…`: what was heard; of a `model_delta`: what a model has written so far */
  text?: string | null;
  /** a new one (a crash, another server) begins at 1 again, and means a full picture; none of `asr_…` and `model_delta` */
  push_epoch?: number | null;
  /** dense within an epoch */
  push_seq?: number | null;
}

export interface AudioJoined {
  /** of what is said here */
  supported_versions: Array<number>;
  /** the one that was asked for */
  active_version: number;
  /** what this server offers this user */
  features: Array<string>;
  /** whether sound is taken at present; never in version 1 */
  accepted: boolean;
  /** `chunk_bytes`, `full_bytes`, `full_ms`; of version 2 */
  limits?: Record<string, number> | null;
  /** chunks up to this number are there; of version 2 */
  received_through?: number | null;
  /** chunks of the session that never came; of version 2 */
  missed?: number | null;
  /** when to come back after a break; of version 1 */
  reconnect?: Window | null;
  /** how often to say `heartbeat`; of version 1 */
  heartbeat_ms?: number | null;
}

export interface AudioReceived {
  /** chunks up to this number are there */
  received_through: number;
  /** chunks of the session that never came */
  missed: number;
}

export interface ChartActivityJoined {
  /** where it stands */
  now: TraceStep | null;
  /** that run on this node, the latest first, 50 at most */
  sessions: Array<LiveSession>;
}

/** The reviewer has turned to that tab, and that review is in it. */
export interface Claim {
  /** the review */
  session_id: string;
  /** its video */
  video_id: string;
  /** when the reviewer turned to it */
  at: number;
  /** of the tab's claims and releases, from 1; a repeat has the same */
  seq: number;
  /** without it the device counts as one tab */
  tab_id?: string | null;
}

export interface CommandGiven {
  /** as on its button */
  name: "start" | "stop" | "pause" | "resume" | "cancel" | "close" | "confirm" | "undo" | "post";
  /** when it was clicked */
  at: number;
  /** that the click was on; without one it is about the last */
  note_id?: string | null;
  /** made by the client, the same when it asks again: what was done is not done twice */
  id?: string | null;
}

export interface ContextKnown {
  /** null: nothing is known of that tab, and the client has to look for itself */
  context: TabContext | null;
  /** of what was reported */
  video?: Detected | null;
}

export interface ContextTaken {
  /** who has the microphone now; `device` alone: this device, on a newer socket */
  by: Holder | null;
}

/** Of the notes that are not deleted. */
export interface Counts {
  /** all of them */
  total: number;
  /** by category */
  categories: Record<string, number>;
  /** by status */
  statuses: Record<string, number>;
}

/** At a frame or at a media time, one of the two. */
export interface CreateNote {
  /** a UUID of version 7, made by the client: made twice it is the same note */
  id: string;
  /** what it says */
  text: string;
  /** without it, that of the words */
  category?: "pacing" | "audio" | "color" | "graphics" | "framing" | "continuity" | "performance" | "story" | "praise" | "question" | "general" | null;
  /** the first frame it is about */
  frame_in?: number | null;
  /** the last one, inclusive */
  frame_out?: number | null;
  /** when the first frame shows */
  media_ms?: number | null;
  /** when the last one shows */
  media_end_ms?: number | null;
  /** when it was made, where that was before */
  at?: number | null;
}

export interface CreateNoteOn {
  /** a UUID of version 7, made by the client: made twice it is the same note */
  id: string;
  /** what it says */
  text: string;
  /** without it, that of the words */
  category?: "pacing" | "audio" | "color" | "graphics" | "framing" | "continuity" | "performance" | "story" | "praise" | "question" | "general" | null;
  /** the first frame it is about */
  frame_in?: number | null;
  /** the last one, inclusive */
  frame_out?: number | null;
  /** when the first frame shows */
  media_ms?: number | null;
  /** when the last one shows */
  media_end_ms?: number | null;
  /** when it was made, where that was before */
  at?: number | null;
  /** the video it is about */
  video_id: string;
}

/** Why a draft was kept or not, with every number. */
export interface Decision {
  /** of the draft */
  confidence: number;
  /** the one in force */
  threshold: number;
  /** the user's own */
  base: number;
  /** nothing below it is kept */
  floor: number;
  /** of this category in this session */
  deletions: number;
  /** of the draft */
  category: "pacing" | "audio" | "color" | "graphics" | "framing" | "continuity" | "performance" | "story" | "praise" | "question" | "general";
  /** what settled it */
  reason: "sure" | "floor" | "base" | "deletions";
}

export interface DeleteNote {
  /** that the change is made to; of another one it is refused with `conflict`; without it, whatever it is */
  version?: number | null;
  /** made by the client, the same when it asks again: what was done is not done twice */
  request_id?: string | null;
  /** which */
  note_id: string;
}

export interface Detected {
  /** one for each video, whatever page shows it */
  video_id: string;
  /** whose player it is */
  platform: "youtube" | "vimeo" | "frame_io" | "iconik" | "generic";
  /** of the platform's own; of a generic page its normalised address */
  canonical_id: string;
  /** of page */
  kind: "watch" | "short" | "live" | "embed" | "share" | "review" | "edit" | "file" | "collection" | "page";
  /** normalised */
  url: string;
  /** without what the platform writes around it */
  title: string;
  /** in which its frames are counted */
  rate: string;
  /** another one was sent, and notes count in this */
  rate_kept: boolean;
  /** where it stands */
  status: "queued" | "active" | "archived";
}

export interface DeviceRevoked {
  /** of the device, which may be this one */
  device_id: string;
}

/** An empty object. */
export type Empty = Record<string, never>;

export interface Failure {
  /** of an error */
  code: string;
  /** what happened */
  message: string;
  /** the code again */
  reason: string;
  /** the log has it too */
  id: string;
}

export interface FlagTold {
  /** whether the user has it */
  value: boolean;
  /** the same, as OpenFeature names it */
  variant: "on" | "off";
  /** by what kind of rule */
  reason: "DISABLED" | "TARGETING_MATCH" | "STATIC" | "SPLIT" | "DEFAULT";
}

export interface FlagsTold {
  /** all that this server has, by the key of the capability */
  flags: Record<string, FlagTold>;
}

export interface FollowSession {
  /** null: none any more */
  session: string | null;
}

export interface Fps {
  /** frames */
  num: number;
  /** in so many seconds */
  den: number;
}

export interface GetChanges {
  /** what was seen, as the server said it */
  version: string;
  /** of the page before, to the same version */
  cursor?: string | null;
}

/** Every filter that is given must fit. */
export interface GetNotes {
  /** as in the film, latest made, latest changed */
  order?: "frame" | "newest" | "updated";
  /** notes in a page */
  limit?: number;
  /** of the page before */
  cursor?: string | null;
  /** any of these */
  category?: Array<"pacing" | "audio" | "color" | "graphics" | "framing" | "continuity" | "performance" | "story" | "praise" | "question" | "general">;
  /** any of these; none is `deleted` */
  status?: Array<"ghost" | "firmed" | "queued" | "posting" | "posted" | "failed" | "deleted">;
  /** any of these */
  author?: Array<string>;
  /** about any frame from there */
  frame_from?: number | null;
  /** up to there */
  frame_to?: number | null;
  /** as one searches the web: words, "a phrase", or, -not */
  text?: string;
  /** ms since 1970 */
  created_since?: number | null;
  /** this sure, or more */
  confidence_from?: number | null;
}

export interface GetNotesOf {
  /** as in the film, latest made, latest changed */
  order?: "frame" | "newest" | "updated";
  /** notes in a page */
  limit?: number;
  /** of the page before */
  cursor?: string | null;
  /** any of these */
  category?: Array<"pacing" | "audio" | "color" | "graphics" | "framing" | "continuity" | "performance" | "story" | "praise" | "question" | "general">;
  /** any of these; none is `deleted` */
  status?: Array<"ghost" | "firmed" | "queued" | "posting" | "posted" | "failed" | "deleted">;
  /** any of these */
  author?: Array<string>;
  /** about any frame from there */
  frame_from?: number | null;
  /** up to there */
  frame_to?: number | null;
  /** as one searches the web: words, "a phrase", or, -not */
  text?: string;
  /** ms since 1970 */
  created_since?: number | null;
  /** this sure, or more */
  confidence_from?: number | null;
  /** whose notes */
  video_id: string;
}

/** Who has the microphone, as far as that is known. */
export interface Holder {
  /** its name */
  tab?: string | null;
  /** where it is */
  device?: string | null;
  /** the review in it */
  session?: string | null;
  /** its video */
  video?: string | null;
  /** since when */
  since?: number | null;
}

export interface JoinAudio {
  /** the token's own, or `forbidden` */
  device_id: string;
  /** 1: transcripts alone, for a session that it begins */
  requested_version?: number;
  /** from `video_detected`; version 1 needs it */
  video_id?: string | null;
  /** instead of the socket's token */
  token?: string | null;
  /** without it the device counts as one tab */
  tab_id?: string | null;
}

export interface JoinChartActivity {
  /** instead of the socket's token */
  token?: string | null;
  /** the session to be followed from the first, after a break */
  follow?: string | null;
}

export interface JoinPlain {
  /** instead of the socket's token */
  token?: string | null;
}

export interface JoinVideoMeta {
  /** instead of the socket's token */
  token?: string | null;
  /** the client's clock now; its times are corrected by the difference */
  at?: number | null;
}

export interface JoinVideoNotes {
  /** instead of the socket's token */
  token?: string | null;
  /** what it saw last: it gets what has changed since, and no first page */
  version?: string | null;
}

export interface JoinVoice {
  /** from `video_detected` */
  video_id: string;
  /** the token's own, or `forbidden` */
  device_id: string;
  /** 2 */
  requested_version: number;
  /** the client's clock now; its times are corrected by the difference */
  at?: number | null;
  /** instead of the socket's token */
  token?: string | null;
  /** without it the device counts as one tab */
  tab_id?: string | null;
  /** of the last numbered push it has seen */
  last_push_seq?: number | null;
  /** of the same */
  push_epoch?: number | null;
  /** what it remembers of the session */
  last_known_state?: LastKnownState | null;
}

export interface JoinedSession {
  /** states of the voice chart */
  active: Array<string>;
  /** states of the agent chart */
  agent: Array<string>;
  /** who has the microphone */
  owner: Tab | null;
  /** unless it listens */
  paused: Pause | null;
  /** segments of speech that were kept */
  kept: number;
  /** segments that were not, by reason; `read_only`: of a tab without the microphone */
  ignored: Record<string, number>;
  /** of the session */
  id: string;
  /** of its video */
  video_id: string;
  /** their versions, by name */
  charts: Record<string, number>;
  /** a remark longer than this is split */
  max_recording_ms: number;
}

/** What a client remembers of the session it returns to (F1). */
export interface LastKnownState {
  /** the latest it gave to an event */
  seq?: number;
  /** the first that it still holds, or has yet to report as skipped */
  first_seq?: number | null;
  /** as it was told last */
  accepted_through?: number;
  /** that all this is about; where it is another one, a reset follows */
  session_id?: string | null;
  /** `active` as it was shown last, blanks between */
  state?: string | null;
}

/** The words of a remark, of a client of version 1. */
export interface LegacyTranscript {
  /** what was said */
  text: string;
  /** of the remark; without one it is known by its words and its moment until it is answered */
  id?: string | null;
  /** at the onset of speech; without it, the last `set_timestamp` */
  media_ms?: number | null;
}

export interface ListVideos {
  /** only those that stand so */
  status?: "queued" | "active" | "archived" | null;
  /** only those of it */
  platform?: "youtube" | "vimeo" | "frame_io" | "iconik" | "generic" | null;
  /** only those with it in the title or the address */
  text?: string | null;
  /** of the page before */
  cursor?: string | null;
  /** videos of a page */
  limit?: number;
}

export interface LiveSession {
  /** of the session */
  session: string;
  /** of its latest entry */
  n: number;
  /** of each chart the states that are active, by the name it has in the session; null: not known */
  states: Record<string, Array<string>>;
}

/** One that is not in the catalogue, or does not fit it, is refused by itself. */
export interface MeasuredEvent {
  /** dense per device, from 1; twice the same is one */
  seq: number;
  /** as in the catalogue */
  name: string;
  /** when it happened, by the client's clock */
  at: number;
  /** as in the catalogue */
  fields?: Record<string, unknown>;
}

export interface MeasuredEvents {
  /** in the order of their numbers */
  events: Array<MeasuredEvent>;
  /** how many this device has let go so far, in all */
  dropped?: number;
}

/** The client lets go of all of them: what is refused now would be refused again. */
export interface MeasuredTaken {
  /** are new */
  kept: number;
  /** were kept before */
  known: number;
  /** are not in the catalogue, or the user does not want to be measured */
  refused: number;
}

export interface MergeNotes {
  /** that the change is made to; of another one it is refused with `conflict`; without it, whatever it is */
  version?: number | null;
  /** made by the client, the same when it asks again: what was done is not done twice */
  request_id?: string | null;
  /** another note of the same video, which gets its words */
  into: string;
  /** whose words go there; it is deleted */
  note_id: string;
}

export interface MetaJoined {
  /** what an extension compares its own with */
  adapters: Adapters;
}

export interface Microphone {
  /** whether this tab has it */
  owner: boolean;
  /** where it has not: whether nobody has */
  vacant?: boolean | null;
  /** the review it is for */
  session?: string | null;
  /** its video */
  video?: string | null;
  /** of the microphone */
  epoch?: number | null;
}

export interface MissedPush {
  /** its name */
  event: string;
  /** as it was pushed */
  payload: Record<string, unknown>;
}

/** Without its words. */
export interface NoteGone {
  /** of the note */
  id: string;
  /** of its video */
  video_id: string;
  /** `deleted` */
  status: "ghost" | "firmed" | "queued" | "posting" | "posted" | "failed" | "deleted";
  /** raised by each change */
  version: number;
  /** when it was deleted */
  updated_at: number;
}

/** A note as the change left it. */
export interface NoteLeft {
  /** unless it is deleted */
  note?: NoteTold | null;
  /** when it is */
  gone?: NoteGone | null;
}

export interface NoteTold {
  /** of the note */
  id: string;
  /** of its video */
  video_id: string;
  /** in which it was said */
  session_id: string | null;
  /** who made it */
  author_id: string;
  /** what it says */
  text: string;
  /** what an editor touches to settle it */
  category: "pacing" | "audio" | "color" | "graphics" | "framing" | "continuity" | "performance" | "story" | "praise" | "question" | "general";
  /** how sure it is that it is meant */
  confidence: number;
  /** the first frame it is about */
  frame_in: number;
  /** the last one, inclusive */
  frame_out: number | null;
  /** of the video */
  rate: Fps;
  /** when `frame_in` begins to show */
  media_ms: number;
  /** the true onset is that near */
  onset_uncertainty_ms: number;
  /** how far it has come */
  status: "ghost" | "firmed" | "queued" | "posting" | "posted" | "failed" | "deleted";
  /** what was heard */
  transcript: string;
  /** how it came about */
  provenance: Record<string, unknown>;
  /** when it was made */
  created_at: number;
  /** raised by each change */
  version: number;
  /** of the latest change */
  updated_at: number;
}

export interface NotesChanged {
  /** that were made or changed since */
  notes: Array<NoteTold>;
  /** that were deleted since */
  deleted: Array<NoteGone>;
  /** where `get_changes` goes on, to the same version; null: that is all */
  cursor: string | null;
  /** what is seen once that is all */
  version: string;
}

export interface NotesPage {
  /** in the order that was asked for, without those deleted */
  notes: Array<NoteTold>;
  /** where the next page begins; null on the last */
  cursor: string | null;
  /** notes in all pages */
  total: number;
}

/** An empty object. */
export type Nothing = Record<string, never>;

export interface Pause {
  /** since when */
  at: number;
  /** `person`, `silence` or `context` */
  by: string;
}

/** An update is a leave and a join at once. */
export interface PresenceDiff {
  /** who came, by key */
  joins: Record<string, PresenceEntry>;
  /** who went, by key */
  leaves: Record<string, PresenceEntry>;
}

export interface PresenceEntry {
  /** the connections of that key */
  metas: Array<PresenceMeta>;
}

/** One connection of somebody who is there. */
export interface PresenceMeta {
  /** of the connection as it is now; no other has it */
  phx_ref: string;
  /** since when it is there */
  online_at: number;
  /** as it was before an update */
  phx_ref_prev?: string | null;
  /** its tab */
  tab?: string | null;
  /** where its player is */
  media_ms?: number | null;
}

export interface QueueVideo {
  /** of a page that shows it */
  url: string;
  /** of the video, where it is known */
  title?: string | null;
}

export interface RefreshToken {
  /** a fresh one of the same device */
  token: string;
}

export interface Release {
  /** when it was given up */
  at: number;
  /** of the tab's claims and releases */
  seq: number;
  /** without it the device counts as one tab */
  tab_id?: string | null;
}

export interface Remark {
  /** of the note that was made, mended or meant */
  note_id?: string | null;
  /** where there was a draft */
  decision?: Decision | null;
  /** true: the remark mended the note */
  amended?: boolean | null;
  /** the remark was one */
  command?: string | null;
  /** why there is none */
  refused?: string | null;
  /** a new one (a crash, another server) begins at 1 again, and means a full picture */
  push_epoch: number;
  /** dense within an epoch */
  push_seq: number;
  /** made by the client */
  remark_id: string;
}

export interface ResetSession {
  /** the device's events up to this `seq` are taken */
  accepted_through: number;
  /** a new one (a crash, another server) begins at 1 again, and means a full picture */
  push_epoch: number;
  /** of the session's latest push */
  push_seq: number;
  /** what was missed; null: out of reach, and `session` is the whole picture */
  pushes: Array<MissedPush> | null;
  /** the number of a reset, to be answered by `ack` */
  reset: number | null;
  /** the session as it is */
  session: SessionStatus;
}

export interface SessionFollowed {
  /** where it stands */
  now: TraceStep | null;
}

/** The state of a session in words. */
export interface SessionStatus {
  /** states of the voice chart */
  active: Array<string>;
  /** states of the agent chart */
  agent: Array<string>;
  /** who has the microphone */
  owner: Tab | null;
  /** unless it listens */
  paused: Pause | null;
  /** segments of speech that were kept */
  kept: number;
  /** segments that were not, by reason; `read_only`: of a tab without the microphone */
  ignored: Record<string, number>;
}

export interface SetTimestamp {
  /** where the player is */
  media_ms: number;
}

export interface SettingsInForce {
  /** raised by each change */
  version: number;
  /** all of them, by name */
  settings: Record<string, unknown>;
}

/** What became of a remark, once and for ever. */
export interface Settled {
  /** of the note that was made, mended or meant */
  note_id?: string | null;
  /** where there was a draft */
  decision?: Decision | null;
  /** true: the remark mended the note */
  amended?: boolean | null;
  /** the remark was one */
  command?: string | null;
  /** why there is none */
  refused?: string | null;
}

/** Numbers of events that the client had to drop. */
export interface Skipped {
  /** the first of them */
  from: number;
  /** the last of them */
  to: number;
}

export interface Tab {
  /** its name */
  tab: string | null;
  /** where it is */
  device: string | null;
}

/** What a tab shows, by what it said last. Null where it shows no video any more. */
export interface TabContext {
  /** its name */
  tab: string;
  /** where it is */
  device: string;
  /** the video */
  video_id: string | null;
  /** whose player it is */
  platform: "youtube" | "vimeo" | "frame_io" | "iconik" | "generic" | null;
  /** of the video, normalised */
  url: string | null;
  /** of the video */
  title: string | null;
  /** the review that was begun in it */
  session: string | null;
  /** when it came to be so, by our clock */
  at: number;
}

export interface TokenTaken {
  /** when the token ends that the socket has now */
  expires_at: number;
}

export interface TraceStep {
  /** of the session */
  session: string;
  /** of its journal's entry */
  n: number;
  /** the event's own time */
  at: number;
  /** the chart it was for; empty: none, this is where it stands */
  chart: string;
  /** its name */
  event: string;
  /** transitions, each with its chart's name first */
  taken: Array<string>;
  /** the chart it is of, its name; of a `send` to whom and what */
  effects: Array<Array<unknown>>;
  /** of each chart the states that are active, by the name it has in the session; null: not known */
  states: Record<string, Array<string>> | null;
  /** of each chart when its timers are due, by state */
  timers: Record<string, Record<string, number>>;
}

export interface TranscriptFinal {
  /** of the remark, made by the client, so that sending it twice changes nothing */
  id: string;
  /** what was said */
  text: string;
  /** the onset of speech */
  at: number;
  /** at the onset of speech */
  media_ms: number;
  /** of the speech, in the film's time */
  duration_ms: number;
  /** `seq` of its `speech_start` */
  segment?: number | null;
  /** how sure the recogniser is */
  stt_confidence?: number | null;
  /** of the film: the true onset is that near */
  onset_uncertainty_ms?: number | null;
}

/** It is told to those who watch, and not kept. */
export interface TranscriptPartial {
  /** what is understood so far */
  text: string;
  /** of the remark, as its `transcript_final` will have it */
  id?: string | null;
}

export interface UndoNote {
  /** that the change is made to; of another one it is refused with `conflict`; without it, whatever it is */
  version?: number | null;
  /** made by the client, the same when it asks again: what was done is not done twice */
  request_id?: string | null;
  /** which */
  note_id: string;
}

export interface UpdateNote {
  /** that the change is made to; of another one it is refused with `conflict` */
  version: number;
  /** what it is to say */
  text?: string | null;
  /** what an editor touches to settle it */
  category?: "pacing" | "audio" | "color" | "graphics" | "framing" | "continuity" | "performance" | "story" | "praise" | "question" | "general" | null;
  /** the first frame; `frame_out` goes with it, and is none where it is left out */
  frame_in?: number | null;
  /** the last one, inclusive */
  frame_out?: number | null;
  /** made by the client, the same when it asks again: what was done is not done twice */
  request_id?: string | null;
  /** which */
  note_id: string;
}

export interface UpdateSettings {
  /** of what the changes are made to */
  version: number;
  /** values by name; null takes a choice back */
  changes: Record<string, unknown>;
}

/** The tab of a client of version 1 shows this video now. */
export interface UpdateVideoContext {
  /** from `video_detected`; where it is another one, the session is over */
  video_id: string;
  /** where the player is */
  media_ms?: number | null;
}

export interface UpdateVideoStatus {
  /** the video */
  video_id: string;
  /** where it stands from now on */
  status: "queued" | "active" | "archived";
}

export interface UserJoined {
  /** raised by each change */
  version: number;
  /** all of them, by name */
  settings: Record<string, unknown>;
  /** all that this server has, by the key of the capability */
  flags: Record<string, FlagTold>;
}

/** What a tab shows, with `url`; that it shows no video any more, with `closed`; else a question. */
export interface VideoContext {
  /** of the page or the player, as the browser has it */
  url?: string | null;
  /** of the page or the video */
  title?: string | null;
  /** frames a second: `"25"`, `"30000/1001"` */
  rate?: string | null;
  /** how long the video is */
  duration_ms?: number | null;
  /** the tab is closed, or shows no video any more */
  closed?: boolean;
  /** when it came to be so, by the client's clock; not of a question */
  at?: number | null;
  /** of what the tab says of itself, from 1; not of a question */
  seq?: number | null;
  /** without it the device counts as one tab */
  tab_id?: string | null;
}

export interface VideoDetected {
  /** of the page or the player, as the browser has it */
  url: string;
  /** of the page or the video; what the platform writes around it is taken off */
  title: string;
  /** frames a second: `"25"`, `"30000/1001"` */
  rate: string;
  /** how long the video is */
  duration_ms?: number | null;
}

export interface VideoNotesJoined {
  /** whether `notes` is the first page; else it is what has changed since the version given */
  whole: boolean;
  /** in the order of the film, or changed since */
  notes: Array<NoteTold>;
  /** deleted since */
  deleted: Array<NoteGone>;
  /** where `get_notes`, or `get_changes`, goes on; null: that is all */
  cursor: string | null;
  /** of the video */
  counts: Counts;
  /** what is seen with this; to be given at the next join */
  version: string;
}

export interface VideoSummary {
  /** all of them */
  total: number;
  /** by category */
  categories: Record<string, number>;
  /** by status */
  statuses: Record<string, number>;
  /** of the video */
  video_id: string;
}

/** A video of the user's. */
export interface VideoTold {
  /** of the video */
  video_id: string;
  /** whose player shows it */
  platform: "youtube" | "vimeo" | "frame_io" | "iconik" | "generic";
  /** what the platform calls it */
  canonical_id: string;
  /** of the page that showed it last */
  kind: "watch" | "short" | "live" | "embed" | "share" | "review" | "edit" | "file" | "collection" | "page";
  /** normalised */
  url: string;
  /** where it was seen last */
  page_url: string;
  /** of the video */
  title: string;
  /** frames a second */
  rate: string;
  /** where it is known */
  duration_ms: number | null;
  /** where it stands */
  status: "queued" | "active" | "archived";
  /** the video that is meant, where two of before turned out to be one */
  same_as: string | null;
  /** those that are not deleted */
  notes: number;
  /** when it was seen or named first */
  created_at: number;
  /** when it was seen last */
  last_seen_at: number;
}

export interface VideosListed {
  /** the latest seen first */
  videos: Array<VideoTold>;
  /** where the next page begins; null on the last */
  cursor: string | null;
}

export interface VoiceEvent {
  /** `speech_start` and `speech_end` carry a `seq` */
  kind: "speech_start" | "speech_end" | "silence_timeout" | "metrics" | "heartbeat" | "error" | "seek";
  /** when it happened, by the client's clock */
  at: number;
  /** dense per session and device, from 1 */
  seq?: number | null;
  /** where the player was */
  media_ms?: number | null;
  /** how surely it was speech */
  probability?: number | null;
  /** of an error */
  reason?: string | null;
  /** what the client measures of itself */
  figures?: Record<string, number>;
}

export interface VoiceJoined {
  /** the device's events up to this `seq` are taken */
  accepted_through: number;
  /** a new one (a crash, another server) begins at 1 again, and means a full picture */
  push_epoch: number;
  /** of the session's latest push */
  push_seq: number;
  /** what was missed; null: out of reach, and `session` is the whole picture */
  pushes: Array<MissedPush> | null;
  /** the number of a reset, to be answered by `ack` */
  reset: number | null;
  /** the session as it is */
  session: JoinedSession;
  /** of the session's protocol */
  supported_versions: Array<number>;
  /** the one that was asked for */
  active_version: number;
  /** keys of the flags that are on for this user */
  features: Array<string>;
  /** when to come back after a break */
  reconnect: Window;
  /** of the platform adapters of this server */
  manifest_version: number;
  /** how often to say `heartbeat` */
  heartbeat_ms: number;
}

export interface VoiceStatus {
  /** states of the voice chart */
  active: Array<string>;
  /** states of the agent chart */
  agent: Array<string>;
  /** who has the microphone */
  owner: Tab | null;
  /** unless it listens */
  paused: Pause | null;
  /** segments of speech that were kept */
  kept: number;
  /** segments that were not, by reason; `read_only`: of a tab without the microphone */
  ignored: Record<string, number>;
  /** a new one (a crash, another server) begins at 1 again, and means a full picture */
  push_epoch: number;
  /** dense within an epoch */
  push_seq: number;
  /** `pause`, `resume` or `end_segment`, where there was one */
  decision?: string | null;
  /** of the decision */
  reason?: string | null;
}

/** In which to come back, spread evenly. */
export interface Window {
  /** not before */
  min_ms: number;
  /** not after */
  max_ms: number;
}

/** By kind of topic: how it is joined, what may be sent there and what is told. */
export interface Topics {
  "voice:<session>": {
    join: { payload: JoinVoice; reply: VoiceJoined };
    events: {
      voice_event: { payload: VoiceEvent; reply: Accepted };
      transcript_final: { payload: TranscriptFinal; reply: Settled };
      command: { payload: CommandGiven; reply: Empty };
      skipped: { payload: Skipped; reply: Accepted };
      ack: { payload: Ack; reply: Empty };
      transcript_partial: { payload: TranscriptPartial; reply: Empty };
      set_timestamp: { payload: SetTimestamp; reply: Empty };
      frame_embedding: { payload: Nothing; reply: Empty };
    };
    pushes: {
      presence_state: Record<string, PresenceEntry>;
      presence_diff: PresenceDiff;
      voice_status: VoiceStatus;
      agent_event: AgentEvent;
      remark: Remark;
      reset_session: ResetSession;
      context_taken: ContextTaken;
      context_available: Empty;
      moving: Empty;
      session_failed: Failure;
    };
  };
  "audio:<session>": {
    join: { payload: JoinAudio; reply: AudioJoined };
    events: {
      audio: { payload: unknown; reply: AudioReceived };
      transcript_final: { payload: LegacyTranscript; reply: Settled };
      transcript_partial: { payload: TranscriptPartial; reply: Empty };
      set_timestamp: { payload: SetTimestamp; reply: Empty };
      ping: { payload: unknown; reply: Empty };
      update_video_context: { payload: UpdateVideoContext; reply: ContextKnown };
      frame_embedding: { payload: Nothing; reply: Empty };
    };
    pushes: {
      note_created: NoteTold;
      agent_event: AgentEvent;
    };
  };
  "video:meta": {
    join: { payload: JoinVideoMeta; reply: MetaJoined };
    events: {
      video_detected: { payload: VideoDetected; reply: Detected };
      claim: { payload: Claim; reply: Microphone };
      release: { payload: Release; reply: Microphone };
      video_context: { payload: VideoContext; reply: ContextKnown };
      list_videos: { payload: ListVideos; reply: VideosListed };
      queue_video: { payload: QueueVideo; reply: VideoTold };
      update_video_status: { payload: UpdateVideoStatus; reply: VideoTold };
      get_notes: { payload: GetNotesOf; reply: NotesPage };
      delete_note: { payload: DeleteNote; reply: NoteLeft };
      enrich_note: { payload: Nothing; reply: Empty };
      refine_note: { payload: Nothing; reply: Empty };
      refine_note_with_vision: { payload: Nothing; reply: Empty };
      queue_posting: { payload: Nothing; reply: Empty };
    };
    pushes: {
    };
  };
  "notes:video:<video>": {
    join: { payload: JoinVideoNotes; reply: VideoNotesJoined };
    events: {
      get_notes: { payload: GetNotes; reply: NotesPage };
      get_changes: { payload: GetChanges; reply: NotesChanged };
      create_note: { payload: CreateNote; reply: NoteLeft };
      update_note: { payload: UpdateNote; reply: NoteLeft };
      delete_note: { payload: DeleteNote; reply: NoteLeft };
      undo: { payload: UndoNote; reply: NoteLeft };
      merge_notes: { payload: MergeNotes; reply: NoteLeft };
    };
    pushes: {
      presence_state: Record<string, PresenceEntry>;
      presence_diff: PresenceDiff;
      note_created: NoteTold;
      note_updated: NoteTold;
      note_deleted: NoteGone;
      video_summary: VideoSummary;
    };
  };
  "notes:user:<user>": {
    join: { payload: JoinPlain; reply: NotesPage };
    events: {
      get_notes: { payload: GetNotes; reply: NotesPage };
      create_note: { payload: CreateNoteOn; reply: NoteLeft };
      update_note: { payload: UpdateNote; reply: NoteLeft };
      delete_note: { payload: DeleteNote; reply: NoteLeft };
      undo: { payload: UndoNote; reply: NoteLeft };
      merge_notes: { payload: MergeNotes; reply: NoteLeft };
    };
    pushes: {
      note_created: NoteTold;
      note_updated: NoteTold;
      note_deleted: NoteGone;
    };
  };
  "user:<user>": {
    join: { payload: JoinPlain; reply: UserJoined };
    events: {
      update_settings: { payload: UpdateSettings; reply: SettingsInForce };
      refresh_token: { payload: RefreshToken; reply: TokenTaken };
    };
    pushes: {
      presence_state: Record<string, PresenceEntry>;
      presence_diff: PresenceDiff;
      settings_changed: SettingsInForce;
      context_available: Empty;
      device_revoked: DeviceRevoked;
      flags_changed: FlagsTold;
      job_updated: Empty;
      video_context_updated: TabContext;
      video_context_cleared: TabContext;
      video_updated: VideoTold;
      video_queued: VideoTold;
    };
  };
  "telemetry:<device>": {
    join: { payload: JoinPlain; reply: Empty };
    events: {
      events: { payload: MeasuredEvents; reply: MeasuredTaken };
    };
    pushes: {
    };
  };
  "admin:dashboard": {
    join: { payload: JoinPlain; reply: Empty };
    events: {
    };
    pushes: {
    };
  };
  "charts:<name>": {
    join: { payload: JoinChartActivity; reply: ChartActivityJoined };
    events: {
      follow: { payload: FollowSession; reply: SessionFollowed };
    };
    pushes: {
      chart_step: TraceStep;
    };
  };
}
