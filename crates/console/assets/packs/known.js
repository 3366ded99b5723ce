// How a part of a pack is known: its mark in words, and where that is from.
import { html } from "/console/lib/dom.js";
import { Icon } from "/console/ui/icons.js";

// What the letters of a mark say, with the drawing and the colour that stand beside the word.
const LETTERS = {
  D: ["documented", "ok", "ok"],
  Dc: ["documented in a copy", "ok", "ok"],
  W: ["seen on the wire", "live", "accent"],
  I: ["inferred", "hint", "warn"],
};

// The letters of a mark, each once, in its order.
export const lettersOf = (mark) => [...new Set((mark.match(/\bD-copy\b|\bDc\b|\b[DWI](?=\d?\b)/g) ?? []).map((one) => (one === "D-copy" ? "Dc" : one)))];

const isBare = (mark) => /^(Dc|D|W|I)$/.test(mark);

// A text as a link where it is one; a pack may be a stranger's, and a link of another kind may be anything.
export function Source({ text }) {
  if (!/^https?:[/][/]/.test(text)) return html`<span class="wrap">${text}</span>`;
  return html`<a class="wrap" href=${text} target="_blank" rel="noopener noreferrer">${text.replace(/^https?:[/][/]/, "")}</a>`;
}

export function Tag({ letter }) {
  const [says, icon, kind] = LETTERS[letter];
  return html`<span class=${`tag ${kind}`}><${Icon} name=${icon} size="12" />${says}</span>`;
}

export function Known({ mark, source }) {
  if (!mark) return html`<span class="muted">not said</span>`;
  return html`<span class="known">${lettersOf(mark).map((letter) => html`<${Tag} letter=${letter} />`)}
    ${!isBare(mark) && html`<small class="muted wrap">${mark}</small>`}${source && html`<small><${Source} text=${source} /></small>`}</span>`;
}

// The part whose mark holds for a key: the nearest at or above it.
export function partOf(parts, key) {
  const plain = key.replaceAll('"', "");
  const above = parts.filter((part) => plain === part.key || plain.startsWith(`${part.key}.`));
  return above.reduce((best, part) => (best && best.key.length >= part.key.length ? best : part), undefined);
}
