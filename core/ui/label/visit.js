// What somebody has in hand, for as long as the page is loaded: the app may draw an element anew in
// the middle of the work, which must take neither marks nor the way back.

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
