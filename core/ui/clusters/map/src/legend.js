// What the colours mean. A box shows or hides a value, its name shows that value only.

import { element } from "./dom.js";

/** Draws into `root`; calls changed() when `hidden`, a Set of codes, has changed. */
export class Legend {
  constructor(root, changed) {
    this.root = root;
    this.changed = changed;
    this.hidden = new Set();
    this.made = "";
  }

  update(legend, token) {
    const wanted = JSON.stringify([legend, token]);
    if (wanted === this.made) return;
    if (token !== this.token) this.hidden.clear();
    this.token = token;
    this.made = wanted;
    this.legend = legend;
    this.root.replaceChildren();
    if (legend.scale) this.drawScale(legend);
    else this.root.append(...legend.values.map((value) => this.row(value)));
  }

  drawScale({ scale, low, high, title }) {
    const bar = element("span", "wm-scale");
    bar.style.background = `linear-gradient(to right, ${scale.join(",")})`;
    this.root.append(element("span", "", title), element("span", "", low), bar, element("span", "", high));
  }

  row(value) {
    const row = element("span", "wm-value");
    const box = element("input");
    box.type = "checkbox";
    box.checked = !this.hidden.has(value.code);
    box.style.setProperty("--wm-colour", value.colour);
    box.setAttribute("aria-label", `show ${value.name}`);
    box.addEventListener("change", () => {
      if (box.checked) this.hidden.delete(value.code);
      else this.hidden.add(value.code);
      this.changed();
    });
    const name = element("button", "", value.name);
    name.type = "button";
    name.title = `${value.name}: ${value.count.toLocaleString("en")} images. Click: only these, or all again.`;
    name.addEventListener("click", () => this.isolate(value.code));
    row.append(box, name, element("span", "wm-count", value.count.toLocaleString("en")));
    return row;
  }

  isolate(code) {
    const others = this.legend.values.map((value) => value.code).filter((other) => other !== code);
    const alone = !this.hidden.has(code) && others.every((other) => this.hidden.has(other));
    this.hidden = new Set(alone ? [] : others);
    this.root.querySelectorAll("input").forEach((box, index) => {
      box.checked = !this.hidden.has(this.legend.values[index].code);
    });
    this.changed();
  }
}
