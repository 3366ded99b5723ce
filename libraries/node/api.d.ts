// The admin API's types, made from its description (/openapi.json); not written by hand.

/** An answer that no dialect wrote. */
export interface Answer {
  /** The body as text. */
  body?: string | null;
  /** The body in base64, in the place of `body`. */
  body_base64?: string | null;
  /** Header fields by name. The connection's own are refused: `Content-Length`, `Transfer-Encoding`, `Connection`, `Upgrade` and `Date`. */
  headers?: Record<string, string>;
  /** The status. */
  status: number;
}

/** What an endpoint would answer. */
export interface Answered {
  /** Why. */
  cause?: string | null;
  /** The kind of the refusal. */
  error?: string | null;
  /** The status. */
  status: number;
}

/** A member of a request's body. */
export interface BodyMember {
  /** Its name. */
  name: string;
  /** Its value; of a JSON body it is JSON. */
  value: string;
}

/** Who calls, and what that one may do. */
export interface CallerView {
  /** The token's name; `loopback` where none is needed. */
  name: string;
  /** The rights that calls may need: `read`, `metrics`, `test` and `all`, as far as it has them. */
  rights: string[];
}

/** A change that was made at run time, over what the configuration file says. */
export interface ChangeView {
  /** What is kept of it: `whole`, `patch` (the rest follows the file) or `removed`. */
  form: string;
  /** Whether it hides something that the file says. */
  hides: boolean;
  /** Which client or user. */
  id?: string | null;
  /** Whether it is in force: one that does not fit the file is kept and left out. */
  in_force: boolean;
  /** What it changes: `client`, `user`, `settings` or `clock`. */
  kind: string;
  /** The members or settings that a patch names. */
  members?: string[];
  /** The mount's name; none of the clock. */
  mount?: string | null;
}

/** A claim, and what it means. */
export interface ClaimView {
  /** What it means. */
  meaning: string;
  /** Its name. */
  name: string;
  value: unknown;
}

/** A client, as in a `[[mount.client]]` or a line of a client file. At most one of `secret`, `secret_file`, `secret_env`, `secret_sha256` and `secrets` is given; with none of them, and no `jwks`, the client is a public one (RFC 6749 section 2.1). */
export interface ClientSpec {
  allowed_origins?: string[];
  backchannel_logout_uri?: string | null;
  /** Facts of the client that its dialect writes into tokens and replies. */
  claims?: Record<string, unknown>;
  /** Whether it is refused everywhere, its live tokens included. */
  disabled?: boolean;
  grants?: ("client_credentials" | "authorization_code" | "refresh_token" | "password" | "urn:ietf:params:oauth:grant-type:jwt-bearer" | "urn:ietf:params:oauth:grant-type:device_code" | "urn:ietf:params:oauth:grant-type:token-exchange")[] | null;
  /** Its identifier, unique in the mount. Over HTTP it may be left out, for the path names it. */
  id?: string;
  jwks?: Record<string, unknown> | null;
  /** What users know it by, on the pages where they sign in and consent; left out, its id. */
  name?: string | null;
  pkce?: "optional" | "required";
  post_logout_redirect_uris?: string[];
  /** Whether it has neither secret nor key. It may be left out, and must fit them where it is not; false without a secret, over HTTP, keeps the secret that the client has. */
  public?: boolean | null;
  rate_limit?: string | null;
  redirect_uris?: string[];
  /** Scopes it may be granted, of the mount's catalogue. */
  scopes?: string[];
  /** Its secret in the clear; only the SHA-256 is kept. */
  secret?: string | null;
  /** SHA-256 of the secret, 64 hexadecimal digits. */
  secret_sha256?: string | null;
  /** Its secrets, where it has more than one, or one that ends. Any that holds proves it. */
  secrets?: SecretSpec[] | null;
  token_endpoint_auth_method?: "client_secret_basic" | "client_secret_post" | "client_secret_jwt" | "private_key_jwt" | "none";
  /** Whether users are spared the consent page. */
  trusted?: boolean;
  /** `sub` of the user it acts for, where its dialect binds one. */
  user?: string | null;
}

/** A client, as in a `[[mount.client]]` or a line of a client file. At most one of `secret`, `secret_file`, `secret_env`, `secret_sha256` and `secrets` is given; with none of them, and no `jwks`, the client is a public one (RFC 6749 section 2.1). */
export interface ClientSpecPatch {
  allowed_origins?: string[] | null;
  backchannel_logout_uri?: string | null | null;
  claims?: Record<string, unknown> | null;
  disabled?: boolean | null;
  grants?: ("client_credentials" | "authorization_code" | "refresh_token" | "password" | "urn:ietf:params:oauth:grant-type:jwt-bearer" | "urn:ietf:params:oauth:grant-type:device_code" | "urn:ietf:params:oauth:grant-type:token-exchange")[] | null | null;
  id?: string | null;
  jwks?: Record<string, unknown> | null | null;
  name?: string | null | null;
  pkce?: "optional" | "required" | null;
  post_logout_redirect_uris?: string[] | null;
  public?: boolean | null | null;
  rate_limit?: string | null | null;
  redirect_uris?: string[] | null;
  scopes?: string[] | null;
  secret?: string | null | null;
  secret_sha256?: string | null | null;
  secrets?: SecretSpec[] | null | null;
  token_endpoint_auth_method?: "client_secret_basic" | "client_secret_post" | "client_secret_jwt" | "private_key_jwt" | "none" | null;
  trusted?: boolean | null;
  user?: string | null | null;
}

