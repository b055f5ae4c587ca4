// What somebody has in hand, for as long as the page is loaded: the app may draw an element anew in
// the middle of the work, which must take neither marks nor the way back.

const visits = (globalThis.winnowVisits ??= new Map());

// The visit of one element to one workspace: what `make` gives at its first time.
export function visitOf(workspace, name, make) {
  const place = `${workspace}:${name}`;
  if (!visits.has(place)) visits.set(place, make());
  return visits.get(place);
}
