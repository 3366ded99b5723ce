// Where a pack departs from its base, key by key, with how that is known.
import { html } from "/console/lib/dom.js";
import { Known, partOf } from "/console/packs/known.js";
import { Wire } from "/console/ui/parts.js";

// What no cell of a table holds.
const LONG = 60;

function text(value) {
  if (typeof value === "string") return value.replace(/^\n/, "");
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value.join("\n") : JSON.stringify(value);
}

function Value({ of, isBase }) {
  if (of === undefined) return html`<span class="muted">nothing</span>`;
  const shown = text(of);
  if (shown === "") return html`<span class="muted">empty</span>`;
  return html`<code class=${`wrap said-value ${isBase ? "muted" : ""}`}>${shown}</code>`;
}

// Both sides: beside each other, or one below the other where one of them is long.
function Sides({ of, base }) {
  const isLong = [of.value, of.base].some((value) => typeof value === "string" && (value.length > LONG || value.includes("\n")));
  if (!isLong) return html`<td data-name="Here"><${Value} of=${of.value} /></td><td data-name=${`In ${base}`}><${Value} of=${of.base} isBase=${true} /></td>`;
  return html`<td colspan="2"><div class="stack-s"><${Wire} text=${text(of.value)} what=${of.key} layOut=${false} />
    ${of.base === undefined ? html`<span class="muted">In ${base} there is nothing.</span>` : html`<details><summary>In ${base}</summary><div class="more"><pre class="wire">${text(of.base)}</pre></div></details>`}</div></td>`;
}

// The departures by the table of the pack that they are in.
function grouped(departures) {
  const groups = new Map();
  for (const one of departures) {
    const [table] = one.key.split(".");
    groups.set(table, [...(groups.get(table) ?? []), one]);
  }
  return [...groups];
}

export function Departures({ doc }) {
  if (!doc.departures.length) return html`<p class="muted">It says all that ${doc.pack.base} says, and nothing else.</p>`;
  return html`<div class="stack">${grouped(doc.departures).map(([table, all]) => html`<section class="stack-s" key=${table} aria-labelledby=${`table-${table}`}>
    <h2 id=${`table-${table}`}><code>[${table}]</code></h2>
    <div class="table"><table class="departures"><thead><tr><th>Key</th><th>Here</th><th>In ${doc.pack.base}</th><th>Known by</th></tr></thead>
      <tbody>${all.map((one) => {
        const part = partOf(doc.parts, one.key);
        return html`<tr key=${one.key}><th scope="row"><code class="wrap">${one.key.slice(table.length + 1) || table}</code></th>
          <${Sides} of=${one} base=${doc.pack.base} />
          <td data-name="Known by"><${Known} mark=${part?.mark} source=${part?.source} /></td></tr>`;
      })}</tbody></table></div></section>`)}</div>`;
}
