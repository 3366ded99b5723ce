// Tests against vendors' auth endpoints: a gateway that speaks their dialects, and a world of its own for each test.
"use strict";

/** @typedef {import("./world.cjs").World} World */
/** @typedef {import("./world.cjs").Clock} Clock */
/** @typedef {import("./world.cjs").Scenario} Scenario */
/** @typedef {import("./world.cjs").State} State */
/** @typedef {import("./mount.cjs").Mount} Mount */
/** @typedef {import("./journal.cjs").Journal} Journal */

const { AdminError } = require("./admin.cjs");
const { Gateway, shared } = require("./gateway.cjs");
const { JournalMismatch } = require("./journal.cjs");
const { inWorld } = require("./in-world.cjs");

module.exports = { AdminError, Gateway, JournalMismatch, inWorld, shared };
