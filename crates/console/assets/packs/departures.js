// Where a pack departs from its base, key by key, with how that is known.
import { html } from "/console/lib/dom.js";
import { Known, partOf } from "/console/packs/known.js";

const text = (value) => (typeof value === "string" ? value.replace(/^\n/, "") : JSON.stringify(value));

function Value({ of, isBase }) {
  if (of === undefined) return html`<span class="muted">nothing</span>`;
  const shown = text(of);
  if (shown === "") return html`<span class="muted">empty</span>`;
  return html`<code class=${`wrap said-value ${isBase ? "muted" : ""}`}>${shown}</code>`;
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
          <td data-name="Here"><${Value} of=${one.value} /></td><td data-name=${`In ${doc.pack.base}`}><${Value} of=${one.base} isBase=${true} /></td>
          <td data-name="Known by"><${Known} mark=${part?.mark} source=${part?.source} /></td></tr>`;
      })}</tbody></table></div></section>`)}</div>`;
}
