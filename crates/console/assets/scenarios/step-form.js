// The fields of one step: what is done, and to how many requests.
import { html } from "/console/lib/dom.js";
import { Button, Field, Input, Select } from "/console/ui/parts.js";
import { ERRORS, FLAWS, KEY_FLAWS, kindOf, KINDS, PAGE_ERRORS, PAGES, stepOf } from "/console/scenarios/words.js";

const number = (text) => (text === "" ? undefined : Number(text));

function ErrorFields({ step, set, place }) {
  const tells = ["rate_limited", "unavailable"].includes(step.error);
  return html`<${Field} label="Error"><${Select} value=${step.error} options=${PAGES.includes(place) ? PAGE_ERRORS : ERRORS}
      onChange=${(error) => set({ ...step, error, retry_after: ["rate_limited", "unavailable"].includes(error) ? step.retry_after : undefined })} /><//>
    ${tells && html`<${Field} label="Retry after, in seconds"><${Input} type="number" min="1" value=${step.retry_after ?? ""} placeholder="the vendor's" onInput=${(text) => set({ ...step, retry_after: number(text) })} /><//>`}`;
}

function AnswerFields({ step, set }) {
  const { answer } = step;
  const put = (change) => set({ ...step, answer: { ...answer, ...change } });
  const type = answer.headers?.["Content-Type"] ?? "";
  return html`<${Field} label="Status"><${Input} type="number" min="200" max="599" value=${answer.status} onInput=${(text) => put({ status: number(text) ?? 200 })} /><//>
    <${Field} label="Content-Type"><${Input} value=${type} onInput=${(text) => put({ headers: text ? { ...answer.headers, "Content-Type": text } : {} })} /><//>
    <div class="wide-field"><${Field} label="Body"><textarea value=${answer.body ?? ""} onInput=${(event) => put({ body: event.target.value })} spellcheck=${false}></textarea><//></div>`;
}

function Own({ step, set, place }) {
  switch (kindOf(step)) {
    case "error": return html`<${ErrorFields} step=${step} set=${set} place=${place} />`;
    case "answer": return html`<${AnswerFields} step=${step} set=${set} />`;
    case "drop": return html`<${Field} label="When"><${Select} value=${step.drop} onChange=${(drop) => set({ ...step, drop })}
      options=${[["before_commit", "before anything is done"], ["after_commit", "once everything is done"]]} /><//>`;
    case "truncate": return html`<${Field} label="Bytes of the body that come"><${Input} type="number" min="0" value=${step.truncate} onInput=${(text) => set({ ...step, truncate: number(text) ?? 0 })} /><//>`;
    case "flaw": return html`<${Field} label="What is wrong with it"><${Select} value=${step.flaw} options=${FLAWS} onChange=${(flaw) => set({ ...step, flaw })} /><//>
      <${Field} label="Which token"><${Select} value=${step.token ?? "access_token"} options=${[["access_token", "access token"], ["id_token", "ID token"]]}
        onChange=${(token) => set({ ...step, token: token === "access_token" ? undefined : token })} /><//>`;
    case "keys": return html`<${Field} label="Which key"><${Select} value=${step.flaw} options=${KEY_FLAWS.map((flaw) => [flaw, flaw === "stale_keys" ? "the one made last" : "the one that signs"])} onChange=${(flaw) => set({ ...step, flaw })} /><//>`;
    default: return null;
  }
}

export function StepForm({ step, index, count, place, onChange, onRemove, isLast }) {
  const kind = kindOf(step);
  const kinds = KINDS.filter(([, , fits]) => fits(place)).map(([key, says]) => [key, says]);
  const forEver = step.times === null;
  return html`<div class="step-form" role="group" aria-label=${`Step ${index + 1}`}>
    <div class="line"><h3>Step ${index + 1}</h3>${count > 1 && html`<${Button} kind="plain small" icon="close" onClick=${onRemove}>Remove<//>`}</div>
    <div class="grid2">
      <${Field} label="What is done"><${Select} value=${kind} options=${kinds} onChange=${(next) => onChange({ ...stepOf(next, place), times: step.times })} /><//>
      <${Own} step=${step} set=${onChange} place=${place} />
      <${Field} label=${kind === "delay" ? "For how long, in ms" : "Wait first, in ms"}>
        <${Input} type="number" min="0" max="600000" value=${step.delay_ms ?? ""} placeholder="0" onInput=${(text) => onChange({ ...step, delay_ms: number(text) })} /><//>
      <${Field} label="To how many requests">
        <${Input} type="number" min="1" value=${forEver ? "" : step.times ?? 1} placeholder=${isLast ? "for ever" : "1"}
          onInput=${(text) => onChange({ ...step, times: text === "" ? (isLast ? null : 1) : Number(text) })} /><//>
    </div>
  </div>`;
}
