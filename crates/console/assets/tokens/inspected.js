// What a token is: whether it holds and why not, its life with now on it, every claim in words.
import { html } from "/console/lib/dom.js";
import { ago, span, utc } from "/console/lib/format.js";
import { clock, presentOf } from "/console/lib/gateway.js";
import { useStore } from "/console/lib/store.js";
import { Icon } from "/console/ui/icons.js";
import { Facts, MountName, Note, Prose, Wire } from "/console/ui/parts.js";

const KINDS = { access_token: "access token", id_token: "ID token", refresh_token: "refresh token", unknown: "token of a kind that is not known here" };

const claim = (of, name) => of.claims.find((one) => one.name === name)?.value;

// Its life as a line, by the gateway's clock.
function Life({ of, now }) {
  const from = claim(of, "nbf") ?? claim(of, "iat");
  const until = claim(of, "exp");
  if (typeof from !== "number" || typeof until !== "number" || until <= from) return null;
  const length = until - from;
  const part = Math.min(1.08, Math.max(-0.04, (now - from) / length));
  const at = Math.min(100, Math.max(0, part * 100));
  const side = at < 12 ? "left" : at > 88 ? "right" : "";
  const says = now > until ? `ended ${ago(until, now)}` : now < from ? `begins ${ago(from, now)}` : `${span(until - now)} left`;
  return html`<div class=${`life ${now > until ? "over" : ""}`} role="img" aria-label=${`From ${utc(from)} to ${utc(until)}: ${says}`}>
    <span class=${`says now ${side}`} style=${{ left: `${at}%` }}>now: ${says}</span>
    <div class="bar"><i style=${{ width: `${at}%` }}></i></div>
    <span class="tick" style=${{ left: `min(calc(100% - 2px), ${at}%)` }}></span>
    <span class="says start">${utc(from)}</span><span class="says end">${utc(until)}</span>
  </div>`;
}

function Answer({ name, of }) {
  if (!of) return html`<tr><th scope="row">${name}</th><td class="muted" colspan="2">the mount has none, or it is no token of its own</td></tr>`;
  const isServed = of.status < 400;
  return html`<tr><th scope="row">${name}</th>
    <td class="nowrap"><span class=${`status ${isServed ? "ok" : "bad"}`}><${Icon} name=${isServed ? "ok" : "bad"} size="14" />${of.status}${of.error ? ` ${of.error}` : " served"}</span></td>
    <td>${of.cause && html`<${Prose} text=${of.cause} />`}</td></tr>`;
}

// Introspection's own answer, for what it says is what a resource server goes by.
function Introspection({ of }) {
  if (!of) return html`<${Answer} name="introspection" of=${null} />`;
  const isActive = of.answer.active === true;
  return html`<tr><th scope="row">introspection</th>
    <td class="nowrap"><span class=${`status ${isActive ? "ok" : "bad"}`}><${Icon} name=${isActive ? "ok" : "bad"} size="14" />${of.status} ${isActive ? "active" : "not active"}</span></td>
    <td>${of.cause && html`<${Prose} text=${of.cause} />`}
      ${isActive && html`<details><summary>The answer</summary><div class="more"><${Wire} text=${JSON.stringify(of.answer)} what="introspection's answer" /></div></details>`}</td></tr>`;
}

const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));

export function Inspected({ of }) {
  const now = presentOf(useStore(clock));
  return html`<div class="stack">
    <div class="line">
      <span class=${`tag ${of.active ? "ok" : "bad"}`}><${Icon} name=${of.active ? "ok" : "bad"} size="12" />${of.active ? "it holds" : "it does not hold"}</span>
      ${of.mount && html`<${MountName} name=${of.mount} />`}<strong>${KINDS[of.kind] ?? of.kind}</strong>
    </div>
    ${of.problems.map((problem) => html`<${Note} kind="bad"><p><${Prose} text=${problem} /></p><//>`)}
    <${Life} of=${of} now=${now} />
    <div class="two">
      <section class="stack-s"><h2>Claims</h2>
        ${of.claims.length ? html`<div class="table"><table class="claims"><thead><tr><th>claim</th><th>value</th><th>what it means</th></tr></thead><tbody>
          ${of.claims.map((one) => html`<tr key=${one.name}><th scope="row" class="mono">${one.name}</th><td class="mono wrap">${text(one.value)}</td><td class="muted">${one.meaning}</td></tr>`)}
        </tbody></table></div>` : html`<p class="muted">It says nothing by itself.</p>`}
      </section>
      <section class="stack">
        <div class="stack-s"><h2>What is said of it</h2><div class="table"><table><tbody>
          <${Answer} name="userinfo" of=${of.userinfo} /><${Introspection} of=${of.introspect} /><${Answer} name="forward auth" of=${of.verify} />
        </tbody></table></div></div>
        <div class="stack-s"><h2>Signed with</h2><${Facts} of=${[["Key", of.key && html`<span class="mono wrap">${of.key}</span>`], ["Algorithm", of.header.alg && text(of.header.alg)]]} />
          <${Wire} text=${JSON.stringify(of.header)} what="the header" /></div>
      </section>
    </div>
  </div>`;
}
