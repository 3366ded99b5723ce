// The admin API's calls, made from its description (/openapi.json); not written by hand.
"use strict";

/** @type {Record<string, readonly [method: string, path: string]>} */
module.exports = {
  /** Has a mount sign with a key of one's own, which every replica has before it signs. */
  ADD_KEY: ["POST", "/v1/mounts/{mount}/keys"],
  /** Makes the requests that match fail, wait or go wrong. */
  ADD_SCENARIO: ["POST", "/v1/scenarios"],
  /** Lets time pass: a frozen clock stands still at the later moment, a running one runs on from it. */
  ADVANCE_CLOCK: ["POST", "/v1/clock/advance"],
  /** All that the store keeps, as a backup that `idp-gateway store restore` takes: hashes of secrets and private keys are in it. */
  BACK_UP: ["GET", "/v1/store/backup"],
  /** Changes some settings of a mount; the others stay, and null puts back what the file says. */
  CHANGE_SETTINGS: ["PATCH", "/v1/mounts/{mount}/settings"],
  /** Forgets all entries. */
  CLEAR_JOURNAL: ["DELETE", "/v1/journal"],
  /** Allows or denies a device that waits (RFC 8628), by its user code, as if the user had signed in and decided now. */
  DECIDE_DEVICE: ["POST", "/v1/mounts/{mount}/devices/{id}"],
  /** Removes a client. */
  DELETE_CLIENT: ["DELETE", "/v1/mounts/{mount}/clients/{id}"],
  /** Puts the clock back to real time. */
  DELETE_CLOCK: ["DELETE", "/v1/clock"],
  /** Ends a namespace now, with all that it has. */
  DELETE_NAMESPACE: ["DELETE", "/v1/namespaces/{id}"],
  /** Removes one scenario. */
  DELETE_SCENARIO: ["DELETE", "/v1/scenarios/{id}"],
  /** Removes all scenarios. */
  DELETE_SCENARIOS: ["DELETE", "/v1/scenarios"],
  /** Removes a user. */
  DELETE_USER: ["DELETE", "/v1/mounts/{mount}/users/{sub}"],
  /** Expires tokens that are out, without moving the clock. */
  EXPIRE_TOKENS: ["POST", "/v1/mounts/{mount}/tokens/expire"],
  /** Has a namespace end later or earlier: its time counts anew from now. */
  EXTEND_NAMESPACE: ["PUT", "/v1/namespaces/{id}"],
  /** What clients do that they should not, with where that is written. */
  FIND_MISUSE: ["GET", "/v1/journal/misuse"],
  /** Forgets a key that does not sign, and so refuses every token that it signed. */
  FORGET_KEY: ["DELETE", "/v1/mounts/{mount}/keys/{id}"],
  /** One client, without its secret. */
  GET_CLIENT: ["GET", "/v1/mounts/{mount}/clients/{id}"],
  /** The clock of all minting and checking: the present, and how it derives from real time. */
  GET_CLOCK: ["GET", "/v1/clock"],
  /** Which gateway this is, how it is, and what the caller may do. */
  GET_GATEWAY: ["GET", "/v1/gateway"],
  /** The keys of a mount, symmetric ones with their secret (`oct`), to check and to forge tokens with in tests. */
  GET_JWKS: ["GET", "/v1/mounts/{mount}/jwks"],
  /** What the process has counted and timed, as Prometheus reads it. */
  GET_METRICS: ["GET", "/metrics"],
  /** One mount: its endpoints, its settings, how many clients and users it has. */
  GET_MOUNT: ["GET", "/v1/mounts/{mount}"],
  /** One namespace: where it is reached, and when it ends. */
  GET_NAMESPACE: ["GET", "/v1/namespaces/{id}"],
  /** The description of all these calls (`OpenAPI` 3.1). */
  GET_OPENAPI: ["GET", "/openapi.json"],
  /** What there is to say of a mount's pack: where it departs from its base, what is documented, inferred and proven, and what the mount answers to each refusal. */
  GET_PACK: ["GET", "/v1/mounts/{mount}/pack"],
  /** One scenario: how often it has matched, its next step, and the requests that it acted on. */
  GET_SCENARIO: ["GET", "/v1/scenarios/{id}"],
  /** All that was changed at run time, to be loaded again: clients, users, settings, clock and scenarios. */
  GET_STATE: ["GET", "/v1/state"],
  /** One user by sub, without the password. */
  GET_USER: ["GET", "/v1/mounts/{mount}/users/{sub}"],
  /** Says what a token is, and everything that is wrong with it. */
  INSPECT_TOKEN: ["POST", "/v1/tokens/inspect"],
  /** Issues an authorization code as if the user had signed in and consented now. */
  ISSUE_CODE: ["POST", "/v1/mounts/{mount}/codes"],
  /** Issues live tokens as they are ordered, without a secret and counted by no limit: with other claims, another lifetime or a flaw where that is asked for. */
  ISSUE_TOKENS: ["POST", "/v1/mounts/{mount}/tokens"],
  /** What was changed at run time over what the file says, and whether that hides something of it. */
  LIST_CHANGES: ["GET", "/v1/changes"],
  /** The clients of a mount, sorted by id. */
  LIST_CLIENTS: ["GET", "/v1/mounts/{mount}/clients"],
  /** The signing keys of a mount in the order in which they begin to sign, without what they sign with. */
  LIST_KEYS: ["GET", "/v1/mounts/{mount}/keys"],
  /** All mounts, in the order of the configuration. */
  LIST_MOUNTS: ["GET", "/v1/mounts"],
  /** The namespaces there are, sorted by name. */
  LIST_NAMESPACES: ["GET", "/v1/namespaces"],
  /** The packs that mounts serve, in the order of the configuration. */
  LIST_PACKS: ["GET", "/v1/packs"],
  /** The personal access tokens of a user (a sub or a username), newest first, ended ones included, without their text. */
  LIST_PATS: ["GET", "/v1/mounts/{mount}/users/{sub}/pats"],
  /** The scenarios in force, oldest first; one that is used up stays, with 0 remaining. */
  LIST_SCENARIOS: ["GET", "/v1/scenarios"],
  /** The settings of the process, in the order of the manual; of a secret that it is set. */
  LIST_SETTINGS: ["GET", "/v1/settings"],
  /** The users of a mount, sorted by sub. */
  LIST_USERS: ["GET", "/v1/mounts/{mount}/users"],
  /** Makes a namespace: a gateway of its own beside all others, as the configuration file says it, at real time. */
  MAKE_NAMESPACE: ["POST", "/v1/namespaces"],
  /** Makes a personal access token for a user (a sub or a username). */
  MAKE_PAT: ["POST", "/v1/mounts/{mount}/users/{sub}/pats"],
  /** Changes a part of a client (RFC 7396): what the body leaves out stays, and follows the file. */
  PATCH_CLIENT: ["PATCH", "/v1/mounts/{mount}/clients/{id}"],
  /** Changes a part of a user (RFC 7396): what the body leaves out stays, and follows the file. */
  PATCH_USER: ["PATCH", "/v1/mounts/{mount}/users/{sub}"],
  /** What clients will see of a scenario, in the vendor's own bytes. */
  PREVIEW_SCENARIO: ["POST", "/v1/scenarios/preview"],
  /** Makes or replaces a client: what the body leaves out takes its default. */
  PUT_CLIENT: ["PUT", "/v1/mounts/{mount}/clients/{id}"],
  /** Puts all clients of a mount at once: those that the body does not name are removed, unless `merge` is true. */
  PUT_CLIENTS: ["PUT", "/v1/mounts/{mount}/clients"],
  /** Puts back what `GET /v1/state` gave, exactly: all of it, or nothing. */
  PUT_STATE: ["PUT", "/v1/state"],
  /** Makes or replaces a user: what the body leaves out takes its default. */
  PUT_USER: ["PUT", "/v1/mounts/{mount}/users/{sub}"],
  /** Puts all users of a mount at once: those that the body does not name are removed, unless `merge` is true. */
  PUT_USERS: ["PUT", "/v1/mounts/{mount}/users"],
  /** The last requests that the query names, newest first, in one of several forms. */
  READ_JOURNAL: ["GET", "/v1/journal"],
  /** How many requests came to each mount in the last quarter of an hour, how many were refused, and how long they took. */
  READ_RATES: ["GET", "/v1/journal/rates"],
  /** Puts everything back to the configuration file. */
  RESET: ["POST", "/v1/reset"],
  /** Revokes a personal access token of a user (a sub or a username). */
  REVOKE_PAT: ["DELETE", "/v1/mounts/{mount}/users/{sub}/pats/{id}"],
  /** Makes a new signing key, which every replica has before it signs. */
  ROTATE_KEY: ["POST", "/v1/mounts/{mount}/keys/rotate"],
  /** Freezes the clock at a moment, or shifts it by an offset from real time. */
  SET_CLOCK: ["PUT", "/v1/clock"],
  /** Sends a request to a mount of the public listener, as a client would, and gives both sides byte for byte. */
  TRY_REQUEST: ["POST", "/v1/mounts/{mount}/try"],
  /** Says whether so many requests came, and waits for them. */
  VERIFY_JOURNAL: ["POST", "/v1/journal/verify"],
};
