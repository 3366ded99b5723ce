"""The admin API's calls and types, made from its description (/openapi.json); not written by hand."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, NotRequired, TypedDict


class Call(NamedTuple):
    """A call: its method and its path."""

    method: str
    path: str

    def url(self, *names: str) -> str:
        """The path with names, percent-encoded already, in the places of its parameters."""
        left = iter(names)
        return "/".join(next(left) if part.startswith("{") else part for part in self.path.split("/"))


ADD_KEY = Call("POST", "/v1/mounts/{mount}/keys")
"""Has a mount sign with a key of one's own, which every replica has before it signs."""

ADD_SCENARIO = Call("POST", "/v1/scenarios")
"""Makes the requests that match fail, wait or go wrong."""

ADVANCE_CLOCK = Call("POST", "/v1/clock/advance")
"""Lets time pass: a frozen clock stands still at the later moment, a running one runs on from it."""

BACK_UP = Call("GET", "/v1/store/backup")
"""All that the store keeps, as a backup that `idp-gateway store restore` takes: hashes of secrets and private keys are in it."""

CHANGE_SETTINGS = Call("PATCH", "/v1/mounts/{mount}/settings")
"""Changes some settings of a mount; the others stay, and null puts back what the file says."""

CLEAR_JOURNAL = Call("DELETE", "/v1/journal")
"""Forgets all entries."""

DECIDE_DEVICE = Call("POST", "/v1/mounts/{mount}/devices/{id}")
"""Allows or denies a device that waits (RFC 8628), by its user code, as if the user had signed in and decided now."""

DELETE_CLIENT = Call("DELETE", "/v1/mounts/{mount}/clients/{id}")
"""Removes a client."""

DELETE_CLOCK = Call("DELETE", "/v1/clock")
"""Puts the clock back to real time."""

DELETE_NAMESPACE = Call("DELETE", "/v1/namespaces/{id}")
"""Ends a namespace now, with all that it has."""

DELETE_SCENARIO = Call("DELETE", "/v1/scenarios/{id}")
"""Removes one scenario."""

DELETE_SCENARIOS = Call("DELETE", "/v1/scenarios")
"""Removes all scenarios."""

DELETE_USER = Call("DELETE", "/v1/mounts/{mount}/users/{sub}")
"""Removes a user."""

EXPIRE_TOKENS = Call("POST", "/v1/mounts/{mount}/tokens/expire")
"""Expires tokens that are out, without moving the clock."""

EXTEND_NAMESPACE = Call("PUT", "/v1/namespaces/{id}")
"""Has a namespace end later or earlier: its time counts anew from now."""

FIND_MISUSE = Call("GET", "/v1/journal/misuse")
"""What clients do that they should not, with where that is written."""

FORGET_KEY = Call("DELETE", "/v1/mounts/{mount}/keys/{id}")
"""Forgets a key that does not sign, and so refuses every token that it signed."""

GET_CLIENT = Call("GET", "/v1/mounts/{mount}/clients/{id}")
"""One client, without its secret."""

GET_CLOCK = Call("GET", "/v1/clock")
"""The clock of all minting and checking: the present, and how it derives from real time."""

GET_GATEWAY = Call("GET", "/v1/gateway")
"""Which gateway this is, how it is, and what the caller may do."""

GET_JWKS = Call("GET", "/v1/mounts/{mount}/jwks")
"""The keys of a mount, symmetric ones with their secret (`oct`), to check and to forge tokens with in tests."""

GET_METRICS = Call("GET", "/metrics")
"""What the process has counted and timed, as Prometheus reads it."""

GET_MOUNT = Call("GET", "/v1/mounts/{mount}")
"""One mount: its endpoints, its settings, how many clients and users it has."""

GET_NAMESPACE = Call("GET", "/v1/namespaces/{id}")
"""One namespace: where it is reached, and when it ends."""

GET_OPENAPI = Call("GET", "/openapi.json")
"""The description of all these calls (`OpenAPI` 3.1)."""

GET_PACK = Call("GET", "/v1/mounts/{mount}/pack")
"""What there is to say of a mount's pack: where it departs from its base, what is documented, inferred and proven, and what the mount answers to each refusal."""

GET_SCENARIO = Call("GET", "/v1/scenarios/{id}")
"""One scenario: how often it has matched, its next step, and the requests that it acted on."""

GET_STATE = Call("GET", "/v1/state")
"""All that was changed at run time, to be loaded again: clients, users, settings, clock and scenarios."""

GET_USER = Call("GET", "/v1/mounts/{mount}/users/{sub}")
"""One user by sub, without the password."""

INSPECT_TOKEN = Call("POST", "/v1/tokens/inspect")
"""Says what a token is, and everything that is wrong with it."""

ISSUE_CODE = Call("POST", "/v1/mounts/{mount}/codes")
"""Issues an authorization code as if the user had signed in and consented now."""

ISSUE_TOKENS = Call("POST", "/v1/mounts/{mount}/tokens")
"""Issues live tokens as they are ordered, without a secret and counted by no limit: with other claims, another lifetime or a flaw where that is asked for."""

LIST_CHANGES = Call("GET", "/v1/changes")
"""What was changed at run time over what the file says, and whether that hides something of it."""

LIST_CLIENTS = Call("GET", "/v1/mounts/{mount}/clients")
"""The clients of a mount, sorted by id."""

LIST_KEYS = Call("GET", "/v1/mounts/{mount}/keys")
"""The signing keys of a mount in the order in which they begin to sign, without what they sign with."""

LIST_MOUNTS = Call("GET", "/v1/mounts")
"""All mounts, in the order of the configuration."""

LIST_NAMESPACES = Call("GET", "/v1/namespaces")
"""The namespaces there are, sorted by name."""

LIST_PACKS = Call("GET", "/v1/packs")
"""The packs that mounts serve, in the order of the configuration."""

LIST_PATS = Call("GET", "/v1/mounts/{mount}/users/{sub}/pats")
"""The personal access tokens of a user (a sub or a username), newest first, ended ones included, without their text."""

LIST_SCENARIOS = Call("GET", "/v1/scenarios")
"""The scenarios in force, oldest first; one that is used up stays, with 0 remaining."""

LIST_SETTINGS = Call("GET", "/v1/settings")
"""The settings of the process, in the order of the manual; of a secret that it is set."""

LIST_USERS = Call("GET", "/v1/mounts/{mount}/users")
"""The users of a mount, sorted by sub."""

MAKE_NAMESPACE = Call("POST", "/v1/namespaces")
"""Makes a namespace: a gateway of its own beside all others, as the configuration file says it, at real time."""

