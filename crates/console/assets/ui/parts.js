// Parts that many pages have.
import { html, useEffect, useRef } from "/console/lib/dom.js";
import { fate, lettersOf, pretty } from "/console/lib/format.js";
import { mounts } from "/console/lib/gateway.js";
import { useStore } from "/console/lib/store.js";
import { Icon } from "/console/ui/icons.js";
import { copy } from "/console/ui/toast.js";

export function Button({ icon, kind = "", children, ...rest }) {
  return html`<button type="button" class=${`btn ${kind}`} ...${rest}>${icon && html`<${Icon} name=${icon} />`}${children}</button>`;
}

export function Status({ entry }) {
  const [kind, word] = fate(entry);
  return html`<span class=${`status ${kind}`}><${Icon} name=${kind} size="14" />${entry.status || "—"}<span class="unseen"> ${word}</span></span>`;
}

const COLOURS = 6;

// A mount's mark: neighbours have other colours. What is at no mount has none.
export function Mark({ name }) {
  const place = useStore(mounts).findIndex((mount) => mount.name === name);
  return html`<span class=${`mark ${place < 0 ? "" : `m${place % COLOURS}`}`} aria-hidden="true">${name ? lettersOf(name) : "–"}</span>`;
}

export function MountName({ name }) {
  return html`<span class="line nowrap mount-name"><${Mark} name=${name} /><span class="cut">${name}</span></span>`;
}

// A sentence in which names stand between backticks: they are set as names.
export function Prose({ text }) {
  return text.split("`").map((part, index) => (index % 2 ? html`<code class="said">${part}</code>` : part));
}

// A text as it is on the wire, with a button that copies it.
export function Wire({ text, what = "text", layOut = true, label }) {
  return html`<div class="copyable">
    <pre class="wire" tabindex="0" role="region" aria-label=${label ?? what}>${layOut ? pretty(text) : text}</pre>
    <${Button} kind="small" icon="copy" onClick=${() => copy(text, what)} aria-label=${`Copy ${what}`}>Copy<//>
  </div>`;
}

export function Note({ kind = "", icon, children }) {
  const drawn = icon ?? { hint: "hint", bad: "bad", ok: "ok", warn: "warn" }[kind] ?? "dot";
  return html`<div class=${`note ${kind}`}><${Icon} name=${drawn} /><div class="grow">${children}</div></div>`;
}

// What was refused, and what to do about it.
export function Problem({ error }) {
  if (!error) return null;
  return html`<div role="alert"><${Note} kind="bad"><p><strong><${Prose} text=${error.message} /></strong></p>${error.remedy && html`<p><${Prose} text=${error.remedy} /></p>`}<//></div>`;
}

export function Field({ label, help, children }) {
  return html`<label class="field"><span>${label}</span>${children}${help && html`<small>${help}</small>`}</label>`;
}

export function Select({ value, options, onChange, ...rest }) {
  return html`<select value=${value} onChange=${(event) => onChange(event.target.value)} ...${rest}>
    ${options.map((option) => {
      const [key, says] = Array.isArray(option) ? option : [option, option];
      return html`<option value=${key} selected=${key === value}>${says}</option>`;
    })}
  </select>`;
}

export function Input({ value, onInput, type = "text", ...rest }) {
  return html`<input type=${type} value=${value} onInput=${(event) => onInput(event.target.value)} spellcheck=${false} autocomplete="off" ...${rest} />`;
}

export function Check({ checked, onChange, children }) {
  return html`<label class="check"><input type="checkbox" checked=${checked} onChange=${(event) => onChange(event.target.checked)} /><span>${children}</span></label>`;
}

// A page's head: what it is for, and what can be done.
export function Head({ title, says, children }) {
  useEffect(() => {
    document.title = `${title} · IdP Gateway`;
  }, [title]);
  return html`<header><div class="grow"><h1>${title}</h1><p>${says}</p></div><div class="acts">${children}</div></header>`;
}

// A question before something is done that has no way back.
export function Dialog({ title, onClose, children }) {
  const ref = useRef(null);
  useEffect(() => {
    const dialog = ref.current;
    dialog.showModal();
    return () => dialog.close();
  }, []);
  return html`<dialog ref=${ref} aria-labelledby="dialog-title" onClose=${onClose} onClick=${(event) => event.target === ref.current && onClose()}>
    <h2 id="dialog-title">${title}</h2>
    ${children}
  </dialog>`;
}

export function Facts({ of }) {
  const there = of.filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false);
  return html`<dl class="facts">${there.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}
