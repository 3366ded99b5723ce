// A mount at a glance: where it is, what came in, how long it took, what is in force.
import { html } from "/console/lib/dom.js";
import { ago, count, micros, span, utc } from "/console/lib/format.js";
import { clock, presentOf } from "/console/lib/gateway.js";
import { href, Link } from "/console/lib/route.js";
import { useStore } from "/console/lib/store.js";
import { Plot } from "/console/overview/plot.js";
import { baseOf } from "/console/try/request.js";
import { Icon } from "/console/ui/icons.js";
import { Button, Mark } from "/console/ui/parts.js";
import { copy } from "/console/ui/toast.js";

function CopyLine({ name, value }) {
  return html`<div class="copy-line"><span>${name}</span><code title=${value}>${value}</code>
    <${Button} kind="plain small" icon="copy" onClick=${() => copy(value, `the ${name.toLowerCase()}`)} aria-label=${`Copy the ${name.toLowerCase()}`} /></div>`;
}

const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);

// Requests a second over the last minute, for the newest step is not over yet.
function figures(rates, step) {
  const minute = Math.round(60 / step);
  const last = rates.requests.slice(-minute);
  const total = sum(rates.requests);
  const worst = (all) => all.reduce((most, one) => (one !== null && (most === null || one > most) ? one : most), null);
  return {
    perSecond: sum(last) / 60,
    total,
    share: total ? sum(rates.refused) / total : 0,
    p50: worst(rates.p50_us.slice(-minute)) ?? worst(rates.p50_us),
    p99: worst(rates.p99_us.slice(-minute)) ?? worst(rates.p99_us),
  };
}

const perSecond = (n) => (n === 0 ? "0" : n >= 100 ? n.toFixed(0) : n >= 1 ? n.toFixed(1) : n.toFixed(2));

function Traffic({ rates, all }) {
  const known = figures(rates, all.step_seconds);
  if (!known.total) return html`<p class="muted">No request in the last 15 minutes.</p>`;
  const until = Date.parse(all.until) / 1000;
  const times = rates.requests.map((_, index) => until - (rates.requests.length - index) * all.step_seconds);
  const whole = (numbers) => numbers.map((n, index) => (index < all.whole_from - 1 ? null : n));
  return html`<div class="figures">
      <div class="figure"><b>${perSecond(known.perSecond)}<small> a second</small></b><span>${known.total.toLocaleString("en")} in 15 min</span></div>
      <div class="figure"><b>${known.share ? `${(known.share * 100).toFixed(known.share < 0.1 ? 1 : 0)} %` : "0 %"}</b><span>refused</span></div>
      <div class="figure"><b>${micros(known.p99)}</b><span>p99; p50 ${micros(known.p50)}</span></div>
    </div>
    <div class="plots">
      <div><${Plot} label="Requests and refusals in each ten seconds of the last 15 minutes" times=${times} series=${[[whole(rates.requests), "accent"], [whole(rates.refused), "bad"]]} isBars />
        <p class="legend"><span><i></i>requests</span><span><i class="bad"></i>refused</span></p></div>
      <div><${Plot} label="How long answers took: p50 and p99" times=${times} series=${[[rates.p50_us, "accent"], [rates.p99_us, "warn"]]} />
        <p class="legend"><span><i></i>p50</span><span><i class="warn"></i>p99</span></p></div>
    </div>`;
}

export function Card({ mount, rates, all, keys, scenarios }) {
  const now = presentOf(useStore(clock));
  const signing = keys?.find((key) => key.status === "signing");
  const next = keys?.find((key) => key.status === "upcoming");
  const at = encodeURIComponent(mount.name);
  return html`<article class="card" aria-label=${mount.name}>
    <header><${Mark} name=${mount.name} /><div class="grow"><h2 class="cut">${mount.name}</h2><p class="sub cut">${mount.vendor}${mount.dialect.startsWith("pack:") && html` · <${Link} to=${href(`/packs/${at}`)}>its pack<//>`}</p></div>
      <${Link} class="btn small" to=${href(`/try/${at}/token`)}>Try<//><${Link} class="btn plain small" to=${href("/", { q: `mount:${mount.name}` })}>Live<//></header>
    <div>
      <${CopyLine} name="Base" value=${baseOf(mount)} /><${CopyLine} name="Issuer" value=${mount.issuer} />
    </div>
    ${rates && all ? html`<${Traffic} rates=${rates} all=${all} />` : null}
    ${rates?.fullest && html`<p class="fullness" role="img" aria-label=${`The fullest client: ${rates.fullest.client_id} has used ${rates.fullest.used} of ${rates.fullest.of}`}>
      <span class="cut">${rates.fullest.client_id}</span><span class="meter"><i class=${rates.fullest.used >= rates.fullest.of ? "full" : ""} style=${{ width: `${Math.min(100, (rates.fullest.used / rates.fullest.of) * 100)}%` }}></i></span>
      <span class="muted">${rates.fullest.used} of ${rates.fullest.of} in ${span(rates.fullest.window_seconds)}</span></p>`}
    <p class="sub">${[...new Set(mount.endpoints.map((one) => one.endpoint))].map((name, index) => html`${index ? " · " : ""}<${Link} to=${href(`/try/${at}/${encodeURIComponent(name)}`)}>${name}<//>`)}</p>
    <p class="sub"><${Link} to=${href("/clients", { mount: mount.name })}>${count(mount.clients, "client")}, ${count(mount.users, "user")}<//>.
      ${signing && html` <${Link} to=${href("/keys", { mount: mount.name })}>Signs with ${signing.alg}<//>${next ? `, next key ${next.signs_from ? ago(next.signs_from, now) : "soon"} (${utc(next.signs_from)})` : ", no rotation is planned"}.`}</p>
    ${scenarios.length > 0 && html`<p><${Link} class="tag forced" to=${href("/scenarios")}><${Icon} name="forced" size="12" />${count(scenarios.length, "scenario")} in force<//></p>`}
  </article>`;
}
