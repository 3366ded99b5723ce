// Try: a working request is filled in, with the vendor's own names; change it, send it, see both sides.
import { html, useEffect, useMemo, useState } from "/console/lib/dom.js";
import { call, get, segment } from "/console/lib/api.js";
import { micros } from "/console/lib/format.js";
import { may, mounts } from "/console/lib/gateway.js";
import { href, go, Link, useRoute } from "/console/lib/route.js";
import { useStore } from "/console/lib/store.js";
import { Authorize, Callback } from "/console/try/authorize.js";
import { fill } from "/console/try/fill.js";
import { codes } from "/console/try/code.js";
import { asCurl } from "/console/try/request.js";
import { Button, Field, Head, Input, Note, Problem, Select, Wire } from "/console/ui/parts.js";
import { Inspected } from "/console/tokens/inspected.js";

const METHODS = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"];

const linesOf = (headers) => headers.map(([name, value]) => `${name}: ${value}`).join("\n");
const headersOf = (text) => text.split("\n").filter((line) => line.trim()).map((line) => {
  const at = line.indexOf(":");
  return at < 0 ? [line.trim(), ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
});

// The JWTs of an answer's body.
const tokensOf = (answer) => [...new Set(answer.match(/eyJ[\w-]+\.[\w-]+\.[\w-]*/g) ?? [])].slice(0, 3);

function Decoded({ token }) {
  const [seen, setSeen] = useState(null);
  useEffect(() => {
    call("POST", "/v1/tokens/inspect", { token }).then(setSeen, () => {});
  }, [token]);
  return seen && html`<${Inspected} of=${seen} />`;
}

const ENDS = { answered: "answered", closed: "the connection was closed before the answer was whole", waiting: "no whole answer within 15 seconds" };

function Outcome({ trial }) {
  const text = (bytes) => bytes.replaceAll("\r\n", "\n");
  return html`<div class="stack" aria-live="polite">
    <${Note} kind=${trial.ended === "answered" ? "ok" : "warn"}><p>${ENDS[trial.ended]}, after ${micros(trial.duration_us)}.
      ${trial.number && html` <${Link} to=${href("/", { e: trial.number })}>Why, step by step<//>`}</p><//>
    <div class="stack-s"><h2>What came back</h2>${trial.answer ? html`<${Wire} text=${text(trial.answer)} what="the answer" layOut=${false} />` : html`<p class="muted">No byte.</p>`}</div>
    <div class="stack-s"><h2>What was sent</h2><${Wire} text=${text(trial.request)} what="the request" layOut=${false} /></div>
    ${tokensOf(trial.answer).map((token, index) => html`<details key=${token} open=${index === 0}><summary>${index ? "Another token of the answer" : "The token of the answer, decoded"}</summary><div class="more"><${Decoded} token=${token} /></div></details>`)}
  </div>`;
}

function AsCode({ mount, request }) {
  const all = [["curl", asCurl(mount, request)], ...codes(mount, request)];
  const [name, setName] = useState("curl");
  const [, shown] = all.find(([known]) => known === name) ?? all[0];
  return html`<div class="stack-s"><h2>The same as code</h2><div class="tabs" role="tablist" aria-label="As code">
    ${all.map(([known]) => html`<button type="button" role="tab" aria-selected=${known === name} onClick=${() => setName(known)}>${known}</button>`)}</div>
    <${Wire} text=${shown} what=${`the request as ${name}`} layOut=${false} /></div>`;
}

function Trial({ mount, endpoint, from }) {
  const first = useMemo(() => fill(mount, endpoint), [mount.name, endpoint]);
  const [form, setForm] = useState({ method: first.method, path: first.path, headers: linesOf(first.headers), body: first.body ?? "" });
  const [state, set] = useState({ trial: null, error: null, isUnderWay: false });
  useEffect(() => {
    if (!from) return;
    get("/v1/journal", { since: Number(from) - 1, limit: 1000 }).then((all) => {
      const entry = all.find((one) => one.number === Number(from));
      if (!entry) return;
      const again = fill(mount, endpoint, entry);
      setForm({ method: again.method, path: again.path, headers: linesOf(again.headers), body: again.body ?? "" });
    }, () => {});
  }, [from]);
  const request = { method: form.method, path: form.path, headers: headersOf(form.headers), body: form.body || undefined };
  const put = (key) => (value) => setForm({ ...form, [key]: value });
  const send = async (event) => {
    event.preventDefault();
    set({ ...state, isUnderWay: true });
    try {
      const sent = { method: request.method, path: request.path, headers: request.headers.map(([name, value]) => ({ name, value })), body: request.body };
      set({ trial: await call("POST", `/v1/mounts/${segment(mount.name)}/try`, sent), error: null, isUnderWay: false });
    } catch (error) {
      set({ trial: null, error, isUnderWay: false });
    }
  };
  return html`<div class="two">
    <form class="stack" onSubmit=${send}>
      ${first.lacks && html`<${Note}><p>${first.lacks}</p><//>`}
      ${from && html`<${Note}><p>This is request ${from} again, as far as the journal keeps it: credentials are those of the example.</p><//>`}
      <div class="request-line"><${Field} label="Method"><${Select} value=${form.method} options=${METHODS} onChange=${put("method")} /><//>
        <${Field} label="Path below the mount"><${Input} class="mono" value=${form.path} onInput=${put("path")} /><//></div>
      <${Field} label="Header fields"><textarea value=${form.headers} onInput=${(event) => put("headers")(event.target.value)} spellcheck=${false}></textarea><//>
      ${form.method !== "GET" && html`<${Field} label="Body"><textarea value=${form.body} onInput=${(event) => put("body")(event.target.value)} spellcheck=${false}></textarea><//>`}
      <div class="line">${may("test")
        ? html`<${Button} kind="main-act" icon="try" type="submit" disabled=${state.isUnderWay}>${state.isUnderWay ? "Waiting for the answer …" : "Send"}<//>`
        : html`<span class="muted">Sending needs the right <code>test</code>, and <code>admin.test_features</code>. Take the command.</span>`}</div>
      <${Problem} error=${state.error} />
      <${AsCode} mount=${mount} request=${request} />
    </form>
    ${state.trial ? html`<${Outcome} trial=${state.trial} />` : html`<p class="muted">What came back is here once it is sent: both sides byte for byte, tokens decoded.</p>`}
  </div>`;
}

export function Page() {
  const { parts, query } = useRoute();
  const all = useStore(mounts);
  if (parts[1] === "callback") return html`<${Callback} />`;
  const mount = all.find((one) => one.name === parts[1]) ?? all[0];
  if (!mount) return html`<div class="page"><${Head} title="Try" says="" /></div>`;
  const names = [...new Set(mount.endpoints.map((one) => one.endpoint))];
  const endpoint = names.includes(parts[2]) ? parts[2] : names[0];
  const to = (name, place) => href(`/try/${encodeURIComponent(name)}/${encodeURIComponent(place)}`);
  const key = `${mount.name} ${endpoint} ${query.get("from") ?? ""}`;
  return html`<div class="page">
    <${Head} title="Try" says="A working request in the vendor's own names. Change it, send it to the public listener, and see both sides." />
    <div class="try-place"><${Field} label="Mount"><${Select} value=${mount.name} options=${all.map((one) => one.name)} onChange=${(name) => go(to(name, endpoint))} /><//>
      <nav class="tabs" aria-label="Endpoints">${names.map((name) => html`<${Link} to=${to(mount.name, name)} aria-current=${name === endpoint ? "page" : undefined}>${name}<//>`)}</nav></div>
    ${endpoint === "authorize" ? html`<${Authorize} mount=${mount} key=${key} />` : html`<${Trial} mount=${mount} endpoint=${endpoint} from=${query.get("from")} key=${key} />`}
  </div>`;
}

