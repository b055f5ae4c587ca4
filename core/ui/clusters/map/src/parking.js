// A map that left the page is kept for a while: to make one takes a quarter of a second, and people
// come back. Where they have left it, it stands with its zoom. Out of sight it keeps its size.

import { element } from "./dom.js";

const LONGEST = 60_000; // ms: it holds memory, and looks at each frame whether to draw

/** The map of these images that left the page last, if it is still there. */
export function parked(base) {
  const { map, place, timer } = globalThis.winnowMap ?? {};
  globalThis.winnowMap = undefined;
  clearTimeout(timer);
  if (!map) return undefined;
  const fits = map.base === base && !map.lost;
  if (!fits) map.stop();
  // The map moves into its new place before this one goes: see the caller.
  queueMicrotask(() => place.remove());
  return fits ? map : undefined;
}

/** Keep a map; at most one at a time. */
export function park(map) {
  parked(undefined);
  const place = element("div");
  Object.assign(place.style, {
    position: "fixed",
    left: "-99999px",
    top: "0",
    width: `${map.width}px`,
    visibility: "hidden",
  });
  place.setAttribute("aria-hidden", "true");
  place.append(map.root);
  document.body.append(place);
  globalThis.winnowMap = { map, place, timer: setTimeout(() => parked(undefined), LONGEST) };
}
