// What lists that are searched and scrolled have in common.

// A name as it is compared with what is typed: without case, accents and signs between words.
export function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[\s_-]+/g, " ").trim();
}

// Bring a row of a table into sight. The table scrolls, never the page.
export function reveal(scroll, row) {
  if (!row) return;
  const above = row.offsetTop - scroll.querySelector("thead").offsetHeight < scroll.scrollTop;
  const below = row.offsetTop + row.offsetHeight > scroll.scrollTop + scroll.clientHeight;
  if (above || below) scroll.scrollTop = row.offsetTop - scroll.clientHeight / 2;
}
