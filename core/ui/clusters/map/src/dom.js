export function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text; // never innerHTML: names come from people
  return node;
}

export function button(className, text, label, act) {
  const node = element("button", className, text);
  node.type = "button";
  node.title = label;
  node.setAttribute("aria-label", label);
  node.addEventListener("click", act);
  return node;
}

/** A part of the map by its content's name; the browser keeps it for as long as it likes. */
export async function part(base, token, signal) {
  const answer = await fetch(`${base}/${token}`, { signal });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.arrayBuffer();
}
