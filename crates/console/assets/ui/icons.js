// Small drawings. Each stands beside a word, and says nothing to a screen reader by itself.
import { html } from "/console/lib/dom.js";

const PATHS = {
  live: "M2 8h3l2-5 3 10 2-5h2",
  overview: "M2 14V9M6 14V4M10 14V7M14 14V2",
  try: "M3 3l10 5-10 5V9l6-1-6-1z",
  packs: "M8 2l6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3",
  scenarios: "M9 1L3 9h4l-1 6 6-8H8z",
  tokens: "M8 1.5l5.5 3v7l-5.5 3-5.5-3v-7zM8 8v3M8 5.2v.1",
  clients: "M8 7.5a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM2.5 14c.4-3 2.6-4.6 5.5-4.6s5.1 1.6 5.5 4.6",
  keys: "M10.5 9a3.5 3.5 0 1 0-3.3-2.3L2 12v2h2.5v-1.5H6V11h1.5l1.7-1.7c.4.1.8.2 1.3.2zM11 5.5v.1",
  worlds: "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM1.5 8h13M8 1.5c2 2 2.7 4.2 2.7 6.5S10 12.5 8 14.5C6 12.5 5.3 10.3 5.3 8S6 3.5 8 1.5z",
  settings: "M2 4h7M13 4h1M2 8h1M7 8h7M2 12h6M12 12h2M11 2.5v3M5 6.5v3M10 10.5v3",
  clock: "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM8 4.5V8l2.5 1.5",
  ok: "M3 8.5l3.2 3.2L13 4.5",
  bad: "M4 4l8 8M12 4l-8 8",
  forced: "M9 1L3 9h4l-1 6 6-8H8z",
  quiet: "M3 8h9M9 4.5L12.5 8 9 11.5",
  hint: "M6 13h4M6.5 15h3M8 1.5a4.5 4.5 0 0 0-2.5 8.2c.5.4.5.8.5 1.3h4c0-.5 0-.9.5-1.3A4.5 4.5 0 0 0 8 1.5z",
  warn: "M8 2L1.5 13.5h13zM8 6.5v3M8 11.5v.1",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  link: "M6.5 9.5a2.8 2.8 0 0 0 4 0l2.3-2.3a2.8 2.8 0 0 0-4-4L7.8 4.2M9.5 6.5a2.8 2.8 0 0 0-4 0L3.2 8.8a2.8 2.8 0 0 0 4 4l1-1",
  close: "M4 4l8 8M12 4l-8 8",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  replay: "M3 8a5 5 0 1 0 1.7-3.7L3 6M3 2.5V6h3.5",
  expire: "M4 2h8M4 14h8M5 2c0 3 2 4 3 6-1 2-3 3-3 6M11 2c0 3-2 4-3 6 1 2 3 3 3 6",
  search: "M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM10.8 10.8L14 14",
  down: "M4 6l4 4 4-4",
  up: "M4 10l4-4 4 4",
  stop: "M4 4h8v8H4z",
  lock: "M4 7h8v7H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
  dot: "M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
};

export function Icon({ name, size = 16 }) {
  return html`<svg width=${size} height=${size} viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6"
    stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${PATHS[name] ?? PATHS.dot} /></svg>`;
}

export function Logo() {
  return html`<svg width="22" height="22" viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" aria-hidden="true">
    <path d="M5 28V13a11 11 0 0 1 22 0v15M11 28V13a5 5 0 0 1 10 0v15M16 28v-9" /></svg>`;
}
