// What the examples in Node share, as gateway.py has it.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';

const GATEWAY = (process.env.IDP_GATEWAY ?? 'https://localhost:8080').replace(/\/$/, '');
const ADMIN = (process.env.IDP_GATEWAY_ADMIN ?? 'http://localhost:8081').replace(/\/$/, '');
const [ID, SECRET] = ['vendors-example', 'vendors-example-secret'];
export const REDIRECT = 'https://client.test/cb';

async function admin(method, path, body) {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(ADMIN + path, { method, headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${text}`);
  return text && JSON.parse(text);
}

/** A client of a mount, with scopes parted by spaces; its id and its secret. */
export async function client(mount, scopes, grants, more = {}) {
  const body = { secret: SECRET, scopes: scopes.split(' '), grants, redirect_uris: [REDIRECT], ...more };
  await admin('PUT', `/v1/mounts/${mount}/clients/${ID}`, body);
  return [ID, SECRET];
}

/** A user of a mount; its `sub`. */
export async function user(mount, sub) {
  await admin('PUT', `/v1/mounts/${mount}/users/${sub}`, { username: `user-${sub}` });
  return sub;
}

/** A code, as the user's browser would bring it; bound to a PKCE verifier where there is one. */
export async function code(mount, user, verifier) {
  const order = { client_id: ID, user, redirect_uri: REDIRECT };
  if (verifier) order.code_challenge = createHash('sha256').update(verifier).digest('base64url');
  return (await admin('POST', `/v1/mounts/${mount}/codes`, order)).code;
}

/** Has these names lead to the gateway, in this process alone: what a line of /etc/hosts and port 443 would do. */
export function lead(...names) {
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...given) {
    const [options] = Array.isArray(given[0]) ? given[0] : given;
    if (names.includes(options?.host)) {
      Object.assign(options, { host: '127.0.0.1', port: Number(new URL(GATEWAY).port || 443), lookup: undefined });
    }
    return connect.apply(this, given);
  };
}

export function did(name, ...what) {
  const path = new URL(`node_modules/${name}/package.json`, import.meta.url);
  console.log(`${name} ${JSON.parse(readFileSync(path)).version}: ${what.join(', ')}`);
}
