// What is not as in production, on every page, with the way back.
import { html } from "/console/lib/dom.js";
import { call } from "/console/lib/api.js";
import { count, span } from "/console/lib/format.js";
import { clock, gateway, gone, may, moved, refresh, scenarios, slow } from "/console/lib/gateway.js";
import { change, href, Link, useRoute } from "/console/lib/route.js";
import { useStore } from "/console/lib/store.js";
import { Icon } from "/console/ui/icons.js";
import { attempt } from "/console/ui/toast.js";

const undo = (path) => attempt(async () => {
  await call("DELETE", path);
  await refresh();
});

const CHECKS = {
  running: "It is about to end.",
  store: "Its store does not answer or cannot write: what needs state is refused, all else is served.",
  keys: "The keys of its store cannot be read.",
  changes: "What other replicas changed is not in force here yet.",
  log: "It cannot follow what other replicas change.",
};

// The store, on which each stateful request waits.
function Upstream({ about }) {
  const took = useStore(slow);
  if (about.failed.length) {
    return html`<div class="banner gone" role="alert"><${Icon} name="warn" />
      <span><strong>The gateway is not ready.</strong> ${about.failed.map((check) => CHECKS[check] ?? check).join(" ")}</span></div>`;
  }
  if (took === null) return null;
  return html`<div class="banner"><${Icon} name="warn" />
    <span><strong>The store is slow:</strong> a small write took ${took.toLocaleString("en")} ms. Requests that need state wait for it.</span></div>`;
}

export function Banners() {
  const isGone = useStore(gone);
  const about = useStore(gateway);
  const off = moved(useStore(clock));
  const { query } = useRoute();
  const world = query.get("world");
  const inForce = useStore(scenarios).filter((one) => one.remaining !== 0);
  return html`<div role="region" aria-label="What is not as in production">
    ${isGone && html`<div class="banner gone" role="alert"><${Icon} name="warn" />
      <span><strong>The gateway does not answer.</strong> This page goes on by itself once it does.</span></div>`}
    ${!isGone && about && html`<${Upstream} about=${about} />`}
    ${world && html`<div class="banner world"><${Icon} name="worlds" />
      <span>You are looking at the namespace <strong>${world}</strong>.</span>
      <span class="acts"><button type="button" onClick=${() => change({ world: null, e: null })}>Leave it</button></span></div>`}
    ${off && html`<div class="banner"><${Icon} name="clock" />
      <span>The clock ${off.frozen ? "stands still" : "is moved"}: <strong>${span(off.ahead)} ${off.ahead < 0 ? "behind" : "ahead of"} real time</strong>.</span>
      <span class="acts"><${Link} to=${href("/clock")}>Look<//>
        ${may("test") && html`<button type="button" onClick=${() => undo("/v1/clock")}>Back to real time</button>`}</span></div>`}
    ${inForce.length > 0 && html`<div class="banner scenario"><${Icon} name="forced" />
      <span><strong>${count(inForce.length, "scenario")}</strong> in force: requests fail or wait on purpose.</span>
      <span class="acts"><${Link} to=${href("/scenarios")}>Look<//>
        ${may("test") && html`<button type="button" onClick=${() => undo("/v1/scenarios")}>Remove all</button>`}</span></div>`}
  </div>`;
}
