// A picture is classified; whoever looks says whether that is right, and what it is instead.
// Every text goes in as text, never as HTML: names of classes and files may be anything.
"use strict";
(() => {
  const STYLE = `
    .winnow { max-width: 28rem; padding: 1rem; border: 1px solid #8a9694; border-radius: .5rem; font: 1rem/1.5 system-ui, sans-serif; }
    .winnow img { display: block; max-width: 100%; max-height: 16rem; margin: .6rem 0; border-radius: .3rem; }
    .winnow button, .winnow select, .winnow input { font: inherit; min-height: 2.5rem; }
    .winnow button { padding: .2rem .9rem; margin: .3rem .4rem .3rem 0; cursor: pointer; }
    .winnow select { display: block; width: 100%; margin: .3rem 0; }
    .winnow [role=alert] { color: #a32020; } @media (prefers-color-scheme: dark) { .winnow [role=alert] { color: #ff9a9a; } }`;
  const own = document.currentScript ? new URL(document.currentScript.src).origin : location.origin;

  function element(name, text, attributes) {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    return made;
  }

  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  class Widget {
    constructor(place) {
      this.server = place.dataset.server || own;
      this.token = place.dataset.token || "";
      this.model = place.dataset.model || "";
      place.classList.add("winnow");
      const label = element("label", "Picture ");
      this.file = label.appendChild(element("input", "", { type: "file", accept: "image/*" }));
      this.out = element("div", "", { "aria-live": "polite" });
      place.replaceChildren(label, this.out);
      this.file.addEventListener("change", () => this.run(() => this.classify()));
    }

    async ask(path, options) {
      const headers = { ...(options || {}).headers };
      if (this.token) headers.Authorization = `Bearer ${this.token}`;
      const answer = await fetch(this.server + path, { ...options, headers });
      const content = await answer.json().catch(() => ({}));
      if (!answer.ok) throw new Error(content.error || `The server answered ${answer.status}.`);
      return content;
    }

    async run(work) {
      try {
        await work();
      } catch (error) {
        this.out.append(element("p", error.message, { role: "alert" }));
      }
    }

    async classify() {
      const [file] = this.file.files;
      if (!file) return;
      this.out.replaceChildren(element("p", "Looking …"));
      const form = new FormData();
      form.append("image", file, "image");
      const query = this.model ? `?model=${encodeURIComponent(this.model)}` : "";
      let answer;
      try {
        answer = (await this.ask(`/v1/classify${query}`, { method: "POST", body: form })).images[0];
      } finally {
        this.out.replaceChildren();
      }
      this.key = newKey(); // one for each picture that is shown, so that a second press stores nothing twice
      this.show(file, answer);
    }

    show(file, answer) {
      if (this.address) URL.revokeObjectURL(this.address);
      this.address = URL.createObjectURL(file);
      const line = element("p");
      line.append("This is ", element("strong", answer.class), ` (${Math.round(100 * answer.probability)} %).`);
      const right = element("button", "Right", { type: "button" });
      const wrong = element("button", "Wrong", { type: "button" });
      right.addEventListener("click", () => this.run(() => this.send(answer, true)));
      wrong.addEventListener("click", () => this.run(() => this.choose(answer)));
      this.buttons = element("div");
      this.buttons.append(right, wrong);
      this.out.replaceChildren(element("img", "", { src: this.address, alt: "The picture" }), line, this.buttons);
    }

    async choose(answer) {
      const { classes } = await this.ask("/v1/feedback/classes");
      const label = element("label", "What is it instead?");
      const list = label.appendChild(element("select"));
      list.append(element("option", "I do not know", { value: "" }));
      for (const name of classes) {
        if (name !== answer.class) list.append(element("option", name, { value: name }));
      }
      const send = element("button", "Send", { type: "button" });
      send.addEventListener("click", () => this.run(() => this.send(answer, false, list.value)));
      this.buttons.replaceChildren(label, send);
      list.focus();
    }

    async send(answer, right, label) {
      const content = { key: this.key, id: answer.id, right, class: answer.class };
      if (label) content.label = label;
      this.out.querySelectorAll("[role=alert]").forEach((one) => one.remove());
      const query = this.model ? `?model=${encodeURIComponent(this.model)}` : "";
      await this.ask(`/v1/feedback${query}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(content),
      });
      this.buttons.replaceChildren(element("p", "Thank you, that is stored."));
    }
  }

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const start = () => document.querySelectorAll("[data-winnow]").forEach((place) => new Widget(place));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
