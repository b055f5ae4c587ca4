// One image at a time, one key a label. The element owns the queue it was given and moves on at
// once; the server stores the answers and acknowledges them, see answer_log.js.

import { answerLog } from "../shared/answer_log.js";
import { element, isTyping, mounted, place } from "../widgets/dom.js";
import { isCovered, leaveControls, ownsKey } from "../widgets/focus.js";
import { best, everyOne, freeKeys, groupEntries, groupNames, matching, ownerOf, ranked } from "./choices.js";
import { buildDesk, drawDesk } from "./desk_view.js";
import { finder } from "./finder.js";
import { leave, listen, pressKept, takeUp, visitOf } from "./visit.js";

const AHEAD = 8; // pictures fetched before they are needed
const ZOOM = 3;
const WITHOUT_CLASS = {
  skip: "skipped", unsure: "unsure", none: "none of these", unusable: "not usable",
};

export default mounted(create, (self, setStateValue) => {
  self.send = (sending) => setStateValue("log", sending);
  self.sendApart = (wish) => setStateValue("apart", wish);
});

function create(parent, first) {
  const view = buildDesk(parent);
  const visit = visitOf(first.workspace, "labeler", () => ({ history: [], classOf: new Map() }));
  const self = {
    data: first,
    // What was answered in this visit, oldest first: {seq, item, text, predicted, from, to}
    history: visit.history,
    gone: new Set(), // ids answered here, whatever the server's queue still holds
    front: [], // {item, answer}: put back by undo, or looked at again with their part of history
    classOf: visit.classOf, // id to the class that was given here
    changes: [], // {seq, from, to}: labels that the counts of the server may not have yet
    apart: new Set(), // ids of images that were called another picture than those like them
    pick: -1, // place of the highlighted class at the picture, once arrows moved it
    note: "", // what a key could not do
    preloaded: new Map(),
    zoomed: false,
    send: () => {},
    sendApart: () => {},
  };
  const log = answerLog({
    workspace: first.workspace,
    element: "labeler",
    send: (sending) => self.send(sending),
    tick: () => drawState(),
    held: (mine) => (mine ? place(parent, view.root) : stepBack()),
  });
  for (const answer of log.entries()) self.gone.add(answer.id); // of before, still to be stored

  const waiting = () => [
    ...self.front.map((entry) => entry.item),
    ...self.data.queue.filter((item) => !self.gone.has(item.id)),
  ];
  // What of an image may be shown: of random ones nothing that suggests a class, until it has one.
  const isHidden = (item) => Boolean(item?.audit) && !self.front[0]?.answer;
  const atPicture = (item) => {
    const shown = item && !item.audit ? item.probabilities : null;
    return item ? ranked(self.data.classes, shown) : [];
  };
  const highlighted = (item) => {
    if (self.pick >= 0 || isHidden(item)) return self.pick;
    const answer = self.front[0]?.answer;
    const index = answer
      ? self.data.classes.findIndex((cls) => cls.name === answer.to)
      : best(item?.probabilities);
    return atPicture(item).findIndex((choice) => choice.index === index);
  };

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
    const from = self.classOf.get(item.id) ?? null;
    const to = label ?? null;
    const seq = push({ id: item.id, kind, label: to, target: null });
    self.classOf.set(item.id, to);
    self.changes.push({ seq, from, to });
    const guess = item.audit ? self.data.classes[best(item.probabilities)].name : "";
    self.history.push({ seq, item, text: label ?? WITHOUT_CLASS[kind], predicted: guess, from, to });
    self.note = "";
    draw();
  };

  const undo = () => {
    const last = self.history.pop();
    if (!last) return say("Nothing to undo in this visit.");
    const seq = push({ id: last.item.id, kind: "undo", label: null, target: last.seq });
    self.classOf.set(last.item.id, last.from);
    self.changes.push({ seq, from: last.to, to: last.from });
    putInFront(last.item, null);
    self.note = "";
    draw();
    flash("undone");
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
    requestAnimationFrame(() => setTimeout(() => view.flash.classList.remove("on"), 700));
  };

  const say = (text) => {
    self.note = text;
    drawState();
  };

  const draw = () => {
    const items = waiting();
    const item = items[0];
    preload(self, items);
    view.root.dataset.image = item ? item.id : "";
    if (item && view.picture.dataset.id !== item.id) {
      view.picture.dataset.id = item.id;
      view.picture.src = item.picture;
      view.picture.alt = item.name;
      view.flash.classList.remove("on"); // it was of another picture
      self.pick = -1;
      zoom(false);
    }
    const pending = new Set(log.entries().map((answer) => answer.seq));
    self.changes = self.changes.filter((change) => pending.has(change.seq));
    drawDesk(view, self.data, {
      item, items,
      hidden: isHidden(item),
      answer: self.front[0]?.answer ?? null,
      choices: atPicture(item),
      highlighted: highlighted(item),
      changes: self.changes,
      history: self.history,
      apart: self.apart,
      choose: (name) => give("label", name),
      goBack: (steps) => {
        for (let step = 0; step < steps; step += 1) back();
      },
    });
    drawState();
  };

  const drawState = () => {
    view.root.dataset.unsaved = String(log.entries().length);
    const begin = hasKeys() ? "Press a key to label" : "Press a class to label";
    const saved = log.last() ? `All ${log.last()} answers saved` : begin;
    const elsewhere = isTyping(document.activeElement) && document.activeElement !== find.field;
    const idle = elsewhere ? "Keys go to the field you are in: click the picture to label" : saved;
    view.state.classList.toggle("late", log.isLate());
    view.state.textContent = self.note || log.waiting() || idle;
  };

  const zoom = (on) => {
    self.zoomed = on;
    view.stage.classList.toggle("zoomed", on);
    view.picture.style.transform = on ? `scale(${ZOOM})` : "";
  };

  const accept = () => {
    const item = waiting()[0];
    if (!item) return;
    if (self.front[0]?.answer && self.pick < 0) return forward();
    const choice = atPicture(item)[highlighted(item)];
    if (choice) give("label", self.data.classes[choice.index].name);
    else say("A random image: nothing is suggested, choose its class.");
  };

  const move = (by) => {
    const item = waiting()[0];
    const count = atPicture(item).length;
    if (!count) return;
    self.pick = Math.min(Math.max(highlighted(item) + by, 0), count - 1);
    draw();
  };

  const takeApart = () => {
    const item = waiting()[0];
    if (!item?.alike?.length) return say("No image is nearly the same as this one.");
    const together = self.apart.has(item.id);
    if (together) self.apart.delete(item.id);
    else self.apart.add(item.id);
    const ids = [item.id, ...item.alike.map((other) => other.id)];
    self.sendApart({ number: Date.now(), ids, together });
    draw();
  };

  const findClass = (text = "") => find.open(text);

  // Keys, title, what it does, help. The first key that no class owns is shown, all of them serve.
  const actions = [
    [["Enter"], "Accept", accept, "Take the class that is highlighted at the picture"],
    [["s", "F2"], "Skip", () => give("skip"), "Not this image; it is not asked again"],
    [["u", "F4"], "Unsure", () => give("unsure"), "Kept apart to be looked at by somebody else"],
    [["0", "F8"], "None of these", () => give("none"), "It is of none of the classes"],
    [["-", "Delete"], "Not usable", () => give("unusable"), "Nobody could use this image"],
    [["z", "Backspace"], "Undo", undo, "Take the last answer back"],
    [["ArrowLeft"], "Back", back, "Look at the previous image again; a new answer replaces the old"],
    [["ArrowRight"], "Forward", forward, "Leave an answered image as it is"],
    [["x", "F9"], "Zoom", () => zoom(!self.zoomed), "Enlarge; move over it to look around"],
    [["+"], "Not the same", takeApart, "What is nearly the same as this is another picture"],
    [["/", " "], "Find", () => findClass(), "Find a class or a command by its name"],
  ];

  const entries = () => {
    const item = waiting()[0];
    const { classes } = self.data;
    const shown = item && !item.audit ? item.probabilities : null;
    const order = classes.map((_, index) => index);
    if (shown) order.sort((a, b) => shown[b] - shown[a] || a - b);
    const within = groupNames(self.data.groups, classes.length);
    const chance = (index) => (shown ? `${Math.round(shown[index] / 10)} %` : "");
    const hint = (index) => [within[index], chance(index)].filter(Boolean).join(" · ");
    return [
      ...order.map((index) => ({
        name: classes[index].name, colour: classes[index].colour, hint: hint(index),
        within: within[index],
        run: () => give("label", classes[index].name),
      })),
      ...groupEntries(self.data.groups, shown, (name) => give("label", name)),
      ...actions.slice(1, -1).map(([keys, title, run]) => ({
        name: title, command: true, hint: `command ${keyName(freeKeys(classes, keys)[0] ?? "")}`, run,
      })),
    ];
  };
  // Drawn anew in the middle of a word about a picture: both go on, while keys mean the same classes.
  const before = takeUp(visit, "shown");
  const shownBefore = before?.names === namesOf(first) ? before.item : undefined;
  if (shownBefore) putInFront(shownBefore, null);
  const find = finder({ visit, entries, take: (entry) => entry.run() });
  view.finder.append(find.root);
  const stepBack = () => {
    const shown = waiting()[0];
    if (shown && !self.front[0]?.answer) leave(visit, "shown", { item: shown, names: namesOf(self.data) });
    find.stepBack();
    view.root.remove();
  };

  const press = (event) => {
    if (!log.isHeld() || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    if (event.isComposing || isTyping(target) || isCovered()) return;
    if (find.claim(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.key === "Escape") leaveControls();
    if (!act(event.key, target)) return;
    event.preventDefault();
    event.stopPropagation(); // letters are shortcuts of the app around this page, too
  };

  const act = (key, target) => {
    const { classes } = self.data;
    const cls = ownerOf(classes, key);
    const lower = key.length === 1 ? key.toLowerCase() : key;
    const action = actions.find(([keys]) => freeKeys(classes, keys).includes(lower));
    const choice = atPicture(waiting()[0]).find((one) => one.key === key);
    if (ownsKey(target, key)) return false;
    if (cls) give("label", cls.name);
    else if (choice) give("label", classes[choice.index].name);
    else if (action) action[2]();
    else if (key === "ArrowDown" || key === "ArrowUp") move(key === "ArrowDown" ? 1 : -1);
    else if (/^[\p{L}\p{N}]$/u.test(key)) {
      if (/\p{L}/u.test(key) || matching(entries(), key).length) findClass(key);
      else say(`No class has the key ${key} here.`);
    } else return false;
    return true;
  };

  const drawTools = () => {
    const wanted = actions.map(([keys]) => freeKeys(self.data.classes, keys)[0] ?? "/");
    if (view.tools.dataset.made === wanted.join(" ")) return;
    view.tools.dataset.made = wanted.join(" ");
    view.tools.replaceChildren(
      ...actions.map(([, text, action, help], place_) => {
        const button = element("button", "");
        button.type = "button";
        button.title = help;
        button.append(element("kbd", "", keyName(wanted[place_])), element("span", "", text));
        button.hidden = text === "Find" || text === "Not the same"; // they stand at the picture
        button.addEventListener("click", () => {
          button.blur(); // else Enter and space would press the button again
          action();
        });
        return button;
      }),
    );
  };

  view.stage.addEventListener("click", (event) => {
    leaveControls();
    zoom(!self.zoomed);
    lookAt(event);
  });
  // A finger has no place until it touches, so the same serves a mouse and a thumb.
  view.stage.addEventListener("pointermove", (event) => lookAt(event));
  const lookAt = (event) => {
    if (!self.zoomed) return;
    const box = view.stage.getBoundingClientRect();
    const x = (100 * (event.clientX - box.left)) / box.width;
    const y = (100 * (event.clientY - box.top)) / box.height;
    view.picture.style.transformOrigin = `${x}% ${y}%`;
  };
  view.apart.addEventListener("click", () => {
    view.apart.blur();
    takeApart();
  });
  window.addEventListener("keydown", press, true);

  self.update = (data) => {
    for (const item of data.queue) {
      item.probabilities = everyOne(item.probabilities, data.classes.length);
      item.prompt = everyOne(item.prompt, data.classes.length);
    }
    // The picture under somebody's eyes stays, whatever the server would ask now, with all that is
    // shown of it: a key that is pressed this moment is meant for it.
    const shown = waiting()[0];
    const alike = namesOf(data) === namesOf(self.data);
    // Whoever turns to other images, such as those that people disagree on, wants to see them.
    const turned = data.disputes !== self.data.disputes;
    if (turned) self.front = [];
    self.data = data;
    if (shown && alike && !turned && !self.gone.has(shown.id)) {
      const same = data.queue.find((item) => item.id === shown.id);
      if (same) Object.assign(same, { probabilities: shown.probabilities, prompt: shown.prompt });
      // The server may ask for another one first by now, such as one that was taken back.
      if (waiting()[0]?.id !== shown.id) putInFront(same ?? shown, null);
    }
    if (!alike) self.front = self.front.filter((entry) => entry.item.probabilities.length === data.classes.length);
    find.field.placeholder = placeholder(data.classes, actions);
    find.goOn(!shownBefore || shownBefore.id === waiting()[0]?.id);
    log.heard(data.ack, data.trouble);
    drawTools();
    draw();
    pressKept(visit, press, () => shownBefore && shownBefore.id === waiting()[0]?.id);
  };
  self.stop = () => {
    if (log.isHeld()) stepBack();
    const goesOn = log.stop();
    find.stop();
    window.removeEventListener("keydown", press, true);
    if (!goesOn) listen(visit);
  };
  return self;
}

function namesOf(data) {
  return data.classes.map((cls) => cls.name).join("\n");
}

// What the field says while it is empty: which letters mean something else unless / comes first.
function placeholder(classes, actions) {
  if (!hasKeys()) return `Find one of ${classes.length} classes`;
  const letters = actions.flatMap(([keys]) => freeKeys(classes, keys));
  const taken = letters.filter((key) => /^[a-z]$/.test(key)).join(" ");
  const owned = classes.some((cls) => cls.keys.some((key) => /\p{L}/u.test(key)));
  const first = owned ? "press / and type" : `type, or / first for ${taken}`;
  return `Find one of ${classes.length} classes: ${first}`;
}

// Whether it is likely that somebody has a keyboard: not where a thumb is all that points.
function hasKeys() {
  return !window.matchMedia("(pointer: coarse)").matches;
}

const KEY_NAMES = {
  Enter: "↵", ArrowLeft: "←", ArrowRight: "→", Backspace: "⌫", Delete: "Del", "-": "−",
};

function keyName(key) {
  return KEY_NAMES[key] ?? key;
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
