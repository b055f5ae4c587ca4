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


// A browser's storage; `full` and `forbidden` stand for what real ones do.
const storage = new Map();
let full = false;
let forbidden = false;
Object.defineProperty(globalThis, "localStorage", {
  configurable: true,
  get: () => {
    if (forbidden) throw new Error("SecurityError");
    return {
      get length() {
        return storage.size;
      },
      key: (index) => [...storage.keys()][index] ?? null,
      getItem: (name) => storage.get(name) ?? null,
      setItem: (name, text) => {
        if (full) throw new Error("QuotaExceededError");
        storage.set(name, String(text));
      },
      removeItem: (name) => storage.delete(name),
    };
  },
});

const { answerLog } = await import(process.env.SCRIPT);

// The page is loaded anew, in this tab or another: scripts begin with nothing.
const load = () => globalThis.winnowBooks.clear();

function begun(workspace, element = "labeler") {
  const sent = [];
  let ticks = 0;
  const log = answerLog({
    workspace,
    element,
    send: (sending) => sent.push(sending),
    tick: () => (ticks += 1),
  });
  return { log, sent, ticks: () => ticks };
}

const ids = (sending) => sending.answers.map((answer) => answer.id);
const ack = ({ client, sending }) => ({ client, sending });

// What the label file does: each number of a client once.
function server() {
  const rows = new Map();
  return {
    store: (sending) => {
      for (const answer of sending.answers) {
        const name = `${answer.client} ${answer.seq}`;
        if (!rows.has(name)) rows.set(name, answer.id);
      }
      return ack(sending);
    },
    stored: () => [...rows.values()].sort(),
  };
}

test("answers are numbered without gaps, under a name drawn at random", () => {
  const { log, sent } = begun("numbers");
  assert.equal(log.last(), 0);
  assert.equal(log.add({ id: "a" }), 1);
  assert.equal(log.add({ id: "b" }), 2);
  assert.deepEqual(sent, []);
  log.flush();
  const [{ client, sending, workspace, answers }] = sent;
  assert.match(client, /^[0-9a-f]{32}$/);
  assert.deepEqual([sending, workspace], [1, "numbers"]);
  assert.deepEqual(answers, [{ client, seq: 1, id: "a" }, { client, seq: 2, id: "b" }]);
  log.heard(ack(sent[0]), "");
  log.stop();
});

test("what is sent is a copy", () => {
  const { log, sent } = begun("copies");
  log.add({ id: "a" });
  log.flush();
  sent[0].answers[0].id = "changed";
  assert.equal(log.entries()[0].id, "a");
  log.stop();
});

test("all that is not acknowledged is sent together, and forgotten when it is stored", () => {
  const { log, sent } = begun("acknowledged");
  for (const id of ["a", "b", "c"]) {
    log.add({ id });
    log.flush();
  }
  assert.deepEqual(sent.map((sending) => sending.answers.length), [1, 2, 3]);
  log.heard(ack(sent[1]), "");
  assert.deepEqual(log.entries().map((entry) => entry.id), ["c"]);
  log.heard(ack(sent[0]), ""); // an old acknowledgement that comes late takes nothing back
  log.heard({ client: "another", sending: 99 }, ""); // nor does one of another load of the page
  assert.deepEqual(log.entries().map((entry) => entry.id), ["c"]);
  assert.equal(storage.size > 0, true);
  log.heard(ack(sent[2]), "");
  assert.deepEqual(log.entries(), []);
  assert.equal(log.waiting(), "");
  assert.deepEqual([...storage.keys()].filter((name) => name.includes("acknowledged")), []);
  log.stop();
});

test("an answer given after a sending is not acknowledged by it", () => {
  const { log, sent } = begun("between");
  log.add({ id: "a" });
  log.flush();
  log.add({ id: "b" });
  log.heard(ack(sent[0]), "");
  assert.deepEqual(log.entries().map((entry) => entry.id), ["b"]);
  log.flush();
  log.heard(ack(sent[1]), "");
  log.stop();
});

test("it is sent again while no acknowledgement comes, less and less often", () => {
  const { log, sent, ticks } = begun("late");
  log.add({ id: "a" });
  log.flush();
  assert.equal(log.waiting(), "Saving 1…");
  wait(1_500);
  assert.equal(sent.length, 1);
  assert.equal(log.isLate(), false);
  wait(2_000);
  assert.equal(sent.length, 2);
  assert.deepEqual(sent[1].answers, sent[0].answers);
  assert.ok(ticks() >= 3);
  wait(58_000);
  assert.ok(sent.length >= 5 && sent.length <= 9, `${sent.length} sendings in a minute`);
  const before = sent.length;
  wait(17_000);
  assert.ok(sent.length > before, "never more than 15 s apart");
  log.heard(ack(sent.at(-1)), "");
  wait(60_000);
  assert.ok(sent.length <= before + 2);
  log.add({ id: "b" });
  log.flush();
  const again = sent.length;
  wait(3_500);
  assert.equal(sent.length, again + 1); // as soon as at first
  log.heard(ack(sent.at(-1)), "");
  log.stop();
});

