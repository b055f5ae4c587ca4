// What the desk shows of one image: drawn from the state of labeler.js, which it does not change.

import { element, place } from "../widgets/dom.js";
import { drawClassList, percent } from "./class_list.js";

const DONE = 6; // answered images that stay in view

export function buildDesk(parent) {
  const root = element("div", "wl");
  const left = element("div", "wl-left");
  const stage = element("div", "wl-stage");
  const picture = element("img", "");
  const stamp = element("div", "wl-stamp");
  const flash = element("div", "wl-flash");
  const audit = element("div", "wl-audit", "random image · no prediction shown");
  audit.title = "Drawn at random, to measure how good the predictions are: so they must not sway you";
  const chips = element("div", "wl-chips");
  const find = element("div", "wl-find");
  const done = element("div", "wl-done");
  const name = element("div", "wl-name");
  const caption = element("div", "wl-caption");
  const like = element("div", "wl-same");
  const apart = element("button", "wl-apart");
  apart.type = "button";
  const why = element("div", "wl-why");
  const right = element("div", "wl-side");
  const classes = element("div", "wl-classes");
  const tools = element("div", "wl-tools");
  const meter = element("div", "wl-meter");
  const outlook = element("div", "wl-outlook");
  const state = element("div", "wl-state");
  state.setAttribute("role", "status");
  const top = element("div", "wl-top");
  stage.append(picture, stamp, flash, audit);
  top.append(stage, chips);
  left.append(top, find, done, name, caption, like, why);
  right.append(tools, state, classes, meter, outlook);
  root.append(left, right);
  place(parent, root);
  return {
    root, stage, picture, stamp, flash, audit, chips, finder: find, done, name, caption, like, apart,
    why, classes, tools, meter, outlook, state,
  };
}

// Draw all of it. `at` is what the desk is at:
//   item, items   the image that is asked about, and all that wait
//   hidden        whether nothing that suggests a class may show
//   answer        {text} that the image has, when it is looked at again
//   choices       classes at the picture, {index, key}; highlighted: place of the one Enter takes
//   changes       {from, to} of labels that the server's counts may lack
//   history       {item, text} of this visit, oldest first
//   apart         ids of images that were called another picture than those like them
//   choose(name), goBack(steps)
export function drawDesk(view, data, at) {
  const { item } = at;
  view.picture.hidden = !item;
  view.name.textContent = item ? item.name : data.loading;
  view.name.title = item ? item.name : "";
  const captions = item?.captions ?? [];
  view.caption.textContent = captions.join(" · ");
  view.caption.title = captions.join("\n");
  // Its line stays while any image in the queue has one: nothing below jumps.
  view.caption.hidden = !at.items.some((other) => other.captions?.length);
  view.audit.hidden = !at.hidden;
  view.stamp.textContent = at.answer?.text ?? "";
  view.stamp.hidden = !at.answer;
  drawChips(view, data, at);
  drawDone(view, at);
  drawLike(view, at);
  drawWhy(view, at.hidden ? null : item);
  drawClassList(view.classes, data, at);
  drawMeter(view, data.meter);
  drawOutlook(view, data);
}

function drawChips(view, data, at) {
  const { item, choices } = at;
  view.chips.hidden = !item;
  view.chips.replaceChildren(
    ...choices.map(({ index, key }, rank) => {
      const cls = data.classes[index];
      const chip = element("button", rank < 5 ? "wl-chip" : "wl-chip wl-more");
      chip.type = "button";
      chip.title = cls.name;
      chip.classList.toggle("next", rank === at.highlighted);
      chip.style.setProperty("--wl", cls.colour);
      const keys = rank === at.highlighted ? `${key} ↵`.trim() : key;
      if (keys) chip.append(element("kbd", "", keys));
      chip.append(element("span", "wl-label", cls.name));
      if (!at.hidden) {
        const both = element("span", "wl-both");
        both.append(element("span", "wl-p", percent(item.probabilities[index])));
        if (item.prompt) {
          const zero = element("span", "wl-zero", percent(item.prompt[index]));
          zero.title = "from the prompts (texts) alone";
          both.append(zero);
        }
        chip.append(both);
      }
      chip.addEventListener("click", () => at.choose(cls.name));
      return chip;
    }),
  );
}

// The images that were just answered, each with what was said of it: the newest first.
function drawDone(view, at) {
  const shown = at.history.slice(-DONE).reverse();
  const wanted = shown.map((entry) => `${entry.seq}`).join(" ");
  if (view.done.dataset.made === wanted) return;
  view.done.dataset.made = wanted;
  view.done.replaceChildren(
    ...shown.map((entry, steps) => {
      const box = element("button", "wl-was");
      box.type = "button";
      const picture = element("img", "");
      picture.src = entry.item.thumb;
      picture.alt = "";
      box.append(picture, element("span", "wl-said", entry.text));
      const says = entry.predicted ? `${entry.text}; predicted was ${entry.predicted}` : entry.text;
      box.title = `${entry.item.name}: ${says}. Press to look again.`;
      box.addEventListener("click", () => {
        box.blur();
        at.goBack(steps + 1);
      });
      if (entry.predicted) box.append(element("span", "wl-guess", `guess: ${entry.predicted}`));
      return box;
    }),
  );
}

function drawLike(view, at) {
  const others = at.item?.alike ?? [];
  const taken = at.apart.has(at.item?.id);
  const wanted = others.length ? `${at.item.id} ${taken}` : "";
  if (view.like.dataset.made === wanted) return;
  view.like.dataset.made = wanted;
  view.like.replaceChildren();
  if (!others.length) return;
  const many = others.length === 1 ? "1 image that is" : `${others.length} images that are`;
  const text = taken
    ? "Called other pictures; each is asked about on its own."
    : `Stands for ${many} nearly the same:`;
  view.apart.replaceChildren(
    element("kbd", "", "+"),
    element("span", "", taken ? "They are the same after all" : "Not the same"),
  );
  view.like.append(element("span", "", text));
  for (const other of others.slice(0, 5)) {
    const picture = element("img", "");
    picture.src = other.thumb;
    picture.alt = other.name;
    picture.title = other.name;
    view.like.append(picture);
  }
  view.like.append(view.apart);
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

// The state of the collection: how sure the predictions are, and how many images each class takes.
function drawOutlook(view, data) {
  const wanted = JSON.stringify(data.outlook);
  if (view.outlook.dataset.made === wanted) return;
  view.outlook.dataset.made = wanted;
  view.outlook.replaceChildren(...data.outlook.lines.map((text) => element("div", "", text)));
  const bar = element("div", "wl-shares");
  bar.setAttribute("role", "img");
  const { parts } = data.outlook;
  bar.setAttribute("aria-label", `Predicted shares: ${parts.map((part) => part.text).join(", ")}`);
  for (const { text, width, colour } of parts) {
    const node = element("span", "");
    node.style.width = `${width}%`;
    node.style.background = colour;
    node.title = text;
    bar.append(node);
  }
  view.outlook.append(bar);
}
