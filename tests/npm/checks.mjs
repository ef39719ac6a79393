// What the npm client is to see, by the numbers of the protocol's rules: a name, and what has to hold.
//
// `client` has what conformance.mjs gives to each check; `charts:<name>` are rooms that do what they are told.

import assert from "node:assert/strict";

const settled = (push) =>
  new Promise((resolve, reject) => {
    push
      .receive("ok", resolve)
      .receive("error", (reason) => reject(Object.assign(new Error(JSON.stringify(reason)), { reason })))
      .receive("timeout", () => reject(new Error("timeout")));
  });
const joined = (channel) => settled(channel.join());
const asked = (channel, event, payload = {}) => settled(channel.push(event, payload));
const refused = (promise) =>
  promise.then(
    (response) => assert.fail(`it was answered ${JSON.stringify(response)}`),
    (error) => error.reason ?? assert.fail(error.message),
  );
const told = (channel, event) => new Promise((resolve) => channel.on(event, resolve));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds) {
  while (!holds()) await pause(5);
}

const connected = (socket) => until(() => socket.isConnected());

// A frame as it is, past what the client thinks of its channels; and the reply to it.
async function raw(socket, join_ref, topic, event, payload = {}, ref = socket.makeRef()) {
  await connected(socket);
  socket.push({ join_ref, ref, topic, event, payload });
  return ref;
}
const answer = async (socket, ref) => {
  const found = () => socket.frames.find((frame) => frame.ref === ref && frame.event === "phx_reply");
  await until(found);
  return found();
};
const ofTopic = (socket, topic) => socket.frames.filter((frame) => frame.topic === topic);
const bytes = (...values) => new Uint8Array(values).buffer;
const plain = (buffer) => [...new Uint8Array(buffer)];

async function voice(client, socket, session = crypto.randomUUID(), more = {}) {
  const meta = socket.channel("video:meta");
  await joined(meta);
  const film = { url: "https://example.com/cut.mp4", title: "cut", rate: "25" };
  const { video_id } = await asked(meta, "video_detected", film);
  const channel = socket.channel(`voice:${session}`, () => ({
    ...{ video_id, device_id: client.given.device, requested_version: 2, at: Date.now(), tab_id: session },
    ...more,
  }));
  return { channel, session, video_id, reply: await joined(channel) };
}

let rooms = 0;
const room = (socket, payload = {}) => socket.channel(`charts:c${process.pid}x${++rooms}`, payload);

