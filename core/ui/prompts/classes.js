// All classes in a compact table: one of them is open beside it.
//
// The field finds a class by name; Enter opens the first that is left, the arrow keys go into the
// table and along it, and typing there goes back to the field. Columns sort the view, not the classes.

import { element, mounted, place } from "../widgets/dom.js";

const COLUMNS = [
  ["order", "Class", "In the order of the classes"],
  ["count", "Images", "Images that the class takes by its prompts alone"],
  ["right", "Right", "Of the random images that it takes, how many are of it"],
];

export default mounted(create, (self, setStateValue) => {
  self.send = (name) => setStateValue("open", { name, at: Date.now() });
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

  const self = { data: { rows: [], open: "" }, send: () => {} };
  const made = new Map(); // name → its row
  let sorted = "order";
  let rising = true;
  let follow = false;

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
  const choose = (name) => {
    if (field.value) {
      field.value = "";
      draw();
    }
    follow = true;
    if (name !== self.data.open) self.send(name);
    else show();
  };
  // On a phone the open class lies below the table.
  const show = () => {
    reveal(scroll, body.querySelector("[aria-current]"));
    const opened = document.querySelector('[class*="st-key-class-"]');
    if (follow && opened && matchMedia("(max-width: 640px)").matches) opened.scrollIntoView();
    follow = false;
  };

  const draw = () => {
    const focused = body.contains(document.activeElement) ? document.activeElement : null;
    const rows = shown();
    const lines = rows.map((row) => {
      if (!made.has(row.name)) made.set(row.name, line(row.name, choose));
      return made.get(row.name).update(row, self.data.open);
    });
    // Rows that stay are not touched: their pictures would flicker at every edit.
    if (lines.length !== body.children.length || lines.some((tr, at) => tr !== body.children[at])) {
      body.replaceChildren(...lines);
      if (focused?.isConnected) focused.focus({ preventScroll: true });
    }
    none.textContent = rows.length ? "" : `No class is called “${field.value}”.`;
  };
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

  field.addEventListener("input", draw);
  field.addEventListener("keydown", (event) => {
    const [first] = buttons();
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
    draw();
    if (moved) setTimeout(show); // once the class itself is there
  };
  self.stop = () => root.remove();
  head.replaceChildren(headings());
  return self;
}

function line(called, choose) {
  const tr = element("tr");
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
  const update = (row, open) => {
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

// The table scrolls, never the page.
function reveal(scroll, button) {
  const row = button?.closest("tr");
  if (!row) return;
  const above = row.offsetTop - scroll.querySelector("thead").offsetHeight < scroll.scrollTop;
  const below = row.offsetTop + row.offsetHeight > scroll.scrollTop + scroll.clientHeight;
  if (above || below) scroll.scrollTop = row.offsetTop - scroll.clientHeight / 2;
}

function value(row, key) {
  if (key === "order") return row.number;
  return key === "count" ? row.count : row.precision ?? -1;
}

function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[\s_-]+/g, " ").trim();
}

function begins(row, wanted) {
  return fold(row.name).startsWith(wanted);
}
