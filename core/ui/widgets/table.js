// A table of a few rows; its heads sort it, up, down, and back to the order that it came in.

import { element, mounted, place } from "./dom.js";

const SIGNS = { none: "", ascending: " ↑", descending: " ↓" };
const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

export default mounted((parent) => {
  const root = element("div", "wtb");
  place(parent, root);
  const self = { by: 0, way: "none", made: "" };
  self.stop = () => root.remove();
  self.update = (data) => {
    const wanted = JSON.stringify(data);
    if (wanted === self.made) return;
    self.made = wanted;
    root.replaceChildren(table(data, self));
  };
  return self;
});

function table(data, self) {
  const node = element("table");
  const head = node.createTHead().insertRow();
  const body = node.createTBody();
  const heads = data.titles.map((title, at) => {
    const cell = element("th", data.numbers[at] ? "wtb-n" : "");
    cell.scope = "col";
    const press = element("button");
    press.type = "button";
    press.addEventListener("click", () => {
      self.way = self.by === at ? NEXT[self.way] : "ascending";
      self.by = at;
      draw();
    });
    cell.append(press);
    head.append(cell);
    return [cell, press, title];
  });
  const draw = () => {
    heads.forEach(([cell, press, title], at) => {
      const way = at === self.by ? self.way : "none";
      cell.setAttribute("aria-sort", way);
      press.textContent = title + SIGNS[way];
    });
    body.replaceChildren(...sorted(data.rows, self).map((cells) => row(cells, data.numbers)));
  };
  draw();
  return node;
}

function row(cells, numbers) {
  const node = element("tr");
  cells.forEach(([text], at) => node.append(element("td", numbers[at] ? "wtb-n" : "", text)));
  return node;
}

function sorted(rows, { by, way }) {
  if (way === "none") return rows;
  const sign = way === "ascending" ? 1 : -1;
  const compared = ([text, number], [other, another]) =>
    number !== null && another !== null
      ? sign * (number - another)
      : (number === null) - (another === null) || sign * text.localeCompare(other, "en", { numeric: true });
  return [...rows].sort((one, two) => compared(one[by], two[by]));
}
