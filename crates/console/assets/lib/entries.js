// The journal as this page knows it: oldest first, by number, the newest ten thousand.
import { get, Refused, token, wanted } from "/console/lib/api.js";
import { prepare } from "/console/lib/filter.js";
import { gone, refresh } from "/console/lib/gateway.js";
import { follow } from "/console/lib/stream.js";
import { place, world } from "/console/lib/route.js";
import { store } from "/console/lib/store.js";

const MOST = 10_000;
const FIRST = 100;

let all = [];
// Told of each change: `version` rises; `why` says why there is no stream, where there is none.
export const journal = store({ version: 0, isRead: false, isWhole: false, why: null });

export const entries = () => all;
export const entryNumbered = (number) => {
  let low = 0;
  let high = all.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (all[middle].number === number) return all[middle];
    if (all[middle].number < number) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
};

const tell = (change = {}) => journal.set({ ...journal.get(), ...change, version: journal.get().version + 1 });

function add(more) {
  const newest = all.length ? all[all.length - 1].number : 0;
  // Numbers that begin anew are another process's.
  if (more[0].number <= newest && Date.parse(more[0].at) > Date.parse(all[all.length - 1].at)) all = [];
  const from = all.length ? all[all.length - 1].number : 0;
  for (const entry of more) if (entry.number > from) all.push(entry);
  if (all.length > MOST + 1000) all = all.slice(-MOST);
  tell();
}

export function forget() {
  all = [];
  tell();
}

// What was before the first entries that were read, in one piece.
async function readBack(signal) {
  const oldest = all[0]?.number ?? 0;
  if (oldest <= 1 || all.length < FIRST) return tell({ isWhole: true });
  const older = [];
  const reading = new AbortController();
  signal.addEventListener("abort", () => reading.abort());
  try {
    await follow(Math.max(0, oldest - (MOST - all.length) - 1), (piece) => {
      for (const entry of piece) if (entry.number < oldest) older.push(entry);
      if (piece[piece.length - 1].number >= oldest) reading.abort();
    }, undefined, reading.signal);
  } catch (error) {
    if (signal.aborted) return undefined;
  }
  all = older.concat(all);
  prepare(all);
  return tell({ isWhole: true });
}

const pause = (ms, signal) => new Promise((done) => {
  const timer = setTimeout(done, ms);
  signal.addEventListener("abort", () => (clearTimeout(timer), done()));
});

async function run(signal) {
  while (!signal.aborted) {
    try {
      if (!journal.get().isRead) {
        const first = await get("/v1/journal", { limit: FIRST });
        if (signal.aborted) return;
        all = first.reverse();
        tell({ isRead: true });
        setTimeout(() => signal.aborted || readBack(signal), 400);
      }
      const since = all.length ? all[all.length - 1].number : 0;
      await follow(since, add, () => {
        journal.update({ why: null });
        if (gone.get()) refresh();
      }, signal);
      // It ended: the gateway stops.
      gone.set(true);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused && error.status === 401) return;
      if (!(error instanceof Refused) || error.status === 0) gone.set(true);
      else journal.update({ why: error });
    }
    await pause(journal.get().why ? 3000 : 500, signal);
  }
}

let running;
// Follows the journal of the world that is looked at, from now to the end of the page.
export function attendJournal() {
  let of;
  const begin = () => {
    running?.abort();
    running = new AbortController();
    of = world();
    all = [];
    journal.set({ version: journal.get().version + 1, isRead: false, isWhole: false, why: null });
    if (wanted.get() === null) run(running.signal);
  };
  begin();
  // A page that the browser keeps for "back" would hold its connection, and a browser has six to one host.
  addEventListener("pagehide", () => running.abort());
  addEventListener("pageshow", (event) => event.persisted && begin());
  token.listen(begin);
  place.listen(() => world() !== of && begin());
}
