// Pictures that are all chosen until one is pressed. What is not chosen goes back to the server.

const instances = new WeakMap();

export default function (component) {
  const { parentElement, data, setStateValue } = component;
  let self = instances.get(parentElement);
  if (!self) {
    self = create(parentElement);
    instances.set(parentElement, self);
  }
  self.send = () => setStateValue("out", { page: self.page, ids: [...self.out] });
  self.update(data);
  return () => {
    self.root.remove();
    instances.delete(parentElement);
  };
}

function create(parent) {
  const root = element("div", "wk");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "selected images; press one to leave it out");
  parent.querySelectorAll(":scope .wk").forEach((old) => old.remove());
  parent.append(root);
  const self = { root, page: null, out: new Set(), made: "", send: () => {} };
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

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text; // never innerHTML: names come from people
  return node;
}