/** A client without its secret. */
export interface ClientView {
  /** The origins of its pages, which may read the mount's answers. */
  allowed_origins: string[];
  /** Where it is told of sessions that end. */
  backchannel_logout_uri?: string | null;
  /** Facts of the client. */
  claims: Record<string, unknown>;
  /** Whether it is refused everywhere. */
  disabled: boolean;
  /** Grant types it may use. */
  grants: string[];
  /** Its identifier. */
  id: string;
  /** Its public keys, a JWK Set (RFC 7517); none where it has none. */
  jwks?: Record<string, unknown> | null;
  /** What users know it by; none where its id must do. */
  name?: string | null;
  /** `required` where it must use PKCE whatever the mount asks for. */
  pkce?: string | null;
  /** Where a log-out may answer. */
  post_logout_redirect_uris: string[];
  /** Whether it has neither secret nor key (RFC 6749 section 2.1). */
  public: boolean;
  /** Its own rate limit; none where the dialect's holds. */
  rate_limit?: string | null;
  /** Where an authorization may answer. */
  redirect_uris: string[];
  /** Scopes it may be granted. */
  scopes: string[];
  /** Until when each of its secrets holds; left out where there is none, or one that does not end. */
  secrets?: SecretView[];
  /** The one way in which it may authenticate; none where any will do for which it has what is needed. */
  token_endpoint_auth_method?: string | null;
  /** Whether users are spared the consent page. */
  trusted: boolean;
  /** `sub` of the user it acts for. */
  user?: string | null;
}

/** Lets virtual time pass, frozen or running. */
export interface ClockAdvance {
  /** How many seconds pass, 0 or more. */
  seconds: number;
}

export type ClockChange = Record<string, unknown>;

export interface ClockView {
  /** Stands still at this moment, in seconds since the epoch. */
  freeze?: number;
  /** The present, in seconds since the epoch. */
  now: number;
  /** Runs this many seconds ahead of real time, or behind it where negative. */
  offset?: number;
}

/** An authorization code. */
export interface CodeReply {
  /** The code, to be redeemed once. */
  code: string;
  /** When it ends, in seconds since the epoch. */
  expires_at: number;
}

/** What a code is to stand for (RFC 6749 section 4.1.2). */
export interface CodeRequest {
  /** The client that may redeem it. */
  client_id: string;
  /** An S256 challenge (RFC 7636 section 4.2); the redemption must then bring its verifier. */
  code_challenge?: string | null;
  /** Repeated in the ID token (OpenID Connect Core section 3.1.2.1). */
  nonce?: string | null;
  /** One of the client's redirect URIs; the redemption must repeat it. */
  redirect_uri: string;
  /** Scopes, separated by spaces; left out, all the client's. */
  scope?: string | null;
  /** `sub` or username of the user who approves. */
  user: string;
}

/** What a phase decided. */
export interface Decision {
  /** `passed` or `refused`. */
  decision: string;
  /** Its name: `client`, `token`, `redirect_uri`, `grant`, `scopes`, `entitlement`, `rate_limit`, `proof`, `sign_in` or `consent`. */
  phase: string;
  /** The same in a sentence. */
  says: string;
}

/** What is decided of a device. */
export interface DeviceDecision {
  /** Whether it is allowed. */
  approve: boolean;
  /** Scopes, separated by spaces; left out, all that the device asks for. */
  scope?: string | null;
  /** `sub` or username of the user who decides; a denial needs none. */
  user?: string | null;
}

/** A device that was decided on. */
export interface DeviceView {
  /** Whether it was allowed. */
  approved: boolean;
  /** The client that runs on it. */
  client_id: string;
  /** The scopes that it asked for, separated by spaces. */
  scope: string;
  /** The code that it shows. */
  user_code: string;
}

/** What is other than wanted. */
export interface Difference {
  /** What the entry has. */
  found: unknown;
  /** The key of `where`. */
  key: string;
  /** What it says. */
  wanted: unknown;
}

/** One path of a mount. */
export interface EndpointView {
  /** What it is for: `token`, `userinfo` and so on. */
  endpoint: string;
  /** The methods it serves. */
  methods: string[];
  /** Its full URL below the gateway's public URL. */
  url: string;
}

/** A client of the built-in sandbox, whose secret everybody knows. */
export interface Example {
  /** Its identifier. */
  client_id: string;
  /** Its secret, as the manual publishes it. */
  client_secret: string;
}

/** A header field. */
export interface Field {
  name: string;
  value: string;
}

/** What acted on a request. */
export interface ForcedBy {
  /** The scenario's id. */
  scenario: string;
  /** Which of its steps, from 1. */
  step: number;
}

/** How much of its rate limit a client has used in the window that ends now, by the gateway's clock. */
export interface Fullness {
  /** The client. */
  client_id: string;
  /** How many there may be. */
  of: number;
  /** How many grants the journal has of it. */
  used: number;
  /** The window, in seconds. */
  window_seconds: number;
}

