// Clusters as rows to scan: what is in it, how much of one class it is, pictures. Press to open.

const instances = new WeakMap();

export default function (component) {
  const { parentElement, data, setStateValue } = component;
  let self = instances.get(parentElement);
  if (!self) {
    self = create(parentElement);
    instances.set(parentElement, self);
  }
  self.send = (number) => {
    self.count += 1;
    setStateValue("opened", { id: `${Date.now()}-${self.count}`, number });
  };
  self.update(data);
  return () => {
    self.root.remove();
    instances.delete(parentElement);
  };
}

function create(parent) {
  const root = element("div", "wc");
  parent.querySelectorAll(":scope .wc").forEach((old) => old.remove());
  parent.append(root);
  const self = { root, count: 0, made: "", send: () => {} };
  self.update = (data) => {
    const wanted = JSON.stringify(data);
    if (wanted === self.made) return;
    self.made = wanted;
    root.replaceChildren(...data.cards.map((card) => drawn(card, () => self.send(card.number))));
  };
  return self;
}

function drawn(card, open) {
  const row = element("button", "wc-card");
  row.type = "button";
  row.setAttribute("aria-label", `Cluster ${card.number}, ${card.title}, ${card.size} images: open`);
  const head = element("span", "wc-head");
  const dot = element("span", "wc-dot");
  dot.style.background = card.colour;
  const bar = element("span", "wc-bar");
  const part = element("span", "");
  part.style.width = `${100 * card.share}%`;
  part.style.background = card.colour;
  bar.append(part);
  bar.title = "Share of its images that are predicted to be of its most common class";
  head.append(
    dot,
    element("span", "wc-title", card.title),
    element("span", "wc-size", card.size),
    bar,
    element("span", "wc-share", `${Math.round(100 * card.share)} %`),
  );
  row.append(head);
  if (card.note) row.append(element("span", "wc-note", card.note));
  if (card.warning) row.append(element("span", "wc-warning", card.warning));
  const strip = element("span", "wc-strip");
  for (const address of card.pictures) {
    const picture = element("img");
    picture.loading = "lazy";
    picture.alt = "";
    picture.src = address;
    strip.append(picture);
  }
  row.append(strip);
  row.addEventListener("click", open);
  return row;
}

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text; // never innerHTML: names come from people
  return node;
}
