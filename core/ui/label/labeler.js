// One image at a time, one key a label. The element owns the queue it was given and moves on at
// once; the server stores what it says and acknowledges. Nothing is forgotten before that.

const instances = new WeakMap();
// What an element had not got acknowledged when it was taken off the page, by client: a page that
// is drawn anew mounts another element, which must not forget it.
const left = (window.winnowLeft ??= new Map());
const AGAIN_AFTER = 2000; // ms without an acknowledgement before the log is sent again
const AHEAD = 8; // pictures fetched before they are needed
const ZOOM = 3;

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
  const view = build(parent);
  const self = {
    client: first.client,
    data: first,
    log: [], // said, not yet acknowledged
    seq: first.ack,
    history: [], // what was answered in this visit, oldest first: {seq, item, text}
    gone: new Set(), // ids said here, whatever the server's queue still holds
    front: [], // items put back by undo or looked at again, {item, said} with said: their entry
    preloaded: new Map(),
    sentAt: 0,
    zoomed: false,
    send: () => {},
  };

  const waiting = () => [
    ...self.front.map((entry) => entry.item),
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
    const item = waiting()[0];
    if (!item) return;
    self.front = self.front.filter((entry) => entry.item.id !== item.id);
    self.gone.add(item.id);
    push({ id: item.id, kind, label: label ?? null, target: null });
    const text = label ?? (kind === "skip" ? "skipped" : "unsure");
    self.history.push({ seq: self.seq, item, text });
    flash(text);
    draw();
  };

  const undo = () => {
    const last = self.history.pop();
    if (!last) return;
    push({ id: last.item.id, kind: "undo", label: null, target: last.seq });
    putInFront(last.item, null);
    flash("undone");
    draw();
  };

  const back = () => {
    const last = self.history.pop();
    if (!last) return;
    putInFront(last.item, last);
    draw();
  };

  const forward = () => {
    // Only over what has an answer already: nothing is passed by without one.
    const entry = self.front[0];
    if (!entry?.said) return;
    self.front.shift();
    self.history.push(entry.said);
    draw();
  };

  const putInFront = (item, said) => {
    self.front = [{ item, said }, ...self.front.filter((entry) => entry.item.id !== item.id)];
    self.gone.add(item.id); // it is drawn from `front`, not a second time from the queue
  };

  const flash = (text) => {
    view.said.textContent = text;
    view.said.classList.add("on");
    requestAnimationFrame(() => setTimeout(() => view.said.classList.remove("on"), 250));
  };

  const draw = () => {
    const items = waiting();
    const item = items[0];
    preload(self, items);
    view.root.dataset.image = item ? item.id : "";
    view.root.dataset.unsaved = String(self.log.length);
    view.picture.hidden = !item;
    if (item && view.picture.dataset.id !== item.id) {
      view.picture.dataset.id = item.id;
      view.picture.src = item.picture;
      view.picture.alt = item.name;
      zoom(false);
    }
    view.name.textContent = item ? item.name : self.data.loading;
    view.name.title = item ? item.name : "";
    const captions = item?.captions ?? [];
    view.caption.textContent = captions.join(" · ");
    view.caption.title = captions.join("\n");
    // Its line stays while any image in the queue has one: nothing below jumps.
    view.caption.hidden = !items.some((other) => other.captions?.length);
    view.audit.hidden = !item?.audit;
    drawWhy(view, item);
    drawClasses(view, self, item, self.front[0]?.said?.text, (name) => say("label", name));
    drawMeter(view, self.data.meter);
    drawState();
  };

  const drawState = () => {
    const late = self.log.length && Date.now() - self.sentAt > AGAIN_AFTER;
    view.state.classList.toggle("late", Boolean(late));
    view.state.textContent = !self.log.length && typing(document.activeElement)
      ? "Keys go to the field you are in: click the picture to label"
      : !self.log.length
        ? self.seq ? `All ${self.seq} answers saved` : "Press a key to label"
      : late
        ? `${self.log.length} not saved yet: the server does not answer, trying again…`
        : `Saving ${self.log.length}…`;
  };

  const zoom = (on) => {
    self.zoomed = on;
    view.stage.classList.toggle("zoomed", on);
    view.picture.style.transform = on ? `scale(${ZOOM})` : "";
  };

  const accept = () => {
    const item = waiting()[0];
    if (!item) return;
    const best = item.probabilities.indexOf(Math.max(...item.probabilities));
    say("label", self.data.classes[best].name);
  };

  const actions = [
    ["Enter", "↵", "Accept", accept, "Take the most probable class"],
    ["s", "s", "Skip", () => say("skip"), "Not this image; it is not asked again"],
    ["u", "u", "Unsure", () => say("unsure"), "Kept apart to be looked at by somebody else"],
    ["z", "z", "Undo", undo, "Take the last answer back"],
    ["ArrowLeft", "←", "Back", back, "Look at the previous image again; a new answer replaces the old"],
    ["ArrowRight", "→", "Forward", forward, "Leave an answered image as it is"],
    ["x", "x", "Zoom", () => zoom(!self.zoomed), "Enlarge; move the mouse to look around"],
  ];

  const press = (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    if (typing(target)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const cls = self.data.classes.find((candidate) => candidate.keys.includes(key));
    const action = actions.find(([name]) => name === (key === "Backspace" ? "z" : key));
    if (cls) say("label", cls.name);
    else if (key === "Enter" && ownEnter(target)) return;
    else if (action) action[3]();
    else return;
    event.preventDefault();
  };

  const leave = (event) => {
    if (self.log.length) event.preventDefault();
  };

  for (const [, shown, text, action, help] of actions) {
    const button = element("button", "");
    button.type = "button";
    button.title = help;
    button.append(element("kbd", "", shown), element("span", "", text));
    button.addEventListener("click", () => {
      action();
      button.blur(); // else Enter and space would press the button again
    });
    view.tools.append(button);
  }

  view.stage.addEventListener("click", () => {
    document.activeElement?.blur();
    zoom(!self.zoomed);
  });
  view.stage.addEventListener("mousemove", (event) => {
    if (!self.zoomed) return;
    const box = view.stage.getBoundingClientRect();
    const x = (100 * (event.clientX - box.left)) / box.width;
    const y = (100 * (event.clientY - box.top)) / box.height;
    view.picture.style.transformOrigin = `${x}% ${y}%`;
  });
  window.addEventListener("keydown", press);
  window.addEventListener("beforeunload", leave);
  const timer = setInterval(() => {
    if (self.log.length && Date.now() - self.sentAt > AGAIN_AFTER) flush();
    drawState();
  }, 1000);

  const before = left.get(self.client);
  if (before) {
    left.delete(self.client);
    self.log = before.log.filter((entry) => entry.seq > self.seq);
    self.seq = Math.max(self.seq, before.seq);
    for (const entry of self.log) self.gone.add(entry.id); // sent again by the timer
  }

  self.update = (data) => {
    // The picture under somebody's eyes stays, whatever the server would ask now: a key that is
    // pressed this moment is meant for it.
    const shown = waiting()[0];
    self.data = data;
    if (shown && !self.gone.has(shown.id) && !data.queue.some((item) => item.id === shown.id)) {
      putInFront(shown, null);
    }
    self.log = self.log.filter((entry) => entry.seq > data.ack);
    self.seq = Math.max(self.seq, data.ack);
    draw();
  };
  self.stop = () => {
    if (self.log.length) left.set(self.client, { log: self.log, seq: self.seq });
    clearInterval(timer);
    window.removeEventListener("keydown", press);
    window.removeEventListener("beforeunload", leave);
    view.root.remove();
  };
  return self;
}

