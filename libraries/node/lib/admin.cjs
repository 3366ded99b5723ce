// The admin API over HTTP, with nothing but Node.
"use strict";

const http = require("node:http");
const https = require("node:https");
const calls = require("./calls.cjs");

/** @import { Problem } from "../api.d.ts" */
/**
 * @typedef {object} CallOptions
 * @property {unknown} [body] What is sent, as JSON.
 * @property {Record<string, unknown>} [query] What the query has; what is undefined is left out.
 */

/** The gateway refused a call of the admin API. */
class AdminError extends Error {
  /**
   * @param {string} call
   * @param {number} status
   * @param {Problem} problem
   */
  constructor(call, status, problem) {
    super(`${call} was answered ${status}: ${problem.detail}; ${problem.remedy}`);
    this.name = "AdminError";
    /** The HTTP status. */
    this.status = status;
    /** What the gateway said (RFC 9457): `detail` is what is wrong, `remedy` what to do about it. */
    this.problem = problem;
  }
}

/** Calls the admin API. Each call has a connection of its own, so that nothing keeps the test's process alive. */
class Admin {
  /**
   * @param {string} url
   * @param {string | undefined} token
   */
  constructor(url, token) {
    /** Where it is. */
    this.url = url.replace(/\/+$/, "");
    this.token = token;
  }

  /**
   * Makes a call, by its name in the description in capitals, with `names` in the places of the path's parameters.
   * The answer is what its JSON says, or its text where it is none, or undefined where there is none.
   *
   * @param {string} name
   * @param {string[]} names
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  async call(name, names = [], { body, query = {} } = {}) {
    const call = calls[name];
    if (!call) throw new TypeError(`the admin API has no call ${name}`);
    const [method, template] = call;
    const left = [...names];
    const path = template.replace(/\{\w+\}/g, () => encodeURIComponent(left.shift() ?? ""));
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined && value !== null) search.set(key, String(value));
    }
    const answer = await this.#send(method, `${path}?${search}`, body);
    if (answer.status >= 400) throw new AdminError(`${method} ${path}`, answer.status, problem(answer.text));
    if (!answer.text) return undefined;
    return answer.isJson ? JSON.parse(answer.text) : answer.text;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} body
   * @returns {Promise<{ status: number, isJson: boolean, text: string }>}
   */
  #send(method, path, body) {
    const data = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    /** @type {Record<string, string | number>} */
    const headers = { Accept: "application/json, */*", Connection: "close" };
    if (data) Object.assign(headers, { "Content-Type": "application/json", "Content-Length": data.length });
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    const { request } = this.url.startsWith("https:") ? https : http;
    return new Promise((resolve, reject) => {
      const refused = (/** @type {Error} */ cause) =>
        reject(new Error(`no gateway answers at ${this.url}: ${cause.message}`, { cause }));
      const sent = request(this.url + path, { method, headers, agent: false }, (response) => {
        /** @type {Buffer[]} */
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("error", refused);
        response.on("end", () => {
          const isJson = /^application\/json\b/.test(response.headers["content-type"] ?? "");
          resolve({ status: response.statusCode ?? 0, isJson, text: Buffer.concat(parts).toString() });
        });
      });
      sent.on("error", refused);
      sent.end(data);
    });
  }
}

/**
 * @param {string} text
 * @returns {Problem}
 */
function problem(text) {
  try {
    const read = JSON.parse(text);
    if (read && typeof read === "object") return read;
  } catch {
    // What is no JSON is told as it is.
  }
  return { type: "about:blank", title: "", status: 0, detail: text, remedy: "" };
}

module.exports = { Admin, AdminError };