export const checks = {
  // -- 1 connect ----------------------------------------------------------------------------------------------------

  async "1 a version that is none is refused before the socket opens"({ open }) {
    const socket = open({ vsn: "3.0.0", reconnectAfterMs: () => 60_000 });
    await until(() => socket.codes.length);
    assert.deepEqual(socket.codes, [1006]);
  },

  async "1 version 1 speaks in objects"({ open }) {
    const socket = open({
      vsn: "1.0.0",
      encode: ({ topic, event, payload, ref }, callback) => callback(JSON.stringify({ topic, event, payload, ref })),
      decode: (text, callback) => callback(JSON.parse(text)),
    });
    const channel = room(socket);
    await joined(channel);
    assert.deepEqual(await asked(channel, "echo", { n: 1 }), { n: 1 });
    assert.ok(socket.frames.every((frame) => !("join_ref" in frame)));
    await settled(channel.leave());
  },

  async "1 the token comes with the connection"({ given, open }) {
    assert.equal((await joined(room(open(), { whoami: 1 }))).hello, given.device);
  },

  async "1 a bad token opens the socket, and each join says unauthenticated until one is good"({ given, open, withToken }) {
    const socket = open(withToken("not a token"));
    const brought = [undefined, undefined, given.good];
    const refusals = [];
    const channel = room(socket, () => ({ token: brought.shift() }));
    channel.join().receive("error", (reason) => refusals.push(reason.code));
    await until(() => channel.state === "joined");
    assert.deepEqual(refusals, ["unauthenticated", "unauthenticated"]);
  },

  async "1 an expired token says so, and a fresh one in the join lets the client in"({ given, open, withToken }) {
    const socket = open(withToken(given.expired));
    const brought = [undefined, given.good];
    const refusals = [];
    const channel = room(socket, () => ({ token: brought.shift() }));
    channel.join().receive("error", (reason) => refusals.push(reason.code));
    await until(() => channel.state === "joined");
    assert.deepEqual(refusals, ["token_expired"]);
  },

  async "1 of several tokens the last wins"({ given, open }) {
    const socket = open();
    assert.equal((await joined(room(socket, { token: given.other.token, whoami: 1 }))).hello, given.other.device);
  },

  async "1 a revoked device is out with 1001, and is not let in again"({ given, open, server, withToken }) {
    const socket = open(withToken(given.revoked.token));
    const channel = room(socket);
    await joined(channel);
    const refusals = [];
    channel.joinPush.receive("error", ({ code }) => refusals.push(code));
    server("revoke");
    await until(() => socket.codes.length && refusals.length);
    assert.deepEqual([socket.codes[0], refusals[0]], [1001, "unauthenticated"]);
  },

  async "1 a frame over the limit is 1009, and the client is back"({ open }) {
    const socket = open();
    const channel = room(socket);
    await joined(channel);
    channel.push("echo", { filling: "x".repeat(200_000) });
    await until(() => socket.codes.length && channel.state === "joined");
    assert.equal(socket.codes[0], 1009);
  },

  async "1 a frame that cannot be read is 1007 or 1003, and the client is back"({ open }) {
    const socket = open();
    const channel = room(socket);
    await joined(channel);
    for (const [frame, code] of [["{", 1007], ["[1]", 1003], [bytes(9), 1003]]) {
      socket.codes.length = 0;
      socket.conn.send(frame);
      await until(() => socket.codes.length && channel.state === "joined");
      assert.equal(socket.codes[0], code);
    }
  },

  // -- 2 rules 1 to 9 -----------------------------------------------------------------------------------------------

  async "2.1 the join reply comes before any push"({ open }) {
    const socket = open();
    const channel = room(socket, { push: 1 });
    const begun = told(channel, "begun");
    await joined(channel);
    await begun;
    assert.deepEqual(ofTopic(socket, channel.topic).map((frame) => frame.event), ["phx_reply", "begun"]);
  },

  async "2.2 a topic that there is not, and one that is not joined, are unmatched"({ open }) {
    const socket = open();
    assert.equal((await refused(joined(socket.channel("no:such")))).reason, "unmatched topic");
    const reply = await answer(socket, await raw(socket, "77", "charts:nobody", "echo"));
    assert.equal(reply.payload.response.reason, "unmatched topic");
    assert.equal(reply.join_ref, null);
  },

  async "2.3 the hundred and first channel is one too many"({ open }) {
    const socket = open();
    const channels = Array.from({ length: 100 }, () => room(socket));
    await Promise.all(channels.map(joined));
    assert.equal((await refused(joined(room(socket)))).reason, "too many channels joined");
    assert.deepEqual(await asked(channels[99], "echo", { n: 1 }), { n: 1 });
  },

  async "2.3 a crash in a join is answered, and the next join may succeed"({ open }) {
    const socket = open();
    const orders = [{ crash: "join" }, {}];
    const channel = room(socket, () => orders.shift());
    const reasons = [];
    channel.join().receive("error", ({ reason }) => reasons.push(reason));
    await until(() => channel.state === "joined");
    assert.deepEqual(reasons, ["join crashed"]);
  },

  async "2.4 joining again: the reply, the end of the old channel, what the new one says"({ open }) {
    const socket = open();
    const channel = room(socket);
    await joined(channel);
    const [old, from] = [channel.joinRef(), socket.frames.length];
    const ref = socket.makeRef();
    await raw(socket, ref, channel.topic, "phx_join", { push: 1 }, ref);
    await until(() => socket.frames.length === from + 3);
    const seen = socket.frames.slice(from).map(({ join_ref, event }) => [join_ref, event]);
    assert.deepEqual(seen, [[ref, "phx_reply"], [old, "phx_close"], [ref, "begun"]]);
  },

  async "2.4 a second channel of the client on one topic takes the first one's place"({ open }) {
    const socket = open();
    const first = room(socket);
    await joined(first);
    const closed = new Promise((resolve) => first.onClose(resolve));
    const second = socket.channel(first.topic);
    await joined(second);
    await closed;
    assert.deepEqual(await asked(second, "echo", { n: 2 }), { n: 2 });
  },

  async "2.5 a leave is answered, then closed, and the client stays away"({ open }) {
    const socket = open();
    const channel = room(socket);
    await joined(channel);
    const from = socket.frames.length;
    await settled(channel.leave());
    await until(() => socket.frames.length === from + 2);
    assert.deepEqual(socket.frames.slice(from).map((frame) => frame.event), ["phx_reply", "phx_close"]);
    await pause(60);
    assert.equal(channel.state, "closed");
  },

  async "2.5 leaving what is not joined is fine, and a stale leave is met with silence"({ open }) {
    const socket = open();
    const channel = room(socket);
    await joined(channel);
    const stale = await raw(socket, "stale", channel.topic, "phx_leave");
    const reply = await answer(socket, await raw(socket, "5", "charts:nobody", "phx_leave"));
    assert.deepEqual([reply.join_ref, reply.payload.status], ["5", "ok"]);
    await asked(channel, "echo");
    assert.ok(!socket.frames.some((frame) => frame.ref === stale));
  },

  async "2.6 without a join_ref an event is taken, with a stale one dropped"({ open }) {
    const socket = open();
    const channel = room(socket);
    await joined(channel);
    const stale = await raw(socket, "stale", channel.topic, "crash");
    const reply = await answer(socket, await raw(socket, null, channel.topic, "echo", { n: 3 }));
    assert.deepEqual([reply.join_ref, reply.payload.response], [channel.joinRef(), { n: 3 }]);
    assert.ok(!socket.frames.some((frame) => frame.ref === stale));
  },

  async "2.7 a broadcast reaches everybody on the topic, whoever began it too"({ open }) {
    const [one, other] = [open(), open()];
    const first = room(one, { listen: 1 });
    const second = other.channel(first.topic, { listen: 1 });
    await Promise.all([joined(first), joined(second)]);
    const heard = [told(first, "note_created"), told(second, "note_created")];
    await asked(first, "broadcast", { n: 7 });
    assert.deepEqual(await Promise.all(heard), [{ n: 7 }, { n: 7 }]);
    assert.equal(ofTopic(other, second.topic).at(-1).join_ref, null);
  },

  async "2.8 replies come when they come, each to its own push"({ open }) {
    const channel = room(open());
    await joined(channel);
    const order = [];
    const [first, second] = [1, 2].map((n) => asked(channel, "later").then(() => order.push(n)));
    assert.deepEqual(await asked(channel, "echo", { n: 1 }), { n: 1 });
    await asked(channel, "release");
    await Promise.all([first, second]);
    assert.deepEqual(order, [2, 1]);
  },

  async "2.9 an error has a code and a message beside the reason"({ open }) {
    const channel = room(open());
    await joined(channel);
    const reason = await refused(asked(channel, "refuse"));
    assert.deepEqual(
      { ...reason, message: undefined },
      { code: "invalid", reason: "invalid", path: "notes.3.text", message: undefined },
    );
    assert.ok(reason.message);
  },

  async "2.9 an event that there is not is an error, never silence"({ open }) {
    const channel = room(open());
    await joined(channel);
    const { code, path } = await refused(asked(channel, "sing"));
    assert.deepEqual([code, path], ["invalid", "event"]);
  },

  async "2 a channel that crashes says phx_error, and the client joins again"({ open }) {
    const channel = room(open());
    await joined(channel);
    const before = channel.joinRef();
    const reason = await refused(asked(channel, "crash"));
    assert.equal(reason.code, "internal");
    await until(() => channel.state === "joined" && channel.joinRef() !== before);
    assert.deepEqual(await asked(channel, "echo", { n: 1 }), { n: 1 });
  },

  async "2 a channel that the server closes is not joined again"({ open }) {
    const channel = room(open());
    await joined(channel);
    const closed = new Promise((resolve) => channel.onClose(resolve));
    channel.push("finish", {});
    await closed;
    await pause(60);
    assert.equal(channel.state, "closed");
  },

  // -- 3 binary frames ----------------------------------------------------------------------------------------------

  async "3 binary goes both ways: a push and its reply, a push of the server, a broadcast"({ open }) {
    const channel = room(open(), { listen: 1 });
    await joined(channel);
    assert.deepEqual(plain(await asked(channel, "echo", bytes(0xff, 0, 0xfe))), [0xff, 0, 0xfe]);
    const pushed = told(channel, "pushed");
    await asked(channel, "push binary");
    assert.deepEqual(plain(await pushed), [0, 0xff, 0xfe]);
    const broadcast = told(channel, "note_created");
    await asked(channel, "broadcast", bytes(9, 8));
    assert.deepEqual(plain(await broadcast), [9, 8]);
  },

  // -- 4 the client's clocks ----------------------------------------------------------------------------------------

  async "4 heartbeats are answered, so the client stays"({ open }) {
    const socket = open({ heartbeatIntervalMs: 1_000 });
    await joined(room(socket));
    await until(() => ofTopic(socket, "phoenix").length > 1);
    assert.deepEqual(socket.codes, []);
  },

  async "4 what could not be sent in time is never sent"({ open }) {
    const socket = open({ reconnectAfterMs: () => 300 });
    const channel = room(socket);
    await joined(channel);
    socket.conn.close(3000);
    await until(() => !socket.isConnected());
    const lost = channel.push("push", { lost: true }, 20);
    await new Promise((resolve) => lost.receive("timeout", resolve));
    await until(() => channel.state === "joined");
    await asked(channel, "echo");
    assert.ok(!socket.frames.some((frame) => frame.event === "pushed"));
  },

  // -- 5 presence ---------------------------------------------------------------------------------------------------

  async "5 presence: who is there, who comes and goes, and an update is one meta"({ Presence, ...client }) {
    const [one, other] = [client.open(), client.open(client.withToken(client.given.other.token))];
    const { channel, session, video_id } = await voice(client, one);
    const presence = new Presence(other.channel(`voice:${session}`, () => ({
      ...{ video_id, device_id: client.given.other.device, requested_version: 2, tab_id: "other" },
    })));
    await joined(presence.channel);
    const metas = (device) => presence.list((key, { metas }) => (key === device ? metas : [])).flat();
    await until(() => metas(client.given.device).length && metas(client.given.other.device).length);
    assert.equal(metas(client.given.device)[0].tab, session);
    await asked(channel, "set_timestamp", { media_ms: 4000 });
    await until(() => metas(client.given.device)[0].media_ms === 4000);
    assert.equal(metas(client.given.device).length, 1);
    await settled(channel.leave());
    await until(() => !metas(client.given.device).length);
  },

  async "5 a user sees their devices and whoever looks at a video"({ Presence, ...client }) {
    const [one, other] = [client.open(), client.open(client.withToken(client.given.other.token))];
    const topic = `user:${client.given.user}`;
    const presences = [one, other].map((socket) => new Presence(socket.channel(topic)));
    await Promise.all(presences.map((presence) => joined(presence.channel)));
    const devices = (presence) => presence.list((key) => key);
    const both = [client.given.device, client.given.other.device];
    await until(() => presences.every((presence) => both.every((device) => devices(presence).includes(device))));
  },

  // -- 7 sequence numbers -------------------------------------------------------------------------------------------

  async "7 an event in flight when the socket drops is said again, and counts once"(client) {
    const socket = client.open();
    const { channel } = await voice(client, socket);
    const before = channel.joinRef();
    const first = { kind: "speech_start", seq: 1, at: Date.now() };
    channel.push("voice_event", first);
    socket.conn.terminate();
    await until(() => channel.state === "joined" && channel.joinRef() !== before);
    assert.deepEqual(await asked(channel, "voice_event", first), { accepted_through: 1 });
    assert.deepEqual(await asked(channel, "voice_event", first), { accepted_through: 1 });
    const { code, expected } = await refused(asked(channel, "voice_event", { ...first, seq: 4 }));
    assert.deepEqual([code, expected], ["gap", 2]);
  },

  async "7 who comes back gets the pushes that it missed, in order"(client) {
    const socket = client.open();
    const { channel, session, reply } = await voice(client, socket);
    await asked(channel, "voice_event", { kind: "speech_start", seq: 1, at: Date.now() });
    await settled(channel.leave());
    const seen = { last_push_seq: reply.push_seq, push_epoch: reply.push_epoch };
    const again = await voice(client, client.open(), session, seen);
    const numbers = again.reply.pushes.map(({ payload }) => payload.push_seq);
    assert.ok(numbers.length);
    assert.deepEqual(numbers, numbers.map((_, n) => reply.push_seq + 1 + n));
  },

  // -- a deploy; the last, because the server goes ------------------------------------------------------------------

  async "4 a deploy closes with 1012, and the client is back as soon as /healthz answers"({ open, server, url }) {
    const socket = open({ reconnectAfterMs: () => 60_000 });
    const channel = room(socket);
    await joined(channel);
    server("deploy");
    await until(() => socket.codes.length);
    assert.deepEqual(socket.codes, [1012]);
    const isUp = () => fetch(`${url}/healthz`).then((response) => response.ok, () => false);
    while (!(await isUp())) await pause(20);
    socket.disconnect(() => socket.connect());
    await until(() => channel.state === "joined");
    assert.deepEqual(await asked(channel, "echo", { n: 1 }), { n: 1 });
  },
};
