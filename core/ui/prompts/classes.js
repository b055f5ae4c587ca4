// All classes in a compact table: one of them is open beside it.
//
// The field finds a class by name; Enter opens the first that is left, the arrow keys go into the
// table and along it, and typing there goes back to the field. Columns sort the view, not the classes.
// In their own order classes stand below the heads of their groups, which close and open; a class is
// dragged onto a head, or onto a class of another group, to stand in that group. Where there are many
// classes groups begin closed, but for that of the open class, and rows are made as they are scrolled to.

import { element, mounted, place } from "../widgets/dom.js";
import { fold, reveal } from "../widgets/lists.js";

const MANY = 60; // classes above which groups begin closed
const STEP = 100; // rows that are made at once

const COLUMNS = [
  ["order", "Class", "In the order of the classes"],
  ["count", "Images", "Images that the class takes by its prompts alone"],
  ["right", "Right", "Of the random images that it takes, how many are of it"],
];

export default mounted(create, (self, setStateValue) => {
  self.send = (name) => setStateValue("open", { name, at: Date.now() });
  self.drop = (name, to) => setStateValue("group", { name, to, at: Date.now() });
});

function create(parent) {
  const root = element("div", "wc-box");
  const field = element("input", "wc-find");
  field.type = "search";
  field.placeholder = "Find a class";
  field.setAttribute("aria-label", "Find a class by name");
  const scroll = element("div", "wc-scroll");
  const table = element("table", "wc");
  const head = element("thead");
  const body = element("tbody");
  const none = element("div", "wc-none");
  none.setAttribute("role", "status");
  table.append(head, body);
  scroll.append(table);
  root.append(field, scroll, none);
  place(parent, root);

  const self = { data: { rows: [], groups: [], open: "" }, send: () => {}, drop: () => {} };
  const made = new Map(); // name → its row
  const heads = new Map(); // group → its row
  const closed = new Set();
  let sorted = "order";
  let rising = true;
  let follow = false;
  let limit = STEP;
  let left = 0; // rows that are not made yet
  let begun = false; // whether the groups of this table were closed once

  const shown = () => {
    const wanted = fold(field.value);
    const rows = self.data.rows.filter((row) => fold(row.name).includes(wanted));
    if (wanted) rows.sort((a, b) => Number(!begins(a, wanted)) - Number(!begins(b, wanted)));
    if (sorted !== "order" || !rising) {
      const sign = rising ? 1 : -1;
      rows.sort((a, b) => sign * (value(a, sorted) - value(b, sorted)));
    }
    return rows;
  };
  const buttons = () => [...body.querySelectorAll("button")];
  const firstClass = () => body.querySelector("button[data-name]");
  const choose = (name) => {
    if (field.value) {
      field.value = "";
      draw();
    }
    follow = true;
    if (name !== self.data.open) self.send(name);
    else show();
  };
  // Whoever opens a class from elsewhere sees its row: its groups open, and the row is made.
  const reach = () => {
    const above = new Map(self.data.groups.map((group) => [group.name, group.above]));
    let group = self.data.rows.find((row) => row.name === self.data.open)?.group;
    for (; group; group = above.get(group)) closed.delete(group);
    const at = shown().findIndex((row) => row.name === self.data.open);
    limit = Math.max(limit, at + STEP + self.data.groups.length);
  };
  // On a phone the open class lies below the table.
  const show = () => {
    reveal(scroll, body.querySelector("[aria-current]")?.closest("tr"));
    const opened = document.querySelector('[class*="st-key-class-"]');
    if (follow && opened && matchMedia("(max-width: 640px)").matches) opened.scrollIntoView();
    follow = false;
  };

  const draw = () => {
    const focused = body.contains(document.activeElement) ? document.activeElement : null;
    const rows = shown();
    const one = (row, depth) => () => {
      if (!made.has(row.name)) made.set(row.name, line(row.name, choose));
      return made.get(row.name).update(row, self.data.open, depth);
    };
    const tree = sorted === "order" && rising && !field.value && self.data.groups.length;
    const all = tree ? inGroups(rows, self.data.groups, closed, one, groupHead) : rows.map((row) => one(row, 0));
    const lines = all.slice(0, limit).map((make) => make());
    left = all.length - lines.length;
    // Rows that stay are not touched: their pictures would flicker at every edit.
    if (lines.length !== body.children.length || lines.some((tr, at) => tr !== body.children[at])) {
      body.replaceChildren(...lines);
      if (focused?.isConnected) focused.focus({ preventScroll: true });
    }
    const more = `${left.toLocaleString("en")} more below: scroll, or type a name.`;
    none.textContent = rows.length ? (left ? more : "") : `No class is called “${field.value}”.`;
  };
  const groupHead = (group, depth, count) => () => {
    if (!heads.has(group)) {
      heads.set(group, headOf(group, () => {
        if (!closed.delete(group)) closed.add(group);
        draw();
      }));
    }
    return heads.get(group).update(depth, count, closed.has(group));
  };
  dragging(body, () => self.data, (name, to) => self.drop(name, to));
  const headings = () => {
    const row = element("tr");
    for (const [key, text, title] of COLUMNS) {
      const cell = element("th");
      cell.scope = "col";
      const button = element("button", "wc-sort", text);
      button.type = "button";
      button.title = `${title}. Press to sort.`;
      const active = sorted === key;
      cell.setAttribute("aria-sort", !active ? "none" : rising ? "ascending" : "descending");
      if (active && !(key === "order" && rising)) button.append(rising ? " ↑" : " ↓");
      button.addEventListener("click", () => {
        rising = sorted === key ? !rising : key === "order";
        sorted = key;
        head.replaceChildren(headings());
        draw();
        head.querySelectorAll("button")[COLUMNS.findIndex((c) => c[0] === key)].focus();
      });
      cell.append(button);
      row.append(cell);
    }
    return row;
  };

  field.addEventListener("input", () => {
    limit = STEP;
    draw();
  });
  scroll.addEventListener("scroll", () => {
    if (!left || scroll.scrollTop + 2 * scroll.clientHeight < scroll.scrollHeight) return;
    limit += STEP;
    draw();
  });
  field.addEventListener("keydown", (event) => {
    const first = firstClass();
    if (event.key === "Enter" && first) choose(first.dataset.name);
    else if (event.key === "ArrowDown" && first) first.focus();
    else if (event.key === "Escape" && field.value) {
      field.value = "";
      draw();
    } else return;
    event.preventDefault();
  });
  body.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const all = buttons();
    const at = all.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === -1) field.focus();
    else if (to !== undefined) all[Math.min(to, all.length - 1)]?.focus();
    else if (event.key.length === 1 && event.key !== " " && event.key !== "?") field.focus(); // types there
    else return;
    if (to !== undefined) event.preventDefault();
  });

  self.update = (data) => {
    const moved = data.open !== self.data.open;
    self.data = data;
    const names = new Set(data.rows.map((row) => row.name));
    for (const name of made.keys()) if (!names.has(name)) made.delete(name);
    const groups = new Set(data.groups.map((group) => group.name));
    for (const name of heads.keys()) if (!groups.has(name)) heads.delete(name);
    if (!begun && data.rows.length > MANY) groups.forEach((name) => closed.add(name));
    begun = true;
    if (moved) reach();
    draw();
    if (moved) setTimeout(show); // once the class itself is there
  };
  self.stop = () => root.remove();
  head.replaceChildren(headings());
  return self;
}

