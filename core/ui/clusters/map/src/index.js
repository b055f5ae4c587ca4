// The map of all images. Points come as bytes from the server's routes, named by their content, so
// that new colours do not send the places again; what is drawn around points goes back as a polygon.

import { button, element, part } from "./dom.js";
import { Legend } from "./legend.js";
import { park, parked } from "./parking.js";
import { Plot } from "./plot.js";
import { sketch } from "./sketch.js";
import { Tooltip } from "./tooltip.js";

const instances = new WeakMap();
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export default function (component) {
  const { parentElement, data, setStateValue } = component;
  let self = instances.get(parentElement);
  if (!self) {
    self = parked(data.base);
    if (self) self.enter(parentElement);
    else self = new MapElement(parentElement);
    instances.set(parentElement, self);
  }
  self.send = (message) => setStateValue("said", message);
  self.update(data);
  return () => {
    instances.delete(parentElement);
    self.leave();
  };
}

class MapElement {
  constructor(parent) {
    this.messages = 0;
    this.held = {}; // token of each part that is drawn
    this.root = element("div", "wm");
    this.stage = element("div", "wm-stage");
    this.legend = element("div", "wm-legend");
    this.legend.setAttribute("role", "group");
    this.legend.setAttribute("aria-label", "legend");
    this.state = element("span", "wm-state");
    this.state.setAttribute("role", "status");
    this.root.append(this.tools(), this.stage, this.legend);
    this.enter(parent);
    this.values = new Legend(this.legend, () => this.refilter());
    this.canvas = element("canvas");
    this.canvas.tabIndex = 0;
    this.stage.append(this.canvas);
    this.choose("lasso");
  }

  /** Start WebGL, once there is something to see; whether this browser has it. */
  begin() {
    if (this.plot || this.without) return !this.without;
    try {
      this.plot = new Plot(this.canvas, {
        onLasso: (polygon) => this.tell({ polygon, mode: this.mode, hidden: [...this.values.hidden] }),
        onPick: (row) => this.tell({ row, mode: this.mode }),
        onClear: () => this.tell({ clear: true }),
        onOver: (row) => this.plot.lassoing || this.tip.over(row, this.plot.at(row) ?? [0, 0]),
        onOut: () => this.tip.out(),
      });
    } catch (error) {
      console.warn("no WebGL", error);
      this.withoutWebgl();
      return false;
    }
    this.tip = new Tooltip(this.stage);
    this.tip.use(this.data.details);
    this.canvas.addEventListener("pointerdown", (event) => {
      this.tip.out(); // it would cover what is drawn
      this.mode = event.shiftKey ? "add" : event.altKey ? "remove" : "replace";
    });
    this.canvas.addEventListener("mouseleave", () => this.tip.out());
    this.canvas.addEventListener("keydown", (event) => this.press(event));
    this.plot.tool(this.tool);
    this.paint();
    return true;
  }

  withoutWebgl() {
    this.without = true;
    this.sketched?.remove();
    this.canvas.remove();
    this.root.classList.add("wm-none");
    this.stage.append(
      element(
        "p",
        "",
        "This browser cannot draw the map, because WebGL is switched off or missing. Everything " +
          "else works: choose images by cluster or with the filters.",
      ),
    );
  }

  /** Stand in a place on the page, perhaps after a while without one. */
  enter(parent) {
    parent.querySelectorAll(":scope .wm").forEach((old) => old.remove());
    parent.append(this.root);
    this.plot?.redraw();
  }

  /** Keep what is drawn for when somebody comes back. */
  leave() {
    this.tip?.out();
    delete this.root.dataset.drawn;
    if (this.plot && this.data && !this.failed) park(this);
    else this.stop();
  }

  get base() {
    return this.data.base;
  }

  get width() {
    return this.canvas.clientWidth || this.canvas.width / devicePixelRatio;
  }

  get lost() {
    return this.plot.lost;
  }

  tools() {
    const tools = element("div", "wm-tools");
    tools.setAttribute("role", "toolbar");
    tools.setAttribute("aria-label", "map tools");
    this.choices = {};
    for (const [name, icon, label] of [
      ["lasso", "Lasso", "Draw around points to select them (Shift adds, Alt takes away)"],
      ["box", "Box", "Drag a box over points to select them (Shift adds, Alt takes away)"],
      ["pan", "Move", "Drag to move the map; the wheel zooms with every tool"],
    ]) {
      this.choices[name] = button("", icon, label, () => this.choose(name));
      tools.append(this.choices[name]);
    }
    tools.append(
      this.state,
      button("", "−", "Zoom out", () => this.plot?.zoom(0.67)),
      button("", "+", "Zoom in", () => this.plot?.zoom(1.5)),
      button("", "Reset", "Show the bulk of the images (0)", () => this.fit("bulk")),
      (this.all = button("", "All", "Show all images", () => this.fit("whole"))),
    );
    return tools;
  }

  /** part: "bulk" or "whole". */
  fit(part) {
    this.plot?.fit(this.data.view[part]);
  }

  choose(name) {
    this.tool = name;
    for (const [other, node] of Object.entries(this.choices)) {
      node.setAttribute("aria-pressed", String(other === name));
    }
    this.plot?.tool(name);
  }

