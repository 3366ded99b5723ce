// The request as it came and the answer as it went, side by side. Of what may be a secret the journal keeps the length alone.
import { html } from "/console/lib/dom.js";
import { call, segment } from "/console/lib/api.js";
import { may, mountNamed, refresh } from "/console/lib/gateway.js";
import { Button, Note } from "/console/ui/parts.js";
import { attempt, toast } from "/console/ui/toast.js";

const struck = (length) => html`<span class="struck" title=${`${length} bytes that are not kept`}>${"•".repeat(Math.min(12, Math.max(3, length)))}</span>`;

function value(member) {
  if (member.value === undefined) return struck(member.length);
  return typeof member.value === "string" ? member.value : JSON.stringify(member.value);
}

function Fields({ of, between }) {
  return of.map((member) => html`<span class="name">${member.name ?? "…"}</span>${between}${value(member)}${"\n"}`);
}

function Json({ members, depth = 1 }) {
  const pad = "  ".repeat(depth);
  return html`{${"\n"}${members.map((member, index) => html`${pad}<span class="name">${JSON.stringify(member.name ?? "…")}</span>: ${member.members
    ? html`<${Json} members=${member.members} depth=${depth + 1} />`
    : member.value === undefined ? html`"${struck(member.length)}"` : JSON.stringify(member.value)}${index < members.length - 1 ? "," : ""}${"\n"}`)}${"  ".repeat(depth - 1)}}`;
}

function Body({ body }) {
  if (!body) return html`<span class="muted">no body</span>`;
  if (!body.members) return html`<span class="muted">${body.length} bytes${body.media ? ` of ${body.media}` : ""}</span>`;
  return body.media?.endsWith("json") ? html`<${Json} members=${body.members} />` : html`<${Fields} of=${body.members} between="=" />`;
}

function Side({ title, first, message }) {
  return html`<div class="stack-s"><h3>${title}</h3>
    <pre class="wire" tabindex="0" role="region" aria-label=${title}><strong>${first}</strong>${"\n"}${message.query?.length
      ? message.query.map((member, index) => html`${index ? "&" : "?"}<span class="name">${member.name ?? "…"}</span>=${value(member)}${index === message.query.length - 1 ? "\n" : ""}`)
      : null}<${Fields} of=${message.headers ?? []} between=": " />${"\n"}<${Body} body=${message.body} /></pre></div>`;
}

export function Sides({ entry }) {
  if (entry.traffic) {
    return html`<div class="sides">
      <${Side} title="The request as it came" first=${`${entry.method} ${entry.path}`} message=${entry.traffic.request} />
      <${Side} title="The answer as it went" first=${entry.status ? `${entry.status}` : "no byte"} message=${entry.traffic.answer} />
    </div>`;
  }
  if (!entry.mount || entry.endpoint === "none") return null;
  const isOn = mountNamed(entry.mount)?.settings.some((setting) => setting.name === "journal_bodies" && setting.value === true);
  if (isOn) return null;
  const turnOn = () => attempt(async () => {
    await call("PATCH", `/v1/mounts/${segment(entry.mount)}/settings`, { journal_bodies: true });
    await refresh();
    toast(`From the next request on, ${entry.mount} keeps both sides, without secrets.`);
  });
  return html`<${Note}><p>Mount ${entry.mount} keeps no requests and answers (its setting <code>journal_bodies</code> is false).</p>
    ${may("all") && html`<p><${Button} kind="small" onClick=${turnOn}>Keep them from now on<//></p>`}<//>`;
}
