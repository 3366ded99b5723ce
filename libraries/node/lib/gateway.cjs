// A gateway to test against: one that is started, or one that runs.
"use strict";

const { Admin } = require("./admin.cjs");
const { Process, findBinary } = require("./process.cjs");
const { World } = require("./world.cjs");

const ADMIN_URL = "IDP_GATEWAY_ADMIN_URL";
const ADMIN_TOKEN = "IDP_GATEWAY_ADMIN_TOKEN";

/**
 * @typedef {object} StartOptions
 * @property {string} [binary] Where the program is.
 * @property {string[]} [mounts] Of the sandbox these mounts alone.
 * @property {string} [config] A configuration file in the sandbox's place.
 * @property {string[]} [args] More for its command line.
 * @property {Record<string, string>} [env] Laid over this process's environment.
 * @property {number} [timeoutMs] How long it may take until it listens, in milliseconds: 60,000.
 */

/** A gateway. `start`, `attach` and `find` make it; `world` gives each test a world of its own in it. */
class Gateway {
  /**
   * @param {Admin} admin
   * @param {Process} [process]
   */
  constructor(admin, process) {
    /** Every call of the admin API. */
    this.admin = admin;
    /** @internal */
    this.process = process;
  }

  /**
   * Starts a gateway on free ports, in memory: the built-in sandbox, or what a file says.
   *
   * @param {StartOptions} [options]
   * @returns {Promise<Gateway>}
   */
  static async start({ binary, mounts = [], config, args = [], env = {}, timeoutMs = 60_000 } = {}) {
    if (config && mounts.length) {
      throw new TypeError("mounts are chosen of the sandbox alone: leave out `mounts` where there is a `config`");
    }
    const sandbox = ["sandbox", "--port", "0", "--admin-port", "0", "--memory", "--with-parent"];
    const command = config ? ["--config", config] : [...sandbox, ...(mounts.length ? ["--mount", mounts.join()] : [])];
    const own = {
      IDP_GATEWAY__SERVER__LISTEN: "127.0.0.1:0",
      IDP_GATEWAY__ADMIN__LISTEN: "127.0.0.1:0",
      IDP_GATEWAY__STORE__PATH: ":memory:",
    };
    const process = new Process(findBinary(binary), [...command, ...args], { ...(config ? own : {}), ...env });
    try {
      const event = await process.listening(timeoutMs);
      return new Gateway(new Admin(event.admin_url, event.admin_token ?? env.IDP_GATEWAY__ADMIN__TOKEN), process);
    } catch (error) {
      await process.stop();
      throw error;
    }
  }

  /**
   * Takes a gateway that runs: by the URL of its admin API, else by `IDP_GATEWAY_ADMIN_URL` and `…_ADMIN_TOKEN`.
   *
   * @param {string} [adminUrl]
   * @param {string} [adminToken]
   * @returns {Gateway}
   */
  static attach(adminUrl = process.env[ADMIN_URL], adminToken = process.env[ADMIN_TOKEN]) {
    if (!adminUrl) throw new TypeError(`which gateway? Name the URL of its admin API, or set ${ADMIN_URL}`);
    return new Gateway(new Admin(adminUrl, adminToken || undefined));
  }

  /**
   * The gateway that `IDP_GATEWAY_ADMIN_URL` names, else one that is started.
   *
   * @param {StartOptions} [options]
   * @returns {Promise<Gateway>}
   */
  static async find(options) {
    return process.env[ADMIN_URL] ? Gateway.attach() : Gateway.start(options);
  }

  /** Where its admin API is. */
  get adminUrl() {
    return this.admin.url;
  }

  /**
   * Makes a world (a namespace): clients, users, clock, scenarios, keys and journal of its own. A name is drawn where
   * none is given, which is faster: it begins with keys that are there. It ends by itself after `ttl` seconds (3600),
   * and sooner by `World.end`.
   *
   * @param {import("../api.d.ts").NamespaceSpec} [spec]
   * @returns {Promise<World>}
   */
  async world(spec = {}) {
    return new World(this.admin, await this.admin.call("MAKE_NAMESPACE", [], { body: spec }));
  }

  /** What the gateway has logged, where this process has started it. */
  log() {
    return this.process?.log() ?? "";
  }

  /** Ends the gateway where this process has started it. */
  async stop() {
    await this.process?.stop();
  }

  /** `await using` ends it. */
  async [Symbol.asyncDispose]() {
    await this.stop();
  }
}

/** @type {Promise<Gateway> | undefined} */
let common;

/**
 * The gateway that all tests of this process share; it ends with the process.
 *
 * @returns {Promise<Gateway>}
 */
function shared() {
  common ??= Gateway.find();
  return common;
}

module.exports = { Gateway, shared };
