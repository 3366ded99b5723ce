// The filter: words and chips, with what they may become, and how many are left.
import { html, useEffect, useRef, useState } from "/console/lib/dom.js";
import { entries } from "/console/lib/entries.js";
import { suggest, withWord, words } from "/console/lib/filter.js";
import { bind } from "/console/lib/keys.js";
import { Icon } from "/console/ui/icons.js";

const CHIPS = [
  ["error", "Refused", "status:4xx"],
  ["forced", "Forced", "forced:yes"],
  ["nowhere", "Nowhere", "endpoint:none"],
  ["recent", "5 minutes", "since:5m"],
];

export function FilterBar({ text, onText, count, total }) {
  const [isOpen, setOpen] = useState(false);
  const [pick, setPick] = useState(-1);
  const input = useRef(null);
  useEffect(() => bind("/", () => {
    input.current.focus();
    input.current.select();
  }), []);
  const offered = isOpen ? suggest(text, entries()) : [];
  const take = (one) => {
    onText(one.insert);
    setPick(-1);
    input.current.focus();
  };
  const key = (event) => {
    if (event.key === "Escape") {
      if (isOpen && offered.length) setOpen(false);
      else if (text) onText("");
      else input.current.blur();
    } else if (event.key === "ArrowDown" && offered.length) setPick((pick + 1) % offered.length);
    else if (event.key === "ArrowUp" && offered.length) setPick((pick + offered.length - 1) % offered.length);
    else if (event.key === "Enter" && pick >= 0 && offered[pick]) take(offered[pick]);
    else if (event.key === "Enter") {
      setOpen(false);
      input.current.blur();
    } else return;
    event.preventDefault();
  };
  const chips = words(text).filter((word) => word.key && word.value);
  return html`<div class="filter">
    <div class="filter-line">
      <div class="filter-box">
        <${Icon} name="search" />
        <input ref=${input} type="search" role="combobox" aria-label="Filter requests" aria-autocomplete="list" aria-controls="filter-offers"
          aria-expanded=${offered.length > 0} aria-activedescendant=${pick >= 0 ? `offer-${pick}` : undefined}
          placeholder="Filter: words, mount:bits, status:4xx, client:mine …" value=${text} spellcheck=${false} autocomplete="off"
          onInput=${(event) => { onText(event.target.value); setOpen(true); setPick(-1); }}
          onFocus=${() => setOpen(true)} onBlur=${() => setOpen(false)} onKeyDown=${key} />
        <kbd class="slash" aria-hidden="true">/</kbd>
        <ul id="filter-offers" role="listbox" aria-label="Suggestions" class="offers" hidden=${!offered.length}>
          ${offered.map((one, index) => html`<li id=${`offer-${index}`} role="option" aria-selected=${index === pick}
            onMouseDown=${(event) => { event.preventDefault(); take(one); }}><code>${one.label}</code><span class="muted">${one.says}</span></li>`)}
        </ul>
      </div>
      <p class="count muted" role="status">${text ? `${count.toLocaleString("en")} of ${total.toLocaleString("en")}` : total.toLocaleString("en")}</p>
    </div>
    <div class="chips">
      ${chips.length
        ? chips.map((word) => html`<button type="button" class="chip on" aria-label=${`Take out ${word.raw}`}
            onClick=${() => onText(words(text).filter((other) => other.raw !== word.raw).map((other) => other.raw).join(" "))}>
            ${word.raw}<${Icon} name="close" size="12" /></button>`)
        : CHIPS.map(([, label, word]) => {
          const [name, value] = word.split(":");
          return html`<button type="button" class="chip" onClick=${() => onText(withWord(text, name, value))}>${label}</button>`;
        })}
    </div>
  </div>`;
}
