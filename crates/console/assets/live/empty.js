// Nothing is there: what to do about it.
import { html } from "/console/lib/dom.js";
import { mounts } from "/console/lib/gateway.js";
import { href, Link } from "/console/lib/route.js";
import { useStore } from "/console/lib/store.js";
import { tokenCall, asCurl } from "/console/try/request.js";
import { Icon } from "/console/ui/icons.js";
import { Button, MountName, Wire } from "/console/ui/parts.js";

export function Empty({ isFiltered, onClear }) {
  const all = useStore(mounts);
  if (isFiltered) {
    return html`<div class="empty"><h2>No request is like that</h2>
      <p>Requests are there, and the filter leaves none of them.</p>
      <div><${Button} icon="close" onClick=${onClear}>Clear the filter<//></div></div>`;
  }
  const examples = all.filter((mount) => mount.token_call.example).slice(0, 3);
  return html`<div class="empty">
    <h2>No request yet</h2>
    <p>Point your application at one of the mounts, or send one of these. It is here a moment later, with what became of it and why.</p>
    ${(examples.length ? examples : all.slice(0, 3)).map((mount) => html`<div class="stack-s" key=${mount.name}>
      <div class="line"><${MountName} name=${mount.name} /><span class="muted">${mount.vendor}</span>
        <span class="grow"></span><${Link} class="btn small" to=${href(`/try/${encodeURIComponent(mount.name)}/token`)}><${Icon} name="try" />Try it<//></div>
      <${Wire} text=${asCurl(mount, tokenCall(mount))} what="the command" layOut=${false} label=${`A token of ${mount.name} by curl`} />
    </div>`)}
  </div>`;
}
