// The road of a request: each phase with its decision in words, and where it stopped.
import { html } from "/console/lib/dom.js";
import { micros } from "/console/lib/format.js";
import { href, Link } from "/console/lib/route.js";
import { Icon } from "/console/ui/icons.js";
import { Prose } from "/console/ui/parts.js";

const NAMES = {
  client: "Client", token: "Token", redirect_uri: "Redirect URI", grant: "Grant", scopes: "Scopes", entitlement: "Entitlement",
  rate_limit: "Rate limit", proof: "Proof", sign_in: "Sign-in", consent: "Consent",
};

function Step({ kind, name, says, children }) {
  const word = { ok: "passed", bad: "stopped here", forced: "forced", quiet: "" }[kind];
  return html`<li class=${`step ${kind}`}>
    <span class="knot"><${Icon} name=${kind === "quiet" ? "dot" : kind} size="12" /></span>
    <span class="step-name">${name}<span class="unseen"> ${word}</span></span><span class="step-says">${says && html`<${Prose} text=${says} />`}${children}</span>
  </li>`;
}

export function Road({ entry }) {
  const forced = entry.forced_by;
  const where = entry.mount
    ? entry.endpoint === "none" ? `the mount ${entry.mount}, which has nothing at ${entry.path}` : `${entry.endpoint} of ${entry.mount}`
    : `no mount: nothing is at ${entry.path}`;
  const isLost = entry.endpoint === "none" || !entry.mount;
  const stopped = entry.phases?.some((phase) => phase.decision === "refused");
  const isEarly = entry.error && !stopped && !isLost && !forced;
  return html`<ol class="road">
    <${Step} kind=${isLost ? "bad" : "ok"} name="Reached" says=${where} />
    ${forced && html`<${Step} kind="forced" name="Scenario">${/^\d+$/.test(forced.scenario)
      ? html`<${Link} to=${href("/scenarios", { id: forced.scenario })}>scenario ${forced.scenario}, step ${forced.step}<//> acts`
      : `the client ${forced.scenario} is one that fails in its own manner, step ${forced.step}`}<//>`}
    ${isEarly && html`<${Step} kind="bad" name="Read" says=${entry.cause ?? `refused as ${entry.error}`} />`}
    ${(entry.phases ?? []).map((phase) => {
      const isBad = phase.decision === "refused";
      return html`<${Step} key=${phase.phase} kind=${isBad ? "bad" : "ok"} name=${NAMES[phase.phase] ?? phase.phase}
        says=${isBad && entry.cause && !forced ? `${phase.says}: ${entry.cause}` : phase.says} />`;
    })}
    <${Step} kind="quiet" name="Answered" says=${entry.status ? `${entry.status} after ${micros(entry.duration_us)}` : `with no byte, after ${micros(entry.duration_us)}`} />
  </ol>`;
}
