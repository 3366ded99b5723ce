// The stream, newest on top. Of ten thousand rows those alone are there that are seen.
import { html, useEffect, useLayoutEffect, useRef, useState } from "/console/lib/dom.js";
import { Row } from "/console/live/row.js";

const WIDE = 860;
const AHEAD = 4;

export function List({ shown, open, at, scroller, onWidth }) {
  const [view, setView] = useState({ top: 0, height: 800, width: 0 });
  const frame = useRef(0);
  useLayoutEffect(() => {
    const box = scroller.current;
    const look = () => {
      frame.current = 0;
      setView({ top: box.scrollTop, height: box.clientHeight, width: box.clientWidth });
      onWidth?.(box.clientWidth);
    };
    const later = () => {
      if (!frame.current) frame.current = requestAnimationFrame(look);
    };
    const watch = new ResizeObserver(later);
    watch.observe(box);
    box.addEventListener("scroll", later, { passive: true });
    look();
    return () => {
      watch.disconnect();
      box.removeEventListener("scroll", later);
      cancelAnimationFrame(frame.current);
    };
  }, []);

  const isWide = view.width >= WIDE;
  const height = isWide ? 32 : 48;
  const count = shown.length;
  // Where the keyboard stands is kept in sight.
  useEffect(() => {
    const index = indexOf(shown, at);
    if (index < 0) return;
    const box = scroller.current;
    const top = (count - 1 - index) * height;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + height - box.clientHeight;
  }, [at, open, height]);

  const first = Math.max(0, Math.floor(view.top / height) - AHEAD);
  const last = Math.min(count, Math.ceil((view.top + view.height) / height) + AHEAD);
  const rows = [];
  for (let place = first; place < last; place += 1) {
    const entry = shown[count - 1 - place];
    rows.push(html`<${Row} key=${entry.number} entry=${entry} top=${place * height} isWide=${isWide} isOpen=${entry.number === open}
      isAt=${entry.number === (at ?? shown[count - 1].number)} />`);
  }
  return html`<ol class=${`rows ${isWide ? "wide" : "narrow"}`} style=${{ height: `${count * height}px` }}>${rows}</ol>`;
}

// Where the entry of that number is among those that are sorted by it; -1 where it is not.
export function indexOf(shown, number) {
  let low = 0;
  let high = shown.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (shown[middle].number === number) return middle;
    if (shown[middle].number < number) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
