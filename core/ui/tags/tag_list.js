// All tags in a compact table: one of them is shown below it.
//
// Its heads sort it, up, down, and back to the order of the vocabulary. Of more tags than stand in the
// window a field finds one by its name or code: Enter shows the first that is left, the arrow keys go
// into the table and along it. Of very many tags rows are made as they are scrolled to.

import { element, mounted, place } from "../widgets/dom.js";
import { fold, reveal } from "../widgets/lists.js";

const FEW = 12; // tags that stand in the window
const STEP = 100; // rows that are made at once
const SVG = "http://www.w3.org/2000/svg";
const TEXT = 0;
const NUMBER = 1;
// What a column is sorted by, and how; null for one that cannot be.
const COLUMNS = [
  ["words", TEXT, "Tag", "What it is called"],
  ["type", TEXT, "Type", "Any word that groups tags; of a rule “rule”"],
  ["accepted", NUMBER, "Accepted", "Images that have the tag"],
  ["share", NUMBER, "Share", "Of all images, accepted"],
  ["tentative", NUMBER, "Tentative", "Images between the borders"],
  ["rejected", NUMBER, "Rejected", "Images that lack the tag"],
  [null, TEXT, "Scores", "How the scores lie, low to high, on a square-root scale"],
  ["answers", NUMBER, "Yes / no", "What people said of images"],
  ["from", TEXT, "Decided by", "Prompts, answers or a rule"],
];

export default mounted(create, (self, setStateValue) => {
  self.send = (code) => setStateValue("open", { code, at: Date.now() });
});

function create(parent) {
  const root = element("div", "wtl");
  const field = element("input", "wtl-find");
  field.type = "search";
  field.placeholder = "Find a tag";
  field.setAttribute("aria-label", "Find a tag by its name or code");
  const scroll = element("div", "wtl-scroll");
  const table = element("table");
  const head = table.createTHead().insertRow();
  const body = table.createTBody();
  const none = element("div", "wtl-none");
  none.setAttribute("role", "status");
  scroll.append(table);
  root.append(field, scroll, none);
  place(parent, root);

  const self = { data: { rows: [], open: "" }, send: () => {} };
  const made = new Map(); // code → its row
  let by = -1;
  let rising = true;
  let limit = STEP;
  let left = 0; // rows that are not made yet

  const shown = () => {
    const wanted = fold(field.value);
    const rows = self.data.rows.filter((row) => fold(`${row.words} ${row.code}`).includes(wanted));
    if (by < 0) return rows;
    const [key, kind] = COLUMNS[by];
    const sign = rising ? 1 : -1;
    const compared = kind === NUMBER
      ? (a, b) => a[key] - b[key]
      : (a, b) => a[key].localeCompare(b[key], "en", { numeric: true });
    return rows.sort((a, b) => sign * compared(a, b));
  };
  const choose = (code) => {
    if (code !== self.data.open) self.send(code);
  };
  const draw = () => {
    const focused = body.contains(document.activeElement) ? document.activeElement : null;
    const rows = shown();
    const lines = rows.slice(0, limit).map((row) => {
      if (!made.has(row.code)) made.set(row.code, line(row.code, choose));
      return made.get(row.code)(row, self.data.open);
    });
    left = rows.length - lines.length;
    // Rows that stay are not touched: the focus stays with them.
    if (lines.length !== body.children.length || lines.some((tr, at) => tr !== body.children[at])) {
      body.replaceChildren(...lines);
      if (focused?.isConnected) focused.focus({ preventScroll: true });
    }
    none.textContent = rows.length ? "" : `No tag is called “${field.value}”.`;
  };
  const heads = COLUMNS.map(([key, kind, title, explained], at) => {
    const cell = element("th", kind === NUMBER ? "wtl-n" : "");
    cell.scope = "col";
    if (key === null) {
      cell.append(element("span", "", title));
      cell.title = explained;
    } else {
      const press = element("button", "", title);
      press.type = "button";
      press.title = `${explained}. Press to sort.`;
      press.addEventListener("click", () => {
        const first = kind === TEXT; // the way that is of use first: A to Z, most first
        if (by !== at) [by, rising] = [at, first];
        else if (rising === first) rising = !first;
        else by = -1;
        mark();
        draw();
      });
      cell.append(press);
    }
    head.append(cell);
    return cell;
  });
  const mark = () => heads.forEach((cell, at) => {
    if (COLUMNS[at][0] === null) return;
    const sorted = at === by;
    cell.setAttribute("aria-sort", !sorted ? "none" : rising ? "ascending" : "descending");
    cell.firstChild.textContent = COLUMNS[at][2] + (!sorted ? "" : rising ? " ↑" : " ↓");
  });

  field.addEventListener("input", () => {
    limit = STEP;
    draw();
  });
  field.addEventListener("keydown", (event) => {
    const first = body.querySelector("button");
    if (event.key === "Enter" && first) choose(first.dataset.code);
    else if (event.key === "ArrowDown" && first) first.focus();
    else if (event.key === "Escape" && field.value) {
      field.value = "";
      draw();
    } else return;
    event.preventDefault();
  });
  body.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const all = [...body.querySelectorAll("button")];
    const at = all.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    if (to < 0 && !field.hidden) field.focus();
    else all[Math.max(0, Math.min(to, all.length - 1))]?.focus();
    event.preventDefault();
  });
  scroll.addEventListener("scroll", () => {
    if (!left || scroll.scrollTop + 2 * scroll.clientHeight < scroll.scrollHeight) return;
    limit += STEP;
    draw();
  });

  self.update = (data) => {
    const moved = data.open !== self.data.open;
    self.data = data;
    field.hidden = data.rows.length <= FEW;
    const codes = new Set(data.rows.map((row) => row.code));
    for (const code of made.keys()) if (!codes.has(code)) made.delete(code);
    if (moved) limit = Math.max(limit, shown().findIndex((row) => row.code === data.open) + STEP);
    draw();
    if (moved) reveal(scroll, body.querySelector("[aria-current]")?.closest("tr"));
  };
  self.stop = () => root.remove();
  mark();
  return self;
}

