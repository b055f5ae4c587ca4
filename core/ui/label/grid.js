// A page of pictures with one prediction: mark what is wrong, confirm the rest in one stroke. The
// server stores the answers and acknowledges them, see answer_log.js.

import { answerLog } from "../shared/answer_log.js";
import { element, isTyping, mounted, place } from "../widgets/dom.js";

export default mounted(create, (self, setStateValue) => {
  self.send = (sending, wrong) => {
    setStateValue("wrong", wrong);
    setStateValue("log", sending);
  };
});

function create(parent, first) {
  const view = build(parent);
  const self = {
    data: first,
    wrong: [], // ids called wrong without a class: asked one by one later
    marks: new Map(), // on the page shown: id to class, null for "wrong, class unknown"
    done: new Set(), // pages confirmed here
    history: [], // {page, marks, batch, wrong}
    front: [], // pages put back by undo
    cursor: 0,
    send: () => {},
  };
  const log = answerLog({
    workspace: first.workspace,
    element: "grid",
    send: (sending) => self.send(sending, [...self.wrong]),
    tick: () => drawState(),
    held: (mine) => (mine ? place(parent, view.root) : view.root.remove()),
  });
  if (log.inherited) self.wrong = log.inherited;

  const page = () =>
    self.front[0] ?? self.data.pages.find((candidate) => !self.done.has(candidate.id));

  const mark = (index, label) => {
    const shown = page();
    const item = shown?.items[index];
    if (!item) return;
    self.cursor = index;
    const same = self.marks.has(item.id) && self.marks.get(item.id) === label;
    if (same || label === shown.name) self.marks.delete(item.id);
    else self.marks.set(item.id, label);
    draw();
  };

  const answer = (entry) => {
    const { session, annotator: by } = self.data;
    log.add({ ...entry, session, by, at: Date.now() });
  };

  const confirm = () => {
    const shown = page();
    if (!shown) return;
    const batch = log.last() + 1;
    const wrong = [];
    for (const item of shown.items) {
      const label = self.marks.has(item.id) ? self.marks.get(item.id) : shown.name;
      if (label === null) {
        wrong.push(item.id);
        continue;
      }
      answer({ id: item.id, kind: "label", label, target: null, batch });
    }
    self.wrong = [...self.wrong, ...wrong];
    self.history.push({ page: shown, marks: new Map(self.marks), batch, wrong });
    self.front.shift();
    self.done.add(shown.id);
    turn(new Map());
    log.flush();
  };

  const undo = () => {
    const last = self.history.pop();
    if (!last) return;
    self.wrong = self.wrong.filter((id) => !last.wrong.includes(id));
    if (last.wrong.length < last.page.items.length) {
      const id = last.page.items[0].id;
      answer({ id, kind: "undo", label: null, target: last.batch, batch: null });
    }
    self.front.unshift(last.page);
    turn(last.marks);
    log.flush();
  };

  const turn = (marks) => {
    self.marks = marks;
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

  const columns = () => {
    const tiles = [...view.grid.children];
    const top = tiles[0]?.offsetTop;
    return Math.max(1, tiles.filter((tile) => tile.offsetTop === top).length);
  };

  const draw = () => {
    const shown = page();
    view.root.dataset.page = shown ? shown.id : "";
    view.root.dataset.unsaved = String(log.entries().length);
    drawTiles(view, self, shown, mark);
    const marked = self.marks.size;
    const rest = (shown?.items.length ?? 0) - marked;
    view.dot.style.background = shown ? shown.colour : "transparent";
    view.title.textContent = shown
      ? `All ${shown.name}? Mark what is not.`
      : self.data.loading;
    view.confirm.textContent = `Confirm ${rest} as ${shown?.name ?? ""}${
      marked ? ` · ${marked} marked` : ""
    }`;
    view.confirm.hidden = !shown;
    drawLegend(view, self.data.classes);
    drawState();
  };

  const drawState = () => {
    const saved = log.last() ? `All ${log.last()} answers saved` : "";
    view.state.classList.toggle("late", log.isLate());
    view.state.textContent = log.waiting() || saved;
  };

  const press = (event) => {
    if (!log.isHeld() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.composedPath()[0])) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() };
    const cls = self.data.classes.find((candidate) => candidate.keys.includes(key));
    if (key in moves) move(moves[key]);
    else if (event.repeat) return;
    else if (cls) {
      mark(self.cursor, cls.name);
      move(1);
    } else if (key === " " || key === "x") mark(self.cursor, null);
    else if (key === "Enter") confirm();
    else if (key === "z" || key === "Backspace") undo();
    else return;
    event.preventDefault();
  };

  view.confirm.addEventListener("click", () => {
    confirm();
    view.confirm.blur();
  });
  view.undo.addEventListener("click", () => {
    undo();
    view.undo.blur();
  });
  window.addEventListener("keydown", press);

  self.update = (data) => {
    const before = page()?.id;
    self.data = data;
    log.heard(data.ack, data.trouble);
    if (page()?.id !== before) self.marks = new Map(); // another class was chosen
    for (const next of data.pages.slice(0, 2)) {
      for (const item of next.items) new Image().src = item.thumb;
    }
    draw();
  };
  self.stop = () => {
    log.stop(self.wrong);
    window.removeEventListener("keydown", press);
    view.root.remove();
  };
  return self;
}

