// What somebody has in hand, for as long as the page is loaded: the app may draw an element anew in
// the middle of the work, which must take neither marks nor the way back.

import { isTyping } from "../widgets/dom.js";
import { isCovered } from "../widgets/focus.js";

const visits = (globalThis.winnowVisits ??= new Map());
const leftovers = (globalThis.winnowLeftovers ??= new WeakMap()); // visit to {name: {value, at}}
const ANEW = 3000; // ms within which an element that is drawn again is the same to whoever uses it

// The visit of one element to one workspace: what `make` gives at its first time.
export function visitOf(workspace, name, make) {
  const place = `${workspace}:${name}`;
  if (!visits.has(place)) visits.set(place, make());
  return visits.get(place);
}

// Leave something of a visit for the element that takes this one's place.
export function leave(visit, name, value) {
  leftovers.set(visit, { ...leftovers.get(visit), [name]: { value, at: Date.now() } });
}

// What the element before this one left a moment ago, once; undefined where there is nothing.
export function takeUp(visit, name) {
  const { [name]: left, ...others } = leftovers.get(visit) ?? {};
  leftovers.set(visit, others);
  return left && Date.now() - left.at < ANEW ? left.value : undefined;
}

// From now on no element is there to hear keys: they are kept for the one that takes this one's place.
export function listen(visit) {
  const [page, until, keys] = [location.pathname, Date.now() + ANEW, []];
  const hear = (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (Date.now() > until || location.pathname !== page) return;
    if (!isTyping(event.composedPath()[0]) && !isCovered()) keys.push(event.key);
  };
  window.addEventListener("keydown", hear, true);
  const end = () => window.removeEventListener("keydown", hear, true);
  globalThis.winnowKept?.end();
  globalThis.winnowKept = { visit, page, until, keys, end };
}

// An element hears keys again. It is told to `press` those that were kept for it, for as long as what
// was shown before still is: `same`.
export function pressKept(visit, press, same) {
  const kept = globalThis.winnowKept;
  globalThis.winnowKept = undefined;
  kept?.end();
  if (kept?.visit !== visit || kept.page !== location.pathname || Date.now() > kept.until) return;
  setTimeout(() => {
    for (const key of kept.keys) if (same()) press(new KeyboardEvent("keydown", { key }));
  });
}