/** The gateway that answers, and what its caller may do. */
export interface GatewayView {
  /** Who calls. */
  caller: CallerView;
  /** What keeps it from being ready, by the names of its checks; empty where nothing does. */
  failed: string[];
  /** The number of the journal's last entry. */
  journal: number;
  /** How many entries made room for newer ones since the start. */
  journal_dropped: number;
  /** How many namespaces there are. */
  namespaces: number;
  /** The URL under which clients reach it. */
  public_url: string;
  /** What this replica is called; none where there is one gateway alone. */
  replica?: string | null;
  /** The other replicas that share its store and live. */
  replicas?: string[];
  /** Where state is kept: `embedded` or `redis`. */
  store: string;
  /** How many milliseconds a small write of the store took, a second ago at most; none where it failed. */
  store_ms?: number | null;
  /** Whether what is there for tests is in force. */
  test_features: boolean;
  /** For how many seconds it has been running. */
  uptime_seconds: number;
  /** The program's version. */
  version: string;
}

/** What a token is, and what is wrong with it. */
export interface Inspection {
  /** Whether it holds now. */
  active: boolean;
  /** Its claims, each with what it means. */
  claims: ClaimView[];
  /** Its header. */
  header: Record<string, unknown>;
  introspect?: Introspected | null;
  /** `kid` of the key that signed it. */
  key?: string | null;
  /** `access_token`, `id_token`, `refresh_token`, or `unknown`. */
  kind: string;
  /** The mount whose key signed it, else the one that it names as its issuer. */
  mount?: string | null;
  /** Why it does not hold; empty where it does. */
  problems: string[];
  userinfo?: Answered | null;
  verify?: Answered | null;
}

/** What introspection would answer (RFC 7662). */
export interface Introspected {
  answer: unknown;
  /** Why it says that the token is not active. */
  cause?: string | null;
  /** The status. */
  status: number;
}

/** What became of one request. No credential is in it. */
export interface JournalEntry {
  /** When it was answered in real time, RFC 3339 in UTC to the millisecond. */
  at: string;
  /** The same as `clock`, in milliseconds since the epoch. */
  at_ms: number;
  /** How its client authenticates: `basic`, `form`, `json`, `private_key_jwt`, `client_secret_jwt`, `assertion` where the assertion that asks for a token speaks for it, or `none` where it brings its id alone. */
  auth?: string | null;
  /** Why it was refused, or what is odd about it. */
  cause?: string | null;
  /** The client that it names, authenticated or not. */
  client_id?: string | null;
  /** The same by the gateway's clock, which may be frozen or shifted. */
  clock: string;
  /** The mount's dialect. */
  dialect?: string | null;
  /** How long it took, in microseconds. */
  duration_us: number;
  /** The endpoint (`token`, `authorize` and so on) or page (`login`, `consent`, `account`, `logout`, `error`); `none` where there is nothing. */
  endpoint: string;
  /** The kind of its refusal, as scenarios name them, or `not_found`; none where it was served. */
  error?: string | null;
  /** Whether a scenario acted on it. */
  forced: boolean;
  forced_by?: ForcedBy | null;
  /** The grant type that it names. */
  grant?: string | null;
  /** What to change, where that can be told from what the request looked like and what came before it. */
  hint?: string | null;
  /** Its id, a UUID: the error page's reference, and the `X-Gateway-Request-Id` of the answer where that is turned on. */
  id: string;
  issued?: TokenIds | null;
  /** The method; `_OTHER` where it is no usual one. */
  method: string;
  /** The mount's name; none where no mount was found. */
  mount?: string | null;
  /** The namespace that it belongs to; null outside any. */
  namespace?: string | null;
  /** Its number: one more for each request that the replica which answers the call knows of since it started. */
  number: number;
  /** The path, without the query. */
  path: string;
  /** The phases that it came to, in order, each with what it decided. */
  phases?: Decision[];
  /** The method of PKCE that it asks for (authorize) or uses (token): `S256`, `plain`, or `_OTHER`. */
  pkce?: string | null;
  presented?: TokenIds | null;
  /** What the trusted proxy that it came through calls it (`X-Request-ID`). */
  proxy_request_id?: string | null;
  /** The id again, where the error page told it to a user. */
  reference?: string | null;
  /** The replica that answered it; none where the store is of one process. */
  replica?: string | null;
  /** What became of it, in one sentence: `token for bits-demo: application`, or `refused: …` with what to change. */
  says?: string;
  /** The scopes that it grants, or that the token which it presents has. */
  scope?: string | null;
  /** The scopes that it asks for, separated by spaces; `...` stands for the rest of a long list. */
  scope_asked?: string | null;
  /** Which of its client's secrets it has proven, by position from 1. */
  secret?: number | null;
  /** The status it was answered with; 0 where a scenario let no byte of an answer out. */
  status: number;
  traffic?: Traffic | null;
  /** `sub` of the user that it is about. */
  user?: string | null;
}

/** Which entries are meant: those that have all of these. */
export interface JournalFilter {
  /** The client that the requests name. */
  client_id?: string | null;
  /** The endpoint or page. */
  endpoint?: string | null;
  /** The kind of the refusal. */
  error?: string | null;
  /** Whether a scenario acted. */
  forced?: boolean | null;
  /** The grant type that the requests name. */
  grant?: string | null;
  /** The request's id. */
  id?: string | null;
  /** The HTTP method. */
  method?: string | null;
  /** The mount's name. */
  mount?: string | null;
  /** The path, without the query. */
  path?: string | null;
  /** The id, where the error page told it. */
  reference?: string | null;
  /** The number after which the entries come. */
  since?: number | null;
  /** The status of the answer. */
  status?: number | null;
  /** The `sub` of the user that the requests are about. */
  user?: string | null;
}

