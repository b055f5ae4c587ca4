// What a search found: press a picture to pick it, + and − to search for more or less like it.

import { element, mounted, place } from "../widgets/dom.js";

export default mounted(create, (self, setStateValue) => {
  self.pick = () => setStateValue("picked", { page: self.page, ids: [...self.picked] });
  // An id of its own: pressing the same button twice is two presses.
  self.press = (kind, image) => setStateValue("press", { id: crypto.randomUUID(), kind, image });
});

function create(parent) {
  const root = element("div", "ws");
  const examples = element("div", "ws-examples");
  const grid = element("div", "ws-grid");
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", "results; press one to choose it");
  root.append(examples, grid);
  place(parent, root);
  const self = { page: null, picked: new Set(), closed: new Set(), made: "", shown: "" };
  self.stop = () => root.remove();
  self.update = (data) => {
    if (self.page !== data.page) self.picked = new Set(data.picked);
    self.page = data.page;
    const shown = JSON.stringify(data.examples);
    if (shown !== self.shown) {
      self.shown = shown;
      examples.replaceChildren(...data.examples.map((item) => example(item, self)));
    }
    const made = JSON.stringify([data.items, data.sections]);
    if (made !== self.made) {
      self.made = made;
      grid.replaceChildren(...(data.sections.length ? inSections(data, self) : tiles(data, self)));
    }
    for (const node of grid.querySelectorAll(".ws-tile")) mark(node, self);
  };
  return self;
}

function tiles(data, self) {
  return data.items.map((item) => tile(item, self));
}

// Each group's head before its pictures, which it hides and shows.
function inSections(data, self) {
  const all = tiles(data, self);
  let first = 0;
  return data.sections.flatMap((section) => {
    const own = all.slice(first, first + section.shown);
    first += section.shown;
    return [head(section, own, self), ...own];
  });
}

function head(section, own, self) {
  const node = element("div", "ws-group");
  const fold = element("button", "ws-fold");
  fold.type = "button";
  const count = element("span", "ws-count", `${section.size.toLocaleString("en")} · ${section.share}`);
  fold.append(element("b", "", section.name), count);
  const show = () => {
    const closed = self.closed.has(section.name);
    fold.setAttribute("aria-expanded", String(!closed));
    for (const one of own) one.hidden = closed;
  };
  fold.addEventListener("click", () => {
    if (!self.closed.delete(section.name)) self.closed.add(section.name);
    show();
  });
  show();
  const bar = element("span", "ws-bar");
  for (const part of section.parts) {
    const piece = element("i");
    piece.style.width = `${100 * part.share}%`;
    piece.style.background = part.colour;
    piece.title = `${part.name} ${(100 * part.share).toFixed(1)} %`;
    bar.append(piece);
  }
  node.append(fold);
  if (section.parts.length) node.append(bar, element("span", "ws-classes", section.text));
  if (section.size > section.shown) {
    const all = element("button", "ws-whole", `All ${section.size.toLocaleString("en")}`);
    all.type = "button";
    all.setAttribute("aria-label", `all ${section.size} images of ${section.name}`);
    all.addEventListener("click", () => self.press("group", section.name));
    node.append(all);
  }
  return node;
}

function example(item, self) {
  const node = element("div", `ws-example ${item.kind}`);
  node.title = `${item.kind === "like" ? "like" : "not like"} ${item.path}`;
  const picture = element("img");
  picture.src = item.picture;
  picture.alt = node.title;
  const remove = element("button", "", "×");
  remove.type = "button";
  remove.title = "take this example out";
  remove.setAttribute("aria-label", `take out the example ${item.path}`);
  remove.addEventListener("click", () => self.press("remove", item.id));
  node.append(picture, remove, element("span", "", item.kind === "like" ? "like" : "not like"));
  return node;
}

function tile(item, self) {
  const node = element("div", "ws-tile");
  node.dataset.id = item.id;
  const press = element("button");
  press.type = "button";
  const label = item.label ? `, labeled ${item.label}` : "";
  const predicted = item.predicted ? `, predicted ${item.predicted} (${item.sure})` : "";
  const title = `${item.path}${label}${predicted}`;
  press.title = [title, ...item.captions].join("\n");
  const picture = element("img");
  picture.loading = "lazy";
  picture.decoding = "async";
  picture.src = item.picture;
  picture.alt = item.path;
  press.append(picture);
  if (item.label) press.append(element("span", "ws-label", item.label));
  press.addEventListener("click", () => {
    if (!self.picked.delete(item.id)) self.picked.add(item.id);
    mark(node, self);
    self.pick();
  });
  const line = element("div", "ws-line");
  const score = element("span", "ws-score", item.score);
  score.title = "score: greater fits better";
  score.hidden = !item.score;
  line.append(
    score,
    action("+", "more like this", () => self.press("like", item.id)),
    action("−", "not like this", () => self.press("unlike", item.id)),
    link(item),
  );
  node.append(press);
  if (item.predicted) node.append(prediction(item));
  node.append(line);
  return node;
}

function prediction(item) {
  const node = element("div", "ws-predicted");
  node.title = `predicted ${item.predicted}, probability ${item.sure}`;
  node.append(element("b", "", item.predicted), element("span", "", item.sure));
  return node;
}

function mark(node, self) {
  node.firstChild.setAttribute("aria-pressed", String(self.picked.has(node.dataset.id)));
}

function action(text, title, run) {
  const button = element("button", "", text);
  button.type = "button";
  button.title = title;
  button.setAttribute("aria-label", title);
  button.addEventListener("click", run);
  return button;
}

function link(item) {
  const large = element("a", "", "↗");
  large.href = item.large;
  large.target = "_blank";
  large.title = "open large";
  large.setAttribute("aria-label", `open ${item.path} large`);
  return large;
}
