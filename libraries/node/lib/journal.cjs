// The journal: what a world was asked, and assertions about it.
"use strict";

const { AdminError } = require("./admin.cjs");

/** @import { JournalEntry, JournalFilter, Misuse, Near, Problem, Verified, VerifySpec } from "../api.d.ts" */
/** @typedef {import("./world.cjs").World} World */

/** The journal is other than the test says. */
class JournalMismatch extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    /** @type {Near[]} */
    const nearest = problem.nearest ?? [];
    const lines = nearest.flatMap(({ entry, differs }) => [
      `  ${describe(entry).replaceAll("\n", "\n  ")}`,
      ...differs.map(({ key, wanted, found }) => `      ${key}: wanted ${text(wanted)}, found ${text(found)}`),
    ]);
    super([problem.detail, ...(lines.length ? ["nearest:", ...lines] : [])].join("\n"));
    this.name = "JournalMismatch";
    /** The entries that are most like what is wanted, each with what differs. */
    this.nearest = nearest;
  }
}

/** What a world was asked. */
class Journal {
  /** @type {World} */ #world;

  /** @param {World} world */
  constructor(world) {
    this.#world = world;
  }

  /**
   * The last requests that have all that is named, newest first.
   *
   * @param {JournalFilter & { limit?: number }} [where]
   * @returns {Promise<JournalEntry[]>}
   */
  entries(where = {}) {
    return this.#world.call("READ_JOURNAL", [], { query: { ...where } });
  }

  /**
   * The number of the newest entry, for `since` of what comes after; 0 where there is none.
   *
   * @returns {Promise<number>}
   */
  async newest() {
    return (await this.entries({ limit: 1 }))[0]?.number ?? 0;
  }

  /**
   * Asserts that so many requests came, and waits for them:
   * `verify({ mount: "bits", endpoint: "token" }, { exactly: 1, within_ms: 500 })`.
   * Rejects with a `JournalMismatch`, which shows the entries that are nearest and what differs.
   *
   * @param {JournalFilter} where
   * @param {Omit<VerifySpec, "where">} count
   * @returns {Promise<Verified>}
   */
  async verify(where, count) {
    try {
      return await this.#world.call("VERIFY_JOURNAL", [], { body: { where, ...count } });
    } catch (error) {
      throw error instanceof AdminError && error.status === 422 ? new JournalMismatch(error.problem) : error;
    }
  }

  /**
   * What clients do that they should not, each with where that is written.
   *
   * @param {JournalFilter} [where]
   * @returns {Promise<Misuse[]>}
   */
  misuse(where = {}) {
    return this.#world.call("FIND_MISUSE", [], { query: { ...where } });
  }

  /**
   * The entries in another form: `har` (what its JSON says), `curl` or `jsonl` (a text).
   *
   * @param {"har" | "curl" | "jsonl"} format
   * @param {JournalFilter & { limit?: number }} [where]
   * @returns {Promise<any>}
   */
  export(format, where = {}) {
    return this.#world.call("READ_JOURNAL", [], { query: { limit: 1000, ...where, format } });
  }

  /** Forgets all entries. */
  async clear() {
    await this.#world.call("CLEAR_JOURNAL");
  }

  /** The last requests in words, oldest first. */
  async describe(limit = 20) {
    return (await this.entries({ limit })).reverse().map(describe).join("\n");
  }
}

/**
 * An entry in words: what was asked, what was answered, why, and what to change.
 *
 * @param {JournalEntry} entry
 */
function describe(entry) {
  const words = [`#${entry.number}`, entry.method, entry.path, "->", String(entry.status)];
  if (entry.error) words.push(entry.error);
  if (entry.client_id) words.push(`client=${entry.client_id}`);
  if (entry.grant) words.push(`grant=${entry.grant}`);
  if (entry.forced) words.push("(forced)");
  const lines = [words.join(" ")];
  if (entry.cause) lines.push(`    cause: ${entry.cause}`);
  if (entry.hint) lines.push(`    hint: ${entry.hint}`);
  return lines.join("\n");
}

/** @param {unknown} value */
function text(value) {
  return JSON.stringify(value);
}

module.exports = { Journal, JournalMismatch, describe };
