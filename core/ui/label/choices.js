// What keys mean on both ways of labeling, without a browser: checked in node by test_choices.py.
//
// A class whose name is one character owns that key, so with classes 0 to 9 the key 1 gives "1". The
// most probable classes are on the digits from 1; a digit that a class owns is none of theirs, and a
// class with a key of its own needs no digit. All other letters find a class by its name.

export const RANKS = 9; // classes that can have a digit; the first five are shown large
const FEW = 5; // as many classes never change their places

// The class that owns a key, or undefined.
export function ownerOf(classes, key) {
  return classes.find((cls) => cls.keys.includes(key));
}

// The classes at the picture, in order: {index, key}; `key` is "" where only arrows and Enter, or
// the finder, lead there.
//
//   probabilities   one a class; null where they must not show: then, as with few classes, the
//                   order is that of the vocabulary.
//   without         index of a class to leave out, or -1.
export function ranked(classes, probabilities, without = -1) {
  const order = classes.map((_, index) => index).filter((index) => index !== without);
  if (probabilities && classes.length > FEW) {
    order.sort((a, b) => probabilities[b] - probabilities[a] || a - b);
  }
  return order.slice(0, RANKS).map((index, place) => {
    const digit = String(place + 1);
    const own = classes[index].keys[0];
    return { index, key: own ?? (ownerOf(classes, digit) ? "" : digit) };
  });
}

// The first of some keys that no class owns, "" where there is none; all that none owns serve.
export function freeKeys(classes, keys) {
  return keys.filter((key) => !ownerOf(classes, key));
}

// What finds a group of classes, {name, members: indices}: for who knows the group, not the class.
export function groupEntries(groups, probabilities, run) {
  return groups.map(({ name, members }) => {
    const sum = probabilities ? members.reduce((all, index) => all + probabilities[index], 0) : 0;
    const percent = probabilities ? ` ${Math.round(sum / 10)} %` : "";
    return { name, hint: `some class of it${percent}`, run: () => run(name) };
  });
}

// The name of the smallest group that each class stands in, "" for none.
export function groupNames(groups, count) {
  const names = new Array(count).fill("");
  for (const { name, members } of [...groups].sort((a, b) => b.members.length - a.members.length)) {
    for (const index of members) names[index] = name;
  }
  return names;
}

// The index of the most probable class; -1 where that must not show.
export function best(probabilities) {
  return probabilities ? probabilities.indexOf(Math.max(...probabilities)) : -1;
}

// Probabilities in thousandths, one a class, as the page sends them: all of them, or with very many
// classes {at: numbers of classes, of: theirs}, and 0 for the others.
export function everyOne(sent, count) {
  if (!sent || Array.isArray(sent)) return sent;
  const all = new Array(count).fill(0);
  sent.at.forEach((index, place) => (all[index] = sent.of[place]));
  return all;
}

// Names and texts as they are compared: without case, accents and signs.
export function folded(text) {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[\s_\-./]+/gu, " ").trim();
}

// Entries {name, command} that a text finds, the best first: those that begin so, then those of which
// a word does, then those that hold it, then those of which every word typed begins a word, then those
// of which it does so together with their group, `within`. Ties keep the order given. Commands come after all classes, and only where a word of theirs begins so.
export function matching(entries, text) {
  const wanted = folded(text);
  const found = [];
  entries.forEach((entry, place) => {
    const name = folded(entry.name);
    let grade = gradeOf(name, wanted);
    if (grade > 4 && entry.within && each(`${folded(entry.within)} ${name}`, wanted)) grade = 4.5;
    if (grade < (entry.command ? 3 : 5)) found.push({ entry, grade, place });
  });
  const late = (one) => Number(Boolean(one.entry.command));
  found.sort((a, b) => late(a) - late(b) || a.grade - b.grade || a.place - b.place);
  return found.map((one) => one.entry);
}

function gradeOf(name, wanted) {
  if (!wanted || name === wanted) return 0;
  if (name.startsWith(wanted)) return 1;
  if (name.includes(` ${wanted}`)) return 2;
  if (name.includes(wanted)) return 3;
  return each(name, wanted) ? 4 : 5;
}

// Whether every word of `wanted` begins a word of `name`.
function each(name, wanted) {
  const words = name.split(" ");
  return wanted.split(" ").every((part) => words.some((word) => word.startsWith(part)));
}
