// What is known of the gateway: who it is, what the caller may do, and what is not as in production.
import { get, Refused, token, wanted } from "/console/lib/api.js";
import { store } from "/console/lib/store.js";
import { place, world } from "/console/lib/route.js";

export const gateway = store(null);
export const mounts = store([]);
export const clock = store(null);
export const scenarios = store([]);
// Whether it answers.
export const gone = store(false);
// In how many milliseconds its store took a small write, where it was slow twice running: once, the machine may have been busy.
export const slow = store(null);

// Whether the token may do what needs that right. What is for tests must be turned on as well.
export function may(right) {
  const about = gateway.get();
  if (!about) return false;
  const held = about.caller.rights;
  const has = held.includes("all") || held.includes(right);
  return has && (right !== "test" || about.test_features);
}

export const mountNamed = (name) => mounts.get().find((mount) => mount.name === name);

// By how many seconds the gateway's clock is ahead of real time, and whether it stands still; null where it is neither.
export function moved(view) {
  if (!view) return null;
  if (view.freeze !== undefined && view.freeze !== null) return { frozen: true, ahead: view.now - Date.now() / 1000 };
  return view.offset ? { frozen: false, ahead: view.offset } : null;
}

// The present by that clock, in seconds.
export function presentOf(view) {
  if (view?.freeze !== undefined && view?.freeze !== null) return view.freeze;
  return Math.floor(Date.now() / 1000) + (view?.offset ?? 0);
}

// What requests that need state feel.
const SLOW_MS = 200;

let wasSlow = false;
let last = 0;
export async function refresh() {
  const turn = ++last;
  try {
    const all = await Promise.all([get("/v1/gateway"), get("/v1/clock"), get("/v1/scenarios"), get("/v1/mounts")]);
    if (turn !== last) return;
    gone.set(false);
    const isSlow = all[0].store_ms > SLOW_MS;
    slow.set(isSlow && wasSlow ? all[0].store_ms : null);
    wasSlow = isSlow;
    gateway.set(all[0]);
    clock.set(all[1]);
    scenarios.set(all[2]);
    mounts.set(all[3]);
  } catch (error) {
    if (turn === last && error instanceof Refused && error.status === 0) gone.set(true);
  }
}

let looking;
// Looks now and every few seconds; more often while the gateway is gone.
export function attend() {
  const look = async () => {
    clearTimeout(looking);
    if (!document.hidden && wanted.get() === null) await refresh();
    clearTimeout(looking);
    looking = setTimeout(look, gone.get() ? 1000 : 5000);
  };
  look();
  document.addEventListener("visibilitychange", () => document.hidden || look());
  token.listen(look);
  let before = world();
  place.listen(() => {
    if (world() !== before) {
      before = world();
      look();
    }
  });
}
