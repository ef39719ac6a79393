/** What panel, popup and pages may ask for, and who does it. */

import type { NoteTold } from "../../generated/channels";
import type { Command } from "../bridge";
import { newId } from "../keep/ids";
import { askWorker } from "../routing";
import type { Watching } from "./board";
import { Failed, faultOf } from "./board";
import { captureFrame } from "./capture";
import type { Extension } from "./extension";

type Asked<N extends Command["name"]> = Extract<Command, { name: N }>;

export async function perform(extension: Extension, command: Command, _from: Watching): Promise<unknown> {
  switch (command.name) {
    case "toggle_microphone":
      return extension.recording.toggle();
    case "start":
    case "resume":
      return extension.recording.start(command.name);
    case "claim":
      return extension.recording.start("resume");
    case "pause":
    case "stop":
      return extension.recording.pause(command.name);
    case "cancel":
    case "confirm":
    case "undo":
    case "post":
      return extension.reviews.command(command.name, "note_id" in command ? command.note_id : undefined);
    case "close":
      extension.recording.off();
      return extension.reviews.command("close");
    case "release":
      return release(extension);
    case "create_note":
    case "update_note":
    case "delete_note":
    case "undo_note":
    case "merge_notes":
      return edit(extension, command);
    case "more_notes":
      return extension.notebook?.more();
    case "seek":
    case "capture":
      return inPage(extension, command);
    case "list_videos":
    case "queue_video":
    case "update_settings":
      return atServer(extension, command);
    default:
      return about(extension, command);
  }
}

async function release(extension: Extension): Promise<void> {
  const { current } = extension.reviews;
  extension.recording.off();
  if (current !== null) await extension.own?.release(current.about.tab_id);
}

type Edit = Asked<"create_note" | "update_note" | "delete_note" | "undo_note" | "merge_notes">;

/** On disk first; answered by the server, or `{queued: true}`. */
async function edit(extension: Extension, command: Edit): Promise<unknown> {
  if (command.name === "create_note") return createNote(extension, command);
  const { name, ...given } = command;
  const payload = { ...given, request_id: crypto.randomUUID() };
  const event = name === "undo_note" ? "undo" : name;
  const video_id = extension.board.shown.notes[command.note_id]?.video_id ?? null;
  return extension.backlog.change({ kind: "edit", video_id, change: { event, payload } as never });
}

async function createNote(extension: Extension, command: Asked<"create_note">): Promise<unknown> {
  const { video } = extension.board.shown;
  if (video?.video_id == null) throw new Failed(faultOf("no_video", "No video is known to put a note on."));
  const { name: _name, media_ms = mediaNow(video), ...given } = command;
  const payload = { ...given, id: newId(), video_id: video.video_id, media_ms: Math.round(media_ms), at: Date.now() };
  return extension.backlog.change({ kind: "note", video_id: video.video_id, payload });
}

function mediaNow(video: { playing: boolean; media_ms: number; as_of: number; playback_rate: number }): number {
  return video.playing ? video.media_ms + (Date.now() - video.as_of) * video.playback_rate : video.media_ms;
}

async function inPage(extension: Extension, command: Asked<"seek" | "capture">): Promise<unknown> {
  const tab_id = extension.films.reviewed();
  if (tab_id === null) throw new Failed(faultOf("no_video", "No tab shows a video."));
  if (command.name === "capture") return captureFrame(extension.board, tab_id, command.media_ms ?? null);
  const there = extension.board.toTab(tab_id, { kind: "seek", media_ms: command.media_ms });
  if (!there) throw new Failed(faultOf("not_here", "The page of that video is not open here."));
  return null;
}

async function atServer(
  extension: Extension,
  command: Asked<"list_videos" | "queue_video" | "update_settings">,
): Promise<unknown> {
  const { own } = extension;
  if (own === null) throw new Failed(faultOf("signed_out", "Sign in first.", { remedy: "sign_in" }));
  if (command.name === "update_settings") return own.change(command.changes);
  if (command.name === "queue_video") {
    const { name: _name, ...video } = command;
    return own.meta.ask("queue_video", video);
  }
  const { name: _name, ...wanted } = command;
  const { videos } = await own.meta.ask("list_videos", wanted);
  extension.board.show({ videos });
  return videos satisfies readonly { status: NoteTold["status"] | string }[];
}

type About = Exclude<Command, Edit | Asked<"toggle_microphone" | "start" | "resume" | "claim" | "pause" | "stop">>;

async function about(extension: Extension, command: About): Promise<unknown> {
  const { connection, board, database, backlog } = extension;
  switch (command.name) {
    case "sign_in":
      return signIn(extension);
    case "sign_out":
      extension.disconnect();
      connection?.close("revoked");
      return null;
    case "retry":
      connection?.hurry();
      return extension.loadModel();
    case "open_permission":
      return askWorker({ to: "worker", name: "open_page", page: "permission" });
    case "open_options":
      return askWorker({ to: "worker", name: "open_page", page: "options" });
    case "set_server":
      return setServer(extension, command.server);
    case "set_model":
      await database.put("facts", command.address ?? undefined, "model");
      return extension.loadModel();
    case "dismiss":
      board.show({ faults: board.shown.faults.filter(({ id }) => id !== command.fault) });
      return null;
    case "export_pending":
      return backlog.export();
    case "import_pending":
      return backlog.import(command.text);
    default:
      throw new Failed(faultOf("invalid", "There is no such command."));
  }
}

/** A device that was signed out on purpose comes back as another one. */
async function signIn(extension: Extension): Promise<unknown> {
  const { connection } = extension;
  if (connection === null) return null;
  const { server, phase } = connection.shown;
  if (phase === "revoked") {
    await extension.asAnotherDevice();
    extension.connect(server);
  }
  return askWorker({ to: "worker", name: "open_address", address: `${server}/sign-in` });
}

async function setServer(extension: Extension, address: string): Promise<void> {
  const server = origin(address);
  if (server === null) throw new Failed(faultOf("invalid", "An address begins with http:// or https://."));
  await extension.database.put("facts", server, "server");
  extension.connect(server);
}

function origin(address: string): string | null {
  try {
    const { protocol, origin } = new URL(address);
    return protocol === "http:" || protocol === "https:" ? origin : null;
  } catch {
    return null;
  }
}
