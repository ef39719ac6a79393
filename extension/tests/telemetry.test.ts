// What is measured: bounded, the oldest out first, sent in batches when nothing of the person's waits, and once.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { EventName } from "../generated/telemetry";
import { type Kept, Measurements, MOST_MEASURED } from "../src/keep/measured";
import { Refused, Unanswered } from "../src/offscreen/channel";
import { Measuring } from "../src/offscreen/measuring";
import { BATCH, Telemetry } from "../src/offscreen/telemetry";

/** As much of the database as this needs. */
class Shelf {
  readonly rows = new Map<number, Kept>();
  readonly facts = new Map<string, unknown>();
  private next = 1;

  async all(): Promise<Kept[]> {
    return [...this.rows.values()];
  }

  async get(_store: string, key: string): Promise<unknown> {
    return this.facts.get(key);
  }

  async put(store: string, value: unknown, key?: string): Promise<number> {
    if (store === "facts") {
      this.facts.set(key as string, value);
      return 0;
    }
    const seq = this.next++;
    this.rows.set(seq, { ...(value as Kept), seq });
    return seq;
  }

  async delete(_store: string, seq: number): Promise<void> {
    this.rows.delete(seq);
  }
}

const open = async (shelf = new Shelf()) => ({ shelf, kept: await Measurements.open(shelf as never) });
const NAME: EventName = "lossy.connection.recovered";
const event = (at = 1): Omit<Kept, "seq"> => ({ name: NAME, at, fields: { away_ms: at } });

test("beyond the bound the oldest goes, and what went is counted over a new start too", async () => {
  const { shelf, kept } = await open();
  for (let n = 0; n < MOST_MEASURED + 3; n += 1) await kept.add(event(n));
  assert.equal(kept.count, MOST_MEASURED);
  assert.equal(kept.first(1)[0]?.seq, 4);
  assert.equal(shelf.rows.size, MOST_MEASURED);
  const { kept: again } = await open(shelf);
  assert.deepEqual([again.count, again.dropped], [MOST_MEASURED, 3]);
});

