// Shopify: the vendor's library, which knows shops below myshopify.com.

import assert from 'node:assert';
import '@shopify/shopify-api/adapters/node';
import { ApiVersion, shopifyApi } from '@shopify/shopify-api';
import * as gateway from './gateway.mjs';

const shop = 'example.myshopify.com';
gateway.lead(shop);
const scopes = ['read_products', 'write_products'];
const [apiKey, apiSecretKey] = await gateway.client('shopify', scopes.join(' '), ['client_credentials']);
const settings = { apiKey, apiSecretKey, scopes, hostName: 'app.test', apiVersion: ApiVersion.Unstable, isEmbeddedApp: false };
const shopify = shopifyApi({ ...settings, logger: { level: 0 } });
const { session } = await shopify.auth.clientCredentials({ shop });
assert(session.accessToken && session.scope.includes('write_products'), JSON.stringify(session));
gateway.did('@shopify/shopify-api', 'client credentials');