  press(event) {
    const move = KEYS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (move) this.plot.pan(...move);
    else if (event.key === "+" || event.key === "=") this.plot.zoom(1.5);
    else if (event.key === "-") this.plot.zoom(0.67);
    else if (event.key === "0") this.fit("bulk");
    else if (event.key === "9") this.fit("whole");
    else if (event.key === "Escape") this.tell({ clear: true });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Each message has its own name, so that the server takes it once however often it comes. */
  tell(what) {
    this.messages += 1;
    this.send({ id: `${Date.now()}-${this.messages}`, version: this.data.positions, ...what });
  }

  update(data) {
    this.data = data;
    this.stage.style.height = `${data.height}px`;
    this.values.update(data.legend, data.colours);
    if (this.without) {
      this.say();
      return;
    }
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute(
      "aria-label",
      `Map of ${data.count} images; arrow keys move, + and - zoom, 0 shows the bulk, 9 shows all`,
    );
    const { outside } = data.view;
    const far = outside ? `, with ${outside.toLocaleString("en")} that lie far from the others` : "";
    this.all.title = `Show all images${far} (9)`;
    this.all.setAttribute("aria-label", this.all.title);
    this.tip?.use(data.details);
    if (this.plot) this.paint();
    this.work = (this.work ?? Promise.resolve()).then(() => this.load(data)).catch((error) => {
      if (this.stopped) return;
      console.warn("map part not loaded", error);
      this.failed = true;
      this.say();
    });
  }

  /** Fetch what changed; only the newest wish counts. */
  async load(data) {
    if (data !== this.data || this.stopped) return;
    const get = (name) => part(data.base, data[name]);
    const moved = data.positions !== this.held.positions;
    const coloured = moved || data.colours !== this.held.colours;
    const masked = moved || data.visible !== this.held.visible;
    const selected = moved || masked || data.selected !== this.held.selected;
    const [positions, codes, mask, selection] = await Promise.all([
      moved && get("positions"),
      coloured && get("colours"),
      masked && data.visible && get("visible"),
      selected && data.selected && get("selected"),
    ]);
    if (this.stopped) return;
    if (coloured) this.codes = new Uint8Array(codes);
    if (masked) this.mask = data.visible ? new Uint8Array(mask) : null;
    if (selected) this.selection = data.selected ? Array.from(new Uint32Array(selection)) : [];
    if (!this.plot) {
      await this.glimpse(new Float32Array(positions), data);
      if (this.stopped || !this.begin()) return;
    }
    if (moved) this.plot.place(new Float32Array(positions), this.codes, data.view.bulk);
    else if (coloured) this.plot.recolour(this.codes);
    this.held = data;
    this.failed = false;
    if (coloured || masked) this.refilter();
    else if (selected) this.plot.select([...this.selection]);
    await this.plot.jobs;
    this.sketched?.remove();
    this.root.dataset.drawn = `${data.positions} ${data.colours} ${data.selected ?? ""}`;
    this.say();
  }

  /** Show the points before WebGL has started; it draws over them. */
  async glimpse(positions, data) {
    const canvas = element("canvas", "wm-sketch");
    canvas.setAttribute("aria-hidden", "true");
    this.stage.append(canvas);
    this.sketched = canvas;
    const { palette, view } = data;
    const { codes, mask } = this;
    sketch(canvas, { positions, codes, mask, palette, box: view.bulk, background: this.colours()[0] });
    this.say();
    this.root.dataset.seen = data.positions;
    await painted();
  }

  refilter() {
    if (!this.plot || !this.codes) return;
    const { hidden } = this.values;
    let rows = null;
    if (this.mask || hidden.size) {
      rows = [];
      for (let row = 0; row < this.codes.length; row += 1) {
        if ((!this.mask || this.mask[row]) && !hidden.has(this.codes[row])) rows.push(row);
      }
    }
    this.shown = rows ? rows.length : this.codes.length;
    this.plot.show(rows);
    this.plot.select([...(this.selection ?? [])]);
    this.say();
  }

  paint() {
    const look = this.colours();
    const palette = JSON.stringify(this.data.palette);
    if (palette !== this.palette) this.plot.palette(this.data.palette);
    if (look.join() !== this.look) this.plot.theme(...look);
    this.palette = palette;
    this.look = look.join();
  }

  /** Of the theme: background and text. */
  colours() {
    const style = getComputedStyle(this.root);
    const read = (name, or) => style.getPropertyValue(name).trim() || or;
    return [read("--st-background-color", "#ffffff"), read("--st-text-color", "#1c2424")];
  }

  say() {
    const count = (n) => n.toLocaleString("en");
    const selected = this.selection?.length ? ` · ${count(this.selection.length)} selected` : "";
    const part = this.shown < this.data.count ? `${count(this.shown)} of ` : "";
    this.state.textContent = this.failed
      ? "The server did not hand out the map: reload the page."
      : `${part}${count(this.data.count)} images${selected}`;
  }

  stop() {
    this.stopped = true;
    this.tip?.out();
    this.plot?.stop();
    this.root.remove();
  }
}

/** When what was drawn is on the screen; in a window that nobody sees, a little later. */
function painted() {
  const frame = new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return Promise.race([frame, new Promise((done) => setTimeout(done, 200))]);
}
