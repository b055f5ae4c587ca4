// Pictures beside the borders of a tag, each with yes and no. Answers go to the server as a log of
// {seq, id, tag, value} that it acknowledges; what is not acknowledged is sent again.

const instances = new WeakMap();
const AGAIN_AFTER = 2000; // ms without an acknowledgement before the log is sent again
const WORDS = { true: "yes", false: "no", null: "" };

export default function (component) {
  const { parentElement, data, setStateValue } = component;
  let self = instances.get(parentElement);
  if (!self || self.client !== data.client) {
    if (self) self.stop();
    self = create(parentElement, data);
    instances.set(parentElement, self);
  }
  self.send = (log) => setStateValue("log", log);
  self.update(data);
  return () => {
    self.stop();
    instances.delete(parentElement);
  };
}

function create(parent, first) {
  const root = element("div", "wt");
  parent.querySelectorAll(":scope .wt").forEach((old) => old.remove());
  const body = element("div", "wt-body");
  const state = element("div", "wt-state");
  state.setAttribute("role", "status");
  root.append(body, state);
  parent.append(root);
  const self = { client: first.client, data: first, log: [], seq: first.ack, sentAt: 0, made: "" };
  self.send = () => {};

  const flush = () => {
    self.sentAt = Date.now();
    self.send(self.log.map((entry) => ({ ...entry })));
  };

  const answer = (items, value) => {
    for (const item of items) {
      self.seq += 1;
      self.log.push({ seq: self.seq, id: item.id, tag: self.data.tag, value });
    }
    if (items.length) flush();
    show();
  };

  const valueOf = (item) => {
    const said = self.log.findLast((e) => e.id === item.id && e.tag === self.data.tag);
    return said ? said.value : self.data.values[item.id] ?? null;
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
    const count = self.log.length;
    const late = count && Date.now() - self.sentAt > AGAIN_AFTER;
    state.textContent = !count
      ? self.seq ? "All answers saved" : ""
      : late
        ? `${count} not saved yet: the server does not answer, trying again…`
        : `Saving ${count}…`;
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

  const timer = setInterval(() => {
    showState();
    if (self.log.length && Date.now() - self.sentAt > AGAIN_AFTER) flush();
  }, 1000);
  const leave = (event) => {
    if (self.log.length) event.preventDefault();
  };
  window.addEventListener("beforeunload", leave);

  self.update = (data) => {
    self.data = data;
    self.log = self.log.filter((entry) => entry.seq > data.ack);
    self.seq = Math.max(self.seq, data.ack);
    const wanted = JSON.stringify([data.tag, data.answerable, data.rows]);
    if (wanted !== self.made) {
      self.made = wanted;
      body.replaceChildren(...data.rows.map((row) => drawnRow(row, data.answerable, answer, valueOf)));
    }
    show();
  };
  self.stop = () => {
    clearInterval(timer);
    window.removeEventListener("beforeunload", leave);
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

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text; // never innerHTML: names come from people
  return node;
}
