// One gateway for all processes of a test run: `globalSetup` of vitest and jest.
"use strict";

const { Gateway } = require("./gateway.cjs");

/**
 * Starts a gateway, unless `IDP_GATEWAY_ADMIN_URL` names one, and tells the tests by that variable. It ends with the
 * runner, or by what this gives.
 *
 * @returns {Promise<() => Promise<void>>}
 */
module.exports = async function setup() {
  const gateway = await Gateway.find();
  process.env.IDP_GATEWAY_ADMIN_URL = gateway.adminUrl;
  if (gateway.admin.token) process.env.IDP_GATEWAY_ADMIN_TOKEN = gateway.admin.token;
  return () => gateway.stop();
};
