// The picture of the point below the pointer, with what the server tells of it.

import { element } from "./dom.js";

const WAIT = 60; // ms on a point before anything is asked for: a moving pointer crosses many
const MOST = 300;

export class Tooltip {
  constructor(root) {
    this.root = root;
    this.box = element("div", "wm-tip");
    this.box.hidden = true;
    this.picture = element("img");
    this.picture.alt = "";
    this.lines = element("div", "wm-lines");
    this.box.append(this.picture, this.lines);
    root.append(this.box);
    this.fetched = new Map();
  }

  /** address: where the details of a row are; a new one forgets the old. */
  use(address) {
    if (address !== this.address) this.fetched.clear();
    this.address = address;
  }

  over(row, at) {
    this.row = row;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show(row, at), WAIT);
  }

  out() {
    this.row = undefined;
    clearTimeout(this.timer);
    this.box.hidden = true;
  }

  async show(row, at) {
    let details = this.fetched.get(row);
    if (!details) {
      const answer = await fetch(`${this.address}/${row}`).catch(() => null);
      if (!answer?.ok) return;
      details = await answer.json();
      this.fetched.set(row, details);
      if (this.fetched.size > MOST) this.fetched.delete(this.fetched.keys().next().value);
    }
    if (this.row !== row) return;
    if (this.picture.dataset.src !== details.picture) {
      this.picture.dataset.src = details.picture;
      this.picture.src = details.picture;
    }
    this.lines.replaceChildren(...details.lines.map((line) => element("div", "", line)));
    this.box.hidden = false;
    const { clientWidth: width, clientHeight: height } = this.root;
    const right = at[0] + 16 + this.box.offsetWidth < width;
    this.box.style.left = `${right ? at[0] + 16 : Math.max(0, at[0] - 16 - this.box.offsetWidth)}px`;
    this.box.style.top = `${Math.max(0, Math.min(at[1] - 40, height - this.box.offsetHeight))}px`;
  }
}