MAKE_PAT = Call("POST", "/v1/mounts/{mount}/users/{sub}/pats")
"""Makes a personal access token for a user (a sub or a username)."""

PATCH_CLIENT = Call("PATCH", "/v1/mounts/{mount}/clients/{id}")
"""Changes a part of a client (RFC 7396): what the body leaves out stays, and follows the file."""

PATCH_USER = Call("PATCH", "/v1/mounts/{mount}/users/{sub}")
"""Changes a part of a user (RFC 7396): what the body leaves out stays, and follows the file."""

PREVIEW_SCENARIO = Call("POST", "/v1/scenarios/preview")
"""What clients will see of a scenario, in the vendor's own bytes."""

PUT_CLIENT = Call("PUT", "/v1/mounts/{mount}/clients/{id}")
"""Makes or replaces a client: what the body leaves out takes its default."""

PUT_CLIENTS = Call("PUT", "/v1/mounts/{mount}/clients")
"""Puts all clients of a mount at once: those that the body does not name are removed, unless `merge` is true."""

PUT_STATE = Call("PUT", "/v1/state")
"""Puts back what `GET /v1/state` gave, exactly: all of it, or nothing."""

PUT_USER = Call("PUT", "/v1/mounts/{mount}/users/{sub}")
"""Makes or replaces a user: what the body leaves out takes its default."""

PUT_USERS = Call("PUT", "/v1/mounts/{mount}/users")
"""Puts all users of a mount at once: those that the body does not name are removed, unless `merge` is true."""

READ_JOURNAL = Call("GET", "/v1/journal")
"""The last requests that the query names, newest first, in one of several forms."""

READ_RATES = Call("GET", "/v1/journal/rates")
"""How many requests came to each mount in the last quarter of an hour, how many were refused, and how long they took."""

RESET = Call("POST", "/v1/reset")
"""Puts everything back to the configuration file."""

REVOKE_PAT = Call("DELETE", "/v1/mounts/{mount}/users/{sub}/pats/{id}")
"""Revokes a personal access token of a user (a sub or a username)."""

ROTATE_KEY = Call("POST", "/v1/mounts/{mount}/keys/rotate")
"""Makes a new signing key, which every replica has before it signs."""

SET_CLOCK = Call("PUT", "/v1/clock")
"""Freezes the clock at a moment, or shifts it by an offset from real time."""

TRY_REQUEST = Call("POST", "/v1/mounts/{mount}/try")
"""Sends a request to a mount of the public listener, as a client would, and gives both sides byte for byte."""

VERIFY_JOURNAL = Call("POST", "/v1/journal/verify")
"""Says whether so many requests came, and waits for them."""


class Answer(TypedDict):
    """An answer that no dialect wrote."""

    body: NotRequired[str | None]
    """The body as text."""
    body_base64: NotRequired[str | None]
    """The body in base64, in the place of `body`."""
    headers: NotRequired[dict[str, str]]
    """Header fields by name. The connection's own are refused: `Content-Length`, `Transfer-Encoding`, `Connection`, `Upgrade` and `Date`."""
    status: int
    """The status."""


class Answered(TypedDict):
    """What an endpoint would answer."""

    cause: NotRequired[str | None]
    """Why."""
    error: NotRequired[str | None]
    """The kind of the refusal."""
    status: int
    """The status."""


class BodyMember(TypedDict):
    """A member of a request's body."""

    name: str
    """Its name."""
    value: str
    """Its value; of a JSON body it is JSON."""


class CallerView(TypedDict):
    """Who calls, and what that one may do."""

    name: str
    """The token's name; `loopback` where none is needed."""
    rights: list[str]
    """The rights that calls may need: `read`, `metrics`, `test` and `all`, as far as it has them."""


class ChangeView(TypedDict):
    """A change that was made at run time, over what the configuration file says."""

    form: str
    """What is kept of it: `whole`, `patch` (the rest follows the file) or `removed`."""
    hides: bool
    """Whether it hides something that the file says."""
    id: NotRequired[str | None]
    """Which client or user."""
    in_force: bool
    """Whether it is in force: one that does not fit the file is kept and left out."""
    kind: str
    """What it changes: `client`, `user`, `settings` or `clock`."""
    members: NotRequired[list[str]]
    """The members or settings that a patch names."""
    mount: NotRequired[str | None]
    """The mount's name; none of the clock."""


class ClaimView(TypedDict):
    """A claim, and what it means."""

    meaning: str
    """What it means."""
    name: str
    """Its name."""
    value: Any


class ClientSpec(TypedDict):
    """A client, as in a `[[mount.client]]` or a line of a client file. At most one of `secret`, `secret_file`, `secret_env`, `secret_sha256` and `secrets` is given; with none of them, and no `jwks`, the client is a public one (RFC 6749 section 2.1)."""

    allowed_origins: NotRequired[list[str]]
    backchannel_logout_uri: NotRequired[str | None]
    claims: NotRequired[dict[str, Any]]
    """Facts of the client that its dialect writes into tokens and replies."""
    disabled: NotRequired[bool]
    """Whether it is refused everywhere, its live tokens included."""
    grants: NotRequired[list[Literal["client_credentials", "authorization_code", "refresh_token", "password", "urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange"]] | None]
    id: NotRequired[str]
    """Its identifier, unique in the mount. Over HTTP it may be left out, for the path names it."""
    jwks: NotRequired[dict[str, Any] | None]
    name: NotRequired[str | None]
    """What users know it by, on the pages where they sign in and consent; left out, its id."""
    pkce: NotRequired[Literal["optional", "required"]]
    post_logout_redirect_uris: NotRequired[list[str]]
    public: NotRequired[bool | None]
    """Whether it has neither secret nor key. It may be left out, and must fit them where it is not; false without a secret, over HTTP, keeps the secret that the client has."""
    rate_limit: NotRequired[str | None]
    redirect_uris: NotRequired[list[str]]
    scopes: NotRequired[list[str]]
    """Scopes it may be granted, of the mount's catalogue."""
    secret: NotRequired[str | None]
    """Its secret in the clear; only the SHA-256 is kept."""
    secret_sha256: NotRequired[str | None]
    """SHA-256 of the secret, 64 hexadecimal digits."""
    secrets: NotRequired[list[SecretSpec] | None]
    """Its secrets, where it has more than one, or one that ends. Any that holds proves it."""
    token_endpoint_auth_method: NotRequired[Literal["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"]]
    trusted: NotRequired[bool]
    """Whether users are spared the consent page."""
    user: NotRequired[str | None]
    """`sub` of the user it acts for, where its dialect binds one."""


