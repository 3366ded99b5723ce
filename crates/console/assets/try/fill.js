// What a request to an endpoint usually is.
import { baseOf, below, endpointOf, tokenCall, basic } from "/console/try/request.js";

const FORM = ["Content-Type", "application/x-www-form-urlencoded"];

// The parameters that the journal keeps of a request: names, and values that are no secret.
const kept = (entry) => (entry?.traffic?.request.body?.members ?? []).filter((member) => typeof member.value === "string" || Array.isArray(member.value));

// A request to that endpoint; where an entry of the journal is given, as far as possible that one again.
export function fill(mount, endpoint, entry) {
  const known = endpointOf(mount, endpoint);
  const path = entry?.path ? pathOf(mount, entry) : known ? below(mount, known.url) : "/";
  if (endpoint === "token") {
    const members = kept(entry);
    const fields = members.length ? members.map(({ name, value }) => [name, mount.token_call.body === "json" ? JSON.stringify(value) : value])
      .filter(([name]) => name !== mount.token_call.id && name !== mount.token_call.secret) : undefined;
    return {
      ...tokenCall(mount, { client: entry?.client_id, fields }), path,
      lacks: mount.token_call.example || entry ? undefined : "No client of this mount has a secret that is known here: put yours in.",
    };
  }
  if (["userinfo", "verify"].includes(endpoint)) {
    return { method: "GET", path, headers: [["Authorization", "Bearer YOUR-ACCESS-TOKEN"]], lacks: "It shows a token: make one under Tokens, or send a token request first." };
  }
  if (["introspect", "revoke"].includes(endpoint)) {
    const example = mount.token_call.example;
    const client = example ? [["Authorization", basic(example.client_id, example.client_secret)]] : [];
    return { method: "POST", path, headers: [...client, FORM], body: "token=YOUR-TOKEN", lacks: "It takes a token: make one under Tokens, or send a token request first." };
  }
  return { method: entry?.method ?? known?.methods[0] ?? "GET", path, headers: [["Accept", "*/*"]] };
}

// The path of an entry below its mount.
function pathOf(mount, entry) {
  const base = new URL(baseOf(mount)).pathname;
  return entry.path.startsWith(base) ? entry.path.slice(base.length) || "/" : entry.path;
}
