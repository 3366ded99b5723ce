// The words of a filter: `mount:bits status:4xx client:mine forced:yes since:5m -endpoint:jwks some words`.

const LENGTHS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const is = (of) => (entry, value) => String(of(entry) ?? "").toLowerCase() === value;

export const KEYS = {
  mount: { says: "the mount", of: (entry) => entry.mount, test: is((entry) => entry.mount) },
  endpoint: { says: "the endpoint or page", of: (entry) => entry.endpoint, test: is((entry) => entry.endpoint) },
  status: {
    says: "401, or 4xx",
    of: (entry) => String(entry.status),
    values: ["2xx", "3xx", "4xx", "5xx"],
    test: (entry, value) => (/^\dxx$/.test(value) ? String(entry.status)[0] === value[0] && entry.status > 99 : String(entry.status) === value),
  },
  client: { says: "the client", of: (entry) => entry.client_id, test: is((entry) => entry.client_id) },
  user: { says: "the user's sub", of: (entry) => entry.user, test: is((entry) => entry.user) },
  grant: { says: "the grant type", of: (entry) => entry.grant, test: is((entry) => entry.grant) },
  error: { says: "the kind of refusal", of: (entry) => entry.error, test: is((entry) => entry.error) },
  forced: {
    says: "whether a scenario acted",
    values: ["yes", "no"],
    test: (entry, value) => entry.forced === ["yes", "true"].includes(value),
  },
  scenario: { says: "the scenario that acted", of: (entry) => entry.forced_by?.scenario, test: is((entry) => entry.forced_by?.scenario) },
  method: { says: "the method", of: (entry) => entry.method, test: is((entry) => entry.method) },
  path: { says: "a part of the path", test: (entry, value) => entry.path.toLowerCase().includes(value) },
  token: {
    says: "the jti of a token",
    test: (entry, value) => [entry.issued, entry.presented].some((ids) => ids && Object.values(ids).some((id) => id.toLowerCase() === value)),
  },
  id: { says: "the request's id", test: is((entry) => entry.id) },
  since: {
    says: "how far back: 30s, 5m, 2h",
    values: ["1m", "5m", "15m", "1h"],
    test: (entry, value) => {
      const [, number, unit] = /^(\d+)([smhd])$/.exec(value) ?? [];
      return number === undefined || Date.parse(entry.at) >= Date.now() - number * LENGTHS[unit];
    },
  },
};

const texts = new WeakMap();
function textOf(entry) {
  let text = texts.get(entry);
  if (text === undefined) {
    const parts = [entry.says, entry.path, entry.mount, entry.endpoint, entry.client_id, entry.user, entry.status, entry.error, entry.cause, entry.method, entry.grant, entry.id];
    text = parts.filter((part) => part !== undefined && part !== null).join(" ").toLowerCase();
    texts.set(entry, text);
  }
  return text;
}

// Makes ready what words are looked for in, while the page has nothing else to do: all at once would be felt at the first letter.
export function prepare(entries) {
  let at = 0;
  const some = (deadline) => {
    while (at < entries.length && deadline.timeRemaining() > 2) {
      textOf(entries[at]);
      at += 1;
    }
    if (at < entries.length) requestIdleCallback(some);
  };
  globalThis.requestIdleCallback?.(some);
}

// The words of a text, in which quotes keep spaces together.
export function words(text) {
  const found = text.match(/-?[\w]+:"[^"]*"?|"[^"]*"?|\S+/g) ?? [];
  return found.map((raw) => {
    const [, minus, key, value] = /^(-?)(\w+):(.*)$/s.exec(raw) ?? [];
    const clean = (part) => part.replaceAll('"', "").toLowerCase();
    if (key !== undefined && KEYS[key]) return { raw, key, value: clean(value), isNot: minus === "-" };
    const isNot = raw.startsWith("-") && raw.length > 1;
    return { raw, key: null, value: clean(isNot ? raw.slice(1) : raw), isNot };
  });
}

// Whether an entry is meant; a word without a value yet means all.
export function matcher(text) {
  const all = words(text).filter((word) => word.value !== "");
  if (!all.length) return null;
  return (entry) => all.every((word) => {
    const fits = word.key ? KEYS[word.key].test(entry, word.value) : textOf(entry).includes(word.value);
    return fits !== word.isNot;
  });
}

const quote = (value) => (/[\s"]/.test(value) ? `"${value}"` : value);

// The text with that key's word replaced, put in or, without a value, taken out.
export function withWord(text, key, value) {
  const kept = words(text).filter((word) => word.key !== key || word.isNot).map((word) => word.raw);
  if (value) kept.push(`${key}:${quote(value)}`);
  return kept.join(" ");
}

// What the last word may become: keys that begin so, or values that entries have.
export function suggest(text, entries) {
  if (text === "" || text.endsWith(" ")) return Object.keys(KEYS).slice(0, 8).map((key) => ({ insert: `${text}${key}:`, label: `${key}:`, says: KEYS[key].says }));
  const last = words(text).at(-1);
  if (!last) return [];
  const before = text.slice(0, text.length - last.raw.length);
  const minus = last.isNot ? "-" : "";
  if (!last.key) {
    const keys = Object.keys(KEYS).filter((key) => key.startsWith(last.value));
    return keys.map((key) => ({ insert: `${before}${minus}${key}:`, label: `${key}:`, says: KEYS[key].says }));
  }
  const known = KEYS[last.key];
  const seen = new Map((known.values ?? []).map((value) => [value, null]));
  if (known.of) {
    for (let at = entries.length - 1, left = 3000; at >= 0 && left > 0; at -= 1, left -= 1) {
      const value = known.of(entries[at]);
      if (value) seen.set(value, (seen.get(value) ?? 0) + 1);
    }
  }
  const fitting = [...seen].filter(([value]) => String(value).toLowerCase().startsWith(last.value) && String(value).toLowerCase() !== last.value);
  fitting.sort((one, other) => (other[1] ?? 0) - (one[1] ?? 0));
  return fitting.slice(0, 8).map(([value, seenTimes]) => ({
    insert: `${before}${minus}${last.key}:${quote(String(value))} `, label: `${last.key}:${value}`, says: seenTimes ? `${seenTimes}×` : "",
  }));
}