class ClientSpecPatch(TypedDict):
    """A client, as in a `[[mount.client]]` or a line of a client file. At most one of `secret`, `secret_file`, `secret_env`, `secret_sha256` and `secrets` is given; with none of them, and no `jwks`, the client is a public one (RFC 6749 section 2.1)."""

    allowed_origins: NotRequired[list[str] | None]
    backchannel_logout_uri: NotRequired[str | None | None]
    claims: NotRequired[dict[str, Any] | None]
    disabled: NotRequired[bool | None]
    grants: NotRequired[list[Literal["client_credentials", "authorization_code", "refresh_token", "password", "urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange"]] | None | None]
    id: NotRequired[str | None]
    jwks: NotRequired[dict[str, Any] | None | None]
    name: NotRequired[str | None | None]
    pkce: NotRequired[Literal["optional", "required"] | None]
    post_logout_redirect_uris: NotRequired[list[str] | None]
    public: NotRequired[bool | None | None]
    rate_limit: NotRequired[str | None | None]
    redirect_uris: NotRequired[list[str] | None]
    scopes: NotRequired[list[str] | None]
    secret: NotRequired[str | None | None]
    secret_sha256: NotRequired[str | None | None]
    secrets: NotRequired[list[SecretSpec] | None | None]
    token_endpoint_auth_method: NotRequired[Literal["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"] | None]
    trusted: NotRequired[bool | None]
    user: NotRequired[str | None | None]


class ClientView(TypedDict):
    """A client without its secret."""

    allowed_origins: list[str]
    """The origins of its pages, which may read the mount's answers."""
    backchannel_logout_uri: NotRequired[str | None]
    """Where it is told of sessions that end."""
    claims: dict[str, Any]
    """Facts of the client."""
    disabled: bool
    """Whether it is refused everywhere."""
    grants: list[str]
    """Grant types it may use."""
    id: str
    """Its identifier."""
    jwks: NotRequired[dict[str, Any] | None]
    """Its public keys, a JWK Set (RFC 7517); none where it has none."""
    name: NotRequired[str | None]
    """What users know it by; none where its id must do."""
    pkce: NotRequired[str | None]
    """`required` where it must use PKCE whatever the mount asks for."""
    post_logout_redirect_uris: list[str]
    """Where a log-out may answer."""
    public: bool
    """Whether it has neither secret nor key (RFC 6749 section 2.1)."""
    rate_limit: NotRequired[str | None]
    """Its own rate limit; none where the dialect's holds."""
    redirect_uris: list[str]
    """Where an authorization may answer."""
    scopes: list[str]
    """Scopes it may be granted."""
    secrets: NotRequired[list[SecretView]]
    """Until when each of its secrets holds; left out where there is none, or one that does not end."""
    token_endpoint_auth_method: NotRequired[str | None]
    """The one way in which it may authenticate; none where any will do for which it has what is needed."""
    trusted: bool
    """Whether users are spared the consent page."""
    user: NotRequired[str | None]
    """`sub` of the user it acts for."""


class ClockAdvance(TypedDict):
    """Lets virtual time pass, frozen or running."""

    seconds: int
    """How many seconds pass, 0 or more."""


ClockChange = dict[str, Any]
""""""


class ClockView(TypedDict):
    """ClockView"""

    freeze: NotRequired[int]
    """Stands still at this moment, in seconds since the epoch."""
    now: int
    """The present, in seconds since the epoch."""
    offset: NotRequired[int]
    """Runs this many seconds ahead of real time, or behind it where negative."""


class CodeReply(TypedDict):
    """An authorization code."""

    code: str
    """The code, to be redeemed once."""
    expires_at: int
    """When it ends, in seconds since the epoch."""


class CodeRequest(TypedDict):
    """What a code is to stand for (RFC 6749 section 4.1.2)."""

    client_id: str
    """The client that may redeem it."""
    code_challenge: NotRequired[str | None]
    """An S256 challenge (RFC 7636 section 4.2); the redemption must then bring its verifier."""
    nonce: NotRequired[str | None]
    """Repeated in the ID token (OpenID Connect Core section 3.1.2.1)."""
    redirect_uri: str
    """One of the client's redirect URIs; the redemption must repeat it."""
    scope: NotRequired[str | None]
    """Scopes, separated by spaces; left out, all the client's."""
    user: str
    """`sub` or username of the user who approves."""


class Decision(TypedDict):
    """What a phase decided."""

    decision: str
    """`passed` or `refused`."""
    phase: str
    """Its name: `client`, `token`, `redirect_uri`, `grant`, `scopes`, `entitlement`, `rate_limit`, `proof`, `sign_in` or `consent`."""
    says: str
    """The same in a sentence."""


class DeviceDecision(TypedDict):
    """What is decided of a device."""

    approve: bool
    """Whether it is allowed."""
    scope: NotRequired[str | None]
    """Scopes, separated by spaces; left out, all that the device asks for."""
    user: NotRequired[str | None]
    """`sub` or username of the user who decides; a denial needs none."""


class DeviceView(TypedDict):
    """A device that was decided on."""

    approved: bool
    """Whether it was allowed."""
    client_id: str
    """The client that runs on it."""
    scope: str
    """The scopes that it asked for, separated by spaces."""
    user_code: str
    """The code that it shows."""


class Difference(TypedDict):
    """What is other than wanted."""

    found: Any
    """What the entry has."""
    key: str
    """The key of `where`."""
    wanted: Any
    """What it says."""


class EndpointView(TypedDict):
    """One path of a mount."""

    endpoint: str
    """What it is for: `token`, `userinfo` and so on."""
    methods: list[str]
    """The methods it serves."""
    url: str
    """Its full URL below the gateway's public URL."""


class Example(TypedDict):
    """A client of the built-in sandbox, whose secret everybody knows."""

    client_id: str
    """Its identifier."""
    client_secret: str
    """Its secret, as the manual publishes it."""


class Field(TypedDict):
    """A header field."""

    name: str
    value: str


class ForcedBy(TypedDict):
    """What acted on a request."""

    scenario: str
    """The scenario's id."""
    step: int
    """Which of its steps, from 1."""


class Fullness(TypedDict):
    """How much of its rate limit a client has used in the window that ends now, by the gateway's clock."""

    client_id: str
    """The client."""
    of: int
    """How many there may be."""
    used: int
    """How many grants the journal has of it."""
    window_seconds: int
    """The window, in seconds."""