/** The keys of a mount as JWKs (RFC 7517), symmetric ones included: the admin listener alone shows them. */
export interface JwksView {
  /** The keys that have not retired, the signing one first. */
  keys: Record<string, unknown>[];
}

/** A signing key of one's own: exactly one of `pem` and `jwk`. */
export interface KeyOrder {
  /** The private key as a JWK (RFC 7517): its JSON as a text. */
  jwk?: string | null;
  /** Its identifier; left out, the JWK's own, else its thumbprint (RFC 7638). */
  kid?: string | null;
  /** For how many seconds it is published before it signs; left out, 300. */
  lead_seconds?: number | null;
  /** The private key in PEM. */
  pem?: string | null;
}

/** A signing key, without what it signs with. */
export interface KeyView {
  /** The one algorithm it is used with. */
  alg: string;
  /** When it was made. */
  created_at: number;
  /** Its identifier. */
  kid: string;
  /** When nothing that it signed is alive any more; null while none succeeds it. */
  retires_at?: number | null;
  /** When it begins to sign; null while its rotation is under way. */
  signs_from?: number | null;
  /** What it is doing: `upcoming` (published, signs later), `signing`, `retiring` (signs no more; what it signed is alive), `retired` (nothing that it signed is) or `idle` (the mount signs with another algorithm). */
  status: string;
}

/** A header field, a parameter of a form or a query, or a member of a JSON object. */
export interface Member {
  /** How long its value is, in bytes. */
  length: number;
  /** The members of an object. */
  members?: Member[] | null;
  /** Its name; none where it does not look like one, for then it may be a secret. */
  name?: string | null;
  /** Its value, where that is no secret. */
  value?: unknown;
}

/** A request or an answer. */
export interface Message {
  body?: MessageBody | null;
  /** The header fields, in order. */
  headers?: Member[];
  /** The parameters of the query, in order. */
  query?: Member[];
}

/** A body. */
export interface MessageBody {
  /** Its length in bytes. */
  length: number;
  /** Its media type, without parameters; none where it has none that is usual. */
  media?: string | null;
  /** The parameters of a form or the members of a JSON object; none where it is neither, or cannot be read. */
  members?: Member[] | null;
}

/** Something that a client should not do. */
export interface Misuse {
  /** The client. */
  client_id?: string | null;
  /** How often it was seen. */
  count: number;
  /** The mount. */
  mount?: string | null;
  /** The numbers of the last hundred entries that show it. */
  numbers: number[];
  /** Where it is written that this is wrong. */
  reference: string;
  /** The rule's name. */
  rule: string;
  /** What was seen, and what to do instead. */
  says: string;
}

/** What came in at a mount, step by step, oldest first. */
export interface MountRates {
  fullest?: Fullness | null;
  /** The mount's name. */
  mount: string;
  /** In how many microseconds half of them were answered; null where there were none. */
  p50_us: (number | null)[];
  /** In how many microseconds 99 of 100 were answered. */
  p99_us: (number | null)[];
  /** How many of them were refused. */
  refused: number[];
  /** How many requests. */
  requests: number[];
}

/** One vendor's auth surface as it is served. */
export interface MountView {
  /** How many clients it has. */
  clients: number;
  /** Its dialect, such as `bits-basic-form`. */
  dialect: string;
  /** Its endpoints. */
  endpoints: EndpointView[];
  /** Hosts at which it is reached without the prefix. */
  hosts: string[];
  /** The issuer its tokens name. */
  issuer: string;
  /** Its name, the first segment of its path. */
  name: string;
  /** The endpoints and pages that scenarios may name there. */
  places?: string[];
  /** The names that its scopes may have. */
  scopes?: string[];
  /** Its settings in force. */
  settings: SettingView[];
  /** How its token request is written. */
  token_call?: TokenCallView;
  /** How many users it has. */
  users: number;
  /** Whose auth surface it emulates. */
  vendor: string;
}

/** A mount of a namespace. */
export interface NamespaceMount {
  /** The host, with its port, at which it is reached at the vendor's own paths. */
  host?: string | null;
  /** What its tokens name as their issuer. */
  issuer: string;
  /** Where it is reached. */
  url: string;
}

/** The namespace to make. */
export interface NamespaceSpec {
  name?: string | null;
  /** After how many seconds of real time it ends, 1 to 86400; 3600 where it is left out. */
  ttl?: number | null;
}

/** How long a namespace is still to be there. */
export interface NamespaceTtl {
  /** After how many seconds of real time from now it ends, 1 to 86400. */
  ttl: number;
}

/** A namespace. */
export interface NamespaceView {
  /** Where it is reached: every path of the gateway is there below. */
  base: string;
  /** When it ends, in seconds of real time since the epoch. */
  expires_at: number;
  /** Its mounts, by name. */
  mounts: Record<string, NamespaceMount>;
  /** Its name. */
  name: string;
}

/** An entry that is nearly one of those that were counted. */
export interface Near {
  /** What is other than wanted; empty where it was counted. */
  differs: Difference[];
  /** The entry. */
  entry: JournalEntry;
}

