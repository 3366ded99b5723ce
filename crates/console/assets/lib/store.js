// A value that several parts show. Whoever shows it is told when it is replaced.
import { useEffect, useState } from "/console/lib/dom.js";

export function store(value) {
  const heard = new Set();
  return {
    get: () => value,
    set(next) {
      if (next === value) return;
      value = next;
      for (const hear of [...heard]) hear(value);
    },
    update(change) {
      this.set({ ...value, ...change });
    },
    listen(hear) {
      heard.add(hear);
      return () => heard.delete(hear);
    },
  };
}

// The present value of a store; the part is shown anew when it changes.
export function useStore(from) {
  const [value, set] = useState(from.get());
  useEffect(() => {
    set(from.get());
    return from.listen(set);
  }, [from]);
  return value;
}

// What a call of the API gives, asked again when `key` changes or `reload` is called, and every `every` milliseconds while
// the page is seen. The answer before stays until the next one is there.
export function useAsked(ask, key, every) {
  const [state, set] = useState({ value: undefined, error: undefined, key: undefined });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let over = false;
    let timer;
    const look = async () => {
      try {
        const value = await ask();
        if (!over) set({ value, error: undefined, key });
      } catch (error) {
        if (!over) set((before) => ({ ...before, error, key }));
      }
      if (!over && every) timer = setTimeout(() => (document.hidden ? later() : look()), every);
    };
    const later = () => {
      if (!over) timer = setTimeout(() => (document.hidden ? later() : look()), every);
    };
    look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [key, turn]);
  const fresh = state.key === key ? state : { value: undefined, error: undefined };
  return { ...fresh, reload: () => setTurn((n) => n + 1) };
}
