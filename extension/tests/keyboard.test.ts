// What a key means, and where it means nothing.

import assert from "node:assert/strict";
import { test } from "node:test";

import { actOf, SHORTCUTS } from "../src/ui/keyboard";

const pressed = (key: string, more = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  ...more,
});

test("each key means one thing", () => {
  const keys = SHORTCUTS.flatMap((shortcut) => shortcut.keys);
  assert.equal(new Set(keys).size, keys.length);
  for (const { keys, act } of SHORTCUTS)
    for (const key of keys) assert.equal(actOf(pressed(key), "elsewhere"), act, key);
});

test("letters typed into a field are letters, and only Escape leaves it", () => {
  for (const key of ["j", "x", "u", "?", "Enter"]) assert.equal(actOf(pressed(key), "field"), null, key);
  assert.equal(actOf(pressed("Escape"), "field"), "leave");
});

test("a button hears Enter itself", () => {
  assert.equal(actOf(pressed("Enter"), "control"), null);
  assert.equal(actOf(pressed("j"), "control"), "next");
});

test("the browser's shortcuts and input methods keep theirs", () => {
  assert.equal(actOf(pressed("j", { ctrlKey: true }), "elsewhere"), null);
  assert.equal(actOf(pressed("x", { metaKey: true }), "elsewhere"), null);
  assert.equal(actOf(pressed("e", { isComposing: true }), "elsewhere"), null);
});