test("what is not saved is said, with the reason and where it is kept", () => {
  const { log, sent } = begun("said");
  log.add({ id: "a" });
  log.flush();
  now += 2_001;
  assert.ok(log.isLate());
  assert.match(log.waiting(), /^1 not saved yet, kept in this browser .*The server does not answer/);
  log.heard(null, "The disk is full.");
  log.add({ id: "b" });
  assert.match(log.waiting(), /^2 not saved yet, kept in this browser .*\. The disk is full\.$/);
  full = true;
  log.add({ id: "c" });
  full = false;
  assert.match(log.waiting(), /^3 not saved yet, kept in this tab and .*leave it open/);
  log.flush();
  log.heard(ack(sent.at(-1)), "");
  assert.equal(log.waiting(), "");
  log.heard(ack(sent.at(-1)), "No more.");
  assert.match(log.waiting(), /^Answers cannot be saved: No more\.$/);
  log.stop();
});

test("the next element of a page goes on with what the last one left", () => {
  const first = begun("drawn anew");
  first.log.add({ id: "a" });
  first.log.add({ id: "b" });
  first.log.flush();
  first.log.stop(["aside"]);
  const other = begun("somebody else");
  assert.equal(other.log.last(), 0);
  assert.equal(other.log.inherited, undefined);
  const grid = begun("drawn anew", "grid");
  assert.equal(grid.log.last(), 0);
  const next = begun("drawn anew");
  assert.deepEqual(next.log.entries().map((entry) => entry.id), ["a", "b"]);
  assert.deepEqual(next.log.inherited, ["aside"]);
  assert.equal(next.log.add({ id: "c" }), 3);
  wait(4_000);
  assert.deepEqual(ids(next.sent.at(-1)), ["a", "b", "c"]);
  assert.equal(next.sent.at(-1).client, first.sent[0].client);
  assert.equal(first.sent.length, 1); // the one that ended sends no more
  next.log.heard(ack(next.sent.at(-1)), "");
  next.log.stop();
  const last = begun("drawn anew");
  assert.deepEqual(last.log.entries(), []);
  assert.equal(last.log.inherited, undefined);
  for (const { log } of [other, grid, last]) log.stop();
});

test("a reload keeps what is not stored, under its own name and number", () => {
  const before = begun("reload");
  for (const id of ["a", "b", "c"]) before.log.add({ id, by: "ann" });
  before.log.flush();
  load();
  const after = begun("reload");
  assert.deepEqual(after.log.entries(), before.log.entries());
  assert.match(after.log.waiting(), /^3 not saved yet|^Saving 3/);
  assert.equal(after.log.add({ id: "d" }), 1); // a load of its own: its numbers begin anew
  after.log.flush();
  const names = after.sent.at(-1).answers.map((answer) => `${answer.client} ${answer.seq}`);
  assert.equal(new Set(names).size, 4);
  assert.notEqual(after.sent.at(-1).client, before.sent[0].client);
  after.log.heard(ack(after.sent.at(-1)), "");
  load();
  assert.deepEqual(begun("reload").log.entries(), []);
});

test("two tabs that hold the same answers store them once", () => {
  const first = begun("tabs");
  first.log.add({ id: "a" });
  first.log.flush();
  load(); // a second tab, or the duplicate of the first
  const second = begun("tabs");
  second.log.add({ id: "b" });
  second.log.flush();
  first.log.add({ id: "c" });
  first.log.flush();
  const file = server();
  second.log.heard(file.store(second.sent.at(-1)), "");
  first.log.heard(file.store(first.sent.at(-1)), "");
  assert.deepEqual(file.stored(), ["a", "b", "c"]);
  assert.deepEqual([first.log.entries(), second.log.entries()], [[], []]);
  assert.deepEqual([...storage.keys()].filter((name) => name.includes(":tabs:")), []);
});

test("what the storage holds of others, or damaged, harms nothing", () => {
  storage.set("theirs", "x");
  storage.set("winnow:answer:odd:labeler:abc:000000001", "{not json");
  storage.set("winnow:answer:odd:labeler:abc:000000002", '{"client":"abc","seq":2}');
  storage.set("winnow:answer:odd:labeler:abc:000000003", '{"client":"xyz","seq":3,"id":"a"}');
  assert.deepEqual(begun("odd").log.entries(), []);
  assert.deepEqual([...storage.keys()].filter((name) => name.includes(":odd:")), []);
  assert.equal(storage.get("theirs"), "x");
});

