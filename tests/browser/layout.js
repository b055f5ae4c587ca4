// What is wrong with how the page that is shown is laid out: a line for each fault.
//
// Run in the page, at the top of its scroll, with
//   width     of the window in CSS pixels
//   least     how wide and high a control of labeling must be for a thumb; 0 where a mouse is used
//   overlays  selectors of controls that lie on a picture on purpose
({ width, least, overlays }) => {
  const CONTROLS =
    "button, a[href], input:not([type=checkbox], [type=radio], [type=file], [type=range]), " +
    "textarea, select, summary, label:has(input), [role=tab], [role=combobox], [role=slider]";
  const ASIDE = "[aria-hidden=true], .modebar, [data-testid=stElementToolbar]";
  const LAYERS = "[data-testid=stSidebar], [data-testid=stHeader], .wg-head, dialog";
  const OURS = ".wl, .wg";
  const SMALL = 6; // px: smaller boxes are inputs that a style draws anew
  const SLACK = 2; // px that borders and rounding may share
  const faults = [];
  const named = (node) => {
    const text = (node.getAttribute("aria-label") || node.innerText || node.placeholder || "").trim();
    const mark = node.dataset.testid || node.className || node.id || "";
    const words = text.replace(/\s+/g, " ").slice(0, 40);
    return `${node.tagName.toLowerCase()} ${String(mark).slice(0, 40)} “${words}”`;
  };
  const parents = function* (node) {
    for (let at = node.parentElement; at; at = at.parentElement) yield at;
  };
  const box = (node) => {
    const { left, top, right, bottom } = node.getBoundingClientRect();
    return { left, top, right, bottom };
  };
  const wide = (b) => b.right - b.left;
  const high = (b) => b.bottom - b.top;
  const met = (a, b) => ({
    left: Math.max(a.left, b.left), top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom),
  });

  // The part of a control that can be seen, and what cuts it off where nothing scrolls.
  const seen = (node) => {
    let part = box(node);
    let cut = "";
    let scrolls = false;
    for (const parent of parents(node)) {
      const look = getComputedStyle(parent);
      const frame = box(parent);
      for (const [axis, from, to] of [["overflowX", "left", "right"], ["overflowY", "top", "bottom"]]) {
        if (look[axis] === "visible") continue;
        const out = part[from] < frame[from] - SLACK || part[to] > frame[to] + SLACK;
        if (!out) continue;
        if (look[axis] === "hidden" || look[axis] === "clip") cut ||= named(parent);
        else if (axis === "overflowX") scrolls = true;
        part = { ...part, [from]: Math.max(part[from], frame[from]), [to]: Math.min(part[to], frame[to]) };
      }
      if (look.position === "fixed") break;
    }
    return { part, cut, scrolls, gone: wide(part) < 1 || high(part) < 1 };
  };

  const root = document.documentElement;
  if (root.scrollWidth > width) faults.push(`the page is ${root.scrollWidth} px wide`);
  const main = document.querySelector(".stMain");
  if (main.scrollWidth > main.clientWidth) {
    faults.push(`the page's body is ${main.scrollWidth} px wide in ${main.clientWidth}`);
  }

  const controls = [];
  for (const node of document.querySelectorAll(CONTROLS)) {
    if (node.closest(ASIDE)) continue;
    if (!node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const whole = box(node);
    if (wide(whole) < SMALL || high(whole) < SMALL) continue;
    if (node.closest("[data-testid=stSidebar]") && whole.right <= 0) continue; // it is folded away
    const { part, cut, scrolls, gone } = seen(node);
    if (gone && !cut) continue; // behind the edge of something that scrolls
    if (cut) faults.push(`cut off by ${cut}: ${named(node)}`);
    if (!scrolls && (whole.left < -SLACK || whole.right > width + SLACK)) {
      faults.push(`beyond the edge: ${named(node)}`);
    }
    if (!gone) controls.push({ node, part, layer: node.closest(LAYERS) });
  }

  controls.forEach((one, place) => {
    for (const other of controls.slice(place + 1)) {
      if (one.layer !== other.layer) continue;
      if (one.node.contains(other.node) || other.node.contains(one.node)) continue;
      if (overlays.some((name) => one.node.closest(name) || other.node.closest(name))) continue;
      const common = met(one.part, other.part);
      if (wide(common) > SLACK && high(common) > SLACK) {
        faults.push(`${named(one.node)} overlaps ${named(other.node)}`);
      }
    }
  });

  // What lies on top of a control that is in view takes its clicks.
  for (const { node, part, layer } of controls) {
    const x = (part.left + part.right) / 2;
    const y = (part.top + part.bottom) / 2;
    if (layer?.matches("[data-testid=stSidebar]") || x < 0 || y < 0 || x >= width || y >= innerHeight) {
      continue;
    }
    const top = document.elementFromPoint(x, y);
    if (!top || node.contains(top) || top.contains(node)) continue;
    if ([...(node.labels ?? [])].some((label) => label.contains(top))) continue;
    if (overlays.some((name) => top.closest(name))) continue;
    if (top.closest("[data-baseweb]")?.contains(node)) continue;
    faults.push(`${named(top)} covers ${named(node)}`);
  }

  // A word that ends in dots must be there in full for who asks: as a title or a name.
  for (const node of main.querySelectorAll("*")) {
    if (node.children.length || !node.textContent.trim() || node.tagName === "INPUT") continue;
    if (node.scrollWidth <= node.clientWidth + 1 || node.clientWidth < SMALL) continue;
    if (getComputedStyle(node).overflowX === "visible") continue;
    if (!node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (node.closest("[title], [aria-label]:not([aria-label=''])")) continue;
    if (node.closest("[data-testid=stDataFrame], .js-plotly-plot, pre, canvas")) continue;
    faults.push(`cut short: ${named(node)} “${node.textContent.trim().slice(0, 60)}”`);
  }

  if (least) {
    for (const { node } of controls) {
      if (!node.closest(OURS)) continue;
      const whole = box(node);
      if (wide(whole) < least - 0.5 || high(whole) < least - 0.5) {
        faults.push(`${Math.round(wide(whole))} × ${Math.round(high(whole))} px: ${named(node)}`);
      }
    }
  }
  return [...new Set(faults)];
}
