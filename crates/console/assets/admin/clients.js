// Clients and users of a mount: found, looked at, changed, made and removed.
import { html, useState } from "/console/lib/dom.js";
import { call, get, segment } from "/console/lib/api.js";
import { count } from "/console/lib/format.js";
import { may, mounts, refresh } from "/console/lib/gateway.js";
import { change, href, Link, useRoute } from "/console/lib/route.js";
import { useAsked, useStore } from "/console/lib/store.js";
import { Editor } from "/console/admin/editor.js";
import { Icon } from "/console/ui/icons.js";
import { Button, Dialog, Facts, Field, Head, Input, Problem, Select, Wire } from "/console/ui/parts.js";
import { attempt, toast } from "/console/ui/toast.js";

const KINDS = { clients: { one: "client", id: "id" }, users: { one: "user", id: "sub" } };

const list = (all) => (all?.length ? html`<span class="line">${all.map((one) => html`<span class="tag">${one}</span>`)}</span>` : null);

function ClientFacts({ of }) {
  return html`<${Facts} of=${[
    ["Name", of.name],
    ["Kind", of.public ? "public, without a secret" : of.secrets?.length ? `confidential, with ${of.secrets.length} secrets` : "confidential"],
    ["Disabled", of.disabled && "yes: it is refused everywhere"],
    ["Grants", list(of.grants)],
    ["Scopes", list(of.scopes)],
    ["Redirect URIs", of.redirect_uris.map((uri) => html`<div class="mono wrap">${uri}</div>`)],
    ["After log-out", of.post_logout_redirect_uris.map((uri) => html`<div class="mono wrap">${uri}</div>`)],
    ["Allowed origins", list(of.allowed_origins)],
    ["Consent", of.trusted ? "users are spared the page" : null],
    ["Acts for", of.user],
    ["Rate limit", of.rate_limit ?? "the mount's"],
  ].filter(([, value]) => !(Array.isArray(value) && !value.length))} />`;
}

function UserFacts({ of }) {
  return html`<${Facts} of=${[
    ["Sub", html`<span class="mono wrap">${of.sub}</span>`],
    ["Password", of.has_password ? "there is one" : "none: the user picker alone signs in"],
    ["Consent", of.denies_consent ? "an automatic approval is answered as a denial" : null],
    ["Disabled", of.disabled && "yes: refused everywhere"],
  ]} />`;
}

