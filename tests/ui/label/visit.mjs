// Checks of core/ui/label/visit.js in node, which test_visit.py runs with its address.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as later } from "node:timers/promises";

let now = 1_000_000;
Date.now = () => now;
globalThis.window = globalThis;
globalThis.location = { pathname: "/label" };
globalThis.document = { querySelector: () => null };
globalThis.KeyboardEvent = class {
  constructor(type, { key }) {
    Object.assign(this, { type, key });
  }
};
const listeners = new Set();
globalThis.addEventListener = (type, hear) => type === "keydown" && listeners.add(hear);
globalThis.removeEventListener = (type, hear) => listeners.delete(hear);
const { leave, listen, pressKept, takeUp, visitOf } = await import(process.env.SCRIPT);
const others = listeners.size; // of the scripts that it imports

function strike(key, more = {}) {
  const event = { key, composedPath: () => [{ closest: () => more.field ?? null }], ...more };
  for (const hear of listeners) hear(event);
}

// What an element that takes the place of the one before is told to press.
async function heard(visit, same = () => true) {
  const pressed = [];
  pressKept(visit, (event) => pressed.push(event.key), () => same(pressed));
  await later(1);
  assert.equal(listeners.size, others); // nobody listens on
  return pressed;
}

test("keys that nobody heard are pressed by the element that comes next, once", async () => {
  const visit = visitOf("shop", "labeler", () => ({}));
  listen(visit);
  strike("3");
  strike("z");
  assert.deepEqual(await heard(visit), ["3", "z"]);
  assert.deepEqual(await heard(visit), []);
});

test("only for what was shown before", async () => {
  const visit = visitOf("shop", "labeler", () => ({}));
  listen(visit);
  strike("3");
  strike("4");
  assert.deepEqual(await heard(visit, (pressed) => pressed.length < 1), ["3"]);
});

test("what is not for an element is not kept", async () => {
  const visit = visitOf("shop", "labeler", () => ({}));
  listen(visit);
  for (const held of ["repeat", "ctrlKey", "metaKey", "altKey", "isComposing"]) strike("1", { [held]: true });
  strike("2", { field: {} });
  assert.deepEqual(await heard(visit), []);
});

test("neither of another page, nor by another element, nor a while later", async () => {
  const visit = visitOf("shop", "labeler", () => ({}));
  listen(visit);
  location.pathname = "/metrics";
  strike("1");
  location.pathname = "/label";
  assert.deepEqual(await heard(visit), []);

  listen(visit);
  strike("1");
  assert.deepEqual(await heard(visitOf("shop", "grid", () => ({}))), []);
  assert.deepEqual(await heard(visit), []);

  listen(visit);
  strike("1");
  now += 4000;
  strike("2");
  assert.deepEqual(await heard(visit), []);
});

test("what an element left is taken up once, and not after a while", () => {
  const visit = visitOf("shop", "labeler", () => ({}));
  leave(visit, "typed", "ca");
  assert.equal(takeUp(visit, "typed"), "ca");
  assert.equal(takeUp(visit, "typed"), undefined);
  leave(visit, "typed", "ca");
  now += 4000;
  assert.equal(takeUp(visit, "typed"), undefined);
});
