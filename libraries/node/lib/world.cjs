// A world: a gateway of a test's own inside the one that runs.
"use strict";

const { AdminError } = require("./admin.cjs");
const { Journal } = require("./journal.cjs");
const { Mount } = require("./mount.cjs");

/** @import { Inspection, NamespaceView, Scenario as ScenarioView, ScenarioSpec } from "../api.d.ts" */
/** @typedef {import("./admin.cjs").Admin} Admin */
/** @typedef {import("./admin.cjs").CallOptions} CallOptions */

/** Clients, users, settings, counters, clock, scenarios, keys and journal that no other world sees. */
class World {
  /** @type {Admin} */ #admin;
  /** @type {NamespaceView} */ #view;

  /**
   * @param {Admin} admin
   * @param {NamespaceView} view
   */
  constructor(admin, view) {
    this.#admin = admin;
    this.#view = view;
    /** Its clock. */
    this.clock = new Clock(this);
    /** What it was asked, and why it refused. */
    this.journal = new Journal(this);
    /** All that was changed in it, to be saved and put back. */
    this.state = new State(this);
  }

  /** Its name, which `namespace` says in the admin API and `X-Gateway-Namespace` in requests. */
  get name() {
    return this.#view.name;
  }

  /** The URL below which all of it is. */
  get base() {
    return this.#view.base;
  }

  /** The names of its mounts. */
  get mounts() {
    return Object.keys(this.#view.mounts);
  }

  /**
   * One vendor's auth surface.
   *
   * @param {string} name
   */
  mount(name) {
    const view = this.#view.mounts[name];
    if (!view) throw new RangeError(`there is no mount ${name}; there are ${this.mounts.join(", ")}`);
    return new Mount(this, name, view);
  }

  /**
   * Does something to the requests that match: one outcome, or `steps` one after the other.
   *
   * @param {ScenarioSpec} spec
   */
  async scenario(spec) {
    return new Scenario(this, await this.call("ADD_SCENARIO", [], { body: spec }));
  }

  /**
   * Refuses the requests that match in their vendor's own way: `fail("unavailable", { mount: "bits", times: 2 })`.
   * The endpoint is `token` where none is named.
   *
   * @param {NonNullable<ScenarioSpec["error"]>} error
   * @param {ScenarioSpec} [spec]
   */
  fail(error, spec = {}) {
    return this.scenario({ endpoint: "token", ...spec, error });
  }

  /**
   * What a token is, and everything that is wrong with it.
   *
   * @param {string} token
   * @returns {Promise<Inspection>}
   */
  inspect(token) {
    return this.call("INSPECT_TOKEN", [], { body: { token } });
  }

  /** Puts everything back to what the configuration file says. Keys stay. */
  async reset() {
    await this.call("RESET");
  }

  /**
   * Has it end so many seconds from now.
   *
   * @param {number} ttl
   */
  async extend(ttl) {
    this.#view = await this.#admin.call("EXTEND_NAMESPACE", [this.name], { body: { ttl } });
  }

  /** Ends it now, with all that it has. One that has ended already is no error. */
  async end() {
    try {
      await this.#admin.call("DELETE_NAMESPACE", [this.name]);
    } catch (error) {
      if (!(error instanceof AdminError && error.status === 404)) throw error;
    }
  }

  /**
   * Any call of the admin API, about this world, by its name in the description in capitals.
   *
   * @param {string} name
   * @param {string[]} [names]
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  call(name, names = [], { body, query } = {}) {
    return this.#admin.call(name, names, { body, query: { ...query, namespace: this.name } });
  }

  /** `await using` ends it. */
  async [Symbol.asyncDispose]() {
    await this.end();
  }
}

/** The clock of a world: what it mints and checks by. Seconds since the epoch. */
class Clock {
  /** @type {World} */ #world;

  /** @param {World} world */
  constructor(world) {
    this.#world = world;
  }

  /**
   * The present.
   *
   * @returns {Promise<number>}
   */
  async now() {
    return (await this.#world.call("GET_CLOCK")).now;
  }

  /**
   * Has it stand still, at that moment or at the present.
   *
   * @param {number} [at]
   * @returns {Promise<number>}
   */
  async freeze(at) {
    return (await this.#world.call("SET_CLOCK", [], { body: { freeze: at ?? (await this.now()) } })).now;
  }

  /**
   * Has it run ahead of real time by so many seconds, or behind it.
   *
   * @param {number} seconds
   * @returns {Promise<number>}
   */
  async offset(seconds) {
    return (await this.#world.call("SET_CLOCK", [], { body: { offset: seconds } })).now;
  }

  /**
   * Lets so many seconds pass at once.
   *
   * @param {number} seconds
   * @returns {Promise<number>}
   */
  async advance(seconds) {
    return (await this.#world.call("ADVANCE_CLOCK", [], { body: { seconds } })).now;
  }

  /** Puts it back to real time. */
  async reset() {
    await this.#world.call("DELETE_CLOCK");
  }
}

/** Something that is done to requests on purpose. */
class Scenario {
  /** @type {World} */ #world;

  /**
   * @param {World} world
   * @param {ScenarioView} view
   */
  constructor(world, view) {
    this.#world = world;
    /** Its id, which `forced_by` of the journal's entries names. */
    this.id = view.id;
  }

  /**
   * How it stands now: `seen` requests have matched, to `remaining` it still does something, it acted on `fired`.
   *
   * @returns {Promise<ScenarioView>}
   */
  view() {
    return this.#world.call("GET_SCENARIO", [this.id]);
  }

  /** Ends it. */
  async remove() {
    await this.#world.call("DELETE_SCENARIO", [this.id]);
  }
}

/** All that was changed in a world: clients, users, settings, clock and scenarios. */
class State {
  /** @type {World} */ #world;

  /** @param {World} world */
  constructor(world) {
    this.#world = world;
  }

  /**
   * What `load` takes.
   *
   * @returns {Promise<Record<string, unknown>>}
   */
  save() {
    return this.#world.call("GET_STATE");
  }

  /**
   * Puts back what was saved, in this world or another of the same configuration: all of it, or nothing.
   *
   * @param {Record<string, unknown>} state
   */
  async load(state) {
    await this.#world.call("PUT_STATE", [], { body: state });
  }
}

module.exports = { Clock, Scenario, State, World };
