// Checks of core/ui/label/choices.js in node, which test_choices.py runs with its address.

import assert from "node:assert/strict";
import { test } from "node:test";

const { RANKS, best, everyOne, freeKeys, groupEntries, groupNames, matching, ownerOf, ranked } = await import(process.env.SCRIPT);
const classes = (...names) =>
  names.map((name) => ({ name, keys: [...name].length === 1 ? [name] : [] }));
const many = classes(...Array.from({ length: 43 }, (_, n) => `class ${n}`));
const names = (found) => found.map((entry) => entry.name);

test("the most probable classes are on the digits from 1", () => {
  const p = many.map((_, n) => (n * 7) % 43);
  const at = ranked(many, p);
  assert.equal(at.length, RANKS);
  assert.deepEqual(at.map((one) => one.key), [..."123456789"]);
  const order = at.map((one) => p[one.index]);
  assert.deepEqual(order, [...order].sort((a, b) => b - a));
  assert.equal(at[0].index, best(p));
});

test("where probabilities must not show, the order is that of the vocabulary", () => {
  assert.deepEqual(ranked(many, null).map((one) => one.index), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.equal(best(null), -1);
});

test("few classes never change their places", () => {
  const few = classes("packaged", "unpackaged");
  for (const p of [[900, 100], [100, 900]]) {
    assert.deepEqual(ranked(few, p), [{ index: 0, key: "1" }, { index: 1, key: "2" }]);
  }
});

test("a class whose name is a digit owns that key, whatever is probable", () => {
  const digits = classes(..."0123456789");
  for (let top = 0; top < 10; top += 1) {
    const p = digits.map((_, n) => (n === top ? 900 : 10));
    for (const key of "0123456789") {
      assert.equal(ownerOf(digits, key).name, key);
      for (const one of ranked(digits, p)) {
        if (one.key === key) assert.equal(digits[one.index].name, key);
      }
    }
  }
});

test("no key ever means two things", () => {
  const pools = [..."0123456789abcsuzx+-/", "apple", "pear", "Oat Milk", "zoo", "10"];
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let round = 0; round < 500; round += 1) {
    const own = classes(...pools.filter(() => random() < 0.4));
    const p = own.map(() => random());
    for (const shown of [p, null]) {
      const at = ranked(own, shown);
      const keys = at.map((one) => one.key).filter(Boolean);
      assert.equal(new Set(keys).size, keys.length);
      for (const { index, key } of at) {
        const owner = key && ownerOf(own, key);
        assert.ok(!owner || owner === own[index]);
        assert.ok(key || !own[index].keys.length);
      }
    }
    for (const key of freeKeys(own, ["s", "F2", "0", "-"])) assert.equal(ownerOf(own, key), undefined);
  }
});

test("a command whose letter a class owns has another key", () => {
  const letters = classes(..."abcdefghijklmnopqrstuvwxyz");
  assert.deepEqual(freeKeys(letters, ["s", "F2"]), ["F2"]);
});

test("typing finds every class of 43 by its name, the best first", () => {
  const fruit = classes("Red Delicious", "Golden-Delicious", "Oat-Milk", "Milk", "Crème fraîche", "Kiwi");
  assert.deepEqual(names(matching(fruit, "milk")), ["Milk", "Oat-Milk"]);
  assert.deepEqual(names(matching(fruit, "del")), ["Red Delicious", "Golden-Delicious"]);
  assert.deepEqual(names(matching(fruit, "creme")), ["Crème fraîche"]);
  assert.deepEqual(names(matching(fruit, "oat milk")), ["Oat-Milk"]);
  assert.deepEqual(names(matching(fruit, "del gol")), ["Golden-Delicious"]);
  assert.deepEqual(names(matching(fruit, "xyz")), []);
  assert.equal(matching(fruit, "").length, fruit.length);
  for (const cls of many) assert.equal(matching(many, cls.name)[0], cls);
});

test("commands are found after all classes", () => {
  const all = [{ name: "Undo", command: true }, ...classes("sundial", "round", "dog")];
  assert.deepEqual(names(matching(all, "und")), ["sundial", "round", "Undo"]);
  assert.deepEqual(names(matching(all, "do")), ["dog"]); // in the middle of a word of a command: no
});

test("groups of classes are found by typing, and give the group as the label", () => {
  const taken = [];
  const groups = [{ name: "fresh fruit", members: [0, 2] }, { name: "dairy", members: [1] }];
  const entries = groupEntries(groups, [300, 600, 100], (name) => taken.push(name));
  const [found] = matching([...classes("freshener"), ...entries], "fruit");
  assert.equal(found.name, "fresh fruit");
  assert.match(found.hint, /40 %/);
  found.run();
  assert.deepEqual(taken, ["fresh fruit"]);
  assert.doesNotMatch(groupEntries(groups, null, () => {})[0].hint, /%/); // of random images: hidden
});

test("classes are found by their group and a word of theirs, after those called so", () => {
  const groups = [{ name: "animals", members: [0, 1, 2] }, { name: "water bird", members: [1, 2] }];
  const own = classes("tench", "goose", "black swan", "bird house");
  const within = groupNames(groups, own.length);
  assert.deepEqual(within, ["animals", "water bird", "water bird", ""]);
  const entries = own.map((cls, index) => ({ ...cls, within: within[index] }));
  assert.deepEqual(names(matching(entries, "bird")), ["bird house", "goose", "black swan"]);
  assert.deepEqual(names(matching(entries, "bird swan")), ["black swan"]);
  assert.deepEqual(names(matching(entries, "anim te")), ["tench"]);
});

test("what is sent of very many classes becomes a probability for each", () => {
  assert.deepEqual(everyOne({ at: [1, 3], of: [900, 100] }, 5), [0, 900, 0, 100, 0]);
  assert.deepEqual(everyOne([1, 2], 2), [1, 2]);
  assert.equal(everyOne(null, 3), null);
});
