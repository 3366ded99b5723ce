// Finds the gateway's program and starts it.
"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const NAME = "idp-gateway";
const BINARY = "IDP_GATEWAY_BIN";
const SUFFIXES = process.platform === "win32" ? [".exe", ".cmd"] : [""];

/** @param {string} file */
function isProgram(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The folders of programs that packages brought, from the working directory upwards. */
function* packages() {
  for (let folder = process.cwd(); ; folder = path.dirname(folder)) {
    yield path.join(folder, "node_modules", ".bin");
    if (folder === path.dirname(folder)) return;
  }
}

/**
 * Where the program is: the one named, else `IDP_GATEWAY_BIN`'s, else the one in `node_modules/.bin`, else the PATH's.
 *
 * @param {string} [explicit]
 * @returns {string}
 */
function findBinary(explicit) {
  for (const [named, by] of [[explicit, "binary"], [process.env[BINARY], BINARY]]) {
    if (!named) continue;
    if (!isProgram(named)) throw new Error(`${by} names ${named}, where no program is`);
    return named;
  }
  const folders = [...packages(), ...(process.env.PATH ?? "").split(path.delimiter)];
  const places = folders.flatMap((folder) => SUFFIXES.map((suffix) => path.join(folder, NAME + suffix)));
  const found = places.find(isProgram);
  if (found) return found;
  throw new Error(
    `there is no ${NAME}: install its npm package, or set ${BINARY} to where it is, ` +
      "or IDP_GATEWAY_ADMIN_URL to the admin API of one that runs",
  );
}

/** A gateway that this process has started. It ends with it, however that ends. */
class Process {
  /**
   * @param {string} binary
   * @param {string[]} args
   * @param {Record<string, string>} environment
   */
  constructor(binary, args, environment) {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "idp-gateway-"));
    // Files, for a pipe that nobody reads fills up. Standard input is a pipe: its end is this process's end.
    const [stdout, stderr] = ["stdout.log", "stderr.log"].map((name) => fs.openSync(path.join(this.folder, name), "w"));
    const own = { IDP_GATEWAY_ANNOUNCE: "json", XDG_STATE_HOME: this.folder, NO_COLOR: "1" };
    const env = { ...process.env, ...own, ...environment };
    this.child = spawn(binary, args, { stdio: ["pipe", stdout, stderr], env });
    for (const file of [stdout, stderr]) if (file !== undefined) fs.closeSync(file);
    /** @type {Error | undefined} */
    this.failed = undefined;
    this.child.on("error", (error) => (this.failed = error));
    // The gateway keeps nobody waiting who has nothing else to do.
    this.child.unref();
    /** @type {any} */ (this.child.stdin)?.unref();
    this.atExit = () => {
      this.child.kill();
      fs.rmSync(this.folder, { recursive: true, force: true });
    };
    process.on("exit", this.atExit);
  }

  /**
   * Waits until it listens; what it announces.
   *
   * @param {number} timeoutMs
   * @returns {Promise<any>}
   */
  async listening(timeoutMs) {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const text = fs.readFileSync(path.join(this.folder, "stdout.log"), "utf8");
      if (text.includes("\n")) return JSON.parse(text.slice(0, text.indexOf("\n")));
      if (this.failed) throw this.failed;
      if (this.child.exitCode !== null) throw new Error(`the gateway ended with ${this.child.exitCode}:\n${this.log()}`);
      if (performance.now() > deadline) throw new Error(`the gateway does not listen yet:\n${this.log()}`);
      await pause(2);
    }
  }

  /** What it has logged. */
  log() {
    return fs.readFileSync(path.join(this.folder, "stderr.log"), "utf8");
  }

  /** Ends it, and waits until it has ended. */
  async stop() {
    process.off("exit", this.atExit);
    if (this.child.exitCode === null && this.child.signalCode === null && !this.failed) {
      const ended = new Promise((resolve) => this.child.once("exit", resolve));
      this.child.ref();
      this.child.kill();
      const hard = setTimeout(() => this.child.kill("SIGKILL"), 15_000);
      await ended;
      clearTimeout(hard);
    }
    this.child.stdin?.destroy();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

// As they are now: a test may put a clock of its own in their place.
const { setTimeout, clearTimeout } = globalThis;

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

module.exports = { Process, findBinary };