// Rows in the order of the classes, with the heads of their groups; nothing below a closed one.
function inGroups(rows, groups, closed, one, headOfGroup) {
  const above = new Map(groups.map((group) => [group.name, group.above]));
  const count = new Map();
  const pathOf = (group) => {
    const path = [];
    for (let at = group; at; at = above.get(at)) path.unshift(at);
    return path;
  };
  for (const row of rows) for (const group of pathOf(row.group)) count.set(group, (count.get(group) ?? 0) + row.count);
  const lines = [];
  let before = [];
  for (const row of rows) {
    const path = pathOf(row.group);
    const shut = path.findIndex((group) => closed.has(group));
    path.forEach((group, depth) => {
      if (before[depth] !== group && (shut === -1 || depth <= shut)) lines.push(headOfGroup(group, depth, count.get(group)));
    });
    if (shut === -1) lines.push(one(row, path.length));
    before = path;
  }
  return lines;
}

function headOf(group, toggle) {
  const tr = element("tr", "wc-group");
  tr.dataset.group = group;
  const cell = element("td", "wc-name");
  const button = element("button", "wc-open");
  button.type = "button";
  button.title = group;
  const sign = element("span", "wc-sign");
  sign.setAttribute("aria-hidden", "true");
  button.append(sign, element("span", "wc-text", group));
  button.addEventListener("click", toggle);
  const images = element("td", "wc-number");
  cell.append(button);
  tr.append(cell, images, element("td"));
  const update = (depth, count, shut) => {
    button.style.paddingLeft = `${4 + 14 * depth}px`;
    button.setAttribute("aria-expanded", String(!shut));
    sign.textContent = shut ? "▸" : "▾";
    images.textContent = count ? count.toLocaleString("en") : "";
    return tr;
  };
  return { update };
}

