// Calls of the admin API. The token is in the page's session alone, and goes as a header: no cookie, nothing in a URL but
// after the `#` of a link, which is taken out of the address at once.
import { store } from "/console/lib/store.js";
import { world } from "/console/lib/route.js";

const KEY = "idp-gateway-admin-token";

function remembered() {
  const linked = new URLSearchParams(location.hash.slice(1)).get("token");
  if (linked) {
    sessionStorage.setItem(KEY, linked);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(KEY);
}

export const token = store(remembered());
// Whether the API asks for a token, and why the last one was none.
export const wanted = store(null);

addEventListener("hashchange", () => {
  const found = remembered();
  if (found) signIn(found);
});

export function signIn(text) {
  sessionStorage.setItem(KEY, text);
  token.set(text);
  wanted.set(null);
}

export function signOut() {
  sessionStorage.removeItem(KEY);
  token.set(null);
  wanted.set("");
}

// What the API refuses, or that it does not answer (`status` 0).
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `status ${status}`);
    this.status = status;
    this.remedy = problem.remedy;
    this.problem = problem;
  }
}

export function url(path, query = {}) {
  const all = new URLSearchParams();
  const named = path.startsWith("/v1/") ? { namespace: world(), ...query } : query;
  for (const [name, value] of Object.entries(named)) {
    if (value !== null && value !== undefined && value !== "") all.set(name, value);
  }
  const text = all.toString();
  return text ? `${path}?${text}` : path;
}

// The answer as it comes.
export async function ask(method, path, { query, body, headers = {}, signal, type = "application/json" } = {}) {
  const sent = { ...headers };
  if (token.get()) sent.Authorization = `Bearer ${token.get()}`;
  if (body !== undefined) sent["Content-Type"] = type;
  let answer;
  // A look that takes so long is none: the gateway hangs, or is out of reach.
  const patience = signal ?? (method === "GET" ? AbortSignal.timeout(8000) : undefined);
  try {
    answer = await fetch(url(path, query), {
      method, headers: sent, signal: patience, cache: "no-store", credentials: "omit",
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, { detail: "the gateway does not answer", remedy: "look whether it runs; this page goes on by itself" });
  }
  if (answer.ok) return answer;
  let problem = {};
  try {
    problem = await answer.json();
  } catch {
    problem = { detail: `the answer is ${answer.status} without a reason` };
  }
  if (answer.status === 401) wanted.set(token.get() ? problem.detail : "");
  throw new Refused(answer.status, problem);
}

// The JSON of the answer; null where there is none.
export async function call(method, path, body, options = {}) {
  const answer = await ask(method, path, { ...options, body });
  return answer.status === 204 ? null : answer.json();
}

export const get = (path, query) => call("GET", path, undefined, { query });
export const text = async (path, query) => (await ask("GET", path, { query })).text();

// One segment of a path.
export const segment = (name) => encodeURIComponent(name).replace(/\./g, "%2E");
