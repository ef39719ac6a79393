// What waits for the server: in order, once, and not lost.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { type Item, MOST_WAITING, type Outcome, type Thing, Waiting } from "../src/keep/waiting";
import { packed } from "../src/offscreen/audio";
import { untilThere, wait } from "../src/offscreen/outage";

/** As much of the database as this needs, with what it holds in memory. */
class Shelf {
  readonly rows = new Map<number, Item>();
  private next = 1;

  async all(): Promise<Item[]> {
    return [...this.rows.values()];
  }

  async put(_store: string, item: Item): Promise<number> {
    const order = item.order ?? this.next++;
    this.rows.set(order, { ...item, order });
    return order;
  }

  async delete(_store: string, order: number): Promise<void> {
    this.rows.delete(order);
  }
}

const transcript = (id: string, segment = 1): Thing => ({
  kind: "transcript",
  session: "s",
  video_id: "v",
  payload: { id, text: id, at: 1, media_ms: 0, duration_ms: 0, segment },
});
const note = (id: string): Thing => ({ kind: "note", video_id: "v", payload: { id, video_id: "v", text: id } });
const idOf = ({ thing }: Item) => (thing.kind === "edit" ? "" : thing.payload.id);
const tick = () => new Promise((resolve) => setImmediate(resolve));

function line() {
  const sent: string[] = [];
  const answers = new Map<string, (outcome: Outcome) => void>();
  const settled: string[] = [];
  const waits = {
    send: (item: Item) => {
      sent.push(idOf(item));
      return new Promise<Outcome>((resolve) => answers.set(idOf(item), resolve));
    },
    changed: () => undefined,
    settled: (item: Item, { kind }: { kind: string }) => void settled.push(`${idOf(item)} ${kind}`),
  };
  const answer = async (id: string, outcome: Outcome = { kind: "done", value: null }) => {
    answers.get(id)?.(outcome);
    await tick();
    await tick();
  };
  return { sent, settled, waits, answer };
}

test("words go out in order without waiting for each other, and leave when they are answered", async () => {
  const shelf = new Shelf();
  const { sent, settled, waits, answer } = line();
  const waiting = await Waiting.open(shelf as never, waits);
  for (const id of ["a", "b", "c"]) await waiting.add(transcript(id), "me");
  assert.deepEqual(sent, []);
  waiting.drain();
  assert.deepEqual(sent, ["a", "b", "c"]);
  await answer("b");
  assert.deepEqual([...shelf.rows.values()].map(idOf), ["a", "c"]);
  assert.deepEqual(settled, ["b done"]);
});

test("an edit waits for all before it, and all after it wait for the edit", async () => {
  const { sent, waits, answer } = line();
  const waiting = await Waiting.open(new Shelf() as never, waits);
  waiting.drain();
  await waiting.add(transcript("a"), "me");
  await waiting.add(note("n"), "me");
  await waiting.add(transcript("b"), "me");
  assert.deepEqual(sent, ["a"]);
  await answer("a");
  assert.deepEqual(sent, ["a", "n"]);
  await answer("n");
  assert.deepEqual(sent, ["a", "n", "b"]);
});

test("what has no answer stays, over a new start too, and is sent again", async () => {
  const shelf = new Shelf();
  const first = line();
  const before = await Waiting.open(shelf as never, first.waits);
  before.drain();
  await before.add(transcript("a"), "me");
  await first.answer("a", { kind: "later", after_ms: 60_000 });
  before.stop();
  const second = line();
  const after = await Waiting.open(shelf as never, second.waits);
  after.drain();
  assert.deepEqual(second.sent, ["a"]);
});

test("what the server does not want is told and does not hold up the rest", async () => {
  const { sent, settled, waits, answer } = line();
  const waiting = await Waiting.open(new Shelf() as never, waits);
  waiting.drain();
  await waiting.add(note("n"), "me");
  await waiting.add(note("m"), "me");
  await answer("n", { kind: "refused", error: new Error("no") });
  assert.deepEqual(settled, ["n refused"]);
  assert.deepEqual(sent, ["n", "m"]);
});

test("words follow their event when its number changes", async () => {
  const shelf = new Shelf();
  const { waits } = line();
  const waiting = await Waiting.open(shelf as never, waits);
  await waiting.add(transcript("a", 7), "me");
  await waiting.renumber("s", new Map([[7, 12]]));
  await waiting.renumber("another", new Map([[12, 99]]));
  const [{ thing }] = waiting.all as [Item];
  assert.equal(thing.kind === "transcript" && thing.payload.segment, 12);
  assert.deepEqual([...shelf.rows.values()], [...waiting.all]);
});

test("there is an end to what is held, and who asks for more is told", async () => {
  const { waits } = line();
  const waiting = await Waiting.open(new Shelf() as never, waits);
  for (let n = 0; n < MOST_WAITING; n += 1) await waiting.add(note(String(n)), "me");
  await assert.rejects(waiting.add(note("one more"), "me"), /wait already/);
});

test("a server that is away is asked ever more seldom, and at least once a second", () => {
  const window = { min_ms: 0, max_ms: 1000 };
  assert.equal(wait(0, window, 0), 0);
  assert.equal(wait(0, window, 1), 1000);
  for (let asked = 1; asked < 50; asked += 1) {
    assert.ok(wait(asked, window, 0) >= 150);
    assert.ok(wait(asked, window, 1) <= 1000);
    assert.ok(wait(asked + 1, window, 0.5) >= wait(asked, window, 0.5));
  }
});

test("a question without an answer does not hold up the next one", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const answers: ((there: boolean) => void)[] = [];
  let back = false;
  const ask = () => new Promise<boolean>((resolve) => void answers.push(resolve));
  void untilThere("", { min_ms: 0, max_ms: 0 }, () => false, ask).then(() => {
    back = true;
  });
  const pass = async (ms: number) => {
    for (let gone = 0; gone < ms; gone += 10) mock.timers.tick(10);
    await tick();
  };
  await pass(10);
  assert.equal(answers.length, 1);
  await pass(10_000);
  assert.ok(answers.length > 10, "asked once a second at least, whatever became of the first");
  answers.at(-1)?.(false);
  await tick();
  assert.equal(back, false);
  answers.at(-2)?.(true);
  await tick();
  const asked = answers.length;
  await pass(10_000);
  assert.deepEqual([back, answers.length], [true, asked]);
});

test("nobody is asked once it is stopped", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  let asked = 0;
  let ended = false;
  const ask = async () => {
    asked += 1;
    return false;
  };
  void untilThere("", { min_ms: 0, max_ms: 0 }, () => asked === 2, ask).then(() => {
    ended = true;
  });
  for (let gone = 0; gone < 5_000; gone += 10) mock.timers.tick(10);
  await tick();
  assert.deepEqual([asked, ended], [2, true]);
});

test("sound is packed as the server reads it", () => {
  const bytes = Buffer.from(packed(3, 70_000, [Float32Array.of(0, 1), Float32Array.of(-1, 2)], 4));
  assert.equal(bytes.toString("hex"), "0100a00000000300011170" + "0000" + "ff7f" + "0180" + "ff7f");
});
