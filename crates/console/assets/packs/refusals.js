// What a mount answers to each refusal, in its own bytes; those without words of their own stand apart.
import { html } from "/console/lib/dom.js";
import { may } from "/console/lib/gateway.js";
import { change, href, Link } from "/console/lib/route.js";
import { Known, partOf } from "/console/packs/known.js";
import { Icon } from "/console/ui/icons.js";
import { Wire } from "/console/ui/parts.js";

const plain = (answer) => answer.replaceAll("\r\n", "\n");
const bodyOf = (answer) => plain(answer).split("\n\n").slice(1).join("\n\n").replace(/\s+/g, " ").trim();

function Refusal({ of, mount, parts, wanted }) {
  const id = `${of.table}.${of.key}`;
  // The one that is open is in the address, and opening another closes it.
  const toggled = (event) => {
    if (event.target.open && wanted !== id) change({ error: id }, { replace: true });
    else if (!event.target.open && wanted === id) change({ error: null }, { replace: true });
  };
  const place = of.table === "errors" ? "token" : mount.places.includes("userinfo") ? "userinfo" : "verify";
  const spec = { mount: mount.name, endpoint: place, error: of.error, times: 1 };
  const part = partOf(parts, id);
  const isGood = of.status < 400;
  return html`<details class="refusal" open=${wanted === id} onToggle=${toggled}>
    <summary><span class=${`status ${isGood ? "quiet" : "bad"}`}>${of.status}</span><code class="cut">${of.key}</code><span class="cut muted first-line">${bodyOf(of.answer) || "no body"}</span></summary>
    <div class="more stack-s">
      <${Wire} text=${plain(of.answer)} what=${`the answer to ${of.key}`} layOut=${false} />
      <p class="line"><span class="muted">Known by</span> <${Known} mark=${part?.mark} source=${part?.source} /><span class="grow"></span>
        ${may("test") && html`<${Link} class="btn plain small" to=${href("/scenarios", { new: JSON.stringify(spec) })}><${Icon} name="forced" />Make the next one fail like this<//>`}</p>
    </div></details>`;
}

const TABLES = [
  ["errors", "Where credentials are taken", "At the token endpoint and its like."],
  ["resource_errors", "Where a bearer token is shown", "At userinfo, and where a proxy asks."],
];

export function Refusals({ doc, mount, wanted }) {
  return html`<div class="stack">${TABLES.map(([table, title, says]) => {
    const all = doc.refusals.filter((one) => one.table === table);
    const list = (some) => html`<div class="refusals">${some.map((one) => html`<${Refusal} key=${one.key} of=${one} mount=${mount} parts=${doc.parts} wanted=${wanted} />`)}</div>`;
    const [own, silent] = [all.filter((one) => one.has_own_words), all.filter((one) => !one.has_own_words)];
    return html`<section class="stack-s" key=${table} aria-labelledby=${`refusals-${table}`}>
      <h2 id=${`refusals-${table}`}>${title}</h2><p class="muted">${says}</p>
      ${own.length > 0 && html`<h3>In words of their own, ${own.length}</h3>${list(own)}`}
      ${silent.length > 0 && html`<h3>Without words of their own, ${silent.length}: the default of <code>[${table}]</code> speaks, or ${doc.pack.base}</h3>${list(silent)}`}
    </section>`;
  })}</div>`;
}
