// What charts/step.ts makes of a chart, against what the server's step made of it.
// CHART_VECTORS names another file of the same form: tests/visualizer/test_step.py has one with many charts.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { build } from "esbuild";

const code = `export { Chart } from "./model.js"; export { start, step, Unsettled } from "./step.js";`;
const { outputFiles } = await build({
  stdin: { contents: code, resolveDir: new URL("../../extension/src/charts", import.meta.url).pathname },
  bundle: true,
  write: false,
  format: "esm",
});
const { Chart, start, step, Unsettled } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);

const file = process.env.CHART_VECTORS ?? new URL("../../extension/generated/chart_vectors.json", import.meta.url);
const { charts, walks } = JSON.parse(readFileSync(file, "utf8"));

const rulesOf = (holds) => ({
  guard: ({ guard }) => holds.includes(guard),
  update: (_action, data) => data,
  delay: (name, data) => data.delays[name],
});

test("walks", () => {
  assert.ok(walks.length > 0);
  for (const [i, { chart, delays, steps }] of walks.entries()) walk(`walk ${i}`, new Chart(charts[chart]), { delays }, steps);
});

function walk(name, chart, data, steps) {
  let state;
  for (const [n, { event, at, holds, unsettled, ...expected }] of steps.entries()) {
    const take = () =>
      state === undefined
        ? start(chart, rulesOf(holds), data, at)
        : step(chart, rulesOf(holds), state, { name: event, at, payload: {} });
    if (unsettled) {
      assert.throws(take, Unsettled);
      continue;
    }
    const { state: after, effects, taken, known } = take();
    const { active, history, deadlines } = after;
    const made = { active, history, deadlines, effects: effects.map((each) => [each.name, each.args]), taken, known };
    assert.deepEqual(made, expected, `${name}, step ${n}: ${event}`);
    state = after;
  }
}
