// Tokens: what a token is, what everybody says of it and why; one made to order; expiring what is out.
import { html, useEffect, useState } from "/console/lib/dom.js";
import { call } from "/console/lib/api.js";
import { href, Link, useRoute } from "/console/lib/route.js";
import { Expire } from "/console/tokens/expire.js";
import { Inspected } from "/console/tokens/inspected.js";
import { Order } from "/console/tokens/order.js";
import { Field, Head, Note, Problem } from "/console/ui/parts.js";

// Of what is pasted, the token: an answer's member or what follows `Bearer`.
export function tokenIn(text) {
  const jwt = /[\w-]+\.[\w-]+\.[\w-]*/.exec(text);
  return jwt ? jwt[0] : text.trim().replace(/^Bearer\s+/i, "");
}

function Inspect({ given }) {
  const [text, setText] = useState(given ?? "");
  const [state, set] = useState({ value: null, error: null });
  const token = tokenIn(text);
  useEffect(() => {
    if (!token) return set({ value: null, error: null });
    let over = false;
    const timer = setTimeout(async () => {
      try {
        const value = await call("POST", "/v1/tokens/inspect", { token });
        if (!over) set({ value, error: null });
      } catch (error) {
        if (!over) set({ value: null, error });
      }
    }, 150);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [token]);
  return html`<div class="stack">
    <${Field} label="A token, or an answer that has one" help="It goes to this gateway's admin API alone, and is neither logged nor kept.">
      <textarea value=${text} onInput=${(event) => setText(event.target.value)} placeholder="eyJ…" spellcheck=${false}></textarea>
    <//>
    <${Problem} error=${state.error} />
    ${state.value ? html`<${Inspected} of=${state.value} />` : !token && html`<${Note}><p>Paste one: whose it is, which key signed it, what each claim means, and what userinfo, introspection and forward auth say of it.</p><//>`}
  </div>`;
}

const TABS = [["", "Inspect"], ["order", "Make one to order"], ["expire", "Expire what is out"]];

export function Page() {
  const { query } = useRoute();
  const tab = query.get("tab") ?? "";
  return html`<div class="page">
    <${Head} title="Tokens" says="Look into any token, make one with exactly what a test needs, or end those that are out." />
    <nav class="tabs" aria-label="What to do">${TABS.map(([key, says]) => html`<${Link} to=${href("/tokens", { tab: key })} aria-current=${tab === key ? "page" : undefined}>${says}<//>`)}</nav>
    <div class="tab-body">${tab === "order" ? html`<${Order} />` : tab === "expire" ? html`<${Expire} />` : html`<${Inspect} />`}</div>
  </div>`;
}
