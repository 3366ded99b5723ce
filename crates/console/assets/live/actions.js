// What can be done with a request: fail the next like it, expire its tokens, send it again, take it along.
import { html } from "/console/lib/dom.js";
import { call, segment, text } from "/console/lib/api.js";
import { may, refresh, scenarios } from "/console/lib/gateway.js";
import { href, go, world } from "/console/lib/route.js";
import { useStore } from "/console/lib/store.js";
import { Button } from "/console/ui/parts.js";
import { attempt, copy, toast } from "/console/ui/toast.js";

// Where a request names no client, and so a scenario may not either.
const NAMELESS = ["discovery", "jwks", "end_session", "login", "consent", "account", "logout", "device"];

// The conditions of a scenario that matches what is like this request.
export function like(entry) {
  const spec = { mount: entry.mount };
  if (!entry.endpoint || ["none", "style", "error"].includes(entry.endpoint)) return spec;
  spec.endpoint = entry.endpoint;
  if (entry.client_id && !NAMELESS.includes(entry.endpoint)) spec.client_id = entry.client_id;
  if (entry.grant && entry.endpoint === "token") spec.grant = entry.grant;
  return spec;
}

export const canFail = (entry) => Boolean(entry.mount) && !["none", "style", "error"].includes(entry.endpoint);

const inWords = (spec) => [spec.endpoint ?? "any", "request", spec.client_id && `of ${spec.client_id}`, `at ${spec.mount}`].filter(Boolean).join(" ");

export async function failNext(entry) {
  if (!may("test")) return toast("Making requests fail needs the right test, and admin.test_features.");
  if (!canFail(entry)) return toast("There is no endpoint at that path, so nothing of it can be made to fail.");
  return attempt(async () => {
    const spec = { ...like(entry), error: "unavailable", times: 1 };
    const made = await call("POST", "/v1/scenarios", spec);
    scenarios.set([...scenarios.get(), made]);
    toast(`The next ${inWords(spec)} is answered as unavailable.`, {
      label: "Take back",
      act: () => attempt(async () => {
        await call("DELETE", `/v1/scenarios/${segment(made.id)}`);
        refresh();
      }),
    });
  });
}

export const copyCurl = (entry) => attempt(async () => {
  const lines = await text("/v1/journal", { format: "curl", id: entry.id });
  await copy(lines.trim(), "the request as curl");
});

const copyHar = (entry) => attempt(async () => {
  await copy(await text("/v1/journal", { format: "har", id: entry.id }), "the request as HAR");
});

const copyAssertion = (entry) => {
  const where = { ...like(entry), status: entry.status, ...(entry.error && { error: entry.error }) };
  if (!canFail(entry)) where.path = entry.path;
  for (const name of Object.keys(where)) if (where[name] === undefined) delete where[name];
  const query = world() ? `?namespace=${world()}` : "";
  const body = JSON.stringify({ where, at_least: 1, within_ms: 2000 });
  return copy(`curl -sf '${location.origin}/v1/journal/verify${query}' --json '${body.replaceAll("'", `'\\''`)}'`, "the assertion");
};

const expire = (entry) => attempt(async () => {
  const jti = entry.issued?.access_token;
  await call("POST", `/v1/mounts/${segment(entry.mount)}/tokens/expire`, { jti, refresh: true });
  toast("The tokens of this request are expired. What checks a JWT by itself does not see it.");
});

export function Actions({ entry }) {
  useStore(scenarios);
  const mounted = entry.mount && entry.endpoint !== "none";
  const fails = may("test") && canFail(entry);
  return html`<div class="stack-s">
    ${(fails || (may("test") && mounted)) && html`<div class="line actions">
      ${fails && html`<${Button} kind="main-act" icon="forced" onClick=${() => failNext(entry)}>Fail the next like this <kbd aria-hidden="true">f</kbd><//>`}
      ${may("test") && mounted && html`<${Button} icon="replay" onClick=${() => go(href(`/try/${segment(entry.mount)}/${segment(entry.endpoint)}`, { from: entry.number }))}>Replay<//>`}
      ${may("test") && entry.issued?.access_token && html`<${Button} icon="expire" onClick=${() => expire(entry)}>Expire its tokens<//>`}
    </div>`}
    <div class="line actions also">
      ${fails && html`<${Button} kind="plain small" onClick=${() => go(href("/scenarios", { new: JSON.stringify({ ...like(entry), error: "unavailable", times: 1 }) }))}>Fail in another way …<//>`}
      <${Button} kind="plain small" icon="copy" onClick=${() => copyCurl(entry)}>curl <kbd aria-hidden="true">c</kbd><//>
      <${Button} kind="plain small" icon="copy" onClick=${() => copyHar(entry)}>HAR<//>
      <${Button} kind="plain small" icon="copy" onClick=${() => copyAssertion(entry)}>Assertion<//>
      <${Button} kind="plain small" icon="link" onClick=${() => copy(location.origin + href("/", { e: entry.number, q: `id:${entry.id}` }), "the link")}>Link<//>
    </div>
  </div>`;
}