// A class goes into the group that it is dropped on, or into that of the class it is dropped on.
function dragging(body, data, drop) {
  let carried = "";
  const target = (event) => {
    const tr = event.target.closest("tr");
    if (!carried || !tr) return null;
    const group = tr.dataset.group ?? data().rows.find((row) => row.name === tr.dataset.name)?.group;
    const own = data().rows.find((row) => row.name === carried)?.group;
    return group === undefined || group === own ? null : { tr, group };
  };
  const clear = () => body.querySelectorAll(".wc-over").forEach((tr) => tr.classList.remove("wc-over"));
  body.addEventListener("dragstart", (event) => {
    carried = event.target.closest("tr")?.dataset.name ?? "";
    event.dataTransfer.setData("text/plain", carried);
    event.dataTransfer.effectAllowed = "move";
  });
  body.addEventListener("dragover", (event) => {
    const at = target(event);
    clear();
    if (!at) return;
    event.preventDefault();
    at.tr.classList.add("wc-over");
  });
  body.addEventListener("dragend", () => {
    carried = "";
    clear();
  });
  body.addEventListener("drop", (event) => {
    const at = target(event);
    event.preventDefault();
    clear();
    if (at) drop(carried, at.group);
    carried = "";
  });
}

function line(called, choose) {
  const tr = element("tr");
  tr.dataset.name = called;
  tr.draggable = true;
  const name = element("td", "wc-name");
  const button = element("button", "wc-open");
  button.type = "button";
  button.dataset.name = called;
  button.title = called;
  const picture = element("img", "wc-pic");
  picture.loading = "lazy";
  picture.alt = "";
  button.append(picture, element("span", "wc-text", called));
  name.append(button);
  const count = element("td", "wc-number");
  const images = element("span");
  const share = element("span", "wc-share");
  count.append(images, share);
  const right = element("td", "wc-number");
  tr.append(name, count, right);
  tr.addEventListener("click", () => choose(called));
  const update = (row, open, depth) => {
    button.style.paddingLeft = `${4 + 14 * depth}px`;
    if (row.name === open) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    tr.className = row.name === open ? "wc-now" : "";
    if (!row.picture) picture.removeAttribute("src");
    else if (picture.getAttribute("src") !== row.picture) picture.src = row.picture;
    picture.style.borderLeftColor = row.colour;
    images.textContent = row.images;
    share.textContent = row.share;
    right.textContent = row.right;
    right.title = row.interval;
    return tr;
  };
  return { update };
}

function value(row, key) {
  if (key === "order") return row.number;
  return key === "count" ? row.count : row.precision ?? -1;
}

function begins(row, wanted) {
  return fold(row.name).startsWith(wanted);
}