function One({ mount, kind, of, reload }) {
  const [mode, setMode] = useState(null);
  const { one, id } = KINDS[kind];
  const path = `/v1/mounts/${segment(mount)}/${kind}/${segment(of[id])}`;
  const done = async (says) => {
    setMode(null);
    toast(says);
    await refresh();
    reload();
  };
  const remove = () => attempt(async () => {
    await call("DELETE", path);
    change({ id: null });
    await done(`Removed ${of[id]}.`);
  });
  if (mode === "edit") {
    return html`<${Editor} title=${`Change ${of[id]}`} value=${of} help=${`The whole ${one} as JSON. What is left out takes its default; ${kind === "clients" ? "without a secret its present one stays while \"public\" is false" : "the password stays while \"has_password\" is true"}.`}
      onSave=${async (value) => { await call("PUT", path, value); await done(`Changed ${of[id]}.`); }} onCancel=${() => setMode(null)} />`;
  }
  const toggle = () => attempt(async () => {
    await call("PATCH", path, { disabled: !of.disabled });
    await done(of.disabled ? `${of[id]} is served again.` : `${of[id]} is refused everywhere.`);
  });
  return html`<div class="stack">
    <div class="line"><h2 class="grow cut">${of.username ?? of[id]}</h2>
      ${kind === "clients" && html`<${Link} class="btn plain small" to=${href("/", { q: `client:${of.id}` })}>Its requests<//>`}
      ${may("all") && html`<${Button} kind="small" onClick=${() => setMode("edit")}>Change<//><${Button} kind="small" onClick=${toggle}>${of.disabled ? "Enable" : "Disable"}<//>
        <${Button} kind="small danger" onClick=${() => setMode("remove")}>Remove<//>`}</div>
    ${kind === "clients" ? html`<${ClientFacts} of=${of} />` : html`<${UserFacts} of=${of} />`}
    ${Object.keys(of.claims).length > 0 && html`<div class="stack-s"><h2>Claims</h2><${Wire} text=${JSON.stringify(of.claims)} what="the claims" /></div>`}
    ${mode === "remove" && html`<${Dialog} title=${`Remove ${of[id]}?`} onClose=${() => setMode(null)}><p class="muted">Its live tokens are refused from then on.</p>
      <div class="line"><${Button} onClick=${() => setMode(null)}>Keep it<//><${Button} kind="main-act" onClick=${remove}>Remove<//></div><//>`}
  </div>`;
}

// All of a mount, a thousand at most: who has more finds them by the API.
const all = async (mount, kind) => get(`/v1/mounts/${segment(mount)}/${kind}`, { limit: 1000 });

const NEW = {
  clients: { id: "new-client", secret: "a-secret-of-your-own", grants: ["client_credentials"], scopes: [] },
  users: { sub: "new-user", username: "new-user", password: "a-password-of-your-own", claims: { email: "new-user@example.test" } },
};

// A new one as the first that is there: what a mount demands of its clients and users it has.
function sampleOf(kind, first) {
  if (!first) return NEW[kind];
  const kept = kind === "clients" ? { grants: first.grants, scopes: first.scopes, redirect_uris: first.redirect_uris } : {};
  return { ...NEW[kind], ...kept, claims: first.claims };
}

export function Page() {
  const { query } = useRoute();
  const known = useStore(mounts);
  const mount = query.get("mount") ?? known[0]?.name ?? "";
  const kind = query.get("kind") === "users" ? "users" : "clients";
  const [words, setWords] = useState("");
  const [isMaking, setMaking] = useState(false);
  const { value, error, reload } = useAsked(() => (mount ? all(mount, kind) : null), `${mount} ${kind} ${query.get("world")}`);
  const { one, id } = KINDS[kind];
  const fits = (of) => [of[id], of.username, of.name].some((text) => text?.toLowerCase().includes(words.toLowerCase()));
  const found = (value?.items ?? []).filter(fits);
  const chosen = value?.items.find((of) => of[id] === query.get("id")) ?? (isMaking ? null : found[0]);
  const make = async (made) => {
    await call("PUT", `/v1/mounts/${segment(mount)}/${kind}/${segment(made[id])}`, made);
    setMaking(false);
    toast(`Made ${made[id]}.`);
    await refresh();
    reload();
    change({ id: made[id] });
  };
  const sample = sampleOf(kind, value?.items[0]);
  return html`<div class="page">
    <${Head} title="Clients & users" says="Who may ask, and for whom. Changes hold from the next request on, over what the file says.">
      ${may("all") && html`<${Button} kind="main-act" icon="plus" onClick=${() => { setMaking(true); change({ id: null }); }}>New ${one}<//>`}
    <//>
    <div class="try-place"><${Field} label="Mount"><${Select} value=${mount} options=${known.map((item) => item.name)} onChange=${(name) => change({ mount: name, id: null })} /><//>
      <nav class="tabs" aria-label="Kind">${Object.keys(KINDS).map((key) => html`<${Link} to=${href("/clients", { mount, kind: key })} aria-current=${key === kind ? "page" : undefined}>${key === "clients" ? "Clients" : "Users"}<//>`)}</nav></div>
    <${Problem} error=${error} />
    <div class="master">
      <div class="stack-s"><${Input} type="search" value=${words} onInput=${setWords} placeholder=${`Find among ${count(value?.total ?? 0, one)}`} aria-label=${`Find a ${one}`} />
        <ul class="pick-list">${found.slice(0, 300).map((of) => html`<li key=${of[id]}><${Link} to=${href("/clients", { mount, kind, id: of[id] })} aria-current=${chosen?.[id] === of[id] ? "true" : undefined}>
          <${Icon} name=${of.public ? "worlds" : kind === "clients" ? "lock" : "clients"} size="14" /><span class="cut grow">${of.username ?? of[id]}</span>
          ${of.disabled && html`<span class="tag bad">disabled</span>`}${kind === "users" && of.username !== of.sub && html`<span class="muted cut other">${of.sub}</span>`}<//></li>`)}</ul>
        ${value?.next && html`<p class="muted">The first ${value.items.length.toLocaleString("en")} of ${value.total.toLocaleString("en")}.</p>`}</div>
      ${isMaking && !query.get("id")
        ? html`<${Editor} key=${kind} title=${`New ${one}`} value=${sample} help=${`As JSON, with the names of the configuration file's [[mount.${one}]].`} onSave=${make} onCancel=${() => setMaking(false)} />`
        : chosen ? html`<${One} key=${`${mount} ${kind} ${chosen[id]}`} mount=${mount} kind=${kind} of=${chosen} reload=${reload} />`
        : value && html`<p class="muted">${value.total ? `No ${one} is called so.` : `This mount has no ${one} yet.`}</p>`}
    </div>
  </div>`;
}
