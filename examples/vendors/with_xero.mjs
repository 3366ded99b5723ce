// Xero: the vendor's client, which knows the vendor's host and no other, and checks the ID token.

import assert from 'node:assert';
import { XeroClient } from 'xero-node';
import * as gateway from './gateway.mjs';

gateway.lead('identity.xero.com');
const scopes = ['openid', 'profile', 'email', 'accounting.transactions', 'offline_access'];
const [clientId, clientSecret] = await gateway.client('xero', scopes.join(' '), [
  'client_credentials', 'authorization_code', 'refresh_token',
]);
const user = await gateway.user('xero', 'example');
const app = new XeroClient({ clientId, clientSecret, grantType: 'client_credentials', scopes: ['accounting.transactions'] });
assert((await app.getClientCredentialsToken()).access_token);

const xero = new XeroClient({ clientId, clientSecret, redirectUris: [gateway.REDIRECT], scopes, state: 's' });
await xero.initialize();
const first = await xero.apiCallback(`${gateway.REDIRECT}?code=${await gateway.code('xero', user)}&state=s`);
assert.equal(first.claims().sub, user);
const second = await xero.refreshToken();
assert.notEqual(second.access_token, first.access_token);
await xero.revokeToken();
gateway.did('xero-node', 'client credentials', 'code', 'refresh', 'revocation');
