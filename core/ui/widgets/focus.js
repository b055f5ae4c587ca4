// Whose a key is: of the page's own element, or of the control that somebody went to by Tab.
//
// A click leaves the focus on whatever was pressed last, and nobody looks there: keys go on to mean
// what the page says. Who walks by Tab means the control that has the ring around it.

let tabbed = false;
globalThis.addEventListener?.("keydown", (event) => (tabbed ||= event.key === "Tab"), true);
globalThis.addEventListener?.("pointerdown", () => (tabbed = false), true);

const PRESSES = ["Enter", " ", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
const CONTROLS = "button, a, summary, input, [role=slider], [role=radio], [role=tab], [tabindex='0']";

// Whether a key is for the control at `target`, to which somebody came by Tab.
export function ownsKey(target, key) {
  if (!tabbed || !PRESSES.includes(key)) return false;
  return Boolean(target?.closest?.(CONTROLS));
}

// Give the keys back to the page.
export function leaveControls() {
  tabbed = false;
  document.activeElement?.blur();
}

// Whether a dialog lies over the page: keys are for it alone.
export function isCovered() {
  return Boolean(document.querySelector("dialog[open], [aria-modal=true]"));
}
