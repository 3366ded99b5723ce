// A mount: one vendor's auth surface in a world.
"use strict";

/**
 * @import {
 *   ClientSpec, ClientSpecPatch, ClientView, CodeRequest, KeyView, MountView, NamespaceMount, ScenarioSpec, SetView,
 *   SettingView, TokenOrder, TokenSelection, TokenSet, UserSpec, UserSpecPatch, UserView,
 * } from "../api.d.ts"
 */
/** @typedef {import("./world.cjs").World} World */

/** One vendor's auth surface. */
class Mount {
  /** @type {World} */ #world;
  /** @type {Promise<Map<string, string>> | undefined} */ #endpoints;

  /**
   * @param {World} world
   * @param {string} name
   * @param {NamespaceMount} view
   */
  constructor(world, name, view) {
    this.#world = world;
    this.name = name;
    /** Where it is: the vendor's own paths are below it. */
    this.url = view.url;
    /** What its tokens name as their issuer. */
    this.issuer = view.issuer;
    /** The host, with its port, at which the vendor's own paths are. */
    this.host = view.host ?? undefined;
    this.clients = new Clients(world, name);
    this.users = new Users(world, name);
    this.tokens = new Tokens(world, name);
    this.keys = new Keys(world, name);
  }

  /**
   * The URL of an endpoint, such as `token` or `userinfo`.
   *
   * @param {string} name
   * @returns {Promise<string>}
   */
  async endpoint(name) {
    this.#endpoints ??= this.#world.call("GET_MOUNT", [this.name]).then((/** @type {MountView} */ view) => {
      // The first of an endpoint counts.
      return new Map([...view.endpoints].reverse().map(({ endpoint, url }) => [endpoint, url]));
    });
    const endpoints = await this.#endpoints;
    const url = endpoints.get(name);
    if (!url) throw new RangeError(`${this.name} has no endpoint ${name}; it has ${[...endpoints.keys()].join(", ")}`);
    return url;
  }

  /** Where tokens are asked for. */
  tokenUrl() {
    return this.endpoint("token");
  }

  /** Where users are sent to sign in. */
  authorizeUrl() {
    return this.endpoint("authorize");
  }

  /** Where a token says whom it speaks for. */
  userinfoUrl() {
    return this.endpoint("userinfo");
  }

  /** Where the public keys are. */
  jwksUrl() {
    return this.endpoint("jwks");
  }

  /**
   * As `World.scenario`, of this mount.
   *
   * @param {ScenarioSpec} spec
   */
  scenario(spec) {
    return this.#world.scenario({ ...spec, mount: this.name });
  }

  /**
   * As `World.fail`, of this mount: `fail("rate_limited", { retry_after: 2, times: 1 })`.
   *
   * @param {NonNullable<ScenarioSpec["error"]>} error
   * @param {ScenarioSpec} [spec]
   */
  fail(error, spec = {}) {
    return this.#world.fail(error, { ...spec, mount: this.name });
  }

  /**
   * Changes settings, such as `{ access_ttl: 60 }`; null puts back what the file says. All those in force come back.
   *
   * @param {Record<string, unknown>} [settings]
   * @returns {Promise<Record<string, unknown>>}
   */
  async settings(settings) {
    /** @type {SettingView[]} */
    const views = settings
      ? await this.#world.call("CHANGE_SETTINGS", [this.name], { body: settings })
      : (await this.#world.call("GET_MOUNT", [this.name])).settings;
    return Object.fromEntries(views.map(({ name, value }) => [name, value]));
  }

  /**
   * An authorization code, as if the user had signed in and consented now.
   *
   * @param {CodeRequest} request
   * @returns {Promise<string>}
   */
  async code(request) {
    return (await this.#world.call("ISSUE_CODE", [this.name], { body: request })).code;
  }
}

/**
 * What a mount has many of.
 *
 * @template View, Spec, Changes
 */
class Many {
  /** @type {World} */ #world;
  /** @type {string} */ #mount;
  /** @type {string} */ #one;
  /** @type {string} */ #all;

  /**
   * @param {World} world
   * @param {string} mount
   * @param {string} one What one of them is called among the calls.
   */
  constructor(world, mount, one) {
    this.#world = world;
    this.#mount = mount;
    this.#one = one;
    this.#all = `${one}S`;
  }

  /**
   * One of them, by its identifier.
   *
   * @param {string} id
   * @returns {Promise<View>}
   */
  get(id) {
    return this.#world.call(`GET_${this.#one}`, [this.#mount, id]);
  }

  /**
   * Makes or replaces one: what is left out takes its default.
   *
   * @param {string} id
   * @param {Spec} spec
   * @returns {Promise<View>}
   */
  put(id, spec) {
    return this.#world.call(`PUT_${this.#one}`, [this.#mount, id], { body: spec });
  }

  /**
   * Changes a part of one; null takes a member away.
   *
   * @param {string} id
   * @param {Changes} changes
   * @returns {Promise<View>}
   */
  patch(id, changes) {
    return this.#world.call(`PATCH_${this.#one}`, [this.#mount, id], { body: changes });
  }

  /**
   * Puts all at once, each with its identifier; others are removed, unless `merge` is true.
   *
   * @param {Spec[]} specs
   * @param {{ merge?: boolean }} [query]
   * @returns {Promise<SetView>}
   */
  putAll(specs, { merge = false } = {}) {
    return this.#world.call(`PUT_${this.#all}`, [this.#mount], { body: specs, query: { merge } });
  }

  /**
   * Removes one; its tokens are refused from then on.
   *
   * @param {string} id
   */
  async delete(id) {
    await this.#world.call(`DELETE_${this.#one}`, [this.#mount, id]);
  }

  /**
   * All of them, sorted by identifier.
   *
   * @returns {Promise<View[]>}
   */
  async list() {
    const all = [];
    for (let after; ; ) {
      const page = await this.#world.call(`LIST_${this.#all}`, [this.#mount], { query: { limit: 1000, after } });
      all.push(...page.items);
      after = page.next;
      if (after === undefined || after === null) return all;
    }
  }
}

/**
 * The clients of a mount. One without a secret is a public client.
 *
 * @extends {Many<ClientView, ClientSpec, ClientSpecPatch>}
 */
class Clients extends Many {
  /**
   * @param {World} world
   * @param {string} mount
   */
  constructor(world, mount) {
    super(world, mount, "CLIENT");
  }
}

/**
 * The users of a mount, by `sub`.
 *
 * @extends {Many<UserView, UserSpec, UserSpecPatch>}
 */
class Users extends Many {
  /**
   * @param {World} world
   * @param {string} mount
   */
  constructor(world, mount) {
    super(world, mount, "USER");
  }
}

/** Tokens to order, and the end of those that are out. */
class Tokens {
  /** @type {World} */ #world;
  /** @type {string} */ #mount;

  /**
   * @param {World} world
   * @param {string} mount
   */
  constructor(world, mount) {
    this.#world = world;
    this.#mount = mount;
  }

  /**
   * Live tokens without a secret, for `user` where one is named: other `claims`, a `lifetime`, a `flaw`.
   *
   * @param {TokenOrder} order
   * @returns {Promise<TokenSet>}
   */
  issue(order) {
    return this.#world.call("ISSUE_TOKENS", [this.#mount], { body: order });
  }

  /**
   * Expires what is out, without moving the clock: all of it, or what has the `client_id`, `user` or `jti` named;
   * refresh tokens too where `refresh` is true. What looks at a JWT alone does not see it.
   *
   * @param {TokenSelection} [selection]
   */
  async expire(selection = {}) {
    await this.#world.call("EXPIRE_TOKENS", [this.#mount], { body: selection });
  }

  /**
   * As `World.inspect`.
   *
   * @param {string} token
   */
  inspect(token) {
    return this.#world.inspect(token);
  }
}

/** What a mount signs with. */
class Keys {
  /** @type {World} */ #world;
  /** @type {string} */ #mount;

  /**
   * @param {World} world
   * @param {string} mount
   */
  constructor(world, mount) {
    this.#world = world;
    this.#mount = mount;
  }

  /**
   * In the order in which they begin to sign.
   *
   * @returns {Promise<KeyView[]>}
   */
  list() {
    return this.#world.call("LIST_KEYS", [this.#mount]);
  }

  /**
   * Makes a new key, which signs after so many seconds: at once where nothing is said.
   *
   * @param {number} [leadSeconds]
   * @returns {Promise<KeyView[]>}
   */
  rotate(leadSeconds = 0) {
    return this.#world.call("ROTATE_KEY", [this.#mount], { body: { lead_seconds: leadSeconds } });
  }

  /**
   * Forgets a key that does not sign, and so refuses every token that it signed.
   *
   * @param {string} kid
   */
  async forget(kid) {
    await this.#world.call("FORGET_KEY", [this.#mount, kid]);
  }
}

module.exports = { Clients, Keys, Mount, Tokens, Users };