class GatewayView(TypedDict):
    """The gateway that answers, and what its caller may do."""

    caller: CallerView
    """Who calls."""
    failed: list[str]
    """What keeps it from being ready, by the names of its checks; empty where nothing does."""
    journal: int
    """The number of the journal's last entry."""
    journal_dropped: int
    """How many entries made room for newer ones since the start."""
    namespaces: int
    """How many namespaces there are."""
    public_url: str
    """The URL under which clients reach it."""
    replica: NotRequired[str | None]
    """What this replica is called; none where there is one gateway alone."""
    replicas: NotRequired[list[str]]
    """The other replicas that share its store and live."""
    store: str
    """Where state is kept: `embedded` or `redis`."""
    store_ms: NotRequired[int | None]
    """How many milliseconds a small write of the store took, a second ago at most; none where it failed."""
    test_features: bool
    """Whether what is there for tests is in force."""
    uptime_seconds: int
    """For how many seconds it has been running."""
    version: str
    """The program's version."""


class Inspection(TypedDict):
    """What a token is, and what is wrong with it."""

    active: bool
    """Whether it holds now."""
    claims: list[ClaimView]
    """Its claims, each with what it means."""
    header: dict[str, Any]
    """Its header."""
    introspect: NotRequired[Introspected | None]
    key: NotRequired[str | None]
    """`kid` of the key that signed it."""
    kind: str
    """`access_token`, `id_token`, `refresh_token`, or `unknown`."""
    mount: NotRequired[str | None]
    """The mount whose key signed it, else the one that it names as its issuer."""
    problems: list[str]
    """Why it does not hold; empty where it does."""
    userinfo: NotRequired[Answered | None]
    verify: NotRequired[Answered | None]


class Introspected(TypedDict):
    """What introspection would answer (RFC 7662)."""

    answer: Any
    cause: NotRequired[str | None]
    """Why it says that the token is not active."""
    status: int
    """The status."""


class JournalEntry(TypedDict):
    """What became of one request. No credential is in it."""

    at: str
    """When it was answered in real time, RFC 3339 in UTC to the millisecond."""
    at_ms: int
    """The same as `clock`, in milliseconds since the epoch."""
    auth: NotRequired[str | None]
    """How its client authenticates: `basic`, `form`, `json`, `private_key_jwt`, `client_secret_jwt`, `assertion` where the assertion that asks for a token speaks for it, or `none` where it brings its id alone."""
    cause: NotRequired[str | None]
    """Why it was refused, or what is odd about it."""
    client_id: NotRequired[str | None]
    """The client that it names, authenticated or not."""
    clock: str
    """The same by the gateway's clock, which may be frozen or shifted."""
    dialect: NotRequired[str | None]
    """The mount's dialect."""
    duration_us: int
    """How long it took, in microseconds."""
    endpoint: str
    """The endpoint (`token`, `authorize` and so on) or page (`login`, `consent`, `account`, `logout`, `error`); `none` where there is nothing."""
    error: NotRequired[str | None]
    """The kind of its refusal, as scenarios name them, or `not_found`; none where it was served."""
    forced: bool
    """Whether a scenario acted on it."""
    forced_by: NotRequired[ForcedBy | None]
    grant: NotRequired[str | None]
    """The grant type that it names."""
    hint: NotRequired[str | None]
    """What to change, where that can be told from what the request looked like and what came before it."""
    id: str
    """Its id, a UUID: the error page's reference, and the `X-Gateway-Request-Id` of the answer where that is turned on."""
    issued: NotRequired[TokenIds | None]
    method: str
    """The method; `_OTHER` where it is no usual one."""
    mount: NotRequired[str | None]
    """The mount's name; none where no mount was found."""
    namespace: NotRequired[str | None]
    """The namespace that it belongs to; null outside any."""
    number: int
    """Its number: one more for each request that the replica which answers the call knows of since it started."""
    path: str
    """The path, without the query."""
    phases: NotRequired[list[Decision]]
    """The phases that it came to, in order, each with what it decided."""
    pkce: NotRequired[str | None]
    """The method of PKCE that it asks for (authorize) or uses (token): `S256`, `plain`, or `_OTHER`."""
    presented: NotRequired[TokenIds | None]
    proxy_request_id: NotRequired[str | None]
    """What the trusted proxy that it came through calls it (`X-Request-ID`)."""
    reference: NotRequired[str | None]
    """The id again, where the error page told it to a user."""
    replica: NotRequired[str | None]
    """The replica that answered it; none where the store is of one process."""
    says: NotRequired[str]
    """What became of it, in one sentence: `token for bits-demo: application`, or `refused: …` with what to change."""
    scope: NotRequired[str | None]
    """The scopes that it grants, or that the token which it presents has."""
    scope_asked: NotRequired[str | None]
    """The scopes that it asks for, separated by spaces; `...` stands for the rest of a long list."""
    secret: NotRequired[int | None]
    """Which of its client's secrets it has proven, by position from 1."""
    status: int
    """The status it was answered with; 0 where a scenario let no byte of an answer out."""
    traffic: NotRequired[Traffic | None]
    user: NotRequired[str | None]
    """`sub` of the user that it is about."""


class JournalFilter(TypedDict):
    """Which entries are meant: those that have all of these."""

    client_id: NotRequired[str | None]
    """The client that the requests name."""
    endpoint: NotRequired[str | None]
    """The endpoint or page."""
    error: NotRequired[str | None]
    """The kind of the refusal."""
    forced: NotRequired[bool | None]
    """Whether a scenario acted."""
    grant: NotRequired[str | None]
    """The grant type that the requests name."""
    id: NotRequired[str | None]
    """The request's id."""
    method: NotRequired[str | None]
    """The HTTP method."""
    mount: NotRequired[str | None]
    """The mount's name."""
    path: NotRequired[str | None]
    """The path, without the query."""
    reference: NotRequired[str | None]
    """The id, where the error page told it."""
    since: NotRequired[int | None]
    """The number after which the entries come."""
    status: NotRequired[int | None]
    """The status of the answer."""
    user: NotRequired[str | None]
    """The `sub` of the user that the requests are about."""


class JwksView(TypedDict):
    """The keys of a mount as JWKs (RFC 7517), symmetric ones included: the admin listener alone shows them."""

    keys: list[dict[str, Any]]
    """The keys that have not retired, the signing one first."""


class KeyOrder(TypedDict):
    """A signing key of one's own: exactly one of `pem` and `jwk`."""

    jwk: NotRequired[str | None]
    """The private key as a JWK (RFC 7517): its JSON as a text."""
    kid: NotRequired[str | None]
    """Its identifier; left out, the JWK's own, else its thumbprint (RFC 7638)."""
    lead_seconds: NotRequired[int | None]
    """For how many seconds it is published before it signs; left out, 300."""
    pem: NotRequired[str | None]
    """The private key in PEM."""


