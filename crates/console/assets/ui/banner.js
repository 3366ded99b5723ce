// What is not as in production, on every page, with the way back.
import { html } from "/console/lib/dom.js";
import { call } from "/console/lib/api.js";
import { count, span } from "/console/lib/format.js";
import { clock, gone, may, moved, refresh, scenarios } from "/console/lib/gateway.js";
import { change, href, Link, useRoute } from "/console/lib/route.js";
import { useStore } from "/console/lib/store.js";
import { Icon } from "/console/ui/icons.js";
import { attempt } from "/console/ui/toast.js";

const undo = (path) => attempt(async () => {
  await call("DELETE", path);
  await refresh();
});

export function Banners() {
  const isGone = useStore(gone);
  const off = moved(useStore(clock));
  const { query } = useRoute();
  const world = query.get("world");
  const inForce = useStore(scenarios).filter((one) => one.remaining !== 0);
  return html`<div role="region" aria-label="What is not as in production">
    ${isGone && html`<div class="banner gone" role="alert"><${Icon} name="warn" />
      <span><strong>The gateway does not answer.</strong> This page goes on by itself once it does.</span></div>`}
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
