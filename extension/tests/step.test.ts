// A chart's steps, against the moves that the server's code made.

import assert from "node:assert/strict";
import { test } from "node:test";

import vectors from "../generated/chart_vectors.json";
import exported from "../generated/voice_chart.json";
import { Chart, type Exported } from "../src/charts/chart";
import { nextTimer, start, step } from "../src/charts/step";
import { VOICE_RULES } from "../src/charts/voice";

const chart = new Chart(exported as Exported, VOICE_RULES);

test("every move is the server's", () => {
  assert.ok(vectors.walks.length >= 15);
  for (const [walk, { data, moves, end }] of vectors.walks.entries()) {
    let stepped = start(chart, data, 1_700_000_000_000);
    for (const [move, told] of moves.entries()) {
      const at = `walk ${walk}, move ${move}: ${told.event?.name ?? "start"}`;
      if (told.event !== null) stepped = step(chart, stepped.state, told.event);
      assert.deepEqual(chart.inOrder(stepped.state.active), told.active, at);
      assert.deepEqual(stepped.taken, told.taken, at);
      assert.deepEqual(
        stepped.effects.map(({ name, args }) => [name, args]),
        told.effects,
        at,
      );
      assert.deepEqual(stepped.state.deadlines, told.deadlines, at);
    }
    assert.deepEqual(stepped.state.data, end, `walk ${walk}`);
  }
});

test("the walks take most of the chart's transitions", () => {
  const taken = new Set(vectors.walks.flatMap(({ moves }) => moves.flatMap((move) => move.taken as string[])));
  assert.ok(taken.size >= 0.8 * exported.transitions.length, `${taken.size} of ${exported.transitions.length}`);
});

test("of two timers the earlier is next, and at one instant the first by name", () => {
  const of = (deadlines: Record<string, number>) => nextTimer({ active: new Set(), data: {}, deadlines });
  assert.deepEqual(of({ a: 2, b: 1 }), { at: 1, name: "after.b" });
  assert.deepEqual(of({ b: 1, a: 1 }), { at: 1, name: "after.a" });
  assert.equal(of({}), null);
});

test("a chart that names what is not here is refused", () => {
  assert.throws(() => new Chart({ ...(exported as Exported), format: 2 }, VOICE_RULES), /format 2/);
  assert.throws(() => new Chart(exported as Exported, { guards: {}, updates: {} }), /no (guard|update)/);
});
