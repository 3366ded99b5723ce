// Overview: the gateway's own health, and a card for each mount.
import { html, useMemo } from "/console/lib/dom.js";
import { get } from "/console/lib/api.js";
import { count, span } from "/console/lib/format.js";
import { gateway, mounts, scenarios } from "/console/lib/gateway.js";
import { world } from "/console/lib/route.js";
import { useAsked, useStore } from "/console/lib/store.js";
import { Card } from "/console/overview/card.js";
import { Icon } from "/console/ui/icons.js";
import { Head, Note, Problem } from "/console/ui/parts.js";

function Health({ about }) {
  const failed = about.failed.join(", ");
  const facts = [
    ["State", html`<span class=${`status ${failed ? "bad" : "ok"}`}><${Icon} name=${failed ? "bad" : "ok"} size="14" />${failed ? `not ready: ${failed}` : "ready"}</span>`],
    ["Version", about.version],
    ["Running for", span(about.uptime_seconds)],
    ["Store", html`${about.store}${about.store_ms !== undefined && html`<small>${about.store_ms < 1 ? "under 1" : about.store_ms} ms a write</small>`}`],
    ["Replicas", about.replica ? count(about.replicas.length + 1, "replica") : "one gateway"],
    ["Namespaces", about.namespaces.toLocaleString("en")],
    ["Requests seen", about.journal.toLocaleString("en")],
    ["Test features", about.test_features ? "on" : "off"],
  ];
  return html`<dl class="health">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export function Page() {
  const about = useStore(gateway);
  const all = useStore(mounts);
  const inForce = useStore(scenarios);
  const { value: rates, error } = useAsked(() => get("/v1/journal/rates"), world(), 5000);
  const names = all.map((mount) => mount.name).join(" ");
  const { value: keys } = useAsked(() => Promise.all(all.map((mount) => get(`/v1/mounts/${encodeURIComponent(mount.name)}/keys`).catch(() => []))), `${world()} ${names}`, 30_000);
  const byMount = useMemo(() => new Map((rates?.mounts ?? []).map((one) => [one.mount, one])), [rates]);
  return html`<div class="page">
    <${Head} title="Overview" says=${about ? `The gateway at ${about.public_url}, and what came to it in the last 15 minutes.` : ""} />
    ${about && html`<${Health} about=${about} />`}
    <${Problem} error=${error} />
    ${rates?.whole_from > 1 && html`<${Note} kind="warn"><p>The journal has made room, or was cleared: what came in is known since ${new Date(Date.parse(rates.until) - (91 - rates.whole_from) * rates.step_seconds * 1000).toLocaleTimeString("en-GB")} alone.</p><//>`}
    <div class="cards">${all.map((mount, index) => html`<${Card} key=${mount.name} mount=${mount} rates=${byMount.get(mount.name)} all=${rates} keys=${keys?.[index]}
      scenarios=${inForce.filter((one) => one.remaining !== 0 && (!one.mount || one.mount === mount.name))} />`)}</div>
  </div>`;
}
