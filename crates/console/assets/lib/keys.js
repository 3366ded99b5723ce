// Keys of the keyboard. What is typed into a field, and what has a modifier, is left alone.

const bound = new Map();

// Binds a key until the returned function is called.
export function bind(key, run) {
  const before = bound.get(key);
  bound.set(key, run);
  return () => {
    if (bound.get(key) !== run) return;
    if (before) bound.set(key, before);
    else bound.delete(key);
  };
}

const isField = (element) =>
  element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName));

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isField(event.target) || document.querySelector("dialog[open]")) return;
  const run = bound.get(event.key);
  // Enter on a control is that control's.
  if (!run || (event.key === "Enter" && event.target.closest?.("a, button, summary"))) return;
  if (run(event) !== false) event.preventDefault();
});