/** A key that the pack has otherwise than its base. */
export interface PackDeparture {
  /** What the base says; left out where it says nothing. */
  base?: unknown;
  /** The key, as TOML writes it. */
  key: string;
  /** What the pack says. */
  value: unknown;
}

/** All there is to say of the pack of a mount. */
export interface PackDoc {
  /** What it says otherwise than its base, in the order of its file. */
  departures: PackDeparture[];
  /** What is to be known of it, in a few words. */
  notes: string;
  /** The pack. */
  pack: PackView;
  /** Its pairs of request and answer; empty where it has none. */
  pairs: PackPair[];
  /** Its parts of which it says how they are known. */
  parts: PackPart[];
  /** What beside the pack could not be read, and why. */
  problems?: string[];
  /** What the mount answers to each refusal, under its present settings. */
  refusals: PackRefusal[];
  /** Where its facts are from. */
  sources: string[];
}

/** A pair of request and answer that the pack is held to. */
export interface PackPair {
  /** Its identifier. */
  id: string;
  /** How it is known. */
  mark: string;
  proven?: PackProof | null;
  /** What it shows. */
  title: string;
}

/** How a part of a pack is known. */
export interface PackPart {
  /** Its key. */
  key: string;
  /** `D` documented, `Dc` read in a copy of the vendor's page, `W` seen on the wire, `I` inferred; words may follow. */
  mark: string;
  /** Where that is from; empty where it is one of the pack's sources. */
  source: string;
}

/** What came of a pair at the vendor. */
export interface PackProof {
  /** Where. */
  against: string;
  /** The day, in UTC. */
  date: string;
  /** `same` or `differs`. */
  outcome: string;
}

/** What a mount answers to a refusal. */
export interface PackRefusal {
  /** The answer as it goes over the wire, but for the date. Neutral words stand for what follows from a request. */
  answer: string;
  /** What happened, by the name that scenarios and journal have for it. */
  error: string;
  /** Whether the pack has words for it; else its default or the base speaks. */
  has_own_words: boolean;
  /** Its row there: `invalid_request.missing`. */
  key: string;
  /** The status. */
  status: number;
  /** The table that answers it: `errors`, or `resource_errors` where a resource is asked with a bearer token. */
  table: string;
}

/** A pack that one or several mounts serve. */
export interface PackView {
  /** What it is laid over: `oauth2`, or `openid-connect`. */
  base: string;
  /** The file that it was read from; none for one that is shipped. */
  file?: string | null;
  /** The mounts that serve it, in the order of the configuration. */
  mounts: string[];
  /** What mounts and lists call it. */
  name: string;
  /** Whose auth surface it is. */
  vendor: string;
  /** The vendor's variant and when it was so; empty where the pack does not say. */
  version: string;
}

export interface Page_ChangeView {
  items: ChangeView[];
  /** What to send as `after` for the next page; left out on the last. */
  next?: string;
  /** How many there are on all pages. */
  total: number;
}

export interface Page_ClientView {
  items: ClientView[];
  /** What to send as `after` for the next page; left out on the last. */
  next?: string;
  /** How many there are on all pages. */
  total: number;
}

export interface Page_NamespaceView {
  items: NamespaceView[];
  /** What to send as `after` for the next page; left out on the last. */
  next?: string;
  /** How many there are on all pages. */
  total: number;
}

export interface Page_UserView {
  items: UserView[];
  /** What to send as `after` for the next page; left out on the last. */
  next?: string;
  /** How many there are on all pages. */
  total: number;
}

/** A personal access token as made. Its text is shown this once. */
export interface PatReply {
  /** When it was made. */
  created_at: number;
  /** When it ends. */
  expires_at: number;
  /** The name to revoke it by; no secret. */
  id: string;
  /** What its user calls it. */
  name: string;
  /** Its scopes, separated by spaces. */
  scope: string;
  /** The token itself. */
  token: SecretText;
}

/** What a personal access token is to be. */
export interface PatRequest {
  /** What its user calls it, 1 to 100 characters. */
  name: string;
  /** Scopes, separated by spaces; left out, all that one may have. */
  scope?: string | null;
  /** How long it lives, in seconds; left out, as long as one may. */
  ttl?: number | null;
}

/** A personal access token without its text. */
export interface PatView {
  /** When it was made. */
  created_at: number;
  /** Whether it has ended. */
  expired: boolean;
  /** When it ends. */
  expires_at: number;
  /** The name to revoke it by; no secret. */
  id: string;
  /** When it was last used, to about a minute; null where it never was. */
  last_used: number | null;
  /** What its user calls it. */
  name: string;
  /** Its scopes, separated by spaces. */
  scope: string;
}

/** What clients will see of a scenario. */
export interface Preview {
  /** The endpoint or page. */
  endpoint: string;
  /** The mount whose words these are. */
  mount: string;
  /** Step by step. */
  steps: PreviewStep[];
}

/** What a client will see of a step. */
export interface PreviewStep {
  /** The answer's bytes as far as they come, with `…` for what is another each time; none where they follow from the request or there are none. */
  answer?: string | null;
  /** How long the client waits first, in milliseconds. */
  delay_ms: number;
  /** Whether the connection is closed, or held, before the answer is whole. */
  is_cut: boolean;
  /** The same in a sentence. */
  says: string;
}

