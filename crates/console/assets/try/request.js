// Requests as clients of a mount write them: with the vendor's own names.
import { quoted } from "/console/lib/format.js";

const SECRET = "your-client-secret";

export const endpointOf = (mount, name) => mount.endpoints.find((one) => one.endpoint === name);

// The path of a URL below the mount.
export function below(mount, url) {
  const any = mount.endpoints.map((one) => one.url);
  const base = baseOf(mount, any);
  return url.startsWith(base) ? url.slice(base.length) : new URL(url).pathname;
}

// The URL that the vendor's paths follow.
export function baseOf(mount) {
  for (const { url } of mount.endpoints) {
    const parsed = new URL(url);
    const parts = parsed.pathname.split("/");
    const at = parts.indexOf(mount.name);
    if (at > 0 && !url.includes("/_gateway/")) return parsed.origin + parts.slice(0, at + 1).join("/");
  }
  return mount.issuer;
}

const form = (fields) => fields.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value).replaceAll("%20", "+")}`).join("&");

const utf8 = (text) => String.fromCharCode(...new TextEncoder().encode(text));
export const basic = (id, secret) => `Basic ${btoa(utf8(`${id}:${secret}`))}`;

// A token request with these fields in the place of the example's.
export function tokenCall(mount, { client, secret, fields } = {}) {
  const { token_call: how } = mount;
  const id = client ?? how.example?.client_id ?? "your-client";
  const own = secret ?? (id === how.example?.client_id ? how.example.client_secret : SECRET);
  const headers = [];
  const json = how.body === "json";
  const asked = fields ?? how.asks.map(({ name, value }) => [name, value]);
  const members = [...asked];
  if (how.client === "basic") headers.push(["Authorization", basic(id, own)]);
  else members.unshift([how.id, json ? JSON.stringify(id) : id], [how.secret, json ? JSON.stringify(own) : own]);
  const endpoint = endpointOf(mount, "token");
  const path = endpoint ? below(mount, endpoint.url) : "/";
  if (how.body === "query") return { method: endpoint?.methods[0] ?? "GET", path: `${path}?${form(members)}`, headers, body: "" };
  headers.push(["Content-Type", json ? "application/json" : "application/x-www-form-urlencoded"]);
  const body = json ? `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}` : form(members);
  return { method: "POST", path, headers, body };
}

// The same as a command of a shell.
export function asCurl(mount, { method, path, headers, body }) {
  const parts = [`curl ${quoted(baseOf(mount) + path)}`];
  if (method !== (body ? "POST" : "GET")) parts[0] += ` -X ${method}`;
  for (const [name, value] of headers) {
    const credentials = name === "Authorization" && value.startsWith("Basic ") ? decoded(value.slice(6)) : null;
    if (credentials) parts.push(`-u ${quoted(credentials)}`);
    else if (!(name === "Content-Type" && value === "application/x-www-form-urlencoded" && body)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  }
  if (body) parts.push(`-d ${quoted(body)}`);
  return parts.join(" \\\n  ");
}

function decoded(text) {
  try {
    return atob(text);
  } catch {
    return null;
  }
}
