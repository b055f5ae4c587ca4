// What the scripts of all elements use of the browser's document.

import { whenStaying } from "./leaving.js";

// A new node. Its text is never read as HTML: names come from people.
export function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

// Put an element's root into its place on the page, instead of one from before.
export function place(parent, root) {
  const selector = `:scope .${root.className}`;
  parent.querySelectorAll(selector).forEach((old) => old.remove());
  parent.append(root);
}

// Whether keys that are pressed at this target are typed into a field.
export function isTyping(target) {
  const fields = "input:not([type=radio], [type=checkbox], [type=range]), textarea, select";
  return Boolean(target?.closest?.(`${fields}, [contenteditable=true]`));
}

const instances = new WeakMap();

// The default export of an element. Streamlit calls it at every run of the page with the newest
// `data`; what it returns, when the element leaves the page.
//
// `create(parentElement, data)` makes `{ update(data), stop() }` once. `connect(self, send)`, where
// given, is called at each run with the `setStateValue` that is valid now; see leaving.js for when
// it sends. Where `data` has a `workspace`, another one makes the element anew.
export function mounted(create, connect = () => {}) {
  return ({ parentElement, data, setStateValue }) => {
    let self = instances.get(parentElement);
    if (self && self.workspace !== data.workspace) {
      self.stop();
      self = undefined;
    }
    if (!self) {
      self = create(parentElement, data);
      self.workspace = data.workspace;
      instances.set(parentElement, self);
    }
    connect(self, (name, value) => whenStaying(() => setStateValue(name, value)));
    self.update(data);
    return () => {
      self.stop();
      instances.delete(parentElement);
    };
  };
}
