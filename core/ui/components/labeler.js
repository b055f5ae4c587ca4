// One image at a time, one key a label. The element owns the queue it was given and moves on at
// once; the server stores what it says and acknowledges. Nothing is forgotten before that.

const instances = new WeakMap();
const AGAIN_AFTER = 2000; // ms without an acknowledgement before the log is sent again

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
  const root = element("div", "wl");
  const left = element("div", "");
  const stage = element("div", "wl-stage");
  const picture = element("img", "");
  const said = element("div", "wl-said");
  const name = element("div", "wl-name");
  stage.append(picture, said);
  left.append(stage, name);
  const right = element("div", "");
  const classes = element("div", "wl-classes");
  const tools = element("div", "wl-tools");
  const state = element("div", "wl-state");
  state.setAttribute("role", "status");
  right.append(classes, tools, state);
  root.append(left, right);
  parent.querySelectorAll(":scope .wl").forEach((old) => old.remove());
  parent.append(root);

  const self = {
    client: first.client,
    data: first,
    log: [], // said, not yet acknowledged
    seq: first.ack,
    history: [], // entries of this visit that can be undone, oldest first
    gone: new Set(), // ids said here, whatever the server's queue still holds
    front: [], // items put back by undo
    preloaded: new Map(),
    sentAt: 0,
    send: () => {},
  };

  const items = () => [
    ...self.front,
    ...self.data.queue.filter((item) => !self.gone.has(item.id)),
  ];

  const push = (entry) => {
    self.seq += 1;
    self.log.push({ seq: self.seq, ...entry });
    flush();
  };

  const flush = () => {
    if (!self.log.length) return;
    self.sentAt = Date.now();
    self.send(self.log.map((entry) => ({ ...entry })));
  };

  const say = (kind, label) => {
    const item = items()[0];
    if (!item) return;
    self.front = self.front.filter((other) => other.id !== item.id);
    self.gone.add(item.id);
    push({ id: item.id, kind, label: label ?? null, target: null });
    self.history.push({ seq: self.seq, item });
    flash(label ?? (kind === "skip" ? "skipped" : "unsure"));
    draw();
  };

  const undo = () => {
    const last = self.history.pop();
    if (!last) return;
    push({ id: last.item.id, kind: "undo", label: null, target: last.seq });
    self.gone.delete(last.item.id);
    self.front = [last.item, ...self.front.filter((other) => other.id !== last.item.id)];
    self.gone.add(last.item.id); // it is drawn from `front`, not a second time from the queue
    flash("undone");
    draw();
  };

  const flash = (text) => {
    said.textContent = text;
    said.classList.add("on");
    requestAnimationFrame(() => setTimeout(() => said.classList.remove("on"), 250));
  };

  const draw = () => {
    const waiting = items();
    const item = waiting[0];
    // The next pictures are fetched while this one is looked at.
    for (const next of waiting.slice(0, 8)) {
      if (!self.preloaded.has(next.id)) {
        const image = new Image();
        image.src = next.picture;
        self.preloaded.set(next.id, image);
      }
    }
    while (self.preloaded.size > 40) self.preloaded.delete(self.preloaded.keys().next().value);
    root.dataset.image = item ? item.id : "";
    root.dataset.unsaved = String(self.log.length);
    picture.hidden = !item;
    if (item && picture.dataset.id !== item.id) {
      picture.dataset.id = item.id;
      picture.src = item.picture;
      picture.alt = item.name;
    }
    name.textContent = item ? item.name : self.data.loading;
    name.title = item ? item.name : "";
    drawClasses(item);
    drawState();
  };

  const drawClasses = (item) => {
    const wanted = JSON.stringify(self.data.classes);
    if (classes.dataset.made !== wanted) {
      classes.dataset.made = wanted;
      classes.classList.toggle("many", self.data.classes.length > 14);
      classes.replaceChildren(
        ...self.data.classes.map((cls) => {
          const button = element("button", "");
          button.type = "button";
          const bar = element("span", "wl-bar");
          bar.style.background = cls.colour;
          const label = element("span", "wl-label", cls.name);
          label.title = cls.name;
          button.append(bar, element("kbd", "", cls.key), label, element("span", "wl-p"));
          button.addEventListener("click", () => say("label", cls.name));
          return button;
        }),
      );
    }
    [...classes.children].forEach((button, index) => {
      const p = item ? item.probabilities[index] : 0;
      button.querySelector(".wl-bar").style.width = `${(100 * p).toFixed(1)}%`;
      button.querySelector(".wl-p").textContent = item ? `${Math.round(100 * p)} %` : "";
    });
  };

  const drawState = () => {
    const late = self.log.length && Date.now() - self.sentAt > AGAIN_AFTER;
    state.classList.toggle("late", Boolean(late));
    state.textContent = !self.log.length && typing(document.activeElement)
      ? "Keys go to the field you are in: click the picture to label"
      : !self.log.length
        ? self.seq ? `All ${self.seq} answers saved` : "Press a key to label"
      : late
        ? `${self.log.length} not saved yet: the server does not answer, trying again…`
        : `Saving ${self.log.length}…`;
  };

  const press = (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    if (typing(target)) return;
    const key = event.key.toLowerCase();
    const cls = self.data.classes.find((candidate) => candidate.key === key);
    if (cls) say("label", cls.name);
    else if (key === "enter" && !target?.closest?.("button, a")) accept();
    else if (key === "s") say("skip");
    else if (key === "u") say("unsure");
    else if (key === "z" || key === "backspace") undo();
    else return;
    event.preventDefault();
  };

  const accept = () => {
    const item = items()[0];
    if (!item) return;
    const best = item.probabilities.indexOf(Math.max(...item.probabilities));
    say("label", self.data.classes[best].name);
  };

  const leave = (event) => {
    if (self.log.length) event.preventDefault();
  };

  for (const [key, text, action] of [
    ["↵", "Accept", accept],
    ["s", "Skip", () => say("skip")],
    ["u", "Unsure", () => say("unsure")],
    ["z", "Undo", undo],
  ]) {
    const button = element("button", "");
    button.type = "button";
    button.append(element("kbd", "", key), element("span", "", text));
    button.addEventListener("click", action);
    tools.append(button);
  }

  stage.addEventListener("click", () => document.activeElement?.blur());
  window.addEventListener("keydown", press);
  window.addEventListener("beforeunload", leave);
  const timer = setInterval(() => {
    if (self.log.length && Date.now() - self.sentAt > AGAIN_AFTER) flush();
    drawState();
  }, 1000);

  self.update = (data) => {
    self.data = data;
    self.log = self.log.filter((entry) => entry.seq > data.ack);
    self.seq = Math.max(self.seq, data.ack);
    draw();
  };
  self.stop = () => {
    clearInterval(timer);
    window.removeEventListener("keydown", press);
    window.removeEventListener("beforeunload", leave);
    root.remove();
  };
  return self;
}

function typing(target) {
  return Boolean(target?.closest?.("input, textarea, select, [contenteditable=true]"));
}

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text; // never innerHTML: names come from people
  return node;
}
