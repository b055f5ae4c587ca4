// Nothing is sent between a press that leads to another page and the beginning of that page:
// Streamlit sends it in the name of the page that somebody is leaving, and so brings that one back.

const WAYS_AWAY = "[data-testid=stSidebarNav] a, [data-testid=stPageLink] a, .st-key-strip button";
const GIVEN_UP = 20000; // ms after which the press counts as lost
const LOOK_AGAIN = 50; // ms
let pressAway = null; // {from, at}: the path of the page that is left, and when
const unsent = [];

globalThis.addEventListener?.(
  "click",
  (event) => {
    const way = event.target?.closest?.(WAYS_AWAY);
    if (way && way.pathname !== location.pathname) pressAway = { from: location.pathname, at: Date.now() };
  },
  true,
);

function isLeaving() {
  return pressAway !== null && location.pathname === pressAway.from && Date.now() - pressAway.at < GIVEN_UP;
}

// Whether the server has nothing more to say of the page. While a page is being drawn a press may be
// on its way that came before the scripts that would know of it.
function isStill() {
  const app = document.querySelector("[data-test-script-state]");
  return app?.dataset.testScriptState === "notRunning";
}

function sendUnsent() {
  if (isLeaving()) setTimeout(sendUnsent, LOOK_AGAIN);
  else for (const run of unsent.splice(0)) run();
}

// Run `run` now or, while somebody is on the way to another page, when that has begun; in order.
export function whenStaying(run) {
  if (!unsent.length && !isLeaving()) run();
  else if (unsent.push(run) === 1) setTimeout(sendUnsent, LOOK_AGAIN);
}

// Run `run` when the page is drawn in full: for what an element sends by itself as it appears.
export function whenStill(run) {
  if (isStill() && !isLeaving()) run();
  else setTimeout(() => whenStill(run), LOOK_AGAIN);
}
