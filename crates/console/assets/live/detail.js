// One request in full: the sentence, what to change, the road, both sides, its tokens.
import { html, useEffect, useRef } from "/console/lib/dom.js";
import { get } from "/console/lib/api.js";
import { clockTime, fate, micros } from "/console/lib/format.js";
import { change, href, Link } from "/console/lib/route.js";
import { useAsked } from "/console/lib/store.js";
import { Actions } from "/console/live/actions.js";
import { Road } from "/console/live/road.js";
import { Sides } from "/console/live/sides.js";
import { TokenLives } from "/console/live/token-lives.js";
import { Icon } from "/console/ui/icons.js";
import { Button, Facts, MountName, Note, Prose } from "/console/ui/parts.js";

const filtered = (key, value, shown = value) => value && html`<${Link} to=${href("/", { q: `${key}:${/\s/.test(value) ? `"${value}"` : value}` })}>${shown}<//>`;

function Known({ entry, isNewest, version }) {
  const [kind, word] = fate(entry);
  const hint = entry.hint && !entry.says.endsWith(entry.hint) ? entry.hint : null;
  return html`
    <header class="detail-head">
      <p class="line meta">
        <span class=${`tag ${kind}`}><${Icon} name=${kind} size="12" />${entry.status || "no byte"} ${word}</span>
        ${entry.mount && html`<${MountName} name=${entry.mount} />`}
        <span class="muted">${isNewest ? "newest, " : ""}${clockTime(entry.at)}, ${micros(entry.duration_us)}</span>
      </p>
      <h2 class="sentence"><${Prose} text=${entry.says} /></h2>
      <p class="mono muted wrap">${entry.method} ${entry.path}</p>
    </header>
    ${hint && html`<${Note} kind="hint"><p><${Prose} text=${hint} /></p><//>`}
    <${Actions} entry=${entry} />
    <section><h2>The road</h2><${Road} entry=${entry} /></section>
    <${Sides} entry=${entry} />
    <${TokenLives} entry=${entry} version=${version} />
    <section><h2>What it named</h2>
      <${Facts} of=${[
        ["Client", filtered("client", entry.client_id)],
        ["User", filtered("user", entry.user)],
        ["Grant", entry.grant],
        ["Authenticated by", entry.auth && (entry.secret ? `${entry.auth}, with secret ${entry.secret}` : entry.auth)],
        ["PKCE", entry.pkce],
        ["Scopes asked", entry.scope_asked],
        ["Scopes granted", entry.scope],
        ["Error", filtered("error", entry.error)],
        ["Cause", entry.cause && html`<${Prose} text=${entry.cause} />`],
        ["Vendor's dialect", entry.dialect],
        ["Namespace", entry.namespace],
        ["Replica", entry.replica],
        ["Entry", `${entry.number}`],
        ["Id", html`<span class="mono wrap">${entry.id}</span>`],
        ["Proxy's id", entry.proxy_request_id],
        ["Real time", entry.at],
        ["Gateway's clock", entry.clock === entry.at ? null : entry.clock],
      ]} />
    </section>
    ${entry.client_id && html`<p><${Link} to=${href("/", { q: `client:${entry.client_id}` })}>Follow ${entry.client_id} alone<//></p>`}`;
}

// An entry that this page does not know may still be in the journal.
function useFar(number, isKnown) {
  return useAsked(async () => {
    if (number === null || isKnown) return null;
    return (await get("/v1/journal", { since: number - 1, limit: 1000 })).find((entry) => entry.number === number) ?? null;
  }, isKnown ? "" : String(number));
}

export function Detail({ entry, number, isNewest, version }) {
  const far = useFar(number, Boolean(entry));
  const box = useRef(null);
  const shown = entry ?? far.value;
  useEffect(() => {
    if (box.current) box.current.scrollTop = 0;
    // On a phone the detail takes the list's place, and so what has the focus.
    if (number !== null && matchMedia("(max-width: 1100px)").matches) box.current?.focus();
  }, [number]);
  return html`<section class="detail" aria-label="The request in full" ref=${box} tabindex="-1">
    ${number !== null && html`<${Button} kind="plain small close-detail" icon="close" onClick=${() => change({ e: null })}>Close<//>`}
    ${shown ? html`<${Known} entry=${shown} isNewest=${isNewest} version=${version} key=${shown.number} />`
      : number !== null && far.value === null && html`<div class="empty"><h2>Request ${number} is not there</h2><p>The journal has made room for newer ones, was cleared, or is another process's.</p></div>`}
  </section>`;
}
