// A device without a browser: it shows a code, waits until its user has typed it elsewhere, and says who that is (RFC 8628).
//
//     ISSUER=http://localhost:8080/openid CLIENT_ID=openid-device node device.mjs

import * as client from "openid-client";

const issuer = process.env.ISSUER ?? "http://localhost:8080/openid";
const clientId = process.env.CLIENT_ID ?? "openid-device";

// Plain HTTP is for a gateway on this machine.
const execute = issuer.startsWith("http:") ? [client.allowInsecureRequests] : [];
const config = await client.discovery(new URL(issuer), clientId, undefined, client.None(), { execute });
const codes = await client.initiateDeviceAuthorization(config, { scope: "openid email" });
console.log(`Open ${codes.verification_uri} and type ${codes.user_code}, or open ${codes.verification_uri_complete}`);
const tokens = await client.pollDeviceAuthorizationGrant(config, codes);
const claims = tokens.claims();
const me = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
console.log(JSON.stringify({ sub: claims.sub, scope: tokens.scope, email: me.email }));
