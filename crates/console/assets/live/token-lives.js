// The tokens of a request, and what became of them since: read off the entries that this page knows.
import { html, useMemo } from "/console/lib/dom.js";
import { entries } from "/console/lib/entries.js";
import { count } from "/console/lib/format.js";
import { href, Link } from "/console/lib/route.js";
import { copy } from "/console/ui/toast.js";
import { Button } from "/console/ui/parts.js";

const NAMES = { access_token: "Access token", id_token: "ID token", refresh_token: "Refresh token" };

// What later requests did with a token.
function life(id, after) {
  const uses = [];
  for (const entry of entries()) {
    if (entry.number > after && entry.presented && Object.values(entry.presented).includes(id)) uses.push(entry);
  }
  const refused = uses.filter((entry) => entry.error);
  const said = [];
  if (uses.length > refused.length) said.push(`used ${count(uses.length - refused.length, "time")}`);
  if (uses.some((entry) => entry.grant === "refresh_token" && !entry.error)) said.push("refreshed");
  if (uses.some((entry) => entry.endpoint === "revoke" && !entry.error)) said.push("revoked");
  if (refused.length) said.push(`refused ${count(refused.length, "time")}, last as ${refused.at(-1).error}`);
  return { uses, says: said.join(", ") || "not seen since" };
}

function Token({ kind, id, entry, isIssued }) {
  const { uses, says } = isIssued ? life(id, entry.number) : { uses: [], says: "" };
  return html`<tr><th scope="row">${NAMES[kind] ?? kind}</th>
    <td class="mono wrap">${id}</td>
    <td>${isIssued ? (uses.length ? html`<${Link} to=${href("/", { q: `token:${id}` })}>${says}<//>` : says) : "presented"}</td>
    <td class="end"><${Button} kind="plain small" icon="copy" onClick=${() => copy(id, "the jti")} aria-label=${`Copy the jti of the ${NAMES[kind]}`} /></td></tr>`;
}

export function TokenLives({ entry, version }) {
  return useMemo(() => {
    const { issued, presented } = entry;
    if (!issued && !presented) return null;
    const all = (ids, isIssued) => Object.entries(ids ?? {}).map(([kind, id]) => html`<${Token} kind=${kind} id=${id} entry=${entry} isIssued=${isIssued} />`);
    return html`<section><h2>Tokens</h2><div class="table"><table class="tokens-table"><thead class="unseen"><tr><th>kind</th><th>jti</th><th>since</th><th>copy</th></tr></thead>
      <tbody>${all(presented, false)}${all(issued, true)}</tbody></table></div></section>`;
  }, [entry.number, version]);
}
