// The points: drawn, coloured, filtered and picked by regl-scatterplot. Rows in, rows out.

import createScatterplot from "regl-scatterplot";

import { EDGE, camera, look } from "./looks.js";

export class Plot {
  /**
   * `say` gets onLasso(polygon in data coordinates), onPick(row), onClear(), onOver(row), onOut().
   *
   * Throws where the browser has no WebGL, or not what drawing points takes of it.
   */
  constructor(canvas, say) {
    this.canvas = canvas;
    this.points = [];
    this.lassoing = false;
    this.lassoed = -Infinity;
    this.jobs = Promise.resolve();
    this.plot = createScatterplot({
      canvas,
      width: "auto",
      height: "auto",
      mouseMode: "lasso",
      lassoMinDelay: 8,
      lassoMinDist: 3,
      lassoLineWidth: 2,
      actionKeyMap: { merge: "shift", remove: "alt" },
      colorBy: "valueA",
      pointScaleMode: "asinh",
      pointOutlineWidth: 1,
      pointSizeSelected: 1,
      opacityInactiveMax: 0.35,
      opacityInactiveScale: 0.45,
    });
    if (!this.plot.get("regl").hasExtension("OES_texture_float")) {
      this.plot.destroy();
      throw new Error("no textures of numbers");
    }
    this.plot.subscribe("lassoStart", () => (this.lassoing = true));
    // A lasso that ends where it began is a click, too; what that picks is not meant.
    const clicked = () => !this.lassoing && performance.now() - this.lassoed > 300;
    this.plot.subscribe("lassoEnd", ({ coordinates }) => {
      this.lassoing = false;
      if (coordinates.length > 2) {
        this.lassoed = performance.now();
        say.onLasso(coordinates.map(([x, y]) => [x * EDGE, y * EDGE]));
      }
    });
    this.plot.subscribe("select", ({ points }) => {
      if (clicked() && points.length === 1) say.onPick(points[0]);
    });
    this.plot.subscribe("deselect", () => clicked() && say.onClear());
    this.plot.subscribe("pointover", say.onOver);
    this.plot.subscribe("pointout", say.onOut);
  }

  /** Whether the browser took the drawing away, as it may when many pages draw. */
  get lost() {
    return this.plot.get("regl")._gl.isContextLost();
  }

  /** Draw the same once more, for a canvas that was moved. */
  redraw() {
    return this.then(() => this.plot.redraw());
  }

  /** Do one thing after the other: the library refuses to draw while it draws. */
  then(job) {
    this.jobs = this.jobs.then(() => !this.stopped && job()).catch((error) => console.error(error));
    return this.jobs;
  }

  /**
   * positions: Float32Array x0 y0 x1 y1 …; codes: Uint8Array, an index into the palette; box: what
   * to show at first.
   */
  place(positions, codes, box) {
    return this.then(() => {
      const count = positions.length / 2;
      const points = new Array(count);
      for (let i = 0; i < count; i += 1) {
        points[i] = [positions[2 * i] / EDGE, positions[2 * i + 1] / EDGE, codes[i]];
      }
      this.points = points;
      const { size, opacity } = look(count);
      this.plot.set({ pointSize: size, opacity });
      const { target, distance } = this.view(box);
      this.plot.set({ cameraTarget: target, cameraDistance: distance });
      return this.plot.draw(points, { zDataType: "categorical" });
    });
  }

  /** The camera that shows a box on this canvas. */
  view(box) {
    return camera(box, this.canvas.clientWidth, this.canvas.clientHeight);
  }

  /** New colours on the old places: the search index stays. */
  recolour(codes) {
    return this.then(() => {
      this.points.forEach((point, i) => (point[2] = codes[i]));
      return this.plot.draw(this.points, {
        zDataType: "categorical",
        spatialIndex: this.plot.get("spatialIndex"),
        preventFilterReset: true,
      });
    });
  }

  palette(colours) {
    // Selected points keep their colour and gain an outline; the others fade.
    this.plot.set({ pointColor: colours, pointColorActive: colours });
  }

  theme(background, text) {
    this.plot.set({ backgroundColor: background, lassoColor: text, pointColorHover: text });
  }

  /** rows: Array of rows to show, or null for all. */
  show(rows) {
    return this.then(() =>
      rows === null
        ? this.plot.get("isPointsFiltered") && this.plot.unfilter({ preventEvent: true })
        : this.plot.filter(rows, { preventEvent: true }),
    );
  }

  select(rows) {
    return this.then(() =>
      rows.length
        ? this.plot.select(rows, { preventEvent: true })
        : this.plot.deselect({ preventEvent: true }),
    );
  }

  tool(name) {
    this.plot.set(
      name === "pan"
        ? { mouseMode: "panZoom" }
        : { mouseMode: "lasso", lassoType: name === "box" ? "rectangle" : "freeform" },
    );
  }

  /** Where a row is now, in pixels of the canvas. */
  at(row) {
    return this.plot.getScreenPosition(row);
  }

  zoom(factor) {
    return this.then(() => {
      const camera = this.plot.get("camera");
      const target = [...camera.target].slice(0, 2);
      return this.plot.zoomToLocation(target, camera.distance[0] / factor, {
        transition: true,
        transitionDuration: 150,
      });
    });
  }

  pan(dx, dy) {
    return this.then(() => {
      const camera = this.plot.get("camera");
      const [x, y] = camera.target;
      const distance = camera.distance[0];
      return this.plot.zoomToLocation([x + 0.2 * dx * distance, y + 0.2 * dy * distance], distance);
    });
  }

  /** Show a box of data coordinates. */
  fit(box) {
    return this.then(() => {
      const { target, distance } = this.view(box);
      return this.plot.zoomToLocation(target, distance, {
        transition: true,
        transitionDuration: 150,
      });
    });
  }

  stop() {
    this.stopped = true;
    this.plot.destroy();
  }
}
