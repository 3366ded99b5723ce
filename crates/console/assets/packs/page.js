// Packs: the vendors as data that mounts serve; of each where it departs from its base, what it answers, and how that is known.
import { html } from "/console/lib/dom.js";
import { get, segment } from "/console/lib/api.js";
import { count } from "/console/lib/format.js";
import { mounts } from "/console/lib/gateway.js";
import { href, Link, useRoute, world } from "/console/lib/route.js";
import { useAsked, useStore } from "/console/lib/store.js";
import { Departures } from "/console/packs/departures.js";
import { Known, lettersOf, Source, Tag } from "/console/packs/known.js";
import { Refusals } from "/console/packs/refusals.js";
import { baseOf } from "/console/try/request.js";
import { Icon } from "/console/ui/icons.js";
import { Button, Facts, Head, Mark, Note, Problem, Prose, Wire } from "/console/ui/parts.js";
import { copy } from "/console/ui/toast.js";

// A changed pack is seen as soon as it is in force.
const EVERY = 3000;
const BASES = { oauth2: "the token endpoint of RFC 6749", "openid-connect": "the standard dialect, whole" };
const at = (mount, parameters) => href(`/packs/${encodeURIComponent(mount)}`, parameters);

function None() {
  return html`<div class="empty"><h2>No mount serves a pack</h2>
    <p>A pack is a vendor as data: a file that says where the vendor departs from the standard. Serve one that is shipped, or begin your own.</p>
    ${[["idp-gateway sandbox --mount toast", "One of those that are shipped; idp-gateway pack list names them all."],
      ["idp-gateway pack new acme", "A skeleton with comments, for a vendor of yours."],
      ['[[mount]]\nname = "acme"\ndialect = "pack"\npack = "acme"', "Then a mount of it in the configuration."]]
      .map(([text, says]) => html`<div class="stack-s"><p>${says}</p><${Wire} text=${text} what=${text.split("\n")[0]} layOut=${false} /></div>`)}</div>`;
}

function Endpoints({ mount }) {
  const to = (one) => href(`/try/${encodeURIComponent(mount.name)}/${encodeURIComponent(one.endpoint)}`);
  return html`<div class="table"><table><thead><tr><th>Endpoint</th><th>Methods</th><th>Where</th><th class="end">Send one</th></tr></thead>
    <tbody>${mount.endpoints.map((one) => html`<tr key=${one.url}><th scope="row">${one.endpoint}</th><td data-name="Methods" class="nowrap">${one.methods.join(", ")}</td>
      <td data-name="Where"><code class="wrap">${one.url}</code></td>
      <td class="end"><${Link} to=${to(one)} aria-label=${`Try ${one.endpoint} at ${one.url}`}>Try it<//></td></tr>`)}</tbody></table></div>`;
}

function Proven({ of }) {
  if (!of) return html`<span class="muted">not tried</span>`;
  const isSame = of.outcome === "same";
  return html`<span class="known"><span class=${`tag ${isSame ? "ok" : "bad"}`}><${Icon} name=${isSame ? "ok" : "bad"} size="12" />${isSame ? "proven" : of.outcome}</span><small class="muted wrap">${of.date}, ${of.against}</small></span>`;
}

function Pairs({ doc }) {
  const name = doc.pack.file ?? doc.pack.name;
  if (!doc.pairs.length) return html`<${Note}><p>It has no pairs of request and answer. Beside <code>pack.toml</code> they stand in <code>pairs.http</code>, and <code>idp-gateway pack test</code> replays them.</p><//>`;
  return html`<div class="stack"><div class="table"><table class="pairs"><thead><tr><th>Pair</th><th>What it shows</th><th>Known by</th><th>At the vendor</th></tr></thead>
    <tbody>${doc.pairs.map((pair) => html`<tr key=${pair.id}><th scope="row" class="nowrap">${pair.id}</th><td data-name="What it shows">${pair.title}</td>
      <td data-name="Known by"><${Known} mark=${pair.mark} /></td><td data-name="At the vendor"><${Proven} of=${pair.proven} /></td></tr>`)}</tbody></table></div>
    <div class="stack-s"><p class="muted">Replayed byte for byte:</p><${Wire} text=${`idp-gateway pack test ${name}`} what="the command" layOut=${false} /></div></div>`;
}