function build(parent) {
  const root = element("div", "wg");
  const head = element("div", "wg-head");
  const dot = element("i", "wg-dot");
  const title = element("span", "wg-title");
  const state = element("span", "wg-state");
  state.setAttribute("role", "status");
  const undo = element("button", "", "z  Undo");
  const confirm = element("button", "wg-confirm");
  undo.type = "button";
  confirm.type = "button";
  head.append(dot, title, state, undo, confirm);
  const legend = element("div", "wg-legend");
  const grid = element("div", "wg-grid");
  root.append(head, legend, grid);
  place(parent, root);
  return { root, dot, title, state, undo, confirm, legend, grid };
}

function drawTiles(view, self, shown, mark) {
  const wanted = shown ? shown.id : "";
  if (view.grid.dataset.made !== wanted) {
    view.grid.dataset.made = wanted;
    view.grid.replaceChildren(
      ...(shown?.items ?? []).map((item, index) => {
        const tile = element("button", "wg-tile");
        tile.type = "button";
        tile.tabIndex = -1; // the arrow keys move the cursor
        tile.title = item.name;
        const picture = element("img", "");
        picture.src = item.thumb;
        picture.alt = item.name;
        tile.append(picture, element("span", "wg-p", `${Math.round(100 * item.p)} %`),
          element("span", "wg-mark"));
        tile.addEventListener("click", () => {
          mark(index, null);
          tile.blur();
        });
        return tile;
      }),
    );
  }
  [...view.grid.children].forEach((tile, index) => {
    const item = shown.items[index];
    const marked = self.marks.has(item.id);
    tile.classList.toggle("wrong", marked);
    tile.classList.toggle("cursor", index === self.cursor);
    tile.setAttribute("aria-pressed", String(marked));
    tile.querySelector(".wg-mark").textContent = marked ? self.marks.get(item.id) ?? "✕" : "";
  });
}

function drawLegend(view, classes) {
  const wanted = JSON.stringify(classes);
  if (view.legend.dataset.made === wanted) return;
  view.legend.dataset.made = wanted;
  view.legend.replaceChildren(
    element("span", "", "Click or space: wrong · arrows move · a class key says what it is instead:"),
    ...classes.filter((cls) => cls.keys.length).map((cls) => {
      const item = element("span", "wg-key");
      item.title = cls.name;
      item.append(element("kbd", "", cls.keys[0]), cls.name);
      return item;
    }),
  );
}
