// Settings of mounts and of the process: value, default, where it comes from; changed ones first.
import { html, useState } from "/console/lib/dom.js";
import { call, get, segment } from "/console/lib/api.js";
import { may, mounts, refresh } from "/console/lib/gateway.js";
import { change, href, Link, useRoute } from "/console/lib/route.js";
import { useAsked, useStore } from "/console/lib/store.js";
import { Button, Field, Head, Input, Problem, Prose, Select } from "/console/ui/parts.js";
import { toast } from "/console/ui/toast.js";

const FROM = { file: ["from the file", "accent"], environment: ["from the environment", "accent"], run_time: ["changed here", "warn"], default: ["default", ""] };
const RANK = { run_time: 0, environment: 1, file: 2, default: 3 };
const text = (value) => (value === null ? "none" : typeof value === "string" ? value : JSON.stringify(value));

// What was typed, as the JSON that it looks like; else the text itself.
function read(typed, before) {
  if (typeof before === "string") return typed;
  try {
    return JSON.parse(typed);
  } catch {
    return typed;
  }
}

function Row({ setting, onSet }) {
  const [typed, setTyped] = useState(null);
  const [error, setError] = useState(null);
  const [says, kind] = FROM[setting.from] ?? [setting.from, ""];
  const put = async (value) => {
    try {
      await onSet(setting.name, value);
      setTyped(null);
      setError(null);
    } catch (refused) {
      setError(refused);
    }
  };
  const isSwitch = typeof setting.value === "boolean";
  return html`<tr class="setting-row"><th scope="row"><code>${setting.name}</code><div><span class=${`tag ${kind}`}>${says}</span></div></th>
    <td>${typed === null
      ? html`<span class="line"><code class="wrap"><strong>${text(setting.value)}</strong></code>
          ${onSet && (isSwitch ? html`<${Button} kind="plain small" onClick=${() => put(!setting.value)} aria-label=${`Turn ${setting.value ? "off" : "on"} ${setting.name}`}>${setting.value ? "Turn off" : "Turn on"}<//>`
            : html`<${Button} kind="plain small" onClick=${() => setTyped(text(setting.value) === "none" ? "" : text(setting.value))} aria-label=${`Change ${setting.name}`}>Change<//>`)}
          ${onSet && setting.from === "run_time" && html`<${Button} kind="plain small" onClick=${() => put(null)} aria-label=${`Put back ${setting.name}`}>Put back<//>`}</span>`
      : html`<form class="line" onSubmit=${(event) => { event.preventDefault(); put(read(typed, setting.value)); }}><div class="grow"><${Input} value=${typed} onInput=${setTyped} aria-label=${setting.name} /></div>
          <${Button} kind="small main-act" type="submit">Set<//><${Button} kind="plain small" onClick=${() => setTyped(null)}>Leave it<//></form>`}
      <${Problem} error=${error} />
      <p class="help"><${Prose} text=${setting.help} /></p></td>
    <td class="muted wrap" data-name="Default"><${Prose} text=${text(setting.default)} /></td><td class="muted" data-name="May be">${setting.allowed}</td></tr>`;
}

function Table({ settings, onSet }) {
  const sorted = settings.map((setting, index) => [RANK[setting.from] ?? 2, index, setting]).sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  return html`<div class="table"><table><thead><tr><th>Setting</th><th>Value</th><th>Default</th><th>What it may be</th></tr></thead>
    <tbody>${sorted.map(([, , setting]) => html`<${Row} key=${setting.name} setting=${setting} onSet=${onSet} />`)}</tbody></table></div>`;
}

function OfMount({ mount }) {
  const set = async (name, value) => {
    await call("PATCH", `/v1/mounts/${segment(mount.name)}/settings`, { [name]: value });
    await refresh();
    toast(value === null ? `${name} is as the file says.` : `${name} is set. It holds from the next request on.`);
  };
  return html`<${Table} settings=${mount.settings} onSet=${may("all") ? set : null} />`;
}

function OfProcess() {
  const { value, error } = useAsked(() => get("/v1/settings"), "process");
  return html`<p class="muted">They are changed in the file or by environment variables.</p><${Problem} error=${error} />${value && html`<${Table} settings=${value} />`}`;
}

export function Page() {
  const { query } = useRoute();
  const all = useStore(mounts);
  const isProcess = query.get("of") === "process";
  const mount = all.find((one) => one.name === query.get("mount")) ?? all[0];
  return html`<div class="page"><${Head} title="Settings" says="What holds, what would by default, and where it comes from. What was changed stands first." />
    <div class="try-place">${!isProcess && html`<${Field} label="Mount"><${Select} value=${mount?.name ?? ""} options=${all.map((one) => one.name)} onChange=${(name) => change({ mount: name })} /><//>`}
      <nav class="tabs" aria-label="Of what"><${Link} to=${href("/settings")} aria-current=${isProcess ? undefined : "page"}>Of a mount<//><${Link} to=${href("/settings", { of: "process" })} aria-current=${isProcess ? "page" : undefined}>Of the process<//></nav></div>
    ${isProcess ? html`<${OfProcess} />` : mount && html`<${OfMount} mount=${mount} key=${mount.name} />`}
  </div>`;
}
