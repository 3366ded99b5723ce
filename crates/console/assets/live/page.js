// Live: what my application just sent, what it got, and why.
import { html, useEffect, useMemo, useRef, useState } from "/console/lib/dom.js";
import { call } from "/console/lib/api.js";
import { entries, entryNumbered, forget, journal } from "/console/lib/entries.js";
import { matcher } from "/console/lib/filter.js";
import { may } from "/console/lib/gateway.js";
import { bind } from "/console/lib/keys.js";
import { change, useRoute } from "/console/lib/route.js";
import { useStore } from "/console/lib/store.js";
import { copyCurl, failNext } from "/console/live/actions.js";
import { Detail } from "/console/live/detail.js";
import { Empty } from "/console/live/empty.js";
import { FilterBar } from "/console/live/filter-bar.js";
import { indexOf, List } from "/console/live/list.js";
import { Icon } from "/console/ui/icons.js";
import { Button, Problem } from "/console/ui/parts.js";
import { attempt } from "/console/ui/toast.js";

// The entries that are meant. What came since is looked at by itself, so that a stream costs what is new.
function useMeant(query, version) {
  const kept = useRef({});
  return useMemo(() => {
    const all = entries();
    const matches = matcher(query);
    if (!matches) return all.slice();
    const { query: before, first, last, found } = kept.current;
    const goesOn = before === query && found && all.length && first === all[0].number && !/since:/.test(query);
    const more = goesOn ? all.slice(indexOf(all, last) + 1).filter(matches) : null;
    const meant = more ? (more.length ? found.concat(more) : found) : all.filter(matches);
    kept.current = { query, first: all[0]?.number, last: all.at(-1)?.number, found: meant };
    return meant;
  }, [query, version]);
}

export function Live() {
  const { query } = useRoute();
  const { version, isRead, why } = useStore(journal);
  const filter = query.get("q") ?? "";
  const open = query.get("e") ? Number(query.get("e")) : null;
  const meant = useMeant(filter, version);
  const [at, setAt] = useState(open);
  // Up to which number rows are shown: later ones wait while the reader's hand is on the list.
  const [upTo, setUpTo] = useState(null);
  const scroller = useRef(null);
  const isHeld = useRef(false);
  useEffect(() => {
    document.title = "Live · IdP Gateway";
  }, []);

  const newest = meant.at(-1)?.number ?? 0;
  const holds = () => open !== null || isHeld.current || (scroller.current?.scrollTop ?? 0) > 0;
  const limit = upTo === null && holds() ? newest : upTo;
  useEffect(() => {
    if (holds() && upTo === null && newest) setUpTo(newest);
    else if (!holds() && upTo !== null) setUpTo(null);
  }, [version, open]);
  const end = limit === null ? meant.length : firstAfter(meant, limit);
  const shown = end === meant.length ? meant : meant.slice(0, end);
  const waiting = meant.length - end;
  const release = () => {
    setUpTo(open !== null ? newest : null);
    if (scroller.current) scroller.current.scrollTop = 0;
  };

  const move = (by) => {
    if (!shown.length) return;
    // Where nothing was chosen yet, the newest is.
    const from = indexOf(shown, open ?? at ?? shown.at(-1).number);
    const to = from < 0 ? shown.length - 1 : Math.min(shown.length - 1, Math.max(0, from - by));
    setAt(shown[to].number);
    if (open !== null) change({ e: shown[to].number }, { replace: true });
    else if (upTo === null) setUpTo(newest);
  };
  const current = () => entryNumbered(open ?? at) ?? shown.at(-1);
  useEffect(() => {
    const unbind = [
      bind("j", () => move(1)),
      bind("k", () => move(-1)),
      bind("n", release),
      bind("Enter", () => {
        const entry = current();
        if (entry) change({ e: entry.number });
      }),
      bind("Escape", () => {
        if (open !== null) return change({ e: null });
        if (at === null) return false;
        return setAt(null);
      }),
      bind("c", () => current() && copyCurl(current())),
      bind("f", () => current() && failNext(current())),
    ];
    return () => unbind.forEach((one) => one());
  });
  useEffect(() => {
    if (open !== null) setAt(open);
  }, [open]);

  const setFilter = (text) => {
    setUpTo(null);
    if (scroller.current) scroller.current.scrollTop = 0;
    change({ q: text || null }, { replace: true });
  };
  const opened = open === null ? null : entryNumbered(open);
  // Beside the list is what is open, else where the keyboard stands, else the newest.
  const followed = opened ?? (open === null ? (at === null ? shown.at(-1) : entryNumbered(at)) : undefined);
  return html`<div class=${`live ${open !== null ? "has-open" : ""}`}>
    <h1 class="unseen">Live</h1>
    <section class="stream" aria-label="Requests">
      <${FilterBar} text=${filter} onText=${setFilter} count=${meant.length} total=${entries().length} />
      <div class="stream-acts">
        ${waiting > 0 && html`<button type="button" class="new" onClick=${release}><${Icon} name="up" size="14" />${waiting.toLocaleString("en")} new</button>`}
        ${entries().length > 0 && may("all") && html`<${Button} kind="plain small clear" onClick=${() => attempt(async () => { await call("DELETE", "/v1/journal"); forget(); change({ e: null }); })}>Clear<//>`}
      </div>
      ${why && html`<${Problem} error=${why} />`}
      <div class="rows-box" ref=${scroller} onMouseEnter=${() => { isHeld.current = true; if (newest) setUpTo(newest); }}
        onMouseLeave=${() => { isHeld.current = false; if (!holds()) setUpTo(null); }}
        onScroll=${() => (holds() ? upTo === null && setUpTo(newest) : upTo !== null && setUpTo(null))}>
        <${List} shown=${shown} open=${open} at=${at} scroller=${scroller} />
        ${isRead && !shown.length && html`<${Empty} isFiltered=${filter !== "" && entries().length > 0} onClear=${() => setFilter("")} />`}
      </div>
    </section>
    <${Detail} entry=${followed} number=${open} isNewest=${open === null && at === null} version=${version} />
  </div>`;
}

function firstAfter(sorted, number) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle].number <= number) low = middle + 1;
    else high = middle;
  }
  return low;
}
