// Pictures beside the borders of a tag, each with yes and no. Answers go to the server as a log of
// {client, seq, id, tag, value, batch} that it acknowledges, see answer_log.js.

import { answerLog } from "../shared/answer_log.js";
import { element, mounted, place } from "../widgets/dom.js";

const WORDS = { true: "yes", false: "no", null: "" };

export default mounted(create, (self, setStateValue) => {
  self.send = (sending) => setStateValue("log", sending);
});

function create(parent, first) {
  const root = element("div", "wt");
  const body = element("div", "wt-body");
  const state = element("div", "wt-state");
  state.setAttribute("role", "status");
  root.append(body, state);
  place(parent, root);
  const self = { data: first, made: "", send: () => {} };
  const log = answerLog({
    workspace: first.workspace,
    element: "tags",
    send: (sending) => self.send(sending),
    tick: () => showState(),
    held: (mine) => (mine ? place(parent, root) : root.remove()),
  });

  const answer = (items, value) => {
    const { session, annotator: by, tag } = self.data;
    const batch = log.last() + 1;
    for (const { id } of items) log.add({ id, tag, value, batch, session, by, at: Date.now() });
    if (items.length) log.flush();
    show();
  };

  const valueOf = (item) => {
    const newest = log.entries().findLast((e) => e.id === item.id && e.tag === self.data.tag);
    return newest ? newest.value : self.data.values[item.id] ?? null;
  };

  const show = () => {
    showState();
    for (const tile of root.querySelectorAll(".wt-tile")) {
      const value = valueOf(tile.item);
      tile.dataset.value = WORDS[value];
      tile.querySelectorAll("button").forEach((button) => {
        button.setAttribute("aria-pressed", String(button.value === WORDS[value]));
      });
    }
    for (const half of root.querySelectorAll(".wt-half")) {
      const open = half.items.filter((item) => valueOf(item) === null).length;
      half.querySelectorAll(".wt-all").forEach((button) => {
        button.disabled = !open;
        button.textContent = `${button.value === "yes" ? "✓" : "✕"} ${open} ${button.value}`;
        button.title = `${button.value} for the ${open} of these that have no answer yet`;
      });
    }
  };

  const showState = () => {
    state.classList.toggle("late", log.isLate());
    state.textContent = log.waiting() || (log.last() ? "All answers saved" : "");
  };

  const press = (event) => {
    const tile = event.target.closest?.(".wt-tile");
    const value = { y: true, n: false }[event.key.toLowerCase()];
    if (!tile || value === undefined || event.repeat || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    answer([tile.item], value);
    const tiles = [...root.querySelectorAll(".wt-tile")];
    tiles[tiles.indexOf(tile) + 1]?.querySelector("button")?.focus();
  };
  root.addEventListener("keydown", press);

  self.update = (data) => {
    self.data = data;
    log.heard(data.ack, data.trouble);
    const wanted = JSON.stringify([data.tag, data.answerable, data.rows]);
    if (wanted !== self.made) {
      self.made = wanted;
      body.replaceChildren(...data.rows.map((row) => drawnRow(row, data.answerable, answer, valueOf)));
    }
    show();
  };
  self.stop = () => {
    log.stop();
    root.remove();
  };
  return self;
}

function drawnRow(row, answerable, answer, valueOf) {
  const line = element("div", row.length > 1 ? "wt-row wt-two" : "wt-row");
  for (const group of row) {
    const half = element("section", "wt-half");
    half.items = group.items;
    half.setAttribute("aria-label", group.title);
    const head = element("div", "wt-head");
    const dot = element("i", "wt-dot");
    dot.style.background = group.colour;
    const title = element("span", "wt-title", group.title);
    title.title = group.help;
    head.append(dot, title);
    if (answerable && group.items.length) {
      for (const word of ["yes", "no"]) {
        const all = element("button", "wt-all");
        all.type = "button";
        all.value = word;
        all.addEventListener("click", () => {
          answer(group.items.filter((item) => valueOf(item) === null), word === "yes");
        });
        head.append(all);
      }
    }
    const grid = element("div", "wt-grid");
    grid.append(...group.items.map((item) => drawnTile(item, answerable, answer, valueOf)));
    if (!group.items.length) grid.append(element("span", "wt-none", group.none));
    half.append(head, grid);
    line.append(half);
  }
  return line;
}

function drawnTile(item, answerable, answer, valueOf) {
  const tile = element("div", "wt-tile");
  tile.item = item;
  const large = element("a");
  large.href = item.large;
  large.target = "_blank";
  large.title = item.path;
  const picture = element("img");
  picture.loading = "lazy";
  picture.decoding = "async";
  picture.src = item.picture;
  picture.alt = item.path;
  large.append(picture);
  const line = element("div", "wt-line");
  line.append(element("span", "wt-caption", item.caption));
  if (answerable) {
    for (const [word, sign] of [["yes", "✓"], ["no", "✕"]]) {
      const button = element("button", `wt-${word}`, sign);
      button.type = "button";
      button.value = word;
      button.title = `${word} (${word[0]})`;
      button.setAttribute("aria-label", `${word}: ${item.path}`);
      button.addEventListener("click", () => {
        const value = word === "yes";
        answer([item], valueOf(item) === value ? null : value);
      });
      line.append(button);
    }
  }
  tile.append(large, line);
  return tile;
}
