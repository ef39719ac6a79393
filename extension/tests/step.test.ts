// A chart's steps, against the moves that the server's code made.

import assert from "node:assert/strict";
import { test } from "node:test";
import exported from "../generated/voice_chart.json";
import vectors from "../generated/voice_vectors.json";
import { Chart, type ChartFile } from "../src/charts/model";
import { nextTimer, start, step } from "../src/charts/step";
import { VOICE_NAMES, VOICE_RULES, type VoiceData } from "../src/charts/voice";

const chart = new Chart(exported as ChartFile);

test("every move is the server's", () => {
  assert.ok(vectors.walks.length >= 15);
  for (const [walk, { data, moves, end }] of vectors.walks.entries()) {
    let stepped = start(chart, VOICE_RULES, data as unknown as VoiceData, 1_700_000_000_000);
    for (const [move, told] of moves.entries()) {
      const at = `walk ${walk}, move ${move}: ${told.event?.name ?? "start"}`;
      if (told.event !== null) stepped = step(chart, VOICE_RULES, stepped.state, told.event);
      assert.deepEqual(stepped.state.active, told.active, at);
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
  const of = (deadlines: Record<string, number>) => nextTimer({ active: [], history: {}, data: {}, deadlines });
  assert.deepEqual(of({ a: 2, b: 1 }), { at: 1, event: "after.b" });
  assert.deepEqual(of({ b: 1, a: 1 }), { at: 1, event: "after.a" });
  assert.equal(of({}), null);
});

test("what the chart names is here, and nothing else", () => {
  const { states, transitions } = exported as ChartFile;
  const actions = [
    ...states.flatMap(({ entry, exit }) => [...entry, ...exit]),
    ...transitions.flatMap((each) => each.do),
  ];
  const updates = actions.filter(({ kind }) => kind === "update").map(({ name }) => name);
  const guards = transitions.flatMap(({ guard }) => guard ?? []);
  assert.deepEqual(new Set(updates), new Set(Object.keys(VOICE_NAMES.updates)));
  assert.deepEqual(new Set(guards), new Set(Object.keys(VOICE_NAMES.guards)));
});
