// Who works in this browser: asked once, known again after a reload. Python part: person.py.
//
// A cookie tells the server with the first request of a page. Where it has none, the name is sent,
// and the page is drawn a second time.

import { whenStill } from "../widgets/leaving.js";
import { keep } from "./browser_store.js";

const PERSON = "winnow:person";
const COOKIE = "winnow_person"; // as in person.py
const YEAR = 31536000; // seconds
let sending = false;

function tellServer(name) {
  const text = encodeURIComponent(name);
  document.cookie = `${COOKIE}=${text}; path=/; max-age=${YEAR}; samesite=strict`;
}

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
    tellServer(data.name);
    return;
  }
  const name = known();
  if (name) tellServer(name);
  if (name && name !== data.name && !sending) {
    sending = true;
    whenStill(() => {
      sending = false;
      setStateValue("name", name);
    });
  }
}
