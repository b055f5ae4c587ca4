// The prompts of a class, one a line; what is typed arrives while it is typed.

import { element, mounted, place } from "../widgets/dom.js";

const PAUSE = 120; // ms without a key before the text is sent: the preview is to be there in 500

export default mounted(create, (self, setStateValue) => {
  // The time makes every edit a new value, also one that brings an earlier text back.
  self.send = (text) => setStateValue("edit", { at: Date.now(), text });
});

function create(parent) {
  const area = element("textarea", "wp");
  area.spellcheck = true;
  place(parent, area);
  const self = { sent: null, timer: 0, send: () => {} };

  const flush = () => {
    clearTimeout(self.timer);
    if (self.sent === area.value) return;
    self.sent = area.value;
    self.send(area.value);
  };
  area.addEventListener("input", () => {
    clearTimeout(self.timer);
    self.timer = setTimeout(flush, PAUSE);
  });
  area.addEventListener("blur", flush);

  self.update = (data) => {
    area.setAttribute("aria-label", data.label);
    area.placeholder = data.placeholder;
    area.rows = Math.min(Math.max(data.text.split("\n").length + 1, 3), 12);
    // What a person is typing is never taken from under the cursor.
    if (document.activeElement === area || area.getRootNode().activeElement === area) return;
    if (area.value !== data.text) {
      area.value = data.text;
      self.sent = data.text;
    }
  };
  self.stop = () => {
    flush();
    area.remove();
  };
  return self;
}
