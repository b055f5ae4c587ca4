// Clusters as rows to scan: what is in it, how much of one class it is, pictures. Press to open.

import { element, mounted, place } from "../widgets/dom.js";

export default mounted(create, (self, setStateValue) => {
  self.send = (number) => {
    self.count += 1;
    setStateValue("opened", { id: `${Date.now()}-${self.count}`, number });
  };
});

function create(parent) {
  const root = element("div", "wc");
  place(parent, root);
  const self = { count: 0, made: "", send: () => {} };
  self.stop = () => root.remove();
  self.update = (data) => {
    const wanted = JSON.stringify(data);
    if (wanted === self.made) return;
    self.made = wanted;
    root.replaceChildren(...data.cards.map((card) => drawn(card, data.what, () => self.send(card.number))));
  };
  return self;
}

function drawn(card, what, open) {
  const row = element("button", "wc-card");
  row.type = "button";
  row.setAttribute("aria-label", `${what} ${card.number}, ${card.title}, ${card.size} images: open`);
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
  if (card.words) row.append(element("span", "wc-note", `words: ${card.words}`));
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
