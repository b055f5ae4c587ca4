// A small chart: the server's SVG, put on the page.

import { element, mounted, place } from "./dom.js";

export default mounted((parent) => {
  const root = element("div", "wpl");
  place(parent, root);
  return {
    update: ({ svg }) => {
      // As a document of its own: read as XML, what is written in it cannot become a script's.
      const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
      root.replaceChildren(document.importNode(drawn, true));
    },
    stop: () => root.remove(),
  };
});