test("numbers come in order though nobody waits for the disk", async () => {
  const { kept } = await open();
  await Promise.all([1, 2, 3].map((at) => kept.add(event(at))));
  assert.deepEqual(
    kept.first(9).map(({ seq, at }) => [seq, at]),
    [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
  );
});

test("a disk that is full costs the event and nothing else", async () => {
  const { shelf, kept } = await open();
  const put = shelf.put.bind(shelf);
  shelf.put = () => Promise.reject(new Error("full"));
  await kept.add(event(1));
  shelf.put = put;
  await kept.add(event(2));
  assert.deepEqual([kept.count, kept.first(1)[0]?.at], [1, 2]);
});

async function stage(wanted = true) {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { shelf, kept } = await open();
  const asked: { events: { seq: number }[]; dropped: number }[] = [];
  const state = { busy: false, now: 0, luck: 0, joined: true, lines: 0, left: 0, fail: null as Error | null };
  let watching: { joined(): void; refused(): void } | undefined;
  const line = {
    get joined() {
      return state.joined;
    },
    ask: async (_event: string, payload: never) => {
      asked.push(payload);
      if (state.fail !== null) throw state.fail;
      return { kept: 0, known: 0, refused: 0 };
    },
    leave: () => {
      state.left += 1;
    },
  };
  const telemetry = new Telemetry(
    kept,
    {
      join: (given) => {
        state.lines += 1;
        watching = given;
        return line as never;
      },
      busy: () => state.busy,
      now: () => state.now,
      luck: () => state.luck,
    },
    wanted,
  );
  const pass = async (ms: number) => {
    for (let gone = 0; gone < ms; gone += 250) {
      mock.timers.tick(Math.min(250, ms - gone));
      for (let turn = 0; turn < 300; turn += 1) await Promise.resolve();
    }
  };
  const sent = () => asked.map(({ events }) => events.length);
  return {
    telemetry,
    kept,
    shelf,
    asked,
    sent,
    state,
    pass,
    joined: () => watching?.joined(),
    refused: () => watching?.refused(),
  };
}

test("events are gathered, sent together, and go when they are answered", async (t) => {
  t.after(() => mock.timers.reset());
  const { telemetry, kept, asked, sent, pass } = await stage();
  telemetry.join();
  telemetry.measure(NAME, { away_ms: 1 });
  telemetry.measure(NAME, { away_ms: 2 });
  await pass(9_000);
  assert.deepEqual(sent(), []);
  await pass(1_000);
  assert.deepEqual([asked.length, asked[0]?.dropped, asked[0]?.events.map(({ seq }) => seq)], [1, 0, [1, 2]]);
  assert.equal(kept.count, 0);
});

test("what was measured while the server was away goes in batches once it is back", async (t) => {
  t.after(() => mock.timers.reset());
  const { telemetry, state, kept, sent, pass, joined } = await stage();
  state.joined = false;
  telemetry.join();
  for (let n = 0; n < 2 * BATCH + 1; n += 1) {
    state.now += 3_000;
    telemetry.measure(NAME, { away_ms: n });
  }
  await pass(60_000);
  assert.deepEqual(sent(), []);
  state.joined = true;
  joined();
  await pass(3_000);
  assert.deepEqual(sent(), [BATCH, BATCH, 1]);
  assert.equal(kept.count, 0);
});

test("words and notes go first", async (t) => {
  t.after(() => mock.timers.reset());
  const { telemetry, state, sent, pass } = await stage();
  telemetry.join();
  telemetry.measure(NAME, {});
  state.busy = true;
  await pass(60_000);
  assert.deepEqual(sent(), []);
  state.busy = false;
  await pass(2_000);
  assert.deepEqual(sent(), [1]);
});

test("what is not answered stays, and is tried ever more seldom", async (t) => {
  t.after(() => mock.timers.reset());
  const { telemetry, state, kept, sent, pass } = await stage();
  telemetry.join();
  telemetry.measure(NAME, {});
  state.fail = new Unanswered("gone");
  await pass(10_000 + 5_000 + 15_000);
  assert.deepEqual(sent(), [1, 1, 1]);
  await pass(30_000);
  assert.equal(sent().length, 3);
  assert.equal(kept.count, 1);
  state.fail = new Refused({ code: "rate_limited", retry_after_ms: 90_000 });
  await pass(30_000);
  assert.equal(sent().length, 4);
  state.fail = null;
  await pass(300_000);
  assert.deepEqual([sent().length, kept.count], [5, 0]);
});

test("what the server will never take is let go of and counted", async (t) => {
  t.after(() => mock.timers.reset());
  const { telemetry, state, kept, pass } = await stage();
  telemetry.join();
  telemetry.measure(NAME, {});
  state.fail = new Refused({ code: "invalid" });
  await pass(10_000);
  assert.deepEqual([kept.count, kept.dropped], [0, 1]);
});

test("a family has so many a minute, and the rest is counted", async (t) => {
  t.after(() => mock.timers.reset());
  const { telemetry, state, kept, pass } = await stage();
  for (let n = 0; n < 40; n += 1) telemetry.measure(NAME, {});
  telemetry.measure("lossy.error.extension", { code: "no_video" });
  await pass(250);
  assert.deepEqual([kept.count, kept.dropped], [31, 10]);
  state.now += 60_000;
  telemetry.measure(NAME, {});
  await pass(250);
  assert.equal(kept.count, 32);
});

test("who does not want to be measured is not, and what waited goes", async (t) => {
  t.after(() => mock.timers.reset());
  const { telemetry, state, kept, pass } = await stage();
  telemetry.join();
  telemetry.measure(NAME, {});
  telemetry.want(false);
  telemetry.measure(NAME, {});
  await pass(20_000);
  assert.deepEqual([kept.count, kept.dropped, state.left], [0, 0, 1]);
  telemetry.want(true);
  assert.equal(state.lines, 2);
});

test("a server that refuses it is not asked until something changes", async (t) => {
  t.after(() => mock.timers.reset());
  const { telemetry, state, sent, pass, refused } = await stage();
  telemetry.join();
  refused();
  telemetry.measure(NAME, {});
  await pass(60_000);
  assert.deepEqual([sent(), state.lines], [[], 1]);
  telemetry.want(true);
  assert.equal(state.lines, 2);
});

test("what was kept over a new start stays until the server has told flag and settings", async () => {
  const { shelf, kept } = await open();
  shelf.facts.set("telemetry", true);
  await kept.add(event());
  const extension = { line: () => null, backlog: { all: [] } };
  const measuring = await Measuring.open(extension as never, shelf as never);
  const told = async (value: boolean | null, telemetry_opt_out: boolean | null) => {
    const flags = value === null ? {} : { telemetry: { value } };
    const settings = telemetry_opt_out === null ? null : { settings: { telemetry_opt_out } };
    measuring.decide({ flags, settings } as never);
    await new Promise((resolve) => setImmediate(resolve));
    return [shelf.rows.size, shelf.facts.get("telemetry")];
  };
  assert.deepEqual(await told(null, null), [1, true]);
  assert.deepEqual(await told(null, false), [1, true]);
  assert.deepEqual(await told(true, null), [1, true]);
  assert.deepEqual(await told(true, false), [1, true]);
  assert.deepEqual(await told(true, true), [0, false]);
});
