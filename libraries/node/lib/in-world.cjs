// A world for a test, with any runner of tests.
"use strict";

const { shared } = require("./gateway.cjs");

/** @typedef {import("./world.cjs").World} World */

/**
 * The body of a test that has a world of its own: `test("…", inWorld(async (world) => { … }))`. What the runner gives
 * its tests comes after the world. Where the test fails, its error says what the world was asked.
 *
 * @template {unknown[]} Context
 * @param {(world: World, ...context: Context) => unknown} body
 * @returns {(...context: Context) => Promise<void>}
 */
function inWorld(body) {
  return async (...context) => {
    const world = await (await shared()).world();
    try {
      await body(world, ...context);
    } catch (error) {
      throw await explained(error, world);
    } finally {
      await world.end();
    }
  };
}

/**
 * @param {unknown} error
 * @param {World} world
 */
async function explained(error, world) {
  if (!(error instanceof Error)) return error;
  try {
    const seen = `\n\nrequests to ${world.base}:\n${(await world.journal.describe()) || "none"}`;
    // Runners print one or the other.
    const { message, stack } = error;
    error.message += seen;
    if (stack?.includes(message)) error.stack = stack.replace(message, () => error.message);
  } catch {
    // Whatever it is, the test's own failure is what matters.
  }
  return error;
}

module.exports = { inWorld };
