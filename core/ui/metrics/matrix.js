// The confusion matrix as a table: arrows move in it, a click or Enter shows a cell's images.

import { element, mounted, place } from "../widgets/dom.js";

const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const DARK = 0.82; // share from which white can be read on the cell better than black

export default mounted(create, (self, setStateValue) => {
  self.send = (cell) => setStateValue("pressed", cell);
});

function create(parent) {
  const root = element("div", "wmx");
  place(parent, root);
  const scroll = element("div", "wmx-scroll");
  const line = element("div", "wmx-line");
  line.setAttribute("aria-live", "polite");
  root.append(scroll, line);
  const self = { made: "", presses: 0, send: () => {}, stop: () => root.remove() };
  const where = (event) => {
    const cell = event.target.closest("td");
    return cell && [cell.parentElement.rowIndex - 1, cell.cellIndex - 1];
  };
  const tell = (event) => {
    const at = where(event);
    line.textContent = at ? meaning(self.data, ...at) : "";
  };
  const press = ([row, column]) => {
    self.presses += 1;
    self.send({ id: `${Date.now()}-${self.presses}`, row, column, of: self.data.labels.length });
  };
  root.addEventListener("mouseover", tell);
  root.addEventListener("focusin", tell);
  root.addEventListener("mouseleave", () => (line.textContent = ""));
  root.addEventListener("click", (event) => {
    const at = where(event);
    if (!at) return;
    focus(self, ...at);
    press(at);
  });
  root.addEventListener("keydown", (event) => {
    const at = where(event);
    const move = MOVES[event.key];
    if (!at || event.ctrlKey || event.metaKey || event.altKey) return;
    if (move) focus(self, at[0] + move[0], at[1] + move[1]);
    else if (event.key === "Enter" || event.key === " ") press(at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  self.update = (data) => {
    const wanted = JSON.stringify(data);
    if (wanted === self.made) return;
    self.made = wanted;
    self.data = data;
    self.table = table(data);
    scroll.replaceChildren(self.table);
  };
  return self;
}

function meaning({ labels, counts }, row, column) {
  const images = counts[row][column].toLocaleString("en");
  return `true ${labels[row]} · predicted ${labels[column]} · ${images} images`;
}

/** One cell can be reached with Tab: the one that had the focus last. */
function focus({ table }, row, column) {
  const cell = table.tBodies[0].rows[row]?.querySelectorAll("td")[column];
  if (!cell) return;
  table.querySelector("td[tabindex='0']").tabIndex = -1;
  cell.tabIndex = 0;
  cell.focus();
}

function table(data) {
  const node = element("table", data.texts ? "" : "wmx-many");
  node.setAttribute("role", "grid");
  node.setAttribute("aria-label", "Confusion: true classes in rows, predicted classes in columns");
  const head = node.createTHead().insertRow();
  head.append(element("th", "wmx-corner", "true ↓ predicted →"));
  head.append(...data.labels.map((name) => label(name, "col")));
  const body = node.createTBody();
  data.labels.forEach((name, row) => {
    const line = body.insertRow();
    line.append(label(name, "row"));
    data.labels.forEach((_, column) => line.append(cell(data, row, column)));
  });
  body.querySelector("td").tabIndex = 0;
  return node;
}

function label(name, scope) {
  const node = element("th");
  node.scope = scope;
  node.title = name;
  node.append(element("span", "", name));
  return node;
}

function cell(data, row, column) {
  const share = data.shares[row][column];
  const node = element("td", share > DARK ? "wmx-dark" : "", data.texts?.[row][column]);
  node.tabIndex = -1;
  node.style.setProperty("--share", share);
  if (!data.texts) node.setAttribute("aria-label", meaning(data, row, column));
  return node;
}