test("without storage everything works but a reload, and closing the page asks", () => {
  let leave;
  globalThis.addEventListener = (name, run) => (leave = run);
  forbidden = true;
  const { log, sent } = begun("private");
  log.add({ id: "a" });
  log.flush();
  let asked = false;
  leave({ preventDefault: () => (asked = true) });
  assert.ok(asked);
  log.heard(ack(sent[0]), "");
  assert.deepEqual(log.entries(), []);
  forbidden = false;
  log.add({ id: "b" });
  asked = false;
  leave({ preventDefault: () => (asked = true) });
  assert.equal(asked, false); // the browser keeps it
  log.stop();
  delete globalThis.addEventListener;
});

test("storage is bounded", () => {
  const { log } = begun("many");
  for (let n = 0; n < 5_200; n += 1) log.add({ id: String(n) });
  const own = () => [...storage.keys()].filter((name) => name.includes(":many:")).length;
  assert.equal(own(), 5_000);
  assert.equal(log.entries().length, 5_200);
  log.stop();
});

test("whatever is lost, sent twice or loaded anew, each answer is stored once", () => {
  // A small generator of the kind x' = a x + c mod m: every failure can be played again.
  let seed = 7;
  const dice = (sides) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * sides);
  };
  for (let round = 0; round < 300; round += 1) {
    storage.clear();
    load();
    const file = server();
    const place = `round ${round}`;
    const given = [];
    const tabs = [begun(place)];
    for (let step = 0; step < 40; step += 1) {
      const tab = tabs[dice(tabs.length)];
      const newest = tab.sent.at(-1);
      switch (dice(7)) {
        case 0:
        case 1: {
          const id = `i${String(given.length).padStart(3, "0")}`;
          given.push(id);
          tab.log.add({ id });
          tab.log.flush();
          break;
        }
        case 2:
          if (newest) file.store(newest); // the acknowledgement is lost
          break;
        case 3:
          if (newest) tab.log.heard(file.store(newest), "");
          break;
        case 4:
          if (newest) tab.log.heard(null, "The disk is full.");
          break;
        case 5:
          tab.log.stop();
          load();
          tabs.splice(tabs.indexOf(tab), 1, begun(place)); // loaded anew
          break;
        default:
          if (tabs.length < 3) {
            load();
            tabs.push(begun(place)); // a tab more, perhaps a duplicate
          }
      }
    }
    for (const { log, sent } of tabs) {
      log.flush();
      log.heard(file.store(sent.at(-1)), "");
      assert.deepEqual(log.entries(), []);
      log.stop();
    }
    load();
    const last = begun(place); // what a tab that is gone left behind
    last.log.flush();
    last.log.heard(file.store(last.sent.at(-1)), "");
    last.log.stop();
    assert.deepEqual(file.stored(), given);
    assert.equal(storage.size, 0);
  }
});

test("of an element that is on the page twice, the one drawn last holds the log", () => {
  const seen = [];
  const open = (name) =>
    answerLog({
      workspace: "twice",
      element: "labeler",
      send: () => seen.push(`${name} sends`),
      tick: () => {},
      held: (mine) => seen.push(`${name} ${mine}`),
    });
  const first = open("first");
  const second = open("second");
  assert.deepEqual(seen, ["first true", "first false", "second true"]);
  assert.deepEqual([first.isHeld(), second.isHeld()], [false, true]);
  seen.length = 0;
  second.add({ id: "a" });
  wait(5_000);
  assert.ok(seen.length && seen.every((what) => what === "second sends"));
  seen.length = 0;
  second.stop();
  assert.deepEqual(seen, ["first true"]);
  assert.equal(first.entries().length, 1);
  const third = open("third");
  first.heard(null, ""); // it is drawn again, so it is the one that stays
  assert.deepEqual([first.isHeld(), third.isHeld()], [true, false]);
  third.stop();
  assert.ok(first.isHeld());
  first.stop();
});

test("a server that says nothing at all is asked for the whole page", () => {
  timers.clear(); // of logs above that nobody stopped
  let woken = 0;
  globalThis.winnowWake = () => (woken += 1);
  const { log, sent } = begun("silent");
  log.add({ id: "a" });
  log.flush();
  wait(3_500);
  assert.equal(woken, 0);
  wait(6_000);
  assert.ok(woken >= 1);
  const before = woken;
  log.heard(null, "The disk is full."); // it answers
  wait(10_000);
  assert.equal(woken, before);
  log.heard(ack(sent.at(-1)), "");
  log.stop();
  delete globalThis.winnowWake;
});