function build(parent) {
  const root = element("div", "wl");
  const left = element("div", "");
  const stage = element("div", "wl-stage");
  const picture = element("img", "");
  const said = element("div", "wl-said");
  const audit = element("div", "wl-audit", "audit");
  audit.title = "Drawn at random, to measure how good the predictions are";
  const name = element("div", "wl-name");
  const caption = element("div", "wl-caption");
  const why = element("div", "wl-why");
  const right = element("div", "wl-side");
  const classes = element("div", "wl-classes");
  const tools = element("div", "wl-tools");
  const meter = element("div", "wl-meter");
  const state = element("div", "wl-state");
  state.setAttribute("role", "status");
  stage.append(picture, said, audit);
  left.append(stage, name, caption, why);
  right.append(classes, tools, state, meter);
  root.append(left, right);
  parent.querySelectorAll(":scope .wl").forEach((old) => old.remove());
  parent.append(root);
  return { root, stage, picture, said, audit, name, caption, why, classes, tools, meter, state };
}

// The next pictures are fetched while this one is looked at.
function preload(self, items) {
  for (const next of items.slice(0, AHEAD)) {
    if (self.preloaded.has(next.id)) continue;
    const image = new Image();
    image.src = next.picture;
    self.preloaded.set(next.id, image);
  }
  while (self.preloaded.size > 5 * AHEAD) {
    self.preloaded.delete(self.preloaded.keys().next().value);
  }
}