/** A failure, sent as `application/problem+json`. */
export interface Problem {
  /** What is wrong with this request. */
  detail: string;
  /** What is nearest to what was wanted of the journal. */
  nearest?: Near[];
  /** What to do about it. */
  remedy: string;
  /** The HTTP status. */
  status: number;
  /** The kind of problem in a few words. */
  title: string;
  /** A URI that names the kind of problem; `about:blank` where the status says it all. */
  type: string;
}

/** What came in during the last quarter of an hour of real time, as far as the journal reaches back. */
export interface Rates {
  /** One for each mount, in the order of the configuration. */
  mounts: MountRates[];
  /** How long a step is, in seconds. */
  step_seconds: number;
  /** The end of the last step, RFC 3339 in UTC. */
  until: string;
  /** The first step of which the journal still has every entry, by position from 0. */
  whole_from: number;
}

/** A rotation. */
export interface RotateRequest {
  /** For how many seconds the new key is published before it signs, so that those who keep the keys have it by then; left out, 300. At 0 it signs once every replica has it. */
  lead_seconds?: number | null;
}

/** A scenario that is in force. */
export interface Scenario {
  /** How many requests that match it lets pass first. */
  after?: number | null;
  answer?: Answer | null;
  /** The client's identifier. */
  client_id?: string | null;
  /** How long the request waits first, in milliseconds, up to ten minutes. It may stand alone or beside another outcome. */
  delay_ms?: number | null;
  drop?: "before_commit" | "after_commit";
  endpoint?: "token" | "authorize" | "userinfo" | "introspect" | "revoke" | "end_session" | "discovery" | "jwks" | "device_authorization" | "verify" | "login" | "consent" | "account" | "logout" | "device";
  error?: "method_not_allowed" | "unsupported_media_type" | "payload_too_large" | "request_timeout" | "invalid_request" | "invalid_client" | "client_disabled" | "invalid_grant" | "unauthorized_client" | "unsupported_grant_type" | "invalid_scope" | "unsupported_response_type" | "unsupported_token_type" | "login_required" | "consent_required" | "access_denied" | "invalid_target" | "authorization_pending" | "slow_down" | "expired_token" | "user_gone" | "invalid_token" | "insufficient_scope" | "user_required" | "rate_limited" | "unavailable" | "internal" | "scope_not_permitted";
  /** The journal's numbers of the last requests it acted on. */
  fired?: number[];
  flaw?: "expired" | "not_yet_valid" | "wrong_audience" | "wrong_issuer" | "unknown_key" | "tampered" | "alg_none" | "hs256_with_public_key" | "no_kid" | "wrong_typ" | "id_token_as_access" | "stale_keys" | "missing_key";
  grant?: "client_credentials" | "authorization_code" | "refresh_token" | "password" | "urn:ietf:params:oauth:grant-type:jwt-bearer" | "urn:ietf:params:oauth:grant-type:device_code" | "urn:ietf:params:oauth:grant-type:token-exchange";
  hang?: boolean;
  /** The name to delete it by. */
  id: string;
  malformed?: "json";
  /** The mount's name. */
  mount?: string | null;
  pass?: boolean;
  /** On which part of the others it acts, 0 to 1; left out, on all. */
  probability?: number | null;
  /** How many requests it will still act on. */
  remaining?: number;
  /** Seconds that a `rate_limited` or `unavailable` tells the client to wait. */
  retry_after?: number | null;
  /** What the picks of `probability` follow from: the same seed picks the same requests, by their number. Random where it is left out. */
  seed?: number | null;
  /** How many requests have matched it. */
  seen?: number;
  /** The step of its next use, from 1. */
  step?: number;
  /** What it does to one request after the other, in the place of one outcome. */
  steps?: StepSpec[] | null;
  /** To how many requests it does something; left out, to all until it is deleted. Beside `steps` it is refused. */
  times?: number | null;
  token?: "access_token" | "id_token";
  /** The request is served, but the connection is closed after so many bytes of the answer's body. */
  truncate?: number | null;
  /** After how many seconds of real time it ends by itself. */
  ttl?: number | null;
  /** The user that the request speaks for, by `sub` or username: at token, userinfo and verify. */
  user?: string | null;
}

