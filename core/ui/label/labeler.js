// One image at a time, one key a label. The element owns the queue it was given and moves on at
// once; the server stores the answers and acknowledges them, see answer_log.js.

import { answerLog } from "../shared/answer_log.js";
import { element, isTyping, mounted, place } from "../widgets/dom.js";

const AHEAD = 8; // pictures fetched before they are needed
const ZOOM = 3;

export default mounted(create, (self, setStateValue) => {
  self.send = (sending) => setStateValue("log", sending);
});

function create(parent, first) {
  const view = build(parent);
  const self = {
    data: first,
    history: [], // what was answered in this visit, oldest first: {seq, item, text}
    gone: new Set(), // ids answered here, whatever the server's queue still holds
    front: [], // {item, answer}: put back by undo, or looked at again with their part of history
    preloaded: new Map(),
    zoomed: false,
    send: () => {},
  };
  const log = answerLog({
    workspace: first.workspace,
    element: "labeler",
    send: (sending) => self.send(sending),
    tick: () => drawState(),
    held: (mine) => (mine ? place(parent, view.root) : view.root.remove()),
  });
  for (const answer of log.entries()) self.gone.add(answer.id); // of before, still to be stored

  const waiting = () => [
    ...self.front.map((entry) => entry.item),
    ...self.data.queue.filter((item) => !self.gone.has(item.id)),
  ];

  const push = (answer) => {
    const { session, annotator: by } = self.data;
    const seq = log.add({ ...answer, session, by, at: Date.now() });
    log.flush();
    return seq;
  };

  const give = (kind, label) => {
    const item = waiting()[0];
    if (!item) return;
    self.front = self.front.filter((entry) => entry.item.id !== item.id);
    self.gone.add(item.id);
    const seq = push({ id: item.id, kind, label: label ?? null, target: null });
    const text = label ?? (kind === "skip" ? "skipped" : "unsure");
    self.history.push({ seq, item, text });
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
    if (!entry?.answer) return;
    self.front.shift();
    self.history.push(entry.answer);
    draw();
  };

  const putInFront = (item, answer) => {
    self.front = [{ item, answer }, ...self.front.filter((entry) => entry.item.id !== item.id)];
    self.gone.add(item.id); // it is drawn from `front`, not a second time from the queue
  };

  const flash = (text) => {
    view.flash.textContent = text;
    view.flash.classList.add("on");
    requestAnimationFrame(() => setTimeout(() => view.flash.classList.remove("on"), 250));
  };

  const draw = () => {
    const items = waiting();
    const item = items[0];
    preload(self, items);
    view.root.dataset.image = item ? item.id : "";
    view.root.dataset.unsaved = String(log.entries().length);
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
    drawClasses(view, self, item, self.front[0]?.answer?.text, (name) => give("label", name));
    drawMeter(view, self.data.meter);
    drawState();
  };

  const drawState = () => {
    const saved = log.last() ? `All ${log.last()} answers saved` : "Press a key to label";
    const idle = isTyping(document.activeElement)
      ? "Keys go to the field you are in: click the picture to label"
      : saved;
    view.state.classList.toggle("late", log.isLate());
    view.state.textContent = log.waiting() || idle;
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
    give("label", self.data.classes[best].name);
  };

  const actions = [
    ["Enter", "↵", "Accept", accept, "Take the most probable class"],
    ["s", "s", "Skip", () => give("skip"), "Not this image; it is not asked again"],
    ["u", "u", "Unsure", () => give("unsure"), "Kept apart to be looked at by somebody else"],
    ["z", "z", "Undo", undo, "Take the last answer back"],
    ["ArrowLeft", "←", "Back", back, "Look at the previous image again; a new answer replaces the old"],
    ["ArrowRight", "→", "Forward", forward, "Leave an answered image as it is"],
    ["x", "x", "Zoom", () => zoom(!self.zoomed), "Enlarge; move the mouse to look around"],
  ];

  const press = (event) => {
    if (!log.isHeld() || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    if (isTyping(target)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const cls = self.data.classes.find((candidate) => candidate.keys.includes(key));
    const action = actions.find(([name]) => name === (key === "Backspace" ? "z" : key));
    if (cls) give("label", cls.name);
    else if (key === "Enter" && ownEnter(target)) return;
    else if (action) action[3]();
    else return;
    event.preventDefault();
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

  self.update = (data) => {
    // The picture under somebody's eyes stays, whatever the server would ask now: a key that is
    // pressed this moment is meant for it.
    const shown = waiting()[0];
    self.data = data;
    if (shown && !self.gone.has(shown.id) && !data.queue.some((item) => item.id === shown.id)) {
      putInFront(shown, null);
    }
    log.heard(data.ack, data.trouble);
    draw();
  };
  self.stop = () => {
    log.stop();
    window.removeEventListener("keydown", press);
    view.root.remove();
  };
  return self;
}

function build(parent) {
  const root = element("div", "wl");
  const left = element("div", "");
  const stage = element("div", "wl-stage");
  const picture = element("img", "");
  const flash = element("div", "wl-flash");
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
  stage.append(picture, flash, audit);
  left.append(stage, name, caption, why);
  right.append(classes, tools, state, meter);
  root.append(left, right);
  place(parent, root);
  return { root, stage, picture, flash, audit, name, caption, why, classes, tools, meter, state };
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

function drawClasses(view, self, item, answer, choose) {
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
    button.classList.toggle("chosen", classes[index].name === answer);
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