function drawClasses(view, self, item, chosen, choose) {
  const { classes } = self.data;
  const wanted = JSON.stringify(classes.map((cls) => [cls.name, cls.keys, cls.colour]));
  if (view.classes.dataset.made !== wanted) {
    view.classes.dataset.made = wanted;
    view.classes.classList.toggle("many", classes.length > 14);
    view.classes.replaceChildren(
      ...classes.map((cls) => {
        const button = element("button", "");
        button.type = "button";
        const bar = element("span", "wl-bar");
        bar.style.background = cls.colour;
        const label = element("span", "wl-label", cls.name);
        label.title = cls.name;
        const count = element("span", "wl-count");
        count.title = "labels so far";
        button.append(bar);
        for (const key of cls.keys) button.append(element("kbd", "", key));
        button.append(label, element("span", "wl-p"), count);
        button.addEventListener("click", () => {
          choose(cls.name);
          button.blur();
        });
        return button;
      }),
    );
  }
  [...view.classes.children].forEach((button, index) => {
    const p = item ? item.probabilities[index] : 0;
    button.classList.toggle("chosen", classes[index].name === chosen);
    button.querySelector(".wl-bar").style.width = `${(100 * p).toFixed(1)}%`;
    button.querySelector(".wl-p").textContent = item ? `${Math.round(100 * p)} %` : "";
    button.querySelector(".wl-count").textContent = classes[index].labels;
  });
}

function drawWhy(view, item) {
  const wanted = item ? item.id + JSON.stringify(item.why) : "";
  if (view.why.dataset.made === wanted) return;
  view.why.dataset.made = wanted;
  view.why.replaceChildren();
  if (!item?.why) return;
  if (item.why.prompt) {
    const line = element("span", "wl-prompt", `Closest prompt: “${item.why.prompt}”`);
    line.title = item.why.prompt;
    view.why.append(line);
  }
  if (item.why.neighbours.length) {
    const alike = element("div", "wl-alike");
    alike.append(element("span", "", "Most alike of the labeled:"));
    for (const near of item.why.neighbours) {
      const box = element("span", "wl-near");
      const picture = element("img", "");
      picture.src = near.thumb;
      picture.alt = "";
      const dot = element("i", "");
      dot.style.background = near.colour;
      box.append(picture, dot, element("span", "", near.label));
      box.title = near.label;
      alike.append(box);
    }
    view.why.append(alike);
  }
}

function drawMeter(view, meter) {
  const wanted = JSON.stringify(meter);
  if (view.meter.dataset.made === wanted) return;
  view.meter.dataset.made = wanted;
  view.meter.replaceChildren(...meter.lines.map((text) => element("div", "", text)));
  if (!meter.accuracy) return;
  const { low, high, value, target } = meter.accuracy;
  const track = element("div", "wl-track");
  track.setAttribute("role", "img");
  track.setAttribute("aria-label", meter.accuracy.text);
  const span = element("div", "wl-span");
  span.style.left = `${100 * low}%`;
  span.style.width = `${100 * (high - low)}%`;
  const mark = element("div", "wl-mark");
  mark.style.left = `${100 * value}%`;
  const goal = element("div", "wl-goal");
  goal.style.left = `${100 * target}%`;
  goal.title = `goal ${Math.round(100 * target)} %`;
  track.append(span, mark, goal);
  const verdict = element("div", meter.reached ? "wl-reached" : "", meter.verdict);
  view.meter.append(element("div", "", meter.accuracy.text), track, verdict);
}

// Enter presses what has the focus, but not the link to this very page that brought somebody here.
function ownEnter(target) {
  const pressed = target?.closest?.("button, a, summary");
  return Boolean(pressed) && pressed.getAttribute("aria-current") !== "page";
}

function typing(target) {
  return Boolean(target?.closest?.("input:not([type=radio], [type=checkbox], [type=range]), textarea, select, [contenteditable=true]"));
}

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text; // never innerHTML: names come from people
  return node;
}
