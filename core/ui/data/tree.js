// The folders as a list: press one to see its images alone, once more to see all again.

import { element, mounted, place } from "../widgets/dom.js";

export default mounted(create, (self, setStateValue) => {
  self.send = (number) => setStateValue("picked", number);
});

function create(parent) {
  const root = element("div", "wft");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Folders");
  place(parent, root);
  const self = { made: "", rows: [], send: () => {}, stop: () => root.remove() };
  const pick = (number) => {
    self.picked = number;
    self.rows.forEach((row, at) => row.setAttribute("aria-pressed", String(at === number)));
  };
  const press = (number) => {
    pick(number === self.picked ? null : number);
    self.send(self.picked);
  };
  self.update = ({ folders, picked }) => {
    const wanted = JSON.stringify(folders);
    if (wanted !== self.made) {
      self.made = wanted;
      self.rows = folders.map((folder, number) => drawn(folder, () => press(number)));
      root.replaceChildren(...self.rows);
    }
    pick(picked);
  };
  return self;
}

function drawn({ name, level, images }, press) {
  const row = element("button", "");
  row.type = "button";
  row.title = name;
  row.style.setProperty("--level", level);
  row.append(element("span", "wft-name", name), element("span", "wft-n", images.toLocaleString("en")));
  row.addEventListener("click", press);
  return row;
}