class KeyView(TypedDict):
    """A signing key, without what it signs with."""

    alg: str
    """The one algorithm it is used with."""
    created_at: int
    """When it was made."""
    kid: str
    """Its identifier."""
    retires_at: NotRequired[int | None]
    """When nothing that it signed is alive any more; null while none succeeds it."""
    signs_from: NotRequired[int | None]
    """When it begins to sign; null while its rotation is under way."""
    status: str
    """What it is doing: `upcoming` (published, signs later), `signing`, `retiring` (signs no more; what it signed is alive), `retired` (nothing that it signed is) or `idle` (the mount signs with another algorithm)."""


class Member(TypedDict):
    """A header field, a parameter of a form or a query, or a member of a JSON object."""

    length: int
    """How long its value is, in bytes."""
    members: NotRequired[list[Member] | None]
    """The members of an object."""
    name: NotRequired[str | None]
    """Its name; none where it does not look like one, for then it may be a secret."""
    value: NotRequired[Any]
    """Its value, where that is no secret."""


class Message(TypedDict):
    """A request or an answer."""

    body: NotRequired[MessageBody | None]
    headers: NotRequired[list[Member]]
    """The header fields, in order."""
    query: NotRequired[list[Member]]
    """The parameters of the query, in order."""


class MessageBody(TypedDict):
    """A body."""

    length: int
    """Its length in bytes."""
    media: NotRequired[str | None]
    """Its media type, without parameters; none where it has none that is usual."""
    members: NotRequired[list[Member] | None]
    """The parameters of a form or the members of a JSON object; none where it is neither, or cannot be read."""


class Misuse(TypedDict):
    """Something that a client should not do."""

    client_id: NotRequired[str | None]
    """The client."""
    count: int
    """How often it was seen."""
    mount: NotRequired[str | None]
    """The mount."""
    numbers: list[int]
    """The numbers of the last hundred entries that show it."""
    reference: str
    """Where it is written that this is wrong."""
    rule: str
    """The rule's name."""
    says: str
    """What was seen, and what to do instead."""


class MountRates(TypedDict):
    """What came in at a mount, step by step, oldest first."""

    fullest: NotRequired[Fullness | None]
    mount: str
    """The mount's name."""
    p50_us: list[int | None]
    """In how many microseconds half of them were answered; null where there were none."""
    p99_us: list[int | None]
    """In how many microseconds 99 of 100 were answered."""
    refused: list[int]
    """How many of them were refused."""
    requests: list[int]
    """How many requests."""


class MountView(TypedDict):
    """One vendor's auth surface as it is served."""

    clients: int
    """How many clients it has."""
    dialect: str
    """Its dialect, such as `bits-basic-form`."""
    endpoints: list[EndpointView]
    """Its endpoints."""
    hosts: list[str]
    """Hosts at which it is reached without the prefix."""
    issuer: str
    """The issuer its tokens name."""
    name: str
    """Its name, the first segment of its path."""
    places: NotRequired[list[str]]
    """The endpoints and pages that scenarios may name there."""
    scopes: NotRequired[list[str]]
    """The names that its scopes may have."""
    settings: list[SettingView]
    """Its settings in force."""
    token_call: NotRequired[TokenCallView]
    """How its token request is written."""
    users: int
    """How many users it has."""
    vendor: str
    """Whose auth surface it emulates."""


class NamespaceMount(TypedDict):
    """A mount of a namespace."""

    host: NotRequired[str | None]
    """The host, with its port, at which it is reached at the vendor's own paths."""
    issuer: str
    """What its tokens name as their issuer."""
    url: str
    """Where it is reached."""


class NamespaceSpec(TypedDict):
    """The namespace to make."""

    name: NotRequired[str | None]
    ttl: NotRequired[int | None]
    """After how many seconds of real time it ends, 1 to 86400; 3600 where it is left out."""


class NamespaceTtl(TypedDict):
    """How long a namespace is still to be there."""

    ttl: int
    """After how many seconds of real time from now it ends, 1 to 86400."""


class NamespaceView(TypedDict):
    """A namespace."""

    base: str
    """Where it is reached: every path of the gateway is there below."""
    expires_at: int
    """When it ends, in seconds of real time since the epoch."""
    mounts: dict[str, NamespaceMount]
    """Its mounts, by name."""
    name: str
    """Its name."""


class Near(TypedDict):
    """An entry that is nearly one of those that were counted."""

    differs: list[Difference]
    """What is other than wanted; empty where it was counted."""
    entry: JournalEntry
    """The entry."""


class PackDeparture(TypedDict):
    """A key that the pack has otherwise than its base."""

    base: NotRequired[Any]
    """What the base says; left out where it says nothing."""
    key: str
    """The key, as TOML writes it."""
    value: Any
    """What the pack says."""


class PackDoc(TypedDict):
    """All there is to say of the pack of a mount."""

    departures: list[PackDeparture]
    """What it says otherwise than its base, in the order of its file."""
    notes: str
    """What is to be known of it, in a few words."""
    pack: PackView
    """The pack."""
    pairs: list[PackPair]
    """Its pairs of request and answer; empty where it has none."""
    parts: list[PackPart]
    """Its parts of which it says how they are known."""
    problems: NotRequired[list[str]]
    """What beside the pack could not be read, and why."""
    refusals: list[PackRefusal]
    """What the mount answers to each refusal, under its present settings."""
    sources: list[str]
    """Where its facts are from."""


class PackPair(TypedDict):
    """A pair of request and answer that the pack is held to."""

    id: str
    """Its identifier."""
    mark: str
    """How it is known."""
    proven: NotRequired[PackProof | None]
    title: str
    """What it shows."""


class PackPart(TypedDict):
    """How a part of a pack is known."""

    key: str
    """Its key."""
    mark: str
    """`D` documented, `Dc` read in a copy of the vendor's page, `W` seen on the wire, `I` inferred; words may follow."""
    source: str
    """Where that is from; empty where it is one of the pack's sources."""


class PackProof(TypedDict):
    """What came of a pair at the vendor."""

    against: str
    """Where."""
    date: str
    """The day, in UTC."""
    outcome: str
    """`same` or `differs`."""


class PackRefusal(TypedDict):
    """What a mount answers to a refusal."""

    answer: str
    """The answer as it goes over the wire, but for the date. Neutral words stand for what follows from a request."""
    error: str
    """What happened, by the name that scenarios and journal have for it."""
    has_own_words: bool
    """Whether the pack has words for it; else its default or the base speaks."""
    key: str
    """Its row there: `invalid_request.missing`."""
    status: int
    """The status."""
    table: str
    """The table that answers it: `errors`, or `resource_errors` where a resource is asked with a bearer token."""


