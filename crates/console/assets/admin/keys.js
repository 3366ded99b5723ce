// Keys: for each mount a time line with what is published, signs, still verifies and is over.
import { html, useState } from "/console/lib/dom.js";
import { call, get, segment } from "/console/lib/api.js";
import { ago, utc } from "/console/lib/format.js";
import { clock, may, mounts, presentOf } from "/console/lib/gateway.js";
import { useRoute, world } from "/console/lib/route.js";
import { useAsked, useStore } from "/console/lib/store.js";
import { Button, Dialog, Field, Head, Input, MountName, Problem } from "/console/ui/parts.js";
import { attempt, toast } from "/console/ui/toast.js";

const KINDS = { upcoming: "accent", signing: "ok", retiring: "warn", retired: "", idle: "" };
const SAYS = { upcoming: "published, signs later", signing: "signs", retiring: "verifies what it signed", retired: "all it signed is over", idle: "of another algorithm" };

// From when to when the line goes: all that is known, with now in it.
function bounds(keys, now) {
  const times = keys.flatMap((key) => [key.created_at, key.signs_from, key.retires_at]).filter((time) => time !== null && time !== undefined);
  const first = Math.min(now, ...times);
  const last = Math.max(now, ...times);
  const pad = Math.max(60, (last - first) * 0.05);
  return [first - pad, last + Math.max(pad, (now - first) * 0.25)];
}

function Lane({ of, keys, index, from, until, now }) {
  const at = (time) => Math.min(100, Math.max(0, ((time - from) / (until - from)) * 100));
  const piece = (kind, start, end) => (end > start ? html`<i class=${kind} style=${{ left: `${at(start)}%`, width: `${at(end) - at(start)}%` }}></i>` : null);
  const next = keys.slice(index + 1).find((other) => other.alg === of.alg && other.signs_from !== null);
  const signs = of.signs_from ?? until;
  const signsUntil = next?.signs_from ?? (of.status === "idle" || of.status === "retired" ? signs : until);
  return html`<div class="lane" aria-hidden="true">${piece("pre", of.created_at, signs)}${piece("sign", signs, signsUntil)}${of.retires_at !== null && piece("tail", signsUntil, of.retires_at)}
    <i class="now" style=${{ left: `${at(now)}%` }}></i></div>`;
}

function when(of, now) {
  if (of.status === "upcoming") return of.signs_from === null ? "its rotation is under way" : `signs ${ago(of.signs_from, now)}`;
  if (of.status === "retiring") return `retires ${ago(of.retires_at, now)}`;
  if (of.status === "signing") return `since ${utc(of.signs_from)}`;
  return SAYS[of.status];
}

function Mount({ mount }) {
  const { value: keys, error, reload } = useAsked(() => get(`/v1/mounts/${segment(mount.name)}/keys`), `${world()} ${mount.name}`, 5000);
  const now = presentOf(useStore(clock));
  const [asks, setAsks] = useState(null);
  const [lead, setLead] = useState("300");
  const rotate = () => attempt(async () => {
    await call("POST", `/v1/mounts/${segment(mount.name)}/keys/rotate`, { lead_seconds: Number(lead || 0) });
    setAsks(null);
    toast(`A new key of ${mount.name} is published.`);
    reload();
  });
  const forget = (kid) => attempt(async () => {
    await call("DELETE", `/v1/mounts/${segment(mount.name)}/keys/${segment(kid)}`);
    setAsks(null);
    toast("Forgotten. What it signed is refused.");
    reload();
  });
  const [from, until] = bounds(keys ?? [], now);
  return html`<section class="stack-s mount-keys" aria-label=${mount.name}>
    <div class="line"><h2><${MountName} name=${mount.name} /></h2><span class="muted">${keys?.[0]?.alg ?? ""}</span><span class="grow"></span>
      ${may("all") && html`<${Button} kind="small" icon="replay" onClick=${() => setAsks("rotate")}>Rotate<//>`}</div>
    <${Problem} error=${error} />
    ${keys && !keys.length && html`<p class="muted">It has none yet: the first is made when it is needed.</p>`}
    <div>${(keys ?? []).map((of, index) => html`<div class="key-line" key=${of.kid}>
      <span class="stack-s key-name"><code class="cut" title=${of.kid}>${of.kid}</code><span class="line"><span class=${`tag ${KINDS[of.status]}`}>${of.status}</span></span></span>
      <${Lane} of=${of} keys=${keys} index=${index} from=${from} until=${until} now=${now} />
      <span class="line key-when"><span class="muted nowrap grow">${when(of, now)}</span>${may("all") && of.status !== "signing" && html`<${Button} kind="plain small danger" onClick=${() => setAsks(of.kid)} aria-label=${`Forget key ${of.kid}`}>Forget<//>`}</span>
    </div>`)}</div>
    ${asks === "rotate" && html`<${Dialog} title=${`Rotate the key of ${mount.name}`} onClose=${() => setAsks(null)}>
      <${Field} label="Published for so many seconds before it signs" help="As long as clients keep the keys they fetched; 0 is at once."><${Input} type="number" min="0" value=${lead} onInput=${setLead} /><//>
      <div class="line"><${Button} onClick=${() => setAsks(null)}>Leave it<//><${Button} kind="main-act" onClick=${rotate}>Rotate<//></div><//>`}
    ${asks && asks !== "rotate" && html`<${Dialog} title="Forget this key?" onClose=${() => setAsks(null)}><p class="mono wrap">${asks}</p><p class="muted">Every token that it signed is refused from then on.</p>
      <div class="line"><${Button} onClick=${() => setAsks(null)}>Keep it<//><${Button} kind="main-act" onClick=${() => forget(asks)}>Forget it<//></div><//>`}
  </section>`;
}

export function Page() {
  const all = useStore(mounts);
  const { query } = useRoute();
  const shown = all.filter((mount) => !query.get("mount") || mount.name === query.get("mount"));
  return html`<div class="page"><${Head} title="Keys" says="What each mount signs with, by the gateway's clock: published, signing, still verifying, over." />
    <p class="legend"><span><i class="pre"></i>published</span><span><i class="sign"></i>signs</span><span><i class="warn"></i>verifies what it signed</span><span><i class="now"></i>now</span></p>
    <div class="stack">${shown.map((mount) => html`<${Mount} key=${mount.name} mount=${mount} />`)}</div></div>`;
}