// One row; calling it brings it up to date.
function line(code, choose) {
  const tr = element("tr");
  const name = element("td");
  const button = element("button", "wtl-open");
  button.type = "button";
  button.dataset.code = code;
  name.append(button);
  const numbers = Object.fromEntries(["accepted", "tentative", "rejected"].map((key) => [key, element("td", "wtl-n")]));
  const type = element("td");
  const share = element("td", "wtl-n");
  const bar = element("i");
  const percent = element("span");
  share.append(percent, bar);
  const scores = element("td", "wtl-scores");
  const [svg, area] = ["svg", "path"].map((kind) => document.createElementNS(SVG, kind));
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  svg.append(area);
  scores.append(svg);
  const answers = element("td", "wtl-n");
  const from = element("td");
  tr.append(name, type, numbers.accepted, share, numbers.tentative, numbers.rejected, scores, answers, from);
  tr.addEventListener("click", () => choose(code));
  let last = "";
  return (row, open) => {
    const now = row.code === open;
    tr.className = now ? "wtl-now" : "";
    if (now) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    const wanted = JSON.stringify(row);
    if (wanted === last) return tr;
    last = wanted;
    button.textContent = row.words;
    button.title = row.words === code ? code : `${row.words} · ${code}`;
    type.textContent = row.type;
    for (const [key, cell] of Object.entries(numbers)) cell.textContent = row[key].toLocaleString("en");
    percent.textContent = `${(100 * row.share).toFixed(row.share < 0.1 ? 1 : 0)}%`;
    bar.style.width = `${100 * row.share}%`;
    svg.setAttribute("viewBox", `0 0 ${row.spark.length} 1`);
    area.setAttribute("d", outline(row.spark));
    answers.textContent = row.answers ? `${row.yes} / ${row.no}` : "";
    from.textContent = row.from;
    return tr;
  };
}

// Bars side by side as one shape.
function outline(heights) {
  const steps = heights.map((height, at) => `V${(1 - height).toFixed(3)}H${at + 1}`);
  return `M0 1${steps.join("")}V1Z`;
}