// How much of it is known by what: parts by their marks, and pairs that were tried at the vendor.
function Summary({ doc }) {
  const counts = new Map();
  for (const part of doc.parts) for (const letter of lettersOf(part.mark)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  const proven = doc.pairs.filter((pair) => pair.proven?.outcome === "same").length;
  return html`<span class="line">${["D", "Dc", "W", "I"].filter((letter) => counts.has(letter)).map((letter) => html`<span class="nowrap"><strong>${counts.get(letter)}</strong> <${Tag} letter=${letter} /></span>`)}
    ${doc.pairs.length > 0 && html`<span class="muted">${proven} of ${count(doc.pairs.length, "pair")} proven at the vendor</span>`}</span>`;
}

const TABS = [
  ["", "Departures", (doc) => doc.departures.length],
  ["endpoints", "Endpoints", (_, mount) => mount.endpoints.length],
  ["refusals", "Refusals", (doc) => doc.refusals.length],
  ["pairs", "Pairs", (doc) => doc.pairs.length],
];

function One({ doc, mount, tab, wanted }) {
  const { pack } = doc;
  const base = baseOf(mount);
  return html`<article class="stack" aria-label=${pack.vendor}>
    <div class="stack-s"><div class="line"><${Mark} name=${mount.name} /><h2 class="grow">${pack.vendor}</h2>
        <${Link} class="btn plain small" to=${href("/", { q: `mount:${mount.name}` })}>Live<//>
        <${Link} class="btn small" to=${href(`/try/${encodeURIComponent(mount.name)}/token`)}><${Icon} name="try" />Try it<//></div>
      ${doc.notes && html`<p class="pack-notes"><${Prose} text=${doc.notes} /></p>`}</div>
    <${Facts} of=${[
      ["Version", pack.version],
      ["Laid over", html`<code>${pack.base}</code>, <span class="muted">${BASES[pack.base]}</span>`],
      ["Read from", pack.file ? html`<code class="wrap">${pack.file}</code>` : "shipped with the gateway"],
      ["Served as", pack.mounts.map((name, index) => html`${index ? ", " : ""}${name === mount.name ? html`<strong>${name}</strong>` : html`<${Link} to=${at(name, { tab })}>${name}<//>`}`)],
      ["Reached at", html`<span class="line"><code class="wrap">${base}</code><${Button} kind="plain small" icon="copy" onClick=${() => copy(base, "the base")} aria-label="Copy the base" /></span>`],
      ["Known by", html`<${Summary} doc=${doc} />`],
      ["Sources", doc.sources.length > 0 && doc.sources.map((text) => html`<div><${Source} text=${text} /></div>`)],
    ]} />
    ${(doc.problems ?? []).map((problem) => html`<${Note} kind="warn"><p>${problem}</p><//>`)}
    <nav class="tabs" aria-label="Of this pack">${TABS.map(([key, says, many]) => html`<${Link} to=${at(mount.name, { tab: key })} aria-current=${key === tab ? "page" : undefined}>${says} <span class="muted">${many(doc, mount)}</span><//>`)}</nav>
    ${tab === "endpoints" ? html`<${Endpoints} mount=${mount} />` : tab === "refusals" ? html`<${Refusals} doc=${doc} mount=${mount} wanted=${wanted} key=${mount.name} />`
      : tab === "pairs" ? html`<${Pairs} doc=${doc} />` : html`<${Departures} doc=${doc} />`}
  </article>`;
}

function List({ packs, chosen }) {
  return html`<nav aria-label="Packs"><ul class="pick-list">${packs.map((pack) => html`<li key=${pack.mounts[0]}>
    <${Link} to=${at(pack.mounts[0])} aria-current=${pack === chosen ? "true" : undefined}><${Mark} name=${pack.mounts[0]} />
      <span class="grow pack-name"><span class="cut">${pack.vendor}</span><span class="muted cut">${pack.mounts.join(", ")} · over ${pack.base}</span></span>
      ${pack.file && html`<span class="tag">own</span>`}<//></li>`)}</ul></nav>`;
}

export function Page() {
  const { parts, query } = useRoute();
  const all = useStore(mounts);
  const { value: packs, error } = useAsked(() => get("/v1/packs"), world(), EVERY);
  const named = parts[1];
  const chosen = packs?.find((pack) => pack.mounts.includes(named)) ?? (named ? undefined : packs?.[0]);
  const name = named ?? chosen?.mounts[0];
  const mount = all.find((one) => one.name === name);
  const { value: doc, error: refused } = useAsked(() => (name ? get(`/v1/mounts/${segment(name)}/pack`) : null), `${world()} ${name}`, EVERY);
  const tab = TABS.some(([key]) => key === query.get("tab")) ? query.get("tab") : "";
  return html`<div class="page">
    <${Head} title="Packs" says="Vendors as data: where each departs from the standard, what it answers, and how that is known." />
    <${Problem} error=${error ?? refused} />
    ${packs && !packs.length && !named && html`<${None} />`}
    ${packs?.length > 0 && html`<div class=${`master packs ${named ? "has-one" : ""}`}>
      <${List} packs=${packs} chosen=${chosen} />
      <div class="stack pack-detail">${named && html`<p class="back"><${Link} to=${href("/packs")}>All packs<//></p>`}
        ${doc && mount && html`<${One} doc=${doc} mount=${mount} tab=${tab ?? ""} wanted=${query.get("error")} key=${name} />`}</div>
    </div>`}
  </div>`;
}
