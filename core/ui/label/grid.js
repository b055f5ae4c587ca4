// A page of pictures with one prediction: mark what is wrong, confirm the rest in one stroke. The
// server stores the answers and acknowledges them, see answer_log.js.

import { answerLog } from "../shared/answer_log.js";
import { element, isTyping, mounted, place } from "../widgets/dom.js";
import { isCovered, leaveControls, ownsKey } from "../widgets/focus.js";
import { everyOne, freeKeys, groupEntries, groupNames, matching, ownerOf, ranked } from "./choices.js";
import { finder } from "./finder.js";
import { listen, pressKept, visitOf } from "./visit.js";

const NO_CLASS = { none: "none of these", unusable: "not usable" };

export default mounted(create, (self, setStateValue) => {
  self.send = (sending, wrong) => {
    setStateValue("wrong", wrong);
    setStateValue("log", sending);
  };
  self.sendApart = (wish) => setStateValue("apart", wish);
});

function create(parent, first) {
  const view = build(parent);
  const visit = visitOf(first.workspace, first.element ?? "grid", () => ({
    wrong: [], // ids called wrong without a class: asked one by one later
    marks: new Map(), // on the page shown: id to {kind, label}; kind "" for "wrong, class unknown"
    shown: "", // the page that they are on
    history: [], // {page, marks, batch, wrong, answers}
    front: [], // pages put back by undo
    parted: new Map(), // page to its items, where near-duplicates were taken apart
    cursor: 0,
  }));
  const self = {
    ...visit,
    data: first,
    done: new Set(), // pages confirmed here
    note: "",
    send: () => {},
    sendApart: () => {},
  };
  const log = answerLog({
    workspace: first.workspace,
    element: first.element ?? "grid", // several may use this file, each with a log of its own
    send: (sending) => self.send(sending, [...self.wrong]),
    tick: () => drawState(),
    held: (mine) => (mine ? place(parent, view.root) : stepBack()),
  });
  if (log.inherited) self.wrong = log.inherited;

  const page = () => {
    const shown =
      self.front[0] ?? self.data.pages.find((candidate) => !self.done.has(candidate.id));
    return shown && self.parted.has(shown.id)
      ? { ...shown, items: self.parted.get(shown.id) }
      : shown;
  };
  const choices = () => {
    const shown = page();
    const item = shown?.items[self.cursor];
    return item ? ranked(self.data.classes, item.probabilities, shown.index) : [];
  };

  const mark = (index, kind, label = null) => {
    const shown = page();
    const item = shown?.items[index];
    if (!item) return;
    self.cursor = index;
    const before = self.marks.get(item.id);
    const same = before && before.kind === kind && before.label === label;
    if (same || (kind === "label" && label === shown.name)) self.marks.delete(item.id);
    else self.marks.set(item.id, { kind, label });
    self.note = "";
    draw();
  };
  const markAndGoOn = (kind, label) => {
    mark(self.cursor, kind, label);
    move(1);
  };

  const answer = (entry) => {
    const { session, annotator: by } = self.data;
    log.add({ ...entry, target: null, session, by, at: Date.now() });
  };

  const confirm = () => {
    const shown = page();
    if (!shown) return;
    const batch = log.last() + 1;
    const wrong = [];
    let confirmed = 0;
    for (const item of shown.items) {
      const { kind, label } = self.marks.get(item.id) ?? { kind: "label", label: shown.name };
      for (const { id } of [item, ...item.alike]) {
        if (kind) answer({ id, kind, label, batch });
        else wrong.push(id);
        confirmed += kind === "label" && label === shown.name;
      }
    }
    self.wrong = [...self.wrong, ...wrong];
    const answers = log.last() + 1 - batch;
    self.history.push({ page: shown, marks: new Map(self.marks), batch, wrong, answers });
    self.front.shift();
    self.done.add(shown.id);
    self.note = `${confirmed} confirmed as ${shown.name}; z takes the page back.`;
    turn(new Map());
    log.flush();
  };

  const undo = () => {
    const last = self.history.pop();
    if (!last) return say("Nothing to undo in this visit.");
    self.wrong = self.wrong.filter((id) => !last.wrong.includes(id));
    if (last.answers) {
      const { session, annotator: by } = self.data;
      const [id, kind, target] = [last.page.items[0].id, "undo", last.batch];
      log.add({ id, kind, label: null, target, batch: null, session, by, at: Date.now() });
    }
    self.front.unshift(last.page);
    self.note = "The page is back, undone.";
    turn(last.marks);
    log.flush();
  };

  const turn = (marks) => {
    self.marks = marks;
    self.shown = page()?.id;
    self.cursor = 0;
    draw();
    window.scrollTo({ top: 0 });
  };

  const move = (by) => {
    const count = page()?.items.length ?? 0;
    self.cursor = Math.min(Math.max(self.cursor + by, 0), Math.max(count - 1, 0));
    draw();
    view.grid.children[self.cursor]?.scrollIntoView({ block: "nearest" });
  };

  const takeApart = (index = self.cursor) => {
    const shown = page();
    const item = shown?.items[index];
    if (!item?.alike.length) return say("The picture at the cursor stands for itself alone.");
    const alone = [item, ...item.alike].map((one) => ({ ...item, ...one, alike: [] }));
    self.parted.set(shown.id, shown.items.flatMap((one) => (one === item ? alone : [one])));
    self.sendApart({ number: Date.now(), ids: alone.map((one) => one.id), together: false });
    say(`${alone.length} pictures taken apart: they will not be taken for the same again.`);
    draw();
  };

  const say = (text) => {
    self.note = text;
    drawState();
  };

  const columns = () => {
    const tiles = [...view.grid.children];
    const top = tiles[0]?.offsetTop;
    return Math.max(1, tiles.filter((tile) => tile.offsetTop === top).length);
  };

  // Keys, title, what it does. The first key that no class owns is shown, all of them serve.
  const actions = [
    [["Enter"], "Confirm", confirm],
    [[" ", "x", "F9"], "Wrong", () => mark(self.cursor, "")],
    [["0", "F8"], "None of these", () => markAndGoOn("none")],
    [["-", "Delete"], "Not usable", () => markAndGoOn("unusable")],
    [["z", "Backspace"], "Undo", undo],
    [["+"], "Not the same", () => takeApart()],
    [["/", "F2"], "Find", () => find.open("")],
  ];

  const entries = () => {
    const { classes } = self.data;
    const item = page()?.items[self.cursor];
    const within = groupNames(self.data.groups, classes.length);
    const order = classes.map((_, index) => index);
    if (item) order.sort((a, b) => item.probabilities[b] - item.probabilities[a] || a - b);
    return [
      ...order.map((index) => ({
        name: classes[index].name,
        colour: classes[index].colour,
        hint: [within[index], item ? `${Math.round(item.probabilities[index] / 10)} %` : ""]
          .filter(Boolean).join(" · "),
        within: within[index],
        run: () => markAndGoOn("label", classes[index].name),
      })),
      ...groupEntries(self.data.groups, item?.probabilities, (name) => markAndGoOn("label", name)),
      ...actions.slice(1, -1).map(([keys, title, run]) => ({
        name: title, command: true, hint: `command ${shownKey(freeKeys(classes, keys)[0])}`, run,
      })),
    ];
  };
  const find = finder({ visit, entries, take: (entry) => entry.run() });
  view.finder.append(find.root);
  const stepBack = () => {
    find.stepBack();
    view.root.remove();
  };

  const draw = () => {
    for (const name of Object.keys(visit)) visit[name] = self[name];
    const shown = page();
    view.root.dataset.page = shown ? shown.id : "";
    drawTiles(view, self, shown, mark, takeApart);
    const count = (items) => items.reduce((sum, item) => sum + 1 + item.alike.length, 0);
    const items = shown?.items ?? [];
    const rest = count(items.filter((item) => !self.marks.has(item.id)));
    const marked = self.marks.size;
    view.dot.style.background = shown ? shown.colour : "transparent";
    view.title.textContent = shown ? `All ${shown.name}? Mark what is not.` : self.data.loading;
    view.confirm.textContent = `↵  Confirm ${rest} as ${shown?.name ?? ""}${
      marked ? ` · ${marked} marked` : ""
    }`;
    view.confirm.title = view.confirm.textContent;
    view.confirm.hidden = view.instead.hidden = view.finder.hidden = !shown;
    drawInstead(view, self.data.classes, items[self.cursor], choices(), (name) =>
      markAndGoOn("label", name));
    drawLegend(view, self.data.classes, actions);
    drawState();
  };

  const drawState = () => {
    view.root.dataset.unsaved = String(log.entries().length);
    const saved = log.last() ? `All ${log.last()} answers saved` : "";
    view.state.classList.toggle("late", log.isLate());
    view.state.textContent = log.isLate() ? log.waiting() : self.note || log.waiting() || saved;
  };

  const press = (event) => {
    if (!log.isHeld() || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    if (event.isComposing || isTyping(target) || isCovered()) return;
    if (find.claim(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.key === "Escape") leaveControls();
    if (!act(event.key, target, event.repeat)) return;
    event.preventDefault();
    event.stopPropagation(); // letters are shortcuts of the app around this page, too
  };

  const act = (key, target, repeats) => {
    const { classes } = self.data;
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() };
    if (ownsKey(target, key)) return false;
    if (key in moves) {
      move(moves[key]);
      return true;
    }
    if (repeats) return false;
    const cls = ownerOf(classes, key);
    const choice = choices().find((one) => one.key === key);
    const lower = key.length === 1 ? key.toLowerCase() : key;
    const action = actions.find(([keys]) => freeKeys(classes, keys).includes(lower));
    if (cls) markAndGoOn("label", cls.name);
    else if (choice) markAndGoOn("label", classes[choice.index].name);
    else if (action) action[2]();
    else if (/^[\p{L}\p{N}]$/u.test(key)) {
      if (/\p{L}/u.test(key) || matching(entries(), key).length) find.open(key);
      else say(`No class has the key ${key} here.`);
    } else return false;
    return true;
  };

  view.confirm.addEventListener("click", () => {
    confirm();
    view.confirm.blur();
  });
  view.undo.addEventListener("click", () => {
    undo();
    view.undo.blur();
  });
  window.addEventListener("keydown", press, true);

  self.update = (data) => {
    for (const item of data.pages.flatMap((page) => page.items)) {
      item.probabilities = everyOne(item.probabilities, data.classes.length);
    }
    self.data = data;
    const letters = actions.flatMap(([keys]) => freeKeys(data.classes, keys));
    const taken = letters.filter((key) => /^[a-z]$/.test(key)).join(" ");
    const thumb = window.matchMedia("(pointer: coarse)").matches;
    const typing = thumb ? "" : ` Type, or / first for ${taken}`;
    find.field.placeholder = `What is it instead?${typing}`;
    log.heard(data.ack, data.trouble);
    const same = page()?.id === self.shown;
    if (!same) {
      self.shown = page()?.id;
      self.marks = new Map(); // another class was chosen
      self.cursor = 0;
      // In the field that it was chosen in, keys would go on to mean another class.
      if (document.activeElement?.getAttribute("role") === "combobox") leaveControls();
    }
    for (const next of data.pages.slice(0, 2)) {
      for (const item of next.items) new Image().src = item.thumb;
    }
    draw();
    find.goOn(same);
    const { id } = page() ?? {};
    pressKept(visit, press, () => same && page()?.id === id);
  };
  self.stop = () => {
    const goesOn = log.stop(self.wrong);
    find.stop();
    window.removeEventListener("keydown", press, true);
    if (!goesOn) listen(visit);
    view.root.remove();
  };
  return self;
}

const shownKey = (key) => ({ " ": "space", "-": "−", Delete: "Del" })[key] ?? key ?? "/";

function build(parent) {
  const root = element("div", "wg");
  const head = element("div", "wg-head");
  const top = element("div", "wg-top");
  const dot = element("i", "wg-dot");
  const title = element("span", "wg-title");
  const state = element("span", "wg-state");
  state.setAttribute("role", "status");
  const undo = element("button", "");
  undo.append(element("kbd", "", "z"), " Undo");
  const confirm = element("button", "wg-confirm");
  undo.type = "button";
  confirm.type = "button";
  const row = element("div", "wg-row");
  const instead = element("div", "wg-instead");
  const find = element("div", "wg-find");
  top.append(dot, title, state, undo, confirm);
  row.append(instead, find);
  head.append(top, row);
  const legend = element("div", "wg-legend");
  const grid = element("div", "wg-grid");
  root.append(head, legend, grid);
  place(parent, root);
  return { root, dot, title, state, undo, confirm, instead, finder: find, legend, grid };
}

function drawTiles(view, self, shown, mark, takeApart) {
  const items = shown?.items ?? [];
  const wanted = shown ? `${shown.id} ${items.length}` : "";
  if (view.grid.dataset.made !== wanted) {
    view.grid.dataset.made = wanted;
    view.grid.replaceChildren(
      ...items.map((item, index) => {
        const cell = element("div", "wg-cell");
        const tile = element("button", "wg-tile");
        tile.type = "button";
        tile.tabIndex = -1; // the arrow keys move the cursor
        tile.title = item.name;
        const picture = element("img", "");
        picture.src = item.thumb;
        picture.alt = item.name;
        const p = element("span", "wg-p", `${Math.round(item.probabilities[shown.index] / 10)} %`);
        tile.append(picture, p, element("span", "wg-mark"));
        tile.addEventListener("click", () => {
          mark(index, "");
          tile.blur();
        });
        cell.append(tile);
        if (item.alike.length) cell.append(stacked(item, () => takeApart(index)));
        return cell;
      }),
    );
  }
  [...view.grid.children].forEach((cell, index) => {
    const tile = cell.firstChild;
    const marked = self.marks.get(items[index].id);
    const text = marked && (marked.label ?? NO_CLASS[marked.kind] ?? "✕");
    tile.classList.toggle("wrong", Boolean(marked));
    tile.classList.toggle("cursor", index === self.cursor);
    tile.setAttribute("aria-pressed", String(Boolean(marked)));
    tile.querySelector(".wg-mark").textContent = text ?? "";
  });
}

// Those that are confirmed with a tile, small, and the way to have them on their own.
function stacked(item, part) {
  const button = element("button", "wg-stack");
  button.type = "button";
  button.tabIndex = -1;
  const names = item.alike.map((other) => other.name).join("\n");
  button.title = `Nearly the same, answered together:\n${names}\nPress, or + at the cursor, to part them.`;
  for (const other of item.alike.slice(0, 3)) {
    const picture = element("img", "");
    picture.src = other.thumb;
    picture.alt = other.name;
    button.append(picture);
  }
  button.append(element("span", "", `+${item.alike.length}`));
  button.addEventListener("click", () => {
    button.blur();
    part();
  });
  return button;
}

// What the picture at the cursor may be instead: the most probable other classes with their keys.
function drawInstead(view, classes, item, choices, choose) {
  view.instead.replaceChildren(element("span", "", "At the cursor it is instead"));
  for (const { index, key } of choices.slice(0, 5)) {
    const chip = element("button", "wg-chip");
    chip.type = "button";
    chip.title = classes[index].name;
    const p = `${Math.round(item.probabilities[index] / 10)} %`;
    if (key) chip.append(element("kbd", "", key));
    chip.append(element("span", "wg-name", classes[index].name), element("span", "", p));
    chip.addEventListener("click", () => choose(classes[index].name));
    view.instead.append(chip);
  }
}

function drawLegend(view, classes, actions) {
  const keys = actions.map(([own, title]) => [shownKey(freeKeys(classes, own)[0]), title]);
  const wanted = JSON.stringify([keys, classes.find((cls) => cls.keys.length)?.keys]);
  if (view.legend.dataset.made === wanted) return;
  view.legend.dataset.made = wanted;
  const parts = [["← ↑ ↓ →", "Move"], ...keys.slice(1)].map(([key, title]) => {
    const part = element("span", "wg-key");
    part.append(element("kbd", "", key === "↵" ? "↵" : key), title);
    return part;
  });
  const own = classes.filter((cls) => cls.keys.length).map((cls) => {
    const part = element("span", "wg-key");
    part.append(element("kbd", "", cls.keys[0]), "that class");
    return part;
  });
  view.legend.replaceChildren(...parts, ...own.slice(0, 1));
}
