// Press ? on any page: the keys that work there, in a dialog that Escape closes. Beside it the link
// to what is shown.

import { element, isTyping, mounted } from "../widgets/dom.js";
import { watchPaste } from "./pasted.js";
import { watchConnection } from "./reconnect.js";

const COPY = "Copy link";

// This element stands on every page and in no part of one: what it sends draws the whole page.
export default mounted(create, (self, setStateValue) => {
  self.wake = () => setStateValue("woken", Date.now());
});

function create(parent) {
  const button = element("button", "wy-button", "Keyboard ");
  button.type = "button";
  button.append(element("kbd", "", "?"));
  const link = element("button", "wy-button wy-link", COPY);
  link.type = "button";
  link.title = "The address of what is shown: page, filters, selection, image";
  link.hidden = !navigator.clipboard; // browsers have none for pages of other computers without TLS
  link.addEventListener("click", async () => {
    const copied = await navigator.clipboard.writeText(here()).then(() => true, () => false);
    link.textContent = copied ? "Copied" : "Copy it from the address bar";
    setTimeout(() => (link.textContent = COPY), 2000);
  });
  const dialog = element("dialog", "wy-dialog");
  dialog.setAttribute("aria-label", "Keyboard");
  const list = element("div", "wy-list");
  list.tabIndex = 0; // the arrow keys scroll it
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", "Keys");
  dialog.append(list);
  parent.querySelectorAll(":scope .wy-button, :scope .wy-dialog").forEach((old) => old.remove());
  parent.append(button, link, dialog);
  const open = () => {
    if (dialog.open) {
      dialog.close();
      return;
    }
    list.replaceChildren(...groups.flatMap(([title, keys]) => lines(title, keys)));
    dialog.showModal();
  };
  const press = (event) => {
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.composedPath()[0])) return;
    event.preventDefault();
    open();
  };
  button.addEventListener("click", open);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  window.addEventListener("keydown", press);
  let groups = [];
  const self = {
    wake: () => {},
    update(data) {
      ({ groups } = data);
    },
    stop() {
      unwatch();
      unpaste();
      window.removeEventListener("keydown", press);
      dialog.remove();
      button.remove();
      link.remove();
    },
  };
  fetchLater(document.querySelector("meta[name=winnow-later]")?.content.split(" ") ?? []);
  const unwatch = watchConnection(() => self.wake());
  const unpaste = watchPaste();
  return self;
}

function lines(title, keys) {
  return [
    element("h3", "", title),
    ...keys.map(([key, what]) => {
      const line = element("div", "wy-line");
      line.append(element("kbd", "", key), element("span", "", what));
      return line;
    }),
  ];
}

// Scripts that only other pages need, as the server's page names them, one after the other while the browser has nothing to do: else
// the first visit of such a page waits for megabytes.
function fetchLater(scripts) {
  const [script, ...others] = scripts;
  if (!script) return;
  const link = element("link");
  link.rel = "modulepreload";
  link.crossOrigin = "";
  link.href = new URL(`.${script}`, document.baseURI).href;
  const next = () => fetchLater(others);
  link.addEventListener("load", next);
  link.addEventListener("error", next);
  const add = () => document.head.append(link);
  if (globalThis.requestIdleCallback) requestIdleCallback(add);
  else setTimeout(add, 300);
}

// The image that somebody labels is not in the address itself: two people are asked about different
// ones, also when they opened the same address.
function here() {
  const address = new URL(window.location.href);
  const image = document.querySelector(".wl")?.dataset.image;
  if (image) address.searchParams.set("image", image);
  return address.href;
}
