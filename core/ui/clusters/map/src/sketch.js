// The first look at a map: its points as pixels of a canvas, in the places where WebGL will have them.
// To start WebGL takes a quarter of a second on a machine without a graphics card, this a hundredth.

import { EDGE, camera, look } from "./looks.js";

const MOST = 120_000; // points; of more every so many

/**
 * Draw onto a canvas as large as the map.
 *
 * positions: Float32Array x0 y0 x1 y1 …; codes: Uint8Array, an index into the palette; mask: Uint8Array,
 * 0 for what is not shown, or null; palette: colours as #rrggbb; box: what to show; background: a colour.
 */
export function sketch(canvas, { positions, codes, mask, palette, box, background }) {
  const { clientWidth, clientHeight } = canvas;
  const ratio = devicePixelRatio;
  const width = (canvas.width = Math.round(clientWidth * ratio));
  const height = (canvas.height = Math.round(clientHeight * ratio));
  if (!width || !height) return;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return; // what cannot be drawn is said where WebGL is started
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  const image = context.getImageData(0, 0, width, height);
  const colours = palette.map((hex) => Number.parseInt(hex.slice(1), 16));
  const { target, distance } = camera(box, clientWidth, clientHeight);
  const { size, opacity } = look(codes.length);
  const brush = brushOf(size * ratio * scaled(1 / distance), opacity);
  const scale = height / 2 / distance;
  const step = Math.max(1, Math.ceil(codes.length / MOST));
  for (let row = 0; row < codes.length; row += step) {
    if (mask && !mask[row]) continue;
    const x = Math.round(width / 2 + (positions[2 * row] / EDGE - target[0]) * scale);
    const y = Math.round(height / 2 - (positions[2 * row + 1] / EDGE - target[1]) * scale);
    stamp(image, x, y, colours[codes[row]] ?? 0, brush);
  }
  context.putImageData(image, 0, 0);
}

/** How much larger points are drawn nearby, as regl-scatterplot does it. */
function scaled(scale) {
  return scale > 1 ? Math.asinh(scale) / Math.asinh(1) : scale;
}

/** The pixels of a round point: dx, dy and how much of its colour each takes. */
function brushOf(size, opacity) {
  const radius = size / 2;
  const reach = Math.ceil(radius);
  const pixels = [];
  for (let dy = -reach; dy <= reach; dy += 1) {
    for (let dx = -reach; dx <= reach; dx += 1) {
      const share = opacity * Math.max(0, Math.min(1, radius - Math.hypot(dx, dy) + 0.5));
      if (share > 0) pixels.push([dx, dy, share]);
    }
  }
  return pixels;
}

function stamp({ data, width, height }, x, y, colour, brush) {
  const red = colour >> 16;
  const green = (colour >> 8) & 255;
  const blue = colour & 255;
  for (const [dx, dy, share] of brush) {
    const [left, top] = [x + dx, y + dy];
    if (left < 0 || top < 0 || left >= width || top >= height) continue;
    const at = 4 * (top * width + left);
    data[at] += (red - data[at]) * share;
    data[at + 1] += (green - data[at + 1]) * share;
    data[at + 2] += (blue - data[at + 2]) * share;
  }
}
