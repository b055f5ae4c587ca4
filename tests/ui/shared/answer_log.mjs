// Checks of core/ui/shared/answer_log.js in node, which test_answer_log.py runs with its address.

import assert from "node:assert/strict";
import { test } from "node:test";

let now = 1_000_000;
const timers = new Map();
Date.now = () => now;
globalThis.setInterval = (run, every) => {
  timers.set(run, { every, due: now + every });
  return run;
};
globalThis.clearInterval = (run) => timers.delete(run);

function wait(milliseconds) {
  for (const end = now + milliseconds; now < end; now += 100) {
    for (const [run, timer] of timers) {
      if (now < timer.due) continue;
      timer.due += timer.every;
      run();
    }
  }
}

const { answerLog } = await import(process.env.ANSWER_LOG);

function begun(client, ack = 0) {
  const sent = [];
  let ticks = 0;
  const log = answerLog({
    client,
    ack,
    send: (answers) => sent.push(answers),
    tick: () => (ticks += 1),
  });
  return { log, sent, ticks: () => ticks };
}

test("answers are numbered without gaps, from what the server has stored", () => {
  const { log, sent } = begun("numbers", 4);
  assert.equal(log.last(), 4);
  assert.equal(log.add({ id: "a" }), 5);
  assert.equal(log.add({ id: "b" }), 6);
  assert.deepEqual(sent, []);
  log.flush();
  assert.deepEqual(sent, [[{ seq: 5, id: "a" }, { seq: 6, id: "b" }]]);
  log.stop();
});

test("what is sent is a copy", () => {
  const { log, sent } = begun("copies");
  log.add({ id: "a" });
  log.flush();
  sent[0][0].id = "changed";
  assert.equal(log.entries()[0].id, "a");
  log.stop();
});

test("all that is not acknowledged is sent together, and forgotten when it is stored", () => {
  const { log, sent } = begun("acknowledged");
  for (const id of ["a", "b", "c"]) {
    log.add({ id });
    log.flush();
  }
  assert.deepEqual(sent.map((answers) => answers.length), [1, 2, 3]);
  log.acknowledge(2);
  assert.deepEqual(log.entries(), [{ seq: 3, id: "c" }]);
  log.acknowledge(1); // an old acknowledgement that comes late takes nothing back
  assert.equal(log.last(), 3);
  log.acknowledge(3);
  assert.deepEqual(log.entries(), []);
  assert.equal(log.waiting(), "");
  log.stop();
});

test("it is sent again while no acknowledgement comes", () => {
  const { log, sent, ticks } = begun("late");
  log.add({ id: "a" });
  log.flush();
  assert.equal(log.waiting(), "Saving 1…");
  wait(1_500);
  assert.equal(sent.length, 1);
  assert.equal(log.isLate(), false);
  wait(2_000);
  assert.equal(sent.length, 2);
  assert.deepEqual(sent[1], sent[0]);
  assert.ok(ticks() >= 3);
  log.acknowledge(1);
  wait(10_000);
  assert.equal(sent.length, 2);
  log.stop();
});

test("an overdue acknowledgement is said", () => {
  const { log } = begun("said");
  log.add({ id: "a" });
  log.flush();
  now += 2_001;
  assert.ok(log.isLate());
  assert.match(log.waiting(), /^1 not saved yet: the server does not answer, trying again…$/);
  log.stop();
});

test("the next element of a client goes on with what the last one left", () => {
  const first = begun("drawn anew");
  first.log.add({ id: "a" });
  first.log.add({ id: "b" });
  first.log.flush();
  first.log.stop(["aside"]);
  const other = begun("somebody else");
  assert.equal(other.log.last(), 0);
  assert.equal(other.log.inherited, undefined);
  const next = begun("drawn anew", 1); // the server has stored the first meanwhile
  assert.deepEqual(next.log.entries(), [{ seq: 2, id: "b" }]);
  assert.deepEqual(next.log.inherited, ["aside"]);
  assert.equal(next.log.add({ id: "c" }), 3);
  wait(4_000);
  assert.deepEqual(next.sent.at(-1).map((answer) => answer.seq), [2, 3]);
  assert.equal(first.sent.length, 1); // the one that ended sends no more
  next.log.acknowledge(3);
  next.log.stop();
  const last = begun("drawn anew", 3);
  assert.deepEqual(last.log.entries(), []);
  assert.equal(last.log.inherited, undefined);
  for (const { log } of [other, last]) log.stop();
});
