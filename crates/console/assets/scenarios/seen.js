// What clients see of each step, in the vendor's own bytes.
import { html } from "/console/lib/dom.js";
import { MountName, Wire } from "/console/ui/parts.js";

export function Seen({ preview, isOld }) {
  if (!preview) return html`<p class="muted">Say what is done, and it is here.</p>`;
  return html`<div class="stack" aria-live="polite" style=${{ opacity: isOld ? 0.5 : 1 }}>
    <p class="line"><${MountName} name=${preview.mount} /><span class="muted">at ${preview.endpoint}, in the vendor's own bytes</span></p>
    ${preview.steps.map((step, index) => html`<div class="stack-s" key=${index}>
      <p>${preview.steps.length > 1 && html`<strong>${index + 1}. </strong>`}${step.says}</p>
      ${step.answer !== undefined && html`<${Wire} text=${laidOut(step.answer) + (step.is_cut ? "\n✂ the connection is closed" : "")} what="the answer" layOut=${false} label=${`The answer of step ${index + 1}`} />`}
    </div>`)}
  </div>`;
}

// Head and body as they are; line ends alone are made those of text.
const laidOut = (bytes) => bytes.replaceAll("\r\n", "\n");
