// The prompts of a class, one a line; what is typed arrives while it is typed.
//
// An edit is `{at, text, base, session}`: when it was made, what the field holds, what the server
// had when it was last in step with the field, and the session it was made for. Until the server
// says that it is saved, it stays in the field, is sent again, and outlives a reload.

import { forget, keep, recall } from "../shared/browser_store.js";
import { element, mounted, place } from "../widgets/dom.js";

const PAUSE = 60; // ms without a key before the text is sent
const PAUSE_BUSY = 120; // the same while the server has not answered the last: it draws one by one
const AGAIN = 2000; // ms until an edit that is not saved is sent again; twice as long each time
const AGAIN_AT_MOST = 15000;

export default mounted(create, (self, setStateValue) => {
  self.send = (edit) => setStateValue("edit", edit);
});

function create(parent, first) {
  const root = element("div", "wp-box");
  const area = element("textarea", "wp");
  const state = element("div", "wp-state");
  state.setAttribute("role", "status");
  area.spellcheck = true;
  root.append(area, state);
  place(parent, root);
  const draft = `winnow:prompts:${first.draft}`;
  const self = { data: first, pending: null, base: first.text, timer: 0, send: () => {} };
  let wait = AGAIN;

  let unheard = 0; // sendings of one edit that nobody answered
  const flush = (again = false) => {
    clearTimeout(self.timer);
    const before = self.pending ? self.pending.text : self.base;
    if (!again && before === area.value) {
      if (self.pending) self.timer = setTimeout(() => flush(true), wait);
      return;
    }
    // The time makes every edit a new value, also one that brings an earlier text back.
    const { base } = self;
    self.pending = { at: Date.now(), text: area.value, base, session: self.data.session };
    keep(draft, JSON.stringify({ text: area.value, base }));
    self.send(self.pending);
    unheard = again ? unheard + 1 : 0;
    if (unheard > 1) globalThis.winnowWake?.(); // a server that was started anew
    self.timer = setTimeout(() => flush(true), wait);
  };
  area.addEventListener("input", () => {
    clearTimeout(self.timer);
    self.timer = setTimeout(flush, self.pending ? PAUSE_BUSY : PAUSE);
  });
  area.addEventListener("blur", () => flush());

  const settle = (data) => {
    if (!self.pending || data.saved !== self.pending.at) return;
    self.base = self.pending.text;
    self.pending = null;
    wait = AGAIN;
    forget(draft);
    clearTimeout(self.timer);
    if (area.value !== self.base) self.timer = setTimeout(flush, PAUSE);
  };

  const show = (data) => {
    const late = self.pending && data.trouble;
    root.dataset.unsaved = late ? "1" : "0";
    state.textContent = late ? `Not saved yet, trying again: ${data.trouble}` : "";
  };

  self.update = (data) => {
    unheard = 0;
    if (self.pending && data.trouble && data !== self.data) {
      wait = Math.min(2 * wait, AGAIN_AT_MOST);
    }
    self.data = data;
    settle(data);
    show(data);
    area.setAttribute("aria-label", data.label);
    area.placeholder = data.placeholder;
    area.rows = Math.min(Math.max(data.text.split("\n").length + 1, 3), 12);
    // What a person is typing is never taken from under the cursor, nor what is not saved.
    if (self.pending) return;
    if (document.activeElement === area || area.getRootNode().activeElement === area) return;
    self.base = data.text;
    if (area.value !== data.text) area.value = data.text;
  };
  self.stop = () => {
    flush();
    clearTimeout(self.timer);
    root.remove();
  };

  area.value = first.text;
  const left = draftOf(recall(draft));
  if (left && left.base === first.text && left.text !== first.text) {
    area.value = left.text;
    self.pending = { at: 0, text: first.text, base: first.text };
    self.timer = setTimeout(flush, PAUSE);
  } else if (left) forget(draft); // somebody has changed the prompts since
  return self;
}

function draftOf(text) {
  try {
    const { base, text: typed } = JSON.parse(text);
    return typeof base === "string" && typeof typed === "string" ? { base, text: typed } : null;
  } catch {
    return null;
  }
}