/** What to do to the requests that match; every condition left out matches all. */
export interface ScenarioSpec {
  /** How many requests that match it lets pass first. */
  after?: number | null;
  answer?: Answer | null;
  /** The client's identifier. */
  client_id?: string | null;
  /** How long the request waits first, in milliseconds, up to ten minutes. It may stand alone or beside another outcome. */
  delay_ms?: number | null;
  drop?: "before_commit" | "after_commit";
  endpoint?: "token" | "authorize" | "userinfo" | "introspect" | "revoke" | "end_session" | "discovery" | "jwks" | "device_authorization" | "verify" | "login" | "consent" | "account" | "logout" | "device";
  error?: "method_not_allowed" | "unsupported_media_type" | "payload_too_large" | "request_timeout" | "invalid_request" | "invalid_client" | "client_disabled" | "invalid_grant" | "unauthorized_client" | "unsupported_grant_type" | "invalid_scope" | "unsupported_response_type" | "unsupported_token_type" | "login_required" | "consent_required" | "access_denied" | "invalid_target" | "authorization_pending" | "slow_down" | "expired_token" | "user_gone" | "invalid_token" | "insufficient_scope" | "user_required" | "rate_limited" | "unavailable" | "internal" | "scope_not_permitted";
  flaw?: "expired" | "not_yet_valid" | "wrong_audience" | "wrong_issuer" | "unknown_key" | "tampered" | "alg_none" | "hs256_with_public_key" | "no_kid" | "wrong_typ" | "id_token_as_access" | "stale_keys" | "missing_key";
  grant?: "client_credentials" | "authorization_code" | "refresh_token" | "password" | "urn:ietf:params:oauth:grant-type:jwt-bearer" | "urn:ietf:params:oauth:grant-type:device_code" | "urn:ietf:params:oauth:grant-type:token-exchange";
  hang?: boolean;
  malformed?: "json";
  /** The mount's name. */
  mount?: string | null;
  pass?: boolean;
  /** On which part of the others it acts, 0 to 1; left out, on all. */
  probability?: number | null;
  /** Seconds that a `rate_limited` or `unavailable` tells the client to wait. */
  retry_after?: number | null;
  /** What the picks of `probability` follow from: the same seed picks the same requests, by their number. Random where it is left out. */
  seed?: number | null;
  /** What it does to one request after the other, in the place of one outcome. */
  steps?: StepSpec[] | null;
  /** To how many requests it does something; left out, to all until it is deleted. Beside `steps` it is refused. */
  times?: number | null;
  token?: "access_token" | "id_token";
  /** The request is served, but the connection is closed after so many bytes of the answer's body. */
  truncate?: number | null;
  /** After how many seconds of real time it ends by itself. */
  ttl?: number | null;
  /** The user that the request speaks for, by `sub` or username: at token, userinfo and verify. */
  user?: string | null;
}

/** One of a client's secrets, given in one of four ways. Over HTTP one that is given in none is the one that the client has at its position. */
export interface SecretSpec {
  /** The last moment at which it holds, by real time, as RFC 3339 writes it; left out, for ever. */
  not_after?: string | null;
  /** The secret in the clear; only the SHA-256 is kept. */
  secret?: string | null;
  /** SHA-256 of the secret, 64 hexadecimal digits. */
  secret_sha256?: string | null;
}

/** A secret in the clear: zeroized when dropped, `[REDACTED]` in Debug. It serialises in the clear, because a client of the admin API has to send it; the server answers with views that hold no secret. */
export type SecretText = string;

/** One of a client's secrets, without the secret. */
export interface SecretView {
  /** The last moment at which it holds, by real time; none where it does not end. */
  not_after?: string | null;
}

/** What came of putting many. */
export interface SetView {
  /** How many were put. */
  put: number;
  /** How many there were before that were not among them, and are removed. */
  removed: number;
}

/** One setting of a mount. */
export interface SettingView {
  /** What it may be, in words. */
  allowed: string;
  /** Its value where nothing sets it. */
  default: unknown;
  /** Where that comes from: `file`, `run_time` or `default`. */
  from: string;
  /** What it does. */
  help: string;
  /** Its key. */
  name: string;
  /** Its present value. */
  value: unknown;
}

/** What a scenario does to a number of requests. */
export interface StepSpec {
  answer?: Answer | null;
  /** How long the request waits first, in milliseconds, up to ten minutes. It may stand alone or beside another outcome. */
  delay_ms?: number | null;
  drop?: "before_commit" | "after_commit";
  error?: "method_not_allowed" | "unsupported_media_type" | "payload_too_large" | "request_timeout" | "invalid_request" | "invalid_client" | "client_disabled" | "invalid_grant" | "unauthorized_client" | "unsupported_grant_type" | "invalid_scope" | "unsupported_response_type" | "unsupported_token_type" | "login_required" | "consent_required" | "access_denied" | "invalid_target" | "authorization_pending" | "slow_down" | "expired_token" | "user_gone" | "invalid_token" | "insufficient_scope" | "user_required" | "rate_limited" | "unavailable" | "internal" | "scope_not_permitted";
  flaw?: "expired" | "not_yet_valid" | "wrong_audience" | "wrong_issuer" | "unknown_key" | "tampered" | "alg_none" | "hs256_with_public_key" | "no_kid" | "wrong_typ" | "id_token_as_access" | "stale_keys" | "missing_key";
  hang?: boolean;
  malformed?: "json";
  pass?: boolean;
  /** Seconds that a `rate_limited` or `unavailable` tells the client to wait. */
  retry_after?: number | null;
  /** To how many: 1 where it is left out, and null, in the last step alone, for ever. */
  times?: number | null;
  token?: "access_token" | "id_token";
  /** The request is served, but the connection is closed after so many bytes of the answer's body. */
  truncate?: number | null;
}

/** How a vendor's token request is written. */
export interface TokenCallView {
  /** Where the answer has the access token (RFC 6901). */
  access_token: string;
  /** What an example asks for, in order; of JSON the values are JSON. */
  asks: BodyMember[];
  /** What the body is: `form`, `json`, or `query` where the query has what a form would have. */
  body: string;
  /** Where the client's credentials stand: `basic`, or `body`. */
  client: string;
  example?: Example | null;
  /** What the body calls the client's identifier, where it stands there. */
  id?: string | null;
  /** What the body calls its secret. */
  secret?: string | null;
}

/** Identifiers (`jti`) of tokens. An opaque refresh token has none. */
export interface TokenIds {
  /** The access token's, or the id of a personal access token. */
  access_token?: string | null;
  /** The ID token's. */
  id_token?: string | null;
  /** The refresh token's, where it is a JWT. */
  refresh_token?: string | null;
}

