// A service that has a key, and no secret: it proves itself by assertions (private_key_jwt), and asks for a user's token by one.
//
//   node service.mjs --issuer http://localhost:8080/openid --client-id openid-service --key demo.pem --kid demo [--user alice]
//
// The key is an EC one of P-256 as PKCS #8 in PEM; its public half is the client's `jwks`.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import * as oidc from "openid-client";

const { values: options } = parseArgs({
  options: {
    issuer: { type: "string", default: "http://localhost:8080/openid" },
    "client-id": { type: "string", default: "openid-service" },
    key: { type: "string" },
    kid: { type: "string" },
    user: { type: "string" },
  },
});

const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const client = options["client-id"];

const pem = (await readFile(options.key, "utf8")).replace(/-----[^-]+-----|\s/g, "");
const ecdsa = { name: "ECDSA", namedCurve: "P-256" };
const key = await crypto.subtle.importKey("pkcs8", Buffer.from(pem, "base64"), ecdsa, false, ["sign"]);

// The library makes an assertion for each request, with the issuer as its audience. Without TLS this machine alone will do.
const issuer = new URL(options.issuer);
const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(issuer.hostname);
const authentication = oidc.PrivateKeyJwt({ key, kid: options.kid });
const execute = isLocal ? [oidc.allowInsecureRequests] : [];
const config = await oidc.discovery(issuer, client, {}, authentication, { execute });

const own = await oidc.clientCredentialsGrant(config, { scope: "api" });
const told = await oidc.tokenIntrospection(config, own.access_token);
await oidc.tokenRevocation(config, own.access_token);
const after = await oidc.tokenIntrospection(config, own.access_token);
const result = { client: told.client_id, scope: own.scope, live: told.active, revoked: !after.active };

if (options.user) {
  const tokens = await oidc.genericGrantRequest(config, GRANT, { assertion: await assertion(options.user) });
  result.user = (await oidc.tokenIntrospection(config, tokens.access_token)).username;
}
console.log(JSON.stringify(result));

/** An assertion that asks for a token of the user. */
async function assertion(sub) {
  const now = Math.floor(Date.now() / 1000);
  const header = { alg: "ES256", kid: options.kid };
  const aud = config.serverMetadata().issuer;
  const claims = { iss: client, sub, aud, iat: now, exp: now + 60, jti: crypto.randomUUID(), scope: "openid email" };
  const message = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const hashed = { name: "ECDSA", hash: "SHA-256" };
  const signature = await crypto.subtle.sign(hashed, key, Buffer.from(message));
  return `${message}.${Buffer.from(signature).toString("base64url")}`;
}
