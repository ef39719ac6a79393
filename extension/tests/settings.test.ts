// Settings as a person reads them, and as the server has them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { type Amount, meantBy, readable, SETTINGS } from "../src/options/settings";

const amounts = SETTINGS.filter((setting): setting is Amount => setting.kind === "amount");
const named = (name: string): Amount => {
  const found = amounts.find((setting) => setting.name === name);
  assert.ok(found);
  return found;
};

test("what is read comes back as what was written", () => {
  for (const setting of amounts)
    for (const shown of [setting.min, setting.min + setting.step, setting.max]) {
      const value = meantBy(setting, String(shown));
      assert.notEqual(value, null);
      assert.equal(Number(readable(setting, value)), Math.round(shown * 100) / 100, setting.name);
    }
});

test("minutes, seconds and percentages", () => {
  assert.equal(readable(named("idle_pause_ms"), 900_000), "15");
  assert.equal(meantBy(named("idle_pause_ms"), "2,5"), 150_000);
  assert.equal(meantBy(named("min_confidence"), "30"), 0.3);
  assert.equal(readable(named("min_confidence"), 0.55), "55");
});

test("what is out of bounds, or no number, is none", () => {
  for (const text of ["", "x", "24", "101", "-1"]) assert.equal(meantBy(named("min_confidence"), text), null, text);
});
