// Pictures that are all selected until one is pressed. What is left out goes back to the server.

import { element, mounted, place } from "../widgets/dom.js";

export default mounted(create, (self, setStateValue) => {
  self.send = () => setStateValue("out", { page: self.page, ids: [...self.out] });
});

function create(parent) {
  const root = element("div", "wk");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "selected images; press one to leave it out");
  place(parent, root);
  const self = { page: null, out: new Set(), made: "", send: () => {} };
  self.stop = () => root.remove();
  self.update = (data) => {
    const wanted = JSON.stringify(data.items);
    if (self.page !== data.page) self.out = new Set(data.out);
    self.page = data.page;
    if (wanted === self.made) return;
    self.made = wanted;
    root.replaceChildren(...data.items.map((item) => drawn(item, self)));
  };
  return self;
}

function drawn(item, self) {
  const cell = element("div", "wk-cell");
  const press = element("button", "");
  press.type = "button";
  press.title = item.path;
  const picture = element("img");
  picture.loading = "lazy";
  picture.decoding = "async";
  picture.src = item.picture;
  picture.alt = item.path;
  press.append(picture);
  const show = () => press.setAttribute("aria-pressed", String(!self.out.has(item.id)));
  press.addEventListener("click", () => {
    if (!self.out.delete(item.id)) self.out.add(item.id);
    show();
    self.send();
  });
  show();
  const line = element("div", "wk-line");
  const dot = element("span", "wk-dot");
  dot.style.background = item.colour;
  const large = element("a", "", "↗");
  large.href = item.large;
  large.target = "_blank";
  large.setAttribute("aria-label", `open ${item.path} large`);
  line.append(dot, element("span", "wk-name", item.caption), large);
  cell.append(press, line);
  return cell;
}