/** What tokens are to be issued. */
export interface TokenOrder {
  /** Claims laid over those of access and ID token, `iss` and `exp` too. */
  claims?: Record<string, unknown>;
  /** The client that they are issued to. */
  client_id: string;
  flaw?: "expired" | "not_yet_valid" | "wrong_audience" | "wrong_issuer" | "unknown_key" | "tampered" | "alg_none" | "hs256_with_public_key" | "no_kid" | "wrong_typ" | "id_token_as_access";
  /** How many seconds access and ID token live; negative where they have ended. Left out, as the mount says. */
  lifetime?: number | null;
  /** Scopes, separated by spaces; left out, all the client's. */
  scope?: string | null;
  token?: "access_token" | "id_token";
  /** The user that they speak for, by `sub` or username; left out, they are the client's own. */
  user?: string | null;
}

/** Which of the tokens that are out: those that have all that is named; with nothing named, every one. */
export interface TokenSelection {
  /** Those of this client. */
  client_id?: string | null;
  /** The one of this identifier; of refresh tokens, those that were issued with it or descend from the same sign-in. */
  jti?: string | null;
  /** Whether refresh tokens are expired too; left out, they are not. */
  refresh?: boolean;
  /** Those that speak for this user, by `sub` or username. */
  user?: string | null;
}

/** Tokens as they were ordered, in these names whatever the vendor's. */
export interface TokenSet {
  /** The access token. */
  access_token: string;
  /** For how many seconds it holds. */
  expires_in: number;
  /** What the access token is. */
  explained: Inspection;
  /** The ID token, where there is one. */
  id_token?: string | null;
  /** The refresh token, where there is one. */
  refresh_token?: string | null;
  /** Its scopes, separated by spaces. */
  scope: string;
  /** `Bearer`. */
  token_type: string;
}

/** A token to be looked at. */
export interface TokenText {
  /** The token. */
  token: SecretText;
}

/** A request and its answer. */
export interface Traffic {
  /** The answer, as its dialect wrote it. */
  answer: Message;
  /** The request. */
  request: Message;
}

/** Both sides of a request on trial. */
export interface Trial {
  /** What came back; empty where nothing did. */
  answer: string;
  /** How long it took, in microseconds. */
  duration_us: number;
  /** How it ended: `answered`, `closed` (before the answer was whole) or `waiting` (for longer than is waited here). */
  ended: string;
  /** The journal's number of its entry, where that is known. */
  number?: number | null;
  /** What was sent, byte for byte; what is no UTF-8 is U+FFFD. */
  request: string;
}

/** A request to a mount, as a client would send it. */
export interface TrialSpec {
  /** The body. */
  body?: string | null;
  /** Header fields in order. `Host`, `Content-Length` and what is the connection's are added. */
  headers?: Field[];
  method: string;
  path: string;
}

/** A user, as in a `[[mount.user]]` or a line of a user file. At most one of `password` and `password_argon2` is given; with neither, no password is right. */
export interface UserSpec {
  /** Facts of the user, typed as in the tokens. */
  claims?: Record<string, unknown>;
  /** Whether an automatic approval is answered as a denial. */
  denies_consent?: boolean;
  /** Whether the user is refused everywhere, live tokens included. */
  disabled?: boolean;
  /** Whether there is a password. It may be left out, and must fit the password where it is not; true without a password, over HTTP, keeps the password that the user has. */
  has_password?: boolean | null;
  /** The password in the clear; it is hashed before it reaches the store. */
  password?: string | null;
  /** The password's Argon2id hash as a PHC string. */
  password_argon2?: string | null;
  /** The subject identifier, unique in the mount. Over HTTP it may be left out, for the path names it. */
  sub?: string;
  /** The name the user signs in with, unique in the mount; left out, the same as `sub`. */
  username?: string | null;
}

/** A user, as in a `[[mount.user]]` or a line of a user file. At most one of `password` and `password_argon2` is given; with neither, no password is right. */
export interface UserSpecPatch {
  claims?: Record<string, unknown> | null;
  denies_consent?: boolean | null;
  disabled?: boolean | null;
  has_password?: boolean | null | null;
  password?: string | null | null;
  password_argon2?: string | null | null;
  sub?: string | null;
  username?: string | null | null;
}

/** A user without the password. */
export interface UserView {
  /** Facts of the user. */
  claims: Record<string, unknown>;
  /** Whether an automatic approval is answered as a denial. */
  denies_consent: boolean;
  /** Whether the user is refused everywhere. */
  disabled: boolean;
  /** Whether there is a password to sign in with. */
  has_password: boolean;
  /** The subject identifier. */
  sub: string;
  /** The name the user signs in with. */
  username: string;
}

/** What held. */
export interface Verified {
  /** How many requests there were. */
  count: number;
  /** The numbers of the last hundred of them. */
  numbers: number[];
}

/** How many requests there must be. Exactly one of `exactly`, `at_least` and `at_most` is given. */
export interface VerifySpec {
  /** So many, or more. */
  at_least?: number | null;
  /** No more than so many, until the time is over. */
  at_most?: number | null;
  /** So many, and no more: it holds as soon as there are so many. */
  exactly?: number | null;
  /** Which requests are counted; left out, all. */
  where?: JournalFilter;
  /** How long to wait for requests that are still to come, in milliseconds. */
  within_ms?: number;
}
