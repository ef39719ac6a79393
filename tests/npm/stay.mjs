// Joins a session and stays, over as many connections as that takes. node stay.mjs URL TOKEN DEVICE SESSION VIDEO

import { connect, say } from "./device.mjs";

const [, , , , deviceId, session, videoId] = process.argv;
const socket = connect();
socket.onClose((event) => say({ closed: event.code }));

socket
  .channel(`voice:${session}`, () => ({
    video_id: videoId,
    device_id: deviceId,
    requested_version: 2,
    at: Date.now(),
  }))
  .join()
  .receive("ok", (reply) => say({ epoch: reply.push_epoch }))
  .receive("error", (reason) => say({ refused: reason.code }));
