// A remark, from the video's page to its note. node review.mjs URL TOKEN DEVICE SESSION

import { asked, connect, joined, pushed, say, settled } from "./device.mjs";

const [, , , , deviceId, session] = process.argv;
const socket = connect();

const meta = socket.channel("video:meta");
await joined(meta);
const film = { url: "https://example.com/cut.mp4", title: "cut", rate: "25" };
const { video_id: videoId } = await asked(meta, "video_detected", film);

const notes = socket.channel(`notes:video:${videoId}`);
say({ before: (await joined(notes)).counts.total });

const voice = socket.channel(`voice:${session}`, () => ({
  video_id: videoId,
  device_id: deviceId,
  requested_version: 2,
  at: Date.now(),
}));
say({ version: (await joined(voice)).active_version });

const now = Date.now();
const created = pushed(notes, "note_created");
await asked(voice, "command", { name: "start", at: now - 5000 });
say(await asked(voice, "voice_event", { kind: "speech_start", seq: 1, at: now - 3000, media_ms: 4000 }));
say(await asked(voice, "voice_event", { kind: "speech_end", seq: 2, at: now - 1000 }));
const answer = await asked(voice, "transcript_final", {
  id: "00000000-0000-4000-8000-000000000001",
  text: "the logo is too dark here",
  at: now - 3000,
  media_ms: 4000,
  duration_ms: 2000,
  segment: 1,
});
const note = await created;
say({ same: note.id === answer.note_id, frame: note.frame_in });

const refusal = await asked(voice, "sing", {}).catch((error) => JSON.parse(error.message));
say({ code: refusal.code, path: refusal.path });

for (const channel of [voice, notes, meta]) {
  const closed = new Promise((resolve) => channel.onClose(resolve));
  await settled(channel.leave());
  await closed;
}
say({ left: socket.channels.length });
socket.disconnect(() => process.exit(0));