class PackView(TypedDict):
    """A pack that one or several mounts serve."""

    base: str
    """What it is laid over: `oauth2`, or `openid-connect`."""
    file: NotRequired[str | None]
    """The file that it was read from; none for one that is shipped."""
    mounts: list[str]
    """The mounts that serve it, in the order of the configuration."""
    name: str
    """What mounts and lists call it."""
    vendor: str
    """Whose auth surface it is."""
    version: str
    """The vendor's variant and when it was so; empty where the pack does not say."""


class Page_ChangeView(TypedDict):
    """Page_ChangeView"""

    items: list[ChangeView]
    next: NotRequired[str]
    """What to send as `after` for the next page; left out on the last."""
    total: int
    """How many there are on all pages."""


class Page_ClientView(TypedDict):
    """Page_ClientView"""

    items: list[ClientView]
    next: NotRequired[str]
    """What to send as `after` for the next page; left out on the last."""
    total: int
    """How many there are on all pages."""


class Page_NamespaceView(TypedDict):
    """Page_NamespaceView"""

    items: list[NamespaceView]
    next: NotRequired[str]
    """What to send as `after` for the next page; left out on the last."""
    total: int
    """How many there are on all pages."""


class Page_UserView(TypedDict):
    """Page_UserView"""

    items: list[UserView]
    next: NotRequired[str]
    """What to send as `after` for the next page; left out on the last."""
    total: int
    """How many there are on all pages."""


class PatReply(TypedDict):
    """A personal access token as made. Its text is shown this once."""

    created_at: int
    """When it was made."""
    expires_at: int
    """When it ends."""
    id: str
    """The name to revoke it by; no secret."""
    name: str
    """What its user calls it."""
    scope: str
    """Its scopes, separated by spaces."""
    token: SecretText
    """The token itself."""


class PatRequest(TypedDict):
    """What a personal access token is to be."""

    name: str
    """What its user calls it, 1 to 100 characters."""
    scope: NotRequired[str | None]
    """Scopes, separated by spaces; left out, all that one may have."""
    ttl: NotRequired[int | None]
    """How long it lives, in seconds; left out, as long as one may."""


class PatView(TypedDict):
    """A personal access token without its text."""

    created_at: int
    """When it was made."""
    expired: bool
    """Whether it has ended."""
    expires_at: int
    """When it ends."""
    id: str
    """The name to revoke it by; no secret."""
    last_used: int | None
    """When it was last used, to about a minute; null where it never was."""
    name: str
    """What its user calls it."""
    scope: str
    """Its scopes, separated by spaces."""


class Preview(TypedDict):
    """What clients will see of a scenario."""

    endpoint: str
    """The endpoint or page."""
    mount: str
    """The mount whose words these are."""
    steps: list[PreviewStep]
    """Step by step."""


class PreviewStep(TypedDict):
    """What a client will see of a step."""

    answer: NotRequired[str | None]
    """The answer's bytes as far as they come, with `…` for what is another each time; none where they follow from the request or there are none."""
    delay_ms: int
    """How long the client waits first, in milliseconds."""
    is_cut: bool
    """Whether the connection is closed, or held, before the answer is whole."""
    says: str
    """The same in a sentence."""


class Problem(TypedDict):
    """A failure, sent as `application/problem+json`."""

    detail: str
    """What is wrong with this request."""
    nearest: NotRequired[list[Near]]
    """What is nearest to what was wanted of the journal."""
    remedy: str
    """What to do about it."""
    status: int
    """The HTTP status."""
    title: str
    """The kind of problem in a few words."""
    type: str
    """A URI that names the kind of problem; `about:blank` where the status says it all."""


class Rates(TypedDict):
    """What came in during the last quarter of an hour of real time, as far as the journal reaches back."""

    mounts: list[MountRates]
    """One for each mount, in the order of the configuration."""
    step_seconds: int
    """How long a step is, in seconds."""
    until: str
    """The end of the last step, RFC 3339 in UTC."""
    whole_from: int
    """The first step of which the journal still has every entry, by position from 0."""


class RotateRequest(TypedDict):
    """A rotation."""

    lead_seconds: NotRequired[int | None]
    """For how many seconds the new key is published before it signs, so that those who keep the keys have it by then; left out, 300. At 0 it signs once every replica has it."""


Scenario = TypedDict(
    "Scenario",
    {
        "after": "NotRequired[int | None]",
        "answer": "NotRequired[Answer | None]",
        "client_id": "NotRequired[str | None]",
        "delay_ms": "NotRequired[int | None]",
        "drop": "NotRequired[Literal[\"before_commit\", \"after_commit\"]]",
        "endpoint": "NotRequired[Literal[\"token\", \"authorize\", \"userinfo\", \"introspect\", \"revoke\", \"end_session\", \"discovery\", \"jwks\", \"device_authorization\", \"verify\", \"login\", \"consent\", \"account\", \"logout\", \"device\"]]",
        "error": "NotRequired[Literal[\"method_not_allowed\", \"unsupported_media_type\", \"payload_too_large\", \"request_timeout\", \"invalid_request\", \"invalid_client\", \"client_disabled\", \"invalid_grant\", \"unauthorized_client\", \"unsupported_grant_type\", \"invalid_scope\", \"unsupported_response_type\", \"unsupported_token_type\", \"login_required\", \"consent_required\", \"access_denied\", \"invalid_target\", \"authorization_pending\", \"slow_down\", \"expired_token\", \"user_gone\", \"invalid_token\", \"insufficient_scope\", \"user_required\", \"rate_limited\", \"unavailable\", \"internal\", \"scope_not_permitted\"]]",
        "fired": "NotRequired[list[int]]",
        "flaw": "NotRequired[Literal[\"expired\", \"not_yet_valid\", \"wrong_audience\", \"wrong_issuer\", \"unknown_key\", \"tampered\", \"alg_none\", \"hs256_with_public_key\", \"no_kid\", \"wrong_typ\", \"id_token_as_access\", \"stale_keys\", \"missing_key\"]]",
        "grant": "NotRequired[Literal[\"client_credentials\", \"authorization_code\", \"refresh_token\", \"password\", \"urn:ietf:params:oauth:grant-type:jwt-bearer\", \"urn:ietf:params:oauth:grant-type:device_code\", \"urn:ietf:params:oauth:grant-type:token-exchange\"]]",
        "hang": "NotRequired[bool]",
        "id": "str",
        "malformed": "NotRequired[Literal[\"json\"]]",
        "mount": "NotRequired[str | None]",
        "pass": "NotRequired[bool]",
        "probability": "NotRequired[float | None]",
        "remaining": "NotRequired[int]",
        "retry_after": "NotRequired[int | None]",
        "seed": "NotRequired[int | None]",
        "seen": "NotRequired[int]",
        "step": "NotRequired[int]",
        "steps": "NotRequired[list[StepSpec] | None]",
        "times": "NotRequired[int | None]",
        "token": "NotRequired[Literal[\"access_token\", \"id_token\"]]",
        "truncate": "NotRequired[int | None]",
        "ttl": "NotRequired[int | None]",
        "user": "NotRequired[str | None]",
    },
)
"""A scenario that is in force."""


