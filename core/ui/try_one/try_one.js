// The words of the picture that is tried; what is typed arrives while it is typed. A picture that
// is pasted anywhere on the page goes into the page's uploader.
//
// What arrives is `{of, text}`: the picture that the words are about, and the words.

import { element, mounted, place } from "../widgets/dom.js";

const PAUSE = 50; // ms without a key before the words are sent: the answer is to be there in 300

export default mounted(create, (self, setStateValue) => {
  self.send = (typed) => setStateValue("typed", typed);
});

function create(parent, first) {
  const root = element("div", "wt-box");
  const label = element("label", "wt-label", first.label);
  const area = element("textarea", "wt");
  area.rows = 3;
  area.maxLength = first.most;
  label.append(area);
  root.append(label);
  place(parent, root);
  const self = { data: first, sent: first.text, timer: 0, send: () => {} };

  const flush = () => {
    clearTimeout(self.timer);
    if (area.value === self.sent) return;
    self.sent = area.value;
    self.send({ of: self.data.of, text: area.value });
  };
  area.addEventListener("input", () => {
    clearTimeout(self.timer);
    self.timer = setTimeout(flush, PAUSE);
  });
  area.addEventListener("blur", flush);

  const paste = (event) => {
    const picture = [...(event.clipboardData?.files ?? [])].find((f) => f.type.startsWith("image/"));
    const input = document.querySelector(".st-key-try-drop input[type=file]");
    if (!picture || !input) return;
    event.preventDefault();
    const files = new DataTransfer();
    files.items.add(picture);
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  document.addEventListener("paste", paste);

  self.update = (data) => {
    const other = data.of !== self.data.of;
    self.data = data;
    area.placeholder = data.placeholder;
    area.disabled = !data.of;
    if (!other) return; // what a person is typing is never taken from under the cursor
    clearTimeout(self.timer);
    area.value = data.text;
    self.sent = data.text;
  };
  self.stop = () => {
    clearTimeout(self.timer);
    document.removeEventListener("paste", paste);
    root.remove();
  };

  area.value = first.text;
  return self;
}
