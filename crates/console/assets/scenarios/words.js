// What scenarios say, in words, and the commonest of them.

export const ERRORS = [
  "unavailable", "rate_limited", "internal", "invalid_client", "client_disabled", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
  "invalid_scope", "scope_not_permitted", "invalid_request", "invalid_token", "insufficient_scope", "user_required", "user_gone", "access_denied",
  "login_required", "consent_required", "invalid_target", "authorization_pending", "slow_down", "expired_token", "unsupported_response_type", "unsupported_token_type", "method_not_allowed",
  "unsupported_media_type", "payload_too_large", "request_timeout",
];
export const PAGE_ERRORS = ["unavailable", "rate_limited", "internal"];
export const FLAWS = ["expired", "not_yet_valid", "wrong_audience", "wrong_issuer", "unknown_key", "tampered", "alg_none", "hs256_with_public_key", "no_kid", "wrong_typ", "id_token_as_access"];
export const KEY_FLAWS = ["stale_keys", "missing_key"];
export const PAGES = ["login", "consent", "account", "logout", "device"];
export const GRANTS = ["client_credentials", "authorization_code", "refresh_token", "password", "urn:ietf:params:oauth:grant-type:jwt-bearer",
  "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange"];

// The kinds of outcome, and at which places they can act.
const noJson = ["authorize", "end_session", "revoke", "verify", ...PAGES];
export const KINDS = [
  ["error", "Refuse it", () => true],
  ["delay", "Let it wait", () => true],
  ["hang", "Never answer", () => true],
  ["drop", "Close the connection", () => true],
  ["answer", "Answer something else", () => true],
  ["truncate", "Cut the answer", () => true],
  ["malformed", "Break its JSON", (place) => !noJson.includes(place)],
  ["flaw", "Spoil the token", (place) => !place || place === "token"],
  ["keys", "Leave out a key", (place) => !place || place === "jwks"],
  ["pass", "Let it through", () => true],
];

export function kindOf(step) {
  if (step.error !== undefined) return "error";
  for (const kind of ["hang", "drop", "answer", "malformed", "pass"]) if (step[kind] !== undefined) return kind;
  if (step.truncate !== undefined) return "truncate";
  if (step.flaw !== undefined) return KEY_FLAWS.includes(step.flaw) ? "keys" : "flaw";
  return "delay";
}

// A step of that kind, with what usually goes with it.
export function stepOf(kind, place) {
  switch (kind) {
    case "error": return { error: place === "userinfo" || place === "verify" ? "invalid_token" : "unavailable" };
    case "delay": return { delay_ms: 3000 };
    case "hang": return { hang: true };
    case "drop": return { drop: "before_commit" };
    case "answer": return { answer: { status: 502, headers: { "Content-Type": "text/html" }, body: "<h1>Bad Gateway</h1>" } };
    case "truncate": return { truncate: 40 };
    case "malformed": return { malformed: "json" };
    case "flaw": return { flaw: "expired" };
    case "keys": return { flaw: "missing_key" };
    default: return { pass: true };
  }
}

export function stepSays(step) {
  const wait = step.delay_ms ? `waits ${step.delay_ms >= 1000 ? `${step.delay_ms / 1000} s` : `${step.delay_ms} ms`}` : "";
  const does = {
    error: () => `refused: ${step.error}${step.retry_after ? `, retry after ${step.retry_after} s` : ""}`,
    delay: () => "",
    hang: () => "no answer",
    drop: () => (step.drop === "after_commit" ? "done, but the answer is lost" : "connection closed, nothing done"),
    answer: () => `answered ${step.answer.status}`,
    truncate: () => `cut after ${step.truncate} bytes`,
    malformed: () => "JSON broken",
    flaw: () => `token ${step.flaw.replaceAll("_", " ")}`,
    keys: () => step.flaw.replaceAll("_", " "),
    pass: () => "let through",
  }[kindOf(step)]();
  const times = step.times === null ? " for ever" : step.times > 1 ? ` × ${step.times}` : "";
  return [wait, does].filter(Boolean).join(", then ") + times;
}

export const stepsOf = (spec) => spec.steps ?? [(({ mount, endpoint, client_id, user, grant, after, probability, seed, ttl, id, seen, step, remaining, fired, ...own }) => ({ ...own, times: spec.times ?? null }))(spec)];

export function matchSays(spec) {
  const parts = [spec.endpoint ?? "every request"];
  if (spec.grant) parts.push(`(${spec.grant})`);
  if (spec.client_id) parts.push(`of ${spec.client_id}`);
  if (spec.user) parts.push(`for ${spec.user}`);
  parts.push(spec.mount ? `at ${spec.mount}` : "at any mount");
  if (spec.after) parts.push(`after the first ${spec.after}`);
  if (spec.probability !== undefined) parts.push(`${Math.round(spec.probability * 100)} of 100`);
  return parts.join(" ");
}

export const COMMON = [
  ["Fails once, then works", "a retry must help", { error: "unavailable", times: 1 }],
  ["Rate limited", "429 until it is removed", { error: "rate_limited", retry_after: 30 }],
  ["Slow", "each waits 3 seconds", { delay_ms: 3000 }],
  ["The answer is lost", "done, and nobody hears of it", { drop: "after_commit", times: 1 }],
  ["A proxy's error page", "502 in HTML", stepOf("answer")],
];