ScenarioSpec = TypedDict(
    "ScenarioSpec",
    {
        "after": "NotRequired[int | None]",
        "answer": "NotRequired[Answer | None]",
        "client_id": "NotRequired[str | None]",
        "delay_ms": "NotRequired[int | None]",
        "drop": "NotRequired[Literal[\"before_commit\", \"after_commit\"]]",
        "endpoint": "NotRequired[Literal[\"token\", \"authorize\", \"userinfo\", \"introspect\", \"revoke\", \"end_session\", \"discovery\", \"jwks\", \"device_authorization\", \"verify\", \"login\", \"consent\", \"account\", \"logout\", \"device\"]]",
        "error": "NotRequired[Literal[\"method_not_allowed\", \"unsupported_media_type\", \"payload_too_large\", \"request_timeout\", \"invalid_request\", \"invalid_client\", \"client_disabled\", \"invalid_grant\", \"unauthorized_client\", \"unsupported_grant_type\", \"invalid_scope\", \"unsupported_response_type\", \"unsupported_token_type\", \"login_required\", \"consent_required\", \"access_denied\", \"invalid_target\", \"authorization_pending\", \"slow_down\", \"expired_token\", \"user_gone\", \"invalid_token\", \"insufficient_scope\", \"user_required\", \"rate_limited\", \"unavailable\", \"internal\", \"scope_not_permitted\"]]",
        "flaw": "NotRequired[Literal[\"expired\", \"not_yet_valid\", \"wrong_audience\", \"wrong_issuer\", \"unknown_key\", \"tampered\", \"alg_none\", \"hs256_with_public_key\", \"no_kid\", \"wrong_typ\", \"id_token_as_access\", \"stale_keys\", \"missing_key\"]]",
        "grant": "NotRequired[Literal[\"client_credentials\", \"authorization_code\", \"refresh_token\", \"password\", \"urn:ietf:params:oauth:grant-type:jwt-bearer\", \"urn:ietf:params:oauth:grant-type:device_code\", \"urn:ietf:params:oauth:grant-type:token-exchange\"]]",
        "hang": "NotRequired[bool]",
        "malformed": "NotRequired[Literal[\"json\"]]",
        "mount": "NotRequired[str | None]",
        "pass": "NotRequired[bool]",
        "probability": "NotRequired[float | None]",
        "retry_after": "NotRequired[int | None]",
        "seed": "NotRequired[int | None]",
        "steps": "NotRequired[list[StepSpec] | None]",
        "times": "NotRequired[int | None]",
        "token": "NotRequired[Literal[\"access_token\", \"id_token\"]]",
        "truncate": "NotRequired[int | None]",
        "ttl": "NotRequired[int | None]",
        "user": "NotRequired[str | None]",
    },
)
"""What to do to the requests that match; every condition left out matches all."""


class SecretSpec(TypedDict):
    """One of a client's secrets, given in one of four ways. Over HTTP one that is given in none is the one that the client has at its position."""

    not_after: NotRequired[str | None]
    """The last moment at which it holds, by real time, as RFC 3339 writes it; left out, for ever."""
    secret: NotRequired[str | None]
    """The secret in the clear; only the SHA-256 is kept."""
    secret_sha256: NotRequired[str | None]
    """SHA-256 of the secret, 64 hexadecimal digits."""


SecretText = str
"""A secret in the clear: zeroized when dropped, `[REDACTED]` in Debug. It serialises in the clear, because a client of the admin API has to send it; the server answers with views that hold no secret."""


class SecretView(TypedDict):
    """One of a client's secrets, without the secret."""

    not_after: NotRequired[str | None]
    """The last moment at which it holds, by real time; none where it does not end."""


class SetView(TypedDict):
    """What came of putting many."""

    put: int
    """How many were put."""
    removed: int
    """How many there were before that were not among them, and are removed."""


SettingView = TypedDict(
    "SettingView",
    {
        "allowed": "str",
        "default": "Any",
        "from": "str",
        "help": "str",
        "name": "str",
        "value": "Any",
    },
)
"""One setting of a mount."""


StepSpec = TypedDict(
    "StepSpec",
    {
        "answer": "NotRequired[Answer | None]",
        "delay_ms": "NotRequired[int | None]",
        "drop": "NotRequired[Literal[\"before_commit\", \"after_commit\"]]",
        "error": "NotRequired[Literal[\"method_not_allowed\", \"unsupported_media_type\", \"payload_too_large\", \"request_timeout\", \"invalid_request\", \"invalid_client\", \"client_disabled\", \"invalid_grant\", \"unauthorized_client\", \"unsupported_grant_type\", \"invalid_scope\", \"unsupported_response_type\", \"unsupported_token_type\", \"login_required\", \"consent_required\", \"access_denied\", \"invalid_target\", \"authorization_pending\", \"slow_down\", \"expired_token\", \"user_gone\", \"invalid_token\", \"insufficient_scope\", \"user_required\", \"rate_limited\", \"unavailable\", \"internal\", \"scope_not_permitted\"]]",
        "flaw": "NotRequired[Literal[\"expired\", \"not_yet_valid\", \"wrong_audience\", \"wrong_issuer\", \"unknown_key\", \"tampered\", \"alg_none\", \"hs256_with_public_key\", \"no_kid\", \"wrong_typ\", \"id_token_as_access\", \"stale_keys\", \"missing_key\"]]",
        "hang": "NotRequired[bool]",
        "malformed": "NotRequired[Literal[\"json\"]]",
        "pass": "NotRequired[bool]",
        "retry_after": "NotRequired[int | None]",
        "times": "NotRequired[int | None]",
        "token": "NotRequired[Literal[\"access_token\", \"id_token\"]]",
        "truncate": "NotRequired[int | None]",
    },
)
"""What a scenario does to a number of requests."""


