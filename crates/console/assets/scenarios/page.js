// Scenarios: what is in force, how often it fired and on which requests; the builder.
import { html, useState } from "/console/lib/dom.js";
import { call, segment } from "/console/lib/api.js";
import { count } from "/console/lib/format.js";
import { may, mounts, refresh, scenarios } from "/console/lib/gateway.js";
import { href, go, Link, useRoute } from "/console/lib/route.js";
import { useStore } from "/console/lib/store.js";
import { Builder } from "/console/scenarios/builder.js";
import { COMMON, matchSays, stepSays, stepsOf } from "/console/scenarios/words.js";
import { Icon } from "/console/ui/icons.js";
import { Button, Dialog, Head } from "/console/ui/parts.js";
import { attempt } from "/console/ui/toast.js";

const built = (spec) => href("/scenarios", { new: JSON.stringify(spec) });

function Fired({ numbers }) {
  if (!numbers.length) return html`<span class="muted">it has acted on none yet</span>`;
  return html`<span class="muted">it acted on </span>${numbers.slice(0, 8).map((number, index) => html`${index ? ", " : ""}<${Link} to=${href("/", { e: number })}>${number}<//>`)}
    ${numbers.length > 8 && html`<span class="muted"> and ${numbers.length - 8} before</span>`}`;
}

function One({ scenario, isChosen }) {
  const steps = stepsOf(scenario);
  const isOver = scenario.remaining === 0;
  const remove = () => attempt(async () => {
    await call("DELETE", `/v1/scenarios/${segment(scenario.id)}`);
    await refresh();
  });
  const { id, seen, step, remaining, fired, ...spec } = scenario;
  return html`<li class=${`scenario-item ${isChosen ? "chosen" : ""} ${isOver ? "over" : ""}`}>
    <div class="line">
      <span class=${`tag ${isOver ? "" : "forced"}`}><${Icon} name="forced" size="12" />${isOver ? "used up" : "in force"}</span>
      <h2>${steps.map((one, index) => html`${index ? html`<span class="muted"> → </span>` : ""}<span class=${!isOver && index + 1 === step ? "" : steps.length > 1 ? "muted" : ""}>${stepSays(one)}</span>`)}</h2>
      <span class="grow"></span>
      <${Link} class="btn plain small" to=${built(spec)}>Use as a pattern<//>
      ${may("test") && html`<${Button} kind="small" icon="close" onClick=${remove} aria-label=${`Remove scenario ${id}`}>Remove<//>`}
    </div>
    <p>${matchSays(scenario)}</p>
    <p class="line"><span class="muted">${count(seen, "match", "matches")}${remaining === undefined ? "" : `, ${remaining} to go`};</span> <span><${Fired} numbers=${fired} /></span>
      ${fired.length > 0 && html`<${Link} to=${href("/", { q: `scenario:${id}` })}>in the stream<//>`}</p>
  </li>`;
}

function Common() {
  const all = useStore(mounts);
  return html`<div class="empty"><h2>Nothing fails on purpose</h2>
    <p>A scenario makes the requests that match it fail, wait or go wrong, in the vendor's own way. Begin with one of these, or make your own.</p>
    <div class="quick">${COMMON.map(([title, says, spec]) => html`<button type="button" onClick=${() => go(built({ mount: all[0]?.name, endpoint: "token", ...spec }))}>
      <b>${title}</b><span>${says}</span></button>`)}</div></div>`;
}

export function Page() {
  const { query } = useRoute();
  const all = useStore(scenarios);
  const [asks, setAsks] = useState(false);
  const text = query.get("new");
  const clear = () => attempt(async () => {
    await call("DELETE", "/v1/scenarios");
    setAsks(false);
    await refresh();
  });
  if (text !== null) {
    return html`<div class="page"><${Head} title="New scenario" says="Which requests go wrong, and how. What the client will see is beside it as you type." /><${Builder} text=${text} key="builder" /></div>`;
  }
  return html`<div class="page">
    <${Head} title="Scenarios" says="What fails, waits or goes wrong on purpose. Of several that match a request, the oldest acts.">
      ${all.length > 0 && may("test") && html`<${Button} kind="danger" onClick=${() => setAsks(true)}>Remove all<//>`}
      <${Link} class="btn main-act" to=${href("/scenarios", { new: "{}" })}><${Icon} name="plus" />New scenario<//>
    <//>
    ${all.length ? html`<ol>${all.map((one) => html`<${One} key=${one.id} scenario=${one} isChosen=${query.get("id") === one.id} />`)}</ol>` : html`<${Common} />`}
    ${asks && html`<${Dialog} title=${`Remove ${count(all.length, "scenario")}?`} onClose=${() => setAsks(false)}>
      <p class="muted">What they count is forgotten too.</p>
      <div class="line"><${Button} onClick=${() => setAsks(false)}>Keep them<//><${Button} kind="main-act" onClick=${clear}>Remove all<//></div><//>`}
  </div>`;
}
