// A field that finds a class by its name, and the commands beside them: letters narrow the list,
// arrows move in it, Enter takes what is highlighted, Escape leaves.

import { element } from "../widgets/dom.js";
import { folded, matching } from "./choices.js";
import { leave, takeUp } from "./visit.js";

const LONGEST = 60; // rows of the list; who has more classes types another letter
let numbers = 0; // each list has a name of its own for those who cannot see it

// finder({ visit, entries, take })
//   visit     of the element that it stands in: a word that is half typed when that element is
//             drawn anew goes on in the new one.
//   entries   called for what can be found now, in order: {name, hint, colour, run}.
//   take      called with the entry that was chosen.
// gives
//   root, field, open(text), claim(event), stop()
//   stepBack()   for an element in whose place another one is drawn: leaves the word to it.
//   goOn(same)   takes such a word up, or forgets it where what it was about is no longer the `same`.
export function finder({ visit, entries, take }) {
  const root = element("div", "wf");
  const field = element("input", "wf-field");
  const list = element("div", "wf-list");
  list.id = `wf-list-${(numbers += 1)}`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Classes and commands");
  field.type = "text";
  field.maxLength = 200;
  field.autocomplete = "off";
  field.spellcheck = false;
  const roles = {
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false",
    "aria-controls": list.id, "aria-label": "Find a class",
  };
  for (const [name, value] of Object.entries(roles)) field.setAttribute(name, value);
  root.append(field, list);
  let rows = [];
  let cursor = -1;

  const show = () => {
    const found = matching(entries(), field.value);
    rows = found.slice(0, LONGEST);
    cursor = rows.length && folded(field.value) ? 0 : -1;
    list.replaceChildren(
      ...rows.map((entry, place) => row(entry, place)),
      ...(rows.length ? [] : [element("div", "wf-none", `Nothing is called “${field.value}”.`)]),
      ...(found.length > LONGEST ? [element("div", "wf-none", "Type more letters.")] : []),
    );
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    mark();
  };
  const row = (entry, place) => {
    const node = element("div", "wf-row");
    node.id = `${list.id}-${place}`;
    node.setAttribute("role", "option");
    const dot = element("i", "wf-dot");
    dot.style.background = entry.colour ?? "transparent";
    node.append(dot, element("span", "wf-name", entry.name), element("span", "wf-hint", entry.hint));
    node.addEventListener("pointerdown", (event) => event.preventDefault()); // the field stays
    node.addEventListener("click", () => choose(entry));
    return node;
  };
  const mark = () => {
    [...list.querySelectorAll(".wf-row")].forEach((node, place) => {
      node.setAttribute("aria-selected", String(place === cursor));
      if (place === cursor) node.scrollIntoView({ block: "nearest" });
    });
    if (cursor < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", `${list.id}-${cursor}`);
  };
  const close = () => {
    field.value = "";
    list.hidden = true;
    list.replaceChildren();
    rows = [];
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    field.blur();
  };
  const choose = (entry) => {
    close();
    take(entry);
  };
  field.addEventListener("input", show);
  field.addEventListener("focus", () => (list.hidden ? show() : null));
  // A page that is drawn anew moves the field, which takes the focus from it in the middle of a word:
  // the next letter would be a command. So only who leaves it on purpose closes the list.
  const resume = () => {
    field.focus({ preventScroll: true });
    field.setSelectionRange(field.value.length, field.value.length);
  };
  field.addEventListener("blur", () => {
    if (!list.hidden) queueMicrotask(() => (!list.hidden && field.isConnected ? resume() : null));
  });
  const pressedElsewhere = (event) => {
    if (!list.hidden && !event.composedPath().includes(root)) close();
  };
  window.addEventListener("pointerdown", pressedElsewhere, true);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") close();
    else if (event.key === "Enter") {
      if (rows[cursor]) choose(rows[cursor]);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      cursor = Math.min(Math.max(cursor + step, 0), rows.length - 1);
      mark();
    } else {
      if (event.key === "Tab") close();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  // A key that the page got while the list was open and the field had no focus: it is the field's.
  const claim = (event) => {
    if (list.hidden) return false;
    resume();
    if (event.key.length === 1) field.value += event.key;
    else if (event.key === "Backspace") field.value = [...field.value].slice(0, -1).join("");
    else if (event.key === "Enter" && rows[cursor]) choose(rows[cursor]);
    else if (event.key === "Escape") close();
    if (!list.hidden) show();
    return true;
  };
  const open = (text) => {
    field.value = text;
    field.focus({ preventScroll: true });
    show();
  };
  const stepBack = () => {
    if (list.hidden) return;
    leave(visit, "typed", field.value);
    close();
  };
  const goOn = (same = true) => {
    const typed = takeUp(visit, "typed");
    if (!same || typed === undefined) return;
    // Open from this moment on: a key that comes before the field can take it is claimed for it.
    field.value = typed;
    show();
    setTimeout(() => (field.isConnected && !list.hidden ? resume() : null));
  };
  return {
    root,
    field,
    claim,
    open,
    stepBack,
    goOn,
    stop: () => {
      stepBack();
      window.removeEventListener("pointerdown", pressedElsewhere, true);
    },
  };
}
