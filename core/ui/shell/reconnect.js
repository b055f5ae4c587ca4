// A server that was started anew does not know the page that this browser shows: it ignores presses
// in parts of it, and draws nothing until the whole page is asked for. So that is done whenever the
// connection is there again, and when an element asks for it because nobody answers it.

const SETTLE = 400; // ms after the connection until Streamlit has asked for what it wants itself

// `wake` asks for the whole page. Returns a function that ends the watch.
export function watchConnection(wake) {
  globalThis.winnowWake = wake;
  const app = document.querySelector("[data-testid=stApp]");
  let connected = true;
  let timer = 0;
  const observer = new MutationObserver(() => {
    const now = app.dataset.testConnectionState === "CONNECTED";
    clearTimeout(timer);
    if (now && !connected) timer = setTimeout(wake, SETTLE);
    connected = now;
  });
  if (app) observer.observe(app, { attributeFilter: ["data-test-connection-state"] });
  return () => {
    clearTimeout(timer);
    observer.disconnect();
    if (globalThis.winnowWake === wake) globalThis.winnowWake = undefined;
  };
}
