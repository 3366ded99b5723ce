// Worlds: gateways of their own beside all others, made, opened and ended.
import { html, useState } from "/console/lib/dom.js";
import { call, get, segment } from "/console/lib/api.js";
import { count, span } from "/console/lib/format.js";
import { may } from "/console/lib/gateway.js";
import { go, href, Link, useRoute } from "/console/lib/route.js";
import { useAsked } from "/console/lib/store.js";
import { Icon } from "/console/ui/icons.js";
import { Button, Dialog, Field, Head, Input, Problem } from "/console/ui/parts.js";
import { attempt, copy, toast } from "/console/ui/toast.js";

// How long one may last, in seconds.
const LONGEST = 86_400;

// What is in each: asked one by one, for they are few on a page.
async function look(names) {
  const all = await Promise.all(names.map(async (name) => {
    try {
      const [entries, scenarios, clock] = await Promise.all([get("/v1/journal", { namespace: name, limit: 1 }), get("/v1/scenarios", { namespace: name }), get("/v1/clock", { namespace: name })]);
      return [name, { requests: entries[0]?.number ?? 0, scenarios: scenarios.length, isMoved: clock.freeze !== undefined || Boolean(clock.offset) }];
    } catch {
      return [name, null];
    }
  }));
  return Object.fromEntries(all);
}

function Make({ onMade }) {
  const [name, setName] = useState("");
  const [ttl, setTtl] = useState("3600");
  const [error, setError] = useState(null);
  const send = async (event) => {
    event.preventDefault();
    try {
      const made = await call("POST", "/v1/namespaces", { ...(name && { name }), ttl: Number(ttl) }, { query: { namespace: null } });
      setName("");
      setError(null);
      onMade(made);
    } catch (refused) {
      setError(refused);
    }
  };
  return html`<form class="stack-s" onSubmit=${send}><div class="line make-world">
    <${Field} label="Name"><${Input} value=${name} placeholder="made up" onInput=${setName} /><//>
    <${Field} label="Ends after, in seconds"><${Input} type="number" min="1" max="86400" value=${ttl} onInput=${setTtl} /><//>
    <${Button} kind="main-act" icon="plus" type="submit">Make a world<//></div><${Problem} error=${error} /></form>`;
}

export function Page() {
  const { query } = useRoute();
  const here = query.get("world");
  const [asks, setAsks] = useState(null);
  const { value, error, reload } = useAsked(() => get("/v1/namespaces", { limit: 200, namespace: null }), "all", 5000);
  const names = (value?.items ?? []).map((one) => one.name);
  const { value: inside } = useAsked(() => look(names.slice(0, 40)), names.join(" "), 5000);
  const now = Date.now() / 1000;
  const end = (name) => attempt(async () => {
    await call("DELETE", `/v1/namespaces/${segment(name)}`, undefined, { query: { namespace: null } });
    setAsks(null);
    if (here === name) go(href("/worlds", { world: null }));
    reload();
  });
  // Its time counts anew from now: an hour is laid on what is left.
  const extend = ({ name, expires_at: until }) => attempt(async () => {
    const ttl = Math.min(LONGEST, Math.max(0, Math.ceil(until - Date.now() / 1000)) + 3600);
    await call("PUT", `/v1/namespaces/${segment(name)}`, { ttl }, { query: { namespace: null } });
    toast(`${name} ends in ${span(ttl)}${ttl === LONGEST ? ", the most there may be" : ""}.`);
    reload();
  });
  return html`<div class="page">
    <${Head} title="Worlds" says="Each is a gateway of its own, as the file says it: clients, keys, clock, scenarios and journal apart from all others. Tests run in parallel, each in one." />
    ${may("test") && html`<${Make} onMade=${(made) => { toast(`Made ${made.name}.`, { label: "Open it", act: () => go(href("/", { world: made.name })) }); reload(); }} />`}
    <${Problem} error=${error} />
    ${value && !value.items.length && html`<div class="empty"><h2>There is one world, without a name</h2><p>Make another, and give its base URL to a test: what it does there nobody else sees, and it ends by itself.</p></div>`}
    ${value?.items.length > 0 && html`<div class="table"><table class="worlds-table"><thead><tr><th>Name</th><th>Base URL</th><th>In it</th><th>Ends</th><th class="end"><span class="unseen">What can be done</span></th></tr></thead><tbody>
      ${value.items.map((one) => html`<tr key=${one.name}><th scope="row" class="nowrap">${one.name}${here === one.name && html` <span class="tag accent">looked at</span>`}</th>
        <td><span class="line"><code class="wrap">${one.base}</code><${Button} kind="plain small" icon="copy" onClick=${() => copy(one.base, "the base URL")} aria-label=${`Copy the base URL of ${one.name}`} /></span></td>
        <td class="muted" data-name="In it">${inside?.[one.name] ? [count(inside[one.name].requests, "request"), inside[one.name].scenarios ? count(inside[one.name].scenarios, "scenario") : "", inside[one.name].isMoved ? "clock moved" : ""].filter(Boolean).join(", ") : "…"}</td>
        <td class="nowrap" data-name="Ends">in ${span(one.expires_at - now)}</td>
        <td class="end"><span class="line row-acts">${here !== one.name && html`<${Link} class="btn small" to=${href("/", { world: one.name })}><${Icon} name="worlds" />Open<//>`}
          ${may("test") && html`<${Button} kind="plain small" onClick=${() => extend(one)}>An hour more<//><${Button} kind="plain small danger" onClick=${() => setAsks(one.name)}>End<//>`}</span></td></tr>`)}
    </tbody></table></div>`}
    ${value?.next && html`<p class="muted">The first ${value.items.length} of ${value.total}.</p>`}
    ${asks && html`<${Dialog} title=${`End ${asks}?`} onClose=${() => setAsks(null)}><p class="muted">All that it has is gone: tokens, sessions, journal.</p>
      <div class="line"><${Button} onClick=${() => setAsks(null)}>Keep it<//><${Button} kind="main-act" onClick=${() => end(asks)}>End it<//></div><//>`}
  </div>`;
}