class TokenCallView(TypedDict):
    """How a vendor's token request is written."""

    access_token: str
    """Where the answer has the access token (RFC 6901)."""
    asks: list[BodyMember]
    """What an example asks for, in order; of JSON the values are JSON."""
    body: str
    """What the body is: `form`, `json`, or `query` where the query has what a form would have."""
    client: str
    """Where the client's credentials stand: `basic`, or `body`."""
    example: NotRequired[Example | None]
    id: NotRequired[str | None]
    """What the body calls the client's identifier, where it stands there."""
    secret: NotRequired[str | None]
    """What the body calls its secret."""


class TokenIds(TypedDict):
    """Identifiers (`jti`) of tokens. An opaque refresh token has none."""

    access_token: NotRequired[str | None]
    """The access token's, or the id of a personal access token."""
    id_token: NotRequired[str | None]
    """The ID token's."""
    refresh_token: NotRequired[str | None]
    """The refresh token's, where it is a JWT."""


class TokenOrder(TypedDict):
    """What tokens are to be issued."""

    claims: NotRequired[dict[str, Any]]
    """Claims laid over those of access and ID token, `iss` and `exp` too."""
    client_id: str
    """The client that they are issued to."""
    flaw: NotRequired[Literal["expired", "not_yet_valid", "wrong_audience", "wrong_issuer", "unknown_key", "tampered", "alg_none", "hs256_with_public_key", "no_kid", "wrong_typ", "id_token_as_access"]]
    lifetime: NotRequired[int | None]
    """How many seconds access and ID token live; negative where they have ended. Left out, as the mount says."""
    scope: NotRequired[str | None]
    """Scopes, separated by spaces; left out, all the client's."""
    token: NotRequired[Literal["access_token", "id_token"]]
    user: NotRequired[str | None]
    """The user that they speak for, by `sub` or username; left out, they are the client's own."""


class TokenSelection(TypedDict):
    """Which of the tokens that are out: those that have all that is named; with nothing named, every one."""

    client_id: NotRequired[str | None]
    """Those of this client."""
    jti: NotRequired[str | None]
    """The one of this identifier; of refresh tokens, those that were issued with it or descend from the same sign-in."""
    refresh: NotRequired[bool]
    """Whether refresh tokens are expired too; left out, they are not."""
    user: NotRequired[str | None]
    """Those that speak for this user, by `sub` or username."""


class TokenSet(TypedDict):
    """Tokens as they were ordered, in these names whatever the vendor's."""

    access_token: str
    """The access token."""
    expires_in: int
    """For how many seconds it holds."""
    explained: Inspection
    """What the access token is."""
    id_token: NotRequired[str | None]
    """The ID token, where there is one."""
    refresh_token: NotRequired[str | None]
    """The refresh token, where there is one."""
    scope: str
    """Its scopes, separated by spaces."""
    token_type: str
    """`Bearer`."""


class TokenText(TypedDict):
    """A token to be looked at."""

    token: SecretText
    """The token."""


class Traffic(TypedDict):
    """A request and its answer."""

    answer: Message
    """The answer, as its dialect wrote it."""
    request: Message
    """The request."""


class Trial(TypedDict):
    """Both sides of a request on trial."""

    answer: str
    """What came back; empty where nothing did."""
    duration_us: int
    """How long it took, in microseconds."""
    ended: str
    """How it ended: `answered`, `closed` (before the answer was whole) or `waiting` (for longer than is waited here)."""
    number: NotRequired[int | None]
    """The journal's number of its entry, where that is known."""
    request: str
    """What was sent, byte for byte; what is no UTF-8 is U+FFFD."""


class TrialSpec(TypedDict):
    """A request to a mount, as a client would send it."""

    body: NotRequired[str | None]
    """The body."""
    headers: NotRequired[list[Field]]
    """Header fields in order. `Host`, `Content-Length` and what is the connection's are added."""
    method: str
    path: str


class UserSpec(TypedDict):
    """A user, as in a `[[mount.user]]` or a line of a user file. At most one of `password` and `password_argon2` is given; with neither, no password is right."""

    claims: NotRequired[dict[str, Any]]
    """Facts of the user, typed as in the tokens."""
    denies_consent: NotRequired[bool]
    """Whether an automatic approval is answered as a denial."""
    disabled: NotRequired[bool]
    """Whether the user is refused everywhere, live tokens included."""
    has_password: NotRequired[bool | None]
    """Whether there is a password. It may be left out, and must fit the password where it is not; true without a password, over HTTP, keeps the password that the user has."""
    password: NotRequired[str | None]
    """The password in the clear; it is hashed before it reaches the store."""
    password_argon2: NotRequired[str | None]
    """The password's Argon2id hash as a PHC string."""
    sub: NotRequired[str]
    """The subject identifier, unique in the mount. Over HTTP it may be left out, for the path names it."""
    username: NotRequired[str | None]
    """The name the user signs in with, unique in the mount; left out, the same as `sub`."""


class UserSpecPatch(TypedDict):
    """A user, as in a `[[mount.user]]` or a line of a user file. At most one of `password` and `password_argon2` is given; with neither, no password is right."""

    claims: NotRequired[dict[str, Any] | None]
    denies_consent: NotRequired[bool | None]
    disabled: NotRequired[bool | None]
    has_password: NotRequired[bool | None | None]
    password: NotRequired[str | None | None]
    password_argon2: NotRequired[str | None | None]
    sub: NotRequired[str | None]
    username: NotRequired[str | None | None]


class UserView(TypedDict):
    """A user without the password."""

    claims: dict[str, Any]
    """Facts of the user."""
    denies_consent: bool
    """Whether an automatic approval is answered as a denial."""
    disabled: bool
    """Whether the user is refused everywhere."""
    has_password: bool
    """Whether there is a password to sign in with."""
    sub: str
    """The subject identifier."""
    username: str
    """The name the user signs in with."""


class Verified(TypedDict):
    """What held."""

    count: int
    """How many requests there were."""
    numbers: list[int]
    """The numbers of the last hundred of them."""


class VerifySpec(TypedDict):
    """How many requests there must be. Exactly one of `exactly`, `at_least` and `at_most` is given."""

    at_least: NotRequired[int | None]
    """So many, or more."""
    at_most: NotRequired[int | None]
    """No more than so many, until the time is over."""
    exactly: NotRequired[int | None]
    """So many, and no more: it holds as soon as there are so many."""
    where: NotRequired[JournalFilter]
    """Which requests are counted; left out, all."""
    within_ms: NotRequired[int]
    """How long to wait for requests that are still to come, in milliseconds."""
