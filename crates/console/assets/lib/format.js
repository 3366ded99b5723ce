// Texts of times, durations and the like.

const two = (n) => String(n).padStart(2, "0");

// The time of day in the reader's zone, to the millisecond.
export function clockTime(at) {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

// Day and time in UTC, to the second.
export function utc(seconds) {
  if (seconds === null || seconds === undefined) return "—";
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? "—" : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

export function micros(us) {
  if (us === null || us === undefined) return "—";
  if (us < 1000) return `${us} µs`;
  if (us < 1_000_000) return `${(us / 1000).toFixed(us < 10_000 ? 1 : 0)} ms`;
  return `${(us / 1_000_000).toFixed(1)} s`;
}

// A length of time in its two largest units.
export function span(seconds) {
  let left = Math.round(Math.abs(seconds));
  const parts = [];
  for (const [unit, length] of [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]]) {
    const count = Math.floor(left / length);
    left -= count * length;
    if (count && parts.length < 2) parts.push(`${count} ${unit}`);
    else if (parts.length) break;
  }
  return parts.join(" ") || "0 s";
}

export function ago(seconds, now) {
  const off = seconds - now;
  return off > 0 ? `in ${span(off)}` : `${span(off)} ago`;
}

export const count = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

// JSON laid out; a text that is none as it is.
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// A text for a POSIX shell, as one word.
export const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

// What became of a request: its colour's name, and the same in a word.
export function fate(entry) {
  // One that a scenario only kept waiting may be refused for a fault of its own.
  const isForced = entry.forced && (entry.status === 0 || (entry.error && !(entry.cause && !entry.cause.startsWith("forced by "))));
  if (isForced) return ["forced", "forced"];
  if (entry.error) return ["bad", entry.error === "not_found" ? "nowhere" : "refused"];
  return entry.status >= 300 && entry.status < 400 ? ["quiet", "sent on"] : ["ok", "served"];
}

// Two letters of a mount's name, for its mark.
export function lettersOf(name) {
  const parts = name.split(/[-_.]/).filter(Boolean);
  // The next consonant tells more names apart than the next letter.
  const second = /[^aeiou]/.exec(name.slice(1))?.[0] ?? name[1] ?? "";
  const letters = parts.length > 1 ? parts[0][0] + parts[1][0] : name[0] + second;
  return letters.toUpperCase();
}
