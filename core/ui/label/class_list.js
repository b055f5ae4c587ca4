// The list of all classes beside the picture, with what the model makes of each. Above MANY classes
// that stand in groups it is a list of groups, and a group opens when it is pressed; a class is found
// by typing in any case. Only what changes from one picture to the next is touched.

import { element } from "../widgets/dom.js";

const MANY = 60;

// drawClassList(box, data, at): as drawDesk of desk_view.js takes them.
export function drawClassList(box, data, at) {
  const both = Boolean(at.item?.prompt) && !at.hidden;
  const { classes, groups } = data;
  const wanted = JSON.stringify([classes.map((cls) => [cls.name, cls.keys, cls.colour]), groups]);
  if (box.dataset.made !== wanted) {
    box.dataset.made = wanted;
    box.classList.toggle("many", classes.length > 14);
    box.list = classes.length > MANY && groups.length ? inGroups(box, data) : flat(box, data);
  }
  const moved = new Map();
  for (const { from, to } of at.changes) {
    moved.set(from, (moved.get(from) ?? 0) - 1);
    moved.set(to, (moved.get(to) ?? 0) + 1);
  }
  box.list.now = {
    shown: at.item && !at.hidden ? at.item.probabilities : null,
    prompt: both ? at.item.prompt : null,
    answer: at.answer?.text,
    count: (index) => Math.max(0, classes[index].labels + (moved.get(classes[index].name) ?? 0)),
    choose: at.choose,
  };
  box.list.refresh();
}

export const percent = (thousandths) => `${Math.round(thousandths / 10)} %`;

// A button for each class, which is made when it is first looked at.
function buttons({ classes }, list) {
  const made = new Map();
  const of = (index) => {
    if (made.has(index)) return made.get(index).button;
    const cls = classes[index];
    const button = element("button", "");
    button.type = "button";
    const bar = element("span", "wl-bar");
    bar.style.background = cls.colour;
    const label = element("span", "wl-label", cls.name);
    label.title = cls.name;
    const count = element("span", "wl-count");
    count.title = "labels so far";
    const p = element("span", "wl-p");
    p.title = "probability by the model";
    const zero = element("span", "wl-zero");
    zero.title = "probability from the prompts alone";
    button.append(bar);
    if (cls.keys.length) button.append(element("kbd", "", cls.keys[0]));
    button.append(label, p, zero, count);
    button.addEventListener("click", () => {
      button.blur();
      list.now.choose(cls.name);
    });
    made.set(index, { button, bar, p, zero, count, was: "" });
    refresh(index);
    return button;
  };
  const refresh = (index) => {
    const row = made.get(index);
    const { shown, prompt, answer, count } = list.now;
    const p = shown ? shown[index] : null;
    const chosen = classes[index].name === answer;
    const zero = prompt ? percent(prompt[index]) : "";
    const state = `${p} ${zero} ${count(index)} ${chosen}`;
    if (row.was === state) return;
    row.was = state;
    row.button.classList.toggle("chosen", chosen);
    row.bar.style.width = p === null ? "0" : `${p / 10}%`;
    row.p.textContent = p === null ? "" : percent(p);
    row.zero.textContent = zero;
    row.count.textContent = count(index);
  };
  return { of, refresh: () => made.forEach((_, index) => refresh(index)) };
}

const nothing = { shown: null, prompt: null, answer: undefined, count: () => 0, choose: () => {} };

function flat(box, data) {
  const list = { now: nothing };
  const own = buttons(data, list);
  box.replaceChildren(...data.classes.map((_, index) => own.of(index)));
  list.refresh = own.refresh;
  return list;
}

function inGroups(box, data) {
  const list = { now: nothing };
  const own = buttons(data, list);
  // A class stands below the smallest group that holds it.
  const groupOf = new Map();
  const rising = [...data.groups].sort((a, b) => b.members.length - a.members.length);
  for (const group of rising) for (const index of group.members) groupOf.set(index, group);
  const parts = new Map(data.groups.map((group) => [group, []]));
  const alone = data.classes.map((_, index) => index).filter((index) => !groupOf.has(index));
  for (const [index, group] of groupOf) parts.get(group).push(index);
  const filled = [...parts].filter(([, members]) => members.length);
  const heads = filled.map(([group, members]) => head(group.name, members.sort((a, b) => a - b), own, list));
  box.replaceChildren(...heads.map((one) => one.root), ...alone.map((index) => own.of(index)));
  list.refresh = () => {
    own.refresh();
    for (const one of heads) one.refresh();
  };
  return list;
}

// The head of a group, with its classes below once it was opened.
function head(name, members, own, list) {
  const root = element("div", "wl-group");
  const button = element("button", "wl-head");
  button.type = "button";
  button.title = `${name}: ${members.length} classes`;
  const sign = element("span", "wl-sign", "▸");
  sign.setAttribute("aria-hidden", "true");
  const p = element("span", "wl-p");
  const count = element("span", "wl-count");
  count.title = "labels so far";
  button.append(sign, element("span", "wl-label", name), p, count);
  const inside = element("div", "wl-inside");
  inside.hidden = true;
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    button.blur();
    inside.hidden = !inside.hidden;
    sign.textContent = inside.hidden ? "▸" : "▾";
    button.setAttribute("aria-expanded", String(!inside.hidden));
    inside.replaceChildren(...(inside.hidden ? [] : members.map((index) => own.of(index))));
  });
  root.append(button, inside);
  const refresh = () => {
    const { shown } = list.now;
    const sum = shown ? members.reduce((all, index) => all + shown[index], 0) : 0;
    p.textContent = shown ? percent(Math.min(sum, 1000)) : "";
    button.classList.toggle("likely", sum >= 100);
    count.textContent = members.reduce((all, index) => all + list.now.count(index), 0);
  };
  return { root, refresh };
}
