// One request in a line: when, what came of it, where, whose, and why.
import { html } from "/console/lib/dom.js";
import { clockTime } from "/console/lib/format.js";
import { change, href, place } from "/console/lib/route.js";
import { Mark, Prose, Status } from "/console/ui/parts.js";

export function Row({ entry, top, isWide, isOpen, isAt }) {
  const now = Object.fromEntries(place.get().query);
  const to = href("/", { ...now, e: entry.number });
  const open = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    change({ e: entry.number }, { replace: now.e !== undefined });
  };
  const time = html`<time datetime=${entry.at} title=${entry.at}>${clockTime(entry.at)}</time>`;
  const where = html`<span class="where"><${Mark} name=${entry.mount} /><span class="cut">${entry.mount ?? "no mount"}</span></span>`;
  const called = entry.endpoint === "none" ? "" : entry.endpoint;
  const who = [entry.client_id, entry.user].filter(Boolean).join(" · ");
  return html`<li class=${`row ${isAt ? "at" : ""}`} style=${{ transform: `translateY(${top}px)` }} data-number=${entry.number}>
    <a href=${to} onClick=${open} aria-current=${isOpen ? "true" : undefined} tabindex=${isAt ? 0 : -1}>
      ${isWide
        ? html`${time}<${Status} entry=${entry} />${where}<span class="cut muted">${called}</span>
          <span class="cut muted">${who}</span><span class="cut says"><${Prose} text=${entry.says} /></span>`
        : html`<span class="first">${time}<${Status} entry=${entry} />${where}<span class="muted">${called}</span><span class="cut muted who">${who}</span></span>
          <span class="cut says"><${Prose} text=${entry.says} /></span>`}
    </a>
  </li>`;
}

