// A relying party in plain Node: signs users in at an OpenID provider with openid-client, its checks as they are by
// default, and shows every answer as JSON. README.md says how to run it.

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import * as oidc from 'openid-client';
import { page } from './page.mjs';

const { values: options } = parseArgs({
  options: {
    issuer: { type: 'string', default: process.env.ISSUER ?? 'http://localhost:8080/brighthr-sandbox' },
    'client-id': { type: 'string', default: process.env.CLIENT_ID ?? 'brighthr-sandbox-web' },
    'client-secret': { type: 'string', default: process.env.CLIENT_SECRET },
    port: { type: 'string', default: process.env.PORT ?? '3000' },
  },
});

const SCOPE = 'openid profile email company:read offline_access';
/** What `/login` passes on to the authorize endpoint. */
const PASSED_ON = ['prompt', 'login_hint', 'scope', 'max_age'];

const issuer = new URL(options.issuer);
const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(issuer.hostname);
const provider = await oidc.discovery(issuer, options['client-id'], options['client-secret'], undefined, {
  // Everywhere but on this machine a provider without TLS is refused.
  execute: issuer.protocol === 'http:' && loopback ? [oidc.allowInsecureRequests] : [],
});

/** Sessions by the value of the cookie: the sign-ins under way by their `state`, and the tokens. */
const sessions = new Map();

/** Each answers with the JSON to show, or with a URL to go to. */
const routes = {
  'GET /': ({ session }) => whoAmI(session),

  async 'GET /login'({ session, query }) {
    const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
    const parameters = new URLSearchParams({
      redirect_uri: `${origin}/cb`,
      scope: SCOPE,
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    for (const name of PASSED_ON.filter((name) => query.has(name))) parameters.set(name, query.get(name));
    session.pending.set(state, { nonce, verifier, maxAge: query.has('max_age') ? Number(query.get('max_age')) : undefined });
    return oidc.buildAuthorizationUrl(provider, parameters);
  },

  async 'GET /cb'({ session, url, query, renew }) {
    const state = query.get('state');
    const pending = session.pending.get(state);
    if (!pending) return { error: 'unknown_state', error_description: 'no sign-in of this browser is under way' };
    session.pending.delete(state);
    const tokens = await oidc.authorizationCodeGrant(provider, url, {
      expectedState: state,
      expectedNonce: pending.nonce,
      pkceCodeVerifier: pending.verifier,
      maxAge: pending.maxAge,
      idTokenExpected: true,
    });
    // Whoever knew the cookie before the sign-in does not know the one after it.
    keep(renew(), tokens);
    return new URL(`${origin}/`);
  },

  'GET /me': ({ session }) => oidc.fetchUserInfo(provider, signedIn(session).access_token, session.claims.sub),

  async 'POST /refresh'({ session }) {
    keep(session, await oidc.refreshTokenGrant(provider, signedIn(session).refresh_token));
    return whoAmI(session);
  },

  'POST /introspect': ({ session, query }) =>
    oidc.tokenIntrospection(provider, signedIn(session)[query.get('token') ?? 'access_token']),

  async 'POST /revoke'({ session, query }) {
    const kind = query.get('token') ?? 'refresh_token';
    await oidc.tokenRevocation(provider, signedIn(session)[kind]);
    return { revoked: kind };
  },

  'POST /logout'({ session, end }) {
    const hint = session.tokens?.id_token;
    end();
    return oidc.buildEndSessionUrl(provider, {
      post_logout_redirect_uri: `${origin}/bye`,
      state: oidc.randomState(),
      ...(hint && { id_token_hint: hint }),
    });
  },

  'GET /bye': ({ session }) => ({ ...whoAmI(session), bye: true }),
};

function whoAmI({ tokens, claims }) {
  if (!tokens) return { signed_in: false };
  const { scope, expires_in } = tokens;
  return { signed_in: true, claims, scope, expires_in, has_refresh_token: Boolean(tokens.refresh_token) };
}

function signedIn({ tokens }) {
  if (!tokens) throw Object.assign(new Error('sign in first'), { error: 'not_signed_in' });
  return tokens;
}

/** Keeps new tokens; what a refresh did not renew stays as it was. */
function keep(session, tokens) {
  session.tokens = { ...session.tokens, ...tokens };
  session.claims = tokens.claims() ?? session.claims;
}

/** A failure as the provider told it (RFC 6749 section 5.2), or what openid-client found wrong with its answer. */
function failure(error) {
  const challenge = error instanceof oidc.WWWAuthenticateChallengeError ? error.cause[0].parameters : {};
  return {
    error: error.error ?? challenge.error ?? error.code ?? error.name,
    error_description: error.error_description ?? challenge.error_description ?? error.message,
    ...(error.status && { status: error.status }),
  };
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, origin);
  let id = new RegExp(`(?:^|; )${cookie}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1];
  const renew = () => {
    sessions.delete(id);
    id = randomBytes(32).toString('base64url');
    sessions.set(id, { pending: new Map() });
    return sessions.get(id);
  };
  const end = () => sessions.delete(id);
  const session = sessions.get(id) ?? renew();

  const route = routes[`${request.method} ${url.pathname}`];
  let result = { error: 'not_found' };
  if (route) {
    try {
      result = await route({ session, url, query: url.searchParams, renew, end });
    } catch (error) {
      result = failure(error);
    }
  }
  const headers = { 'Set-Cookie': `${cookie}=${id}; HttpOnly; SameSite=Lax; Path=/`, 'Cache-Control': 'no-store' };
  if (result instanceof URL) {
    response.writeHead(303, { ...headers, Location: result.href }).end();
  } else {
    response.writeHead(route ? 200 : 404, { ...headers, 'Content-Type': 'text/html; charset=utf-8' }).end(page(result));
  }
});

await new Promise((resolve, reject) => server.once('error', reject).listen(Number(options.port), '127.0.0.1', resolve));
const { port } = server.address();
const origin = `http://localhost:${port}`;
// Browsers keep cookies by host, whatever the port.
const cookie = `relying_party_${port}`;
console.log(`relying party at ${origin}`);
