// What was done, in a line that goes away by itself, with the way back where there is one.
import { html } from "/console/lib/dom.js";
import { store, useStore } from "/console/lib/store.js";

const shown = store([]);
let number = 0;

export function toast(says, { act, label, stays = 7000 } = {}) {
  number += 1;
  const one = { id: number, says, act, label };
  const remove = () => shown.set(shown.get().filter((other) => other.id !== one.id));
  shown.set([...shown.get().slice(-2), { ...one, remove }]);
  setTimeout(remove, stays);
}

// Runs what may be refused; the refusal is told.
export async function attempt(run) {
  try {
    return await run();
  } catch (error) {
    const remedy = error.remedy ? `: ${error.remedy}` : "";
    toast(`Not done. ${error.message}${remedy}`, { stays: 12_000 });
    return undefined;
  }
}

export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without HTTPS and off this machine there is no clipboard for scripts but this.
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) return toast(`The browser lets no page copy here. It is: ${text.slice(0, 200)}`);
  }
  return toast(`Copied: ${what}`, { stays: 2500 });
}

export function Toasts() {
  const all = useStore(shown);
  return html`<div class="toasts" role="status" aria-live="polite">
    ${all.map((one) => html`<div class="toast" key=${one.id}>
      <span class="grow">${one.says}</span>
      ${one.act && html`<button type="button" onClick=${() => { one.act(); one.remove(); }}>${one.label}</button>`}
    </div>`)}
  </div>`;
}
