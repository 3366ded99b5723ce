// Zoom: the vendor's toolkit, which knows the vendor's host and no other.

import assert from 'node:assert';
import { UsersOAuthClient, UsersS2SAuthClient } from '@zoom/rivet/users';
import * as gateway from './gateway.mjs';

gateway.lead('zoom.us');
const grants = ['client_credentials', 'authorization_code', 'refresh_token'];
const about = { claims: { account_id: 'example-account' } };
const [clientId, clientSecret] = await gateway.client('zoom', 'user:read:admin meeting:read:admin', grants, about);
const user = await gateway.user('zoom', 'example');
const own = new UsersS2SAuthClient({ clientId, clientSecret, accountId: 'example-account', disableReceiver: true });
assert(await own.auth.getToken());

// It makes the redirect URI of two parts.
const installerOptions = { redirectUri: 'https://client.test', redirectUriPath: '/cb', stateStore: 'a-secret-of-the-example' };
const users = new UsersOAuthClient({ clientId, clientSecret, installerOptions, disableReceiver: true });
await users.auth.initRedirectCode(await gateway.code('zoom', user));
const first = await users.auth.getToken();
const stored = await users.auth.tokenStore.getLatestToken();
const second = await users.auth.refreshAccessToken(stored.refreshToken);
assert.notEqual(second.accessToken, first);
gateway.did('@zoom/rivet', 'account credentials', 'code', 'refresh');
