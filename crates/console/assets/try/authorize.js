// The authorization flow: begun here, gone through in a second tab, and back with its code.
import { html, useEffect, useMemo, useRef, useState } from "/console/lib/dom.js";
import { call, get, segment } from "/console/lib/api.js";
import { may, refresh } from "/console/lib/gateway.js";
import { href, Link } from "/console/lib/route.js";
import { useAsked } from "/console/lib/store.js";
import { challengeOf, random } from "/console/try/pkce.js";
import { endpointOf, tokenCall } from "/console/try/request.js";
import { Button, Field, Input, Note, Problem, Select, Wire } from "/console/ui/parts.js";
import { attempt, toast } from "/console/ui/toast.js";

export const CALLBACK = "/try/callback";
const CHANNEL = "idp-gateway-try";

// The page that the second tab comes back to.
export function Callback() {
  const query = new URLSearchParams(location.search);
  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage(Object.fromEntries(query));
    channel.close();
    // The code is good for one request, and of no use in this tab's history.
    history.replaceState(null, "", CALLBACK);
  }, []);
  const error = query.get("error");
  return html`<div class="page"><div class="empty"><h1>${error ? "Refused" : "Back with a code"}</h1>
    <p>${error ? `${error}: ${query.get("error_description") ?? ""}` : "The tab that began this has it now. This one can be closed."}</p></div></div>`;
}

function Redeem({ mount, flow, code }) {
  const [secret, setSecret] = useState("");
  const [state, set] = useState({ trial: null, error: null });
  const isBasic = mount.token_call.client === "basic";
  const redeem = async (event) => {
    event.preventDefault();
    const fields = [["grant_type", "authorization_code"], ["code", code], ["redirect_uri", flow.redirect_uri], ["code_verifier", flow.verifier]];
    const request = flow.isPublic
      ? { ...tokenCall(mount, { client: flow.client_id, secret: "", fields }), headers: [["Content-Type", "application/x-www-form-urlencoded"]], body: new URLSearchParams([["client_id", flow.client_id], ...fields]).toString() }
      : tokenCall(mount, { client: flow.client_id, secret, fields });
    try {
      const sent = { method: request.method, path: request.path, headers: request.headers.map(([name, value]) => ({ name, value })), body: request.body };
      set({ trial: await call("POST", `/v1/mounts/${segment(mount.name)}/try`, sent), error: null });
    } catch (error) {
      set({ trial: null, error });
    }
  };
  return html`<form class="stack" onSubmit=${redeem}>
    <${Note} kind="ok"><p>It came back with a code.</p><//>
    <${Wire} text=${code} what="the code" layOut=${false} />
    ${!flow.isPublic && html`<${Field} label=${`Secret of ${flow.client_id}`} help=${isBasic ? "It goes into the Authorization header." : "It goes into the body."}>
      <input type="password" value=${secret} onInput=${(event) => setSecret(event.target.value)} autocomplete="off" /><//>`}
    <div><${Button} kind="main-act" icon="tokens" type="submit">Redeem it<//></div>
    <${Problem} error=${state.error} />
    ${state.trial && html`<div class="stack-s"><h2>What came back</h2><${Wire} text=${state.trial.answer.replaceAll("\r\n", "\n")} what="the answer" layOut=${false} />
      ${state.trial.number && html`<p><${Link} to=${href("/", { e: state.trial.number })}>Why, step by step<//></p>`}</div>`}
  </form>`;
}

export function Authorize({ mount }) {
  const { value: clients, reload } = useAsked(() => get(`/v1/mounts/${segment(mount.name)}/clients`, { limit: 500 }), mount.name);
  const able = useMemo(() => (clients?.items ?? []).filter((one) => one.grants.includes("authorization_code")), [clients]);
  const [form, setForm] = useState({ client: "", scope: "" });
  const [flow, setFlow] = useState(null);
  const [back, setBack] = useState(null);
  const flowNow = useRef(null);
  flowNow.current = flow;
  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = ({ data }) => {
      if (data.state === flowNow.current?.state) setBack(data);
    };
    return () => channel.close();
  }, []);
  if (clients && !able.length) return html`<${Note}><p>No client of ${mount.name} has the grant <code>authorization_code</code>. Give it to one under <${Link} to=${href("/clients", { mount: mount.name })}>Clients & users<//>.</p><//>`;
  const client = able.find((one) => one.id === form.client) ?? able[0];
  if (!client) return null;
  const redirect_uri = location.origin + CALLBACK;
  const isRegistered = client.redirect_uris.includes(redirect_uri);
  const scope = form.scope || client.scopes.filter((name) => name !== "offline_access").join(" ");
  const register = () => attempt(async () => {
    await call("PATCH", `/v1/mounts/${segment(mount.name)}/clients/${segment(client.id)}`, { redirect_uris: [...client.redirect_uris, redirect_uri] });
    toast(`${redirect_uri} is a redirect URI of ${client.id} now.`);
    reload();
    refresh();
  });
  const begin = async (event) => {
    event.preventDefault();
    const verifier = random(32);
    const state = random(16);
    const url = new URL(endpointOf(mount, "authorize").url);
    const all = { response_type: "code", client_id: client.id, redirect_uri, scope, state, nonce: random(16), code_challenge: challengeOf(verifier), code_challenge_method: "S256" };
    for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
    setBack(null);
    setFlow({ client_id: client.id, isPublic: client.public, redirect_uri, verifier, state, url: url.href });
    window.open(url.href, "_blank", "noopener");
  };
  return html`<div class="two"><form class="stack" onSubmit=${begin}>
    <${Field} label="Client"><${Select} value=${client.id} options=${able.map((one) => one.id)} onChange=${(id) => setForm({ ...form, client: id })} /><//>
    <${Field} label="Scope"><${Input} value=${scope} onInput=${(text) => setForm({ ...form, scope: text })} /><//>
    ${isRegistered
      ? html`<p class="muted">It comes back to <code>${redirect_uri}</code>, with PKCE, a state and a nonce.</p>`
      : html`<${Note} kind="warn"><p>The console's own address, <code>${redirect_uri}</code>, is no redirect URI of ${client.id}.</p>
          ${may("all") ? html`<p><${Button} kind="small" icon="plus" onClick=${register}>Make it one<//></p>` : html`<p>Making it one needs the right <code>all</code>.</p>`}<//>`}
    <div><${Button} kind="main-act" icon="try" type="submit" disabled=${!isRegistered}>Begin in a new tab<//></div>
  </form>
  <div class="stack">${back?.code ? html`<${Redeem} mount=${mount} flow=${flow} code=${back.code} key=${back.code} />`
    : back ? html`<${Note} kind="bad"><p>It came back with <strong>${back.error}</strong>${back.error_description ? `: ${back.error_description}` : ""}</p><//>`
    : flow ? html`<p class="muted">Sign in over there; it comes back by itself. Where no tab opened: <a href=${flow.url} target="_blank" rel="noopener">open it</a>.</p>`
    : html`<p class="muted">Sign-in and consent run in a second tab, as for any application. The code is here once they are done.</p>`}</div></div>`;
}
