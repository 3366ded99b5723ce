// The keys.
import { html } from "/console/lib/dom.js";
import { Button, Dialog } from "/console/ui/parts.js";

const KEYS = [
  ["/", "filter"],
  ["j  k", "the next, the one before"],
  ["Enter", "open"],
  ["Esc", "close"],
  ["c", "copy as curl"],
  ["f", "fail the next like this"],
  ["n", "show what is new"],
  ["?", "these keys"],
];

export function Help({ onClose }) {
  return html`<${Dialog} title="Keys" onClose=${onClose}>
    <table class="keys-table"><tbody>
      ${KEYS.map(([keys, says]) => html`<tr><th scope="row">${keys.split("  ").map((key) => html`<kbd>${key}</kbd> `)}</th><td>${says}</td></tr>`)}
    </tbody></table>
    <div class="line"><${Button} onClick=${onClose}>Close<//></div>
  <//>`;
}
