// Who works in this browser: asked once, known again after a reload. Python part: person.py.

import { keep } from "./browser_store.js";

const PERSON = "winnow:person";

function known() {
  try {
    return (globalThis.localStorage?.getItem(PERSON) ?? "").slice(0, 80);
  } catch {
    return ""; // forbidden by the browser's settings
  }
}

export default function (component) {
  const { data, setStateValue } = component;
  if (data.chosen) {
    keep(PERSON, data.name);
    return;
  }
  const name = known();
  if (name && name !== data.name) {
    setStateValue("name", name);
  }
}
