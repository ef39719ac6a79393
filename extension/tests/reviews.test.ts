// In which version a review is held, as the server's flags have it, and what becomes of one when they change.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Refused } from "../src/offscreen/channel";
import { Reviews, type ReviewsWatching } from "../src/offscreen/reviews";

interface Joining {
  refused(why: Refused): void;
}

function stage(mayFallBack = true) {
  const joins: { topic: string; joining: Joining; left: boolean }[] = [];
  const connection = {
    channel: (_kind: string, topic: string, _payload: unknown, joining: Joining) => {
      const join = { topic, joining, left: false };
      joins.push(join);
      const leave = () => {
        join.left = true;
      };
      return { joined: true, on: () => undefined, ask: async () => ({}), leave };
    },
  };
  const told: string[] = [];
  const watching = {
    session: () => undefined,
    drain: () => undefined,
    mayFallBack: () => mayFallBack,
    fellBack: () => void told.push("fell back"),
    refused: ({ code }: Refused) => void told.push(code),
  };
  const database = { put: async () => "", delete: async () => undefined, all: async () => [] };
  const line = () => ({ connection, own: { claim: async () => undefined } });
  const reviews = new Reviews(
    database as never,
    "device",
    line as never,
    watching as Partial<ReviewsWatching> as never,
  );
  reviews.shows(1, { video_id: "v" } as never);
  return { reviews, joins, told, kinds: () => joins.map(({ topic }) => topic.split(":")[0]) };
}

test("who talks goes on in the version that they began in, and begins the next review in the one that is offered", async (t) => {
  const { reviews, joins, kinds } = stage();
  t.after(() => reviews.leave());
  const first = await reviews.listen(1, 0, "start");
  assert.equal(first?.version, 2);
  reviews.offer(1, true);
  assert.equal(reviews.current, first);
  const second = await reviews.listen(1, 0, "start");
  assert.equal(second?.version, 1);
  assert.equal(joins[0]?.left, true);
  reviews.offer(2, true);
  assert.equal(reviews.current, second);
  const third = await reviews.listen(1, 0, "start");
  assert.equal(third?.version, 2);
  assert.deepEqual(kinds(), ["voice", "audio", "voice"]);
});

test("a review that nobody talks in goes when something else is offered, and stays when nothing changes", async (t) => {
  const { reviews, joins } = stage();
  t.after(() => reviews.leave());
  const review = await reviews.listen(1, 0, "start");
  reviews.offer(2, false);
  assert.equal(reviews.current, review);
  reviews.offer(1, false);
  assert.equal(reviews.current, null);
  assert.equal(joins[0]?.left, true);
});

test("where nothing is offered the next review is refused, and that is told", async (t) => {
  const { reviews, joins, told, kinds } = stage(false);
  t.after(() => reviews.leave());
  reviews.offer(1, false);
  await reviews.listen(1, 0, "start");
  reviews.offer(null, true);
  await reviews.listen(1, 0, "start");
  assert.deepEqual(kinds(), ["audio", "voice"]);
  joins[1]?.joining.refused(new Refused({ code: "unavailable" }));
  assert.deepEqual([told, reviews.current], [["unavailable"], null]);
});

test("a server that refuses what its flags offer is spoken to in version 1", async (t) => {
  const { reviews, joins, told, kinds } = stage();
  t.after(() => reviews.leave());
  await reviews.listen(1, 0, "start");
  joins[0]?.joining.refused(new Refused({ code: "unsupported_version" }));
  assert.deepEqual(told, ["fell back"]);
  assert.deepEqual(kinds(), ["voice", "audio"]);
  assert.equal(reviews.current?.version, 1);
});
