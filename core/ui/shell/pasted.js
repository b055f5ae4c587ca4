// A list that is copied from a table has a name a line. A field of one line would join them to one
// long name; where names stand with commas between them, it becomes such a list.

const LISTS = "input[placeholder*=', ']";

export function watchPaste() {
  const paste = (event) => {
    const text = event.clipboardData?.getData("text/plain").trim() ?? "";
    if (!event.target?.closest?.(LISTS) || !/[\r\n]/.test(text)) return;
    event.preventDefault();
    const names = text.split(/[\r\n]+/).map((name) => name.trim());
    // As if typed: so the page hears of it, and the browser can take it back.
    document.execCommand("insertText", false, names.filter(Boolean).join(", "));
  };
  document.addEventListener("paste", paste, true);
  return () => document.removeEventListener("paste", paste, true);
}
