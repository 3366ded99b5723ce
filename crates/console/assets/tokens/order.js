// A token made to order: no secret is asked for, and no limit counts it.
import { html, useState } from "/console/lib/dom.js";
import { call, get, segment } from "/console/lib/api.js";
import { may, mounts } from "/console/lib/gateway.js";
import { useAsked, useStore } from "/console/lib/store.js";
import { FLAWS } from "/console/scenarios/words.js";
import { Inspected } from "/console/tokens/inspected.js";
import { Button, Field, Input, Note, Problem, Select, Wire } from "/console/ui/parts.js";

function orderOf(form) {
  const order = { client_id: form.client };
  for (const name of ["user", "scope", "flaw", "token"]) if (form[name]) order[name] = form[name];
  if (form.lifetime !== "") order.lifetime = Number(form.lifetime);
  if (form.claims.trim()) order.claims = JSON.parse(form.claims);
  if (!order.flaw) delete order.token;
  return order;
}

function Made({ tokens }) {
  const all = [["access_token", "Access token"], ["id_token", "ID token"], ["refresh_token", "Refresh token"]].filter(([key]) => tokens[key]);
  return html`<div class="stack">
    <${Note} kind="ok"><p>Made: ${tokens.scope || "no scope"}, for ${tokens.expires_in} s.</p><//>
    ${all.map(([key, name]) => html`<div class="stack-s" key=${key}><h2>${name}</h2><${Wire} text=${tokens[key]} what=${`the ${name}`} layOut=${false} /></div>`)}
    <h2>What the access token is</h2><${Inspected} of=${tokens.explained} />
  </div>`;
}

export function Order() {
  const all = useStore(mounts);
  const [mount, setMount] = useState(null);
  const name = mount ?? all[0]?.name ?? "";
  const [form, setForm] = useState({ client: "", user: "", scope: "", lifetime: "", claims: "", flaw: "", token: "" });
  const [made, setMade] = useState({ value: null, error: null });
  const { value: clients } = useAsked(() => (name ? get(`/v1/mounts/${segment(name)}/clients`, { limit: 200 }) : null), name);
  const { value: users } = useAsked(() => (name ? get(`/v1/mounts/${segment(name)}/users`, { limit: 200 }) : null), name);
  const ids = clients?.items.map((one) => one.id) ?? [];
  const client = ids.includes(form.client) ? form.client : ids[0] ?? "";
  const put = (key) => (value) => setForm({ ...form, [key]: value });
  const send = async (event) => {
    event.preventDefault();
    try {
      setMade({ value: await call("POST", `/v1/mounts/${segment(name)}/tokens`, orderOf({ ...form, client })), error: null });
    } catch (error) {
      setMade({ value: null, error: error instanceof SyntaxError ? { message: `the claims are no JSON: ${error.message}`, remedy: 'write an object, such as {"tenant": 7}' } : error });
    }
  };
  if (!may("test")) return html`<${Note} kind="warn"><p>Making tokens needs the right <code>test</code>, and <code>admin.test_features</code>.</p><//>`;
  return html`<div class="two"><form class="stack" onSubmit=${send}>
    <div class="grid2">
      <${Field} label="Mount"><${Select} value=${name} options=${all.map((one) => one.name)} onChange=${setMount} /><//>
      <${Field} label="Client"><${Select} value=${client} options=${ids} onChange=${put("client")} /><//>
      <${Field} label="User" help="None: the client's own."><${Select} value=${form.user} options=${[["", "none"], ...(users?.items ?? []).map((one) => [one.sub, one.username])]} onChange=${put("user")} /><//>
      <${Field} label="Scope" help="Empty: all the client's."><${Input} value=${form.scope} onInput=${put("scope")} /><//>
      <${Field} label="Lifetime, in seconds" help="Negative: it has ended."><${Input} type="number" value=${form.lifetime} placeholder="the mount's" onInput=${put("lifetime")} /><//>
      <${Field} label="What is wrong with it"><${Select} value=${form.flaw} options=${[["", "nothing"], ...FLAWS]} onChange=${put("flaw")} /><//>
      ${form.flaw && html`<${Field} label="Which token"><${Select} value=${form.token} options=${[["", "access token"], ["id_token", "ID token"]]} onChange=${put("token")} /><//>`}
    </div>
    <${Field} label="Claims laid over the vendor's" help="A JSON object; iss and exp too."><textarea value=${form.claims} onInput=${(event) => put("claims")(event.target.value)} placeholder=${'{"tenant": 7}'} spellcheck=${false}></textarea><//>
    <${Problem} error=${made.error} />
    <div><${Button} kind="main-act" icon="tokens" type="submit" disabled=${!client}>Make it<//></div>
  </form>
  <div>${made.value ? html`<${Made} tokens=${made.value} />` : html`<p class="muted">The tokens are here once they are made.</p>`}</div></div>`;
}
