// TikTok: arctic, which knows the vendor's hosts and no other.

import assert from 'node:assert';
import { TikTok, generateCodeVerifier } from 'arctic';
import * as gateway from './gateway.mjs';

gateway.lead('open.tiktokapis.com');
const grants = ['authorization_code', 'refresh_token'];
const [key, secret] = await gateway.client('tiktok', 'user.info.basic video.list', grants);
const user = await gateway.user('tiktok', 'example');
const tiktok = new TikTok(key, secret, gateway.REDIRECT);
const verifier = generateCodeVerifier();
const first = await tiktok.validateAuthorizationCode(await gateway.code('tiktok', user, verifier), verifier);
const second = await tiktok.refreshAccessToken(first.refreshToken());
assert.notEqual(second.accessToken(), first.accessToken());
await tiktok.revokeToken(second.accessToken());
gateway.did('arctic', 'code', 'refresh', 'revocation');
