//! The settings of the process. Each is declared here and nowhere else: the reader of the file, the environment
//! variables, what a reload may change and the manual's tables all come from these lines.

use super::kind::Kind::{self, Form, List, Number, Ratio, Secret, Socket, Switch, Text, Word};
use super::{PREFIX, level};
use crate::uri;

/// A setting of the process, in `server`, `admin`, `store` or `telemetry`.
#[derive(Debug)]
pub struct Setting {
    /// The key in full, such as `server.tls.key`.
    pub key: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What holds where nothing is given.
    pub default: Unset,
    /// When a change of it takes effect.
    pub change: Change,
    /// What it does.
    pub help: &'static str,
}

/// What holds where nothing is given.
#[derive(Clone, Copy, Debug)]
pub enum Unset {
    /// Nothing.
    Nothing,
    /// This, written as in a variable.
    Is(&'static str),
    /// What other settings and the machine make of it, in the manual's words.
    Made(&'static str),
}

/// When a change takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// At a reload.
    Reload,
    /// When the gateway is started anew.
    Restart,
}

use Change::{Reload, Restart};
use Unset::{Is, Made, Nothing};

const HOUR_MS: u64 = 3_600_000;

macro_rules! settings {
    ($($name:ident: $key:literal, $kind:expr, $default:expr, $change:expr, $help:literal;)*) => {
        $(
            #[doc = $help]
            pub const $name: &Setting =
                &Setting { key: $key, kind: $kind, default: $default, change: $change, help: $help };
        )*
        /// All settings, in the order of the manual.
        pub const ALL: &[&Setting] = &[$($name),*];
    };
}

settings! {
    LISTEN: "server.listen", Socket, Is("127.0.0.1:8080"), Restart,
        "Where it listens; port 0 takes a free one.";
    PUBLIC_URL: "server.public_url", Form("a URL", uri::check_base),
        Made("`http://localhost:` (with TLS `https://localhost:`) and the port of `listen`"), Reload,
        "The http or https URL under which clients reach the gateway. Issuers derive from it; a trailing slash is dropped. \
         It may have a path: that stands before every link, and a proxy may take it away or leave it.";
    WORKERS: "server.workers", Number(0, 1024), Is("0"), Restart,
        "Worker threads; 0 is one for each core.";
    TRUSTED_PROXIES: "server.trusted_proxies", List, Nothing, Reload,
        "IP addresses and networks (`10.0.0.0/8`) of proxies whose forwarding headers are believed: see below.";
    BODY_LIMIT: "server.body_limit", Number(1024, 1 << 30), Is("65536"), Reload,
        "The longest request body, in bytes.";
    BODY_TIMEOUT_MS: "server.body_timeout_ms", Number(1, HOUR_MS), Is("10000"), Reload,
        "How long a request's body may take, in milliseconds.";
    HEAD_TIMEOUT_MS: "server.head_timeout_ms", Number(1, HOUR_MS), Is("5000"), Restart,
        "How long a request's head may take, in milliseconds.";
    SHUTDOWN_TIMEOUT_MS: "server.shutdown_timeout_ms", Number(1, HOUR_MS), Is("10000"), Restart,
        "How long requests under way may take at shutdown, in milliseconds.";
    MAX_CONNECTIONS: "server.max_connections", Number(1, 1_000_000),
        Made("what the limit of file descriptors leaves, after a reserve of 192"), Restart,
        "How many connections the public listener keeps. One more is answered once and closed, so that health can be \
         asked.";
    DRAIN_DELAY_MS: "server.drain_delay_ms", Number(0, HOUR_MS), Made("`0` on loopback, else `5000`"), Reload,
        "How long, at SIGTERM, the gateway says that it is not ready and serves all the same, in milliseconds: as long \
         as a balancer takes to notice. A second signal ends the wait.";
    WATCH_CONFIG: "server.watch_config", Switch, Made("`true` on loopback, else `false`"), Restart,
        "Reads the configuration anew when one of its files changes; at SIGHUP it always does.";
    REQUEST_ID: "server.request_id", Switch, Is("false"), Reload,
        "Each answer names its request in `X-Gateway-Request-Id`: a UUID, the `id` of its entry in the journal.";
    MAX_NAMESPACES: "server.max_namespaces", Number(0, 100_000), Is("10000"), Reload,
        "How many namespaces there may be at once; one more is refused with 429.";
    JOURNAL_MEMORY: "server.journal_memory", Number(0, 1 << 36), Is("67108864"), Restart,
        "How much memory the journal may take, in bytes. Beyond it the oldest entries make room, but for the last 100. \
         With 0 there is no journal, and calls that read it are refused.";
    ALLOW_WEAK_SECRETS: "server.allow_weak_secrets", Switch, Is("false"), Reload,
        "Accepts secrets that could be guessed on an address that is not loopback. The flag `--allow-weak-secrets` does \
         the same.";
    ALLOW_PASSWORDLESS: "server.allow_passwordless", Switch, Is("false"), Reload,
        "Accepts mounts that sign users in without a password (`auto_approve`, `user_picker`) on an address that is not \
         loopback. The flag `--allow-passwordless` does the same.";
    TLS_CERTIFICATE: "server.tls.certificate", Text, Nothing, Reload,
        "The file of the certificate chain in PEM, the server's own certificate first.";
    TLS_KEY: "server.tls.key", Text, Nothing, Reload,
        "The file of its private key in PEM: ECDSA, RSA or Ed25519, without a password.";
    TLS_DEVELOPMENT: "server.tls.development", Switch, Is("false"), Restart,
        "A certificate of this machine's own development CA instead. The flag `--dev-tls` does the same.";
    TLS_DEVELOPMENT_ANYWHERE: "server.tls.development_anywhere", Switch, Is("false"), Restart,
        "Accepts a development certificate on an address that is not loopback.";
    ADMIN_LISTEN: "admin.listen", Socket, Is("127.0.0.1:8081"), Restart,
        "Where the admin API listens.";
    ADMIN_URL: "admin.url", Form("a URL", uri::check_base), Nothing, Reload,
        "The http or https URL under which browsers reach the admin listener through a proxy: calls of pages of that origin \
         are accepted, which the console's are.";
    ADMIN_TOKEN: "admin.token", Secret, Nothing, Reload,
        "The bearer token that callers present.";
    ADMIN_TOKEN_FILE: "admin.token_file", Text, Nothing, Reload,
        "A file that holds the token; one trailing line break is not part of it.";
    TEST_FEATURES: "admin.test_features", Switch,
        Made("`true` in the sandbox and where both listeners are on loopback, else `false`"), Reload,
        "Whether what is there for tests is in force: changes of the clock, scenarios, codes, tokens and the reset of the admin API. \
         Where it is given as `false`, mounts that sign users in without a password (`auto_approve`, `user_picker`) are \
         refused too.";
    STORE_KIND: "store.kind", Word(&["embedded", "redis"]), Is("embedded"), Restart,
        "`embedded`: one process, a file or memory. `redis`: any number of replicas that share all state.";
    STORE_PATH: "store.path", Text,
        Made("`store.redb` in `idp-gateway` in the platform's state directory (`$XDG_STATE_HOME`, else `~/.local/state`)"),
        Restart,
        "Embedded store: the database file, or `:memory:` for state that ends with the process.";
    STORE_URL: "store.url", Secret, Nothing, Restart,
        "Where Redis is: see below.";
    STORE_TLS_CA: "store.tls_ca", Text, Nothing, Restart,
        "Redis by `rediss`: the file of the CAs that its certificate may be of, in PEM. Without it the system's count, or \
         those of the file that `SSL_CERT_FILE` names.";
    STORE_TLS_CERT: "store.tls_cert", Text, Nothing, Restart,
        "Redis by `rediss`: the file of the certificate that the gateway shows, in PEM: `tls-auth-clients yes`, Redis's \
         default, asks for one.";
    STORE_TLS_KEY: "store.tls_key", Text, Nothing, Restart,
        "The file of its private key in PEM, without a password.";
    STORE_PREFIX: "store.prefix", Form("letters, digits and `-_.`", check_prefix), Is("idp-gateway"), Restart,
        "Redis: what the names of all keys begin with. Gateways with the same Redis and prefix are replicas of one \
         another; an ACL user needs `~idp-gateway:*`.";
    STORE_TIMEOUT_MS: "store.timeout_ms", Number(10, 60_000), Is("200"), Restart,
        "Redis: how long a call may take, one repetition included: what a dead Redis costs a request until the breaker \
         opens. The round trip must take less than half of it.";
    STORE_LIMITER_FALLBACK: "store.limiter_fallback", Word(&["deny", "local"]), Is("deny"), Restart,
        "Redis: rate limits while it does not answer. `deny`: a limited client is told that the service is unavailable. \
         `local`: each replica counts for itself, up to its share of the limit.";
    STORE_REPLICA: "store.replica", Form("visible ASCII without commas", check_replica),
        Made("host name and process number"), Restart,
        "Redis: what this replica is called where replicas are named.";
    STORE_JOURNAL: "store.journal", Word(&["own", "shared"]), Is("own"), Restart,
        "Redis: the journal. `own`: each replica keeps its own, and asks the others when it is read. `shared`: each tells the \
         others of every request as it comes, so that what a replica knew outlives it.";
    STORE_JOURNAL_RATE: "store.journal_rate", Number(1, 1_000_000), Is("2000"), Restart,
        "Redis, where the journal is shared: of how many requests a second a replica tells the others. What is beyond that is \
         dropped, and counted.";
    LOG: "telemetry.log", Word(&["auto", "pretty", "json"]), Is("auto"), Restart,
        "`pretty` for people, `json` for one object to a line, `auto` for pretty on a terminal and JSON elsewhere.";
    LEVEL: "telemetry.level", Form("a level, or a filter", level::check), Is("info"), Reload,
        "`error`, `warn`, `info`, `debug`, `trace` or `off`, or a filter such as `info,issuer=debug`. The audit and the access \
         log are written at any level.";
    ACCESS_LOG: "telemetry.access_log", Switch, Is("false"), Reload,
        "A line of the log for each request on the public listener: address, method, path, mount, endpoint, status, \
         duration, client, id, and what a trusted proxy calls it.";
    METRICS_LISTEN: "telemetry.metrics_listen", Socket, Nothing, Restart,
        "A listener that serves `GET /metrics` without a token, for a Prometheus in the same cluster. The admin listener \
         serves the same with its token.";
    OTLP_ENDPOINT: "telemetry.otlp_endpoint", Form("a URL", uri::check_base), Nothing, Restart,
        "The collector that traces are sent to, by OTLP over HTTP: `http://collector:4318`, or `https://…`. `/v1/traces` \
         is added. Without it there are no traces.";
    TRACE_SAMPLE_RATIO: "telemetry.trace_sample_ratio", Ratio, Is("1"), Restart,
        "The part of traces that is recorded. A request that comes with a `traceparent` is recorded where its caller's \
         trace is.";
}

/// The setting of that key.
pub(super) fn find(key: &str) -> Option<&'static Setting> {
    ALL.iter().copied().find(|setting| setting.key == key)
}

/// The names of the settings and tables that stand directly in the table of that path, once each.
pub(super) fn names_in(path: &str) -> Vec<&'static str> {
    let mut names: Vec<_> = ALL
        .iter()
        .filter_map(|setting| match path {
            "" => setting.key.split('.').next(),
            path => setting.key.strip_prefix(path)?.strip_prefix('.')?.split('.').next(),
        })
        .collect();
    names.dedup();
    names
}

impl Setting {
    /// The variable that stands for it: `IDP_GATEWAY__STORE__PATH` for `store.path`.
    pub fn variable(&self) -> String {
        format!("{}{}", PREFIX, self.key.replace('.', "__").to_ascii_uppercase())
    }
}

fn check_prefix(text: &str) -> Result<(), &'static str> {
    let admitted = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let is_right = !text.is_empty() && text.bytes().all(admitted);
    if is_right { Ok(()) } else { Err("must be letters, digits and - _ . alone") }
}

fn check_replica(text: &str) -> Result<(), &'static str> {
    let is_right = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b',');
    if is_right { Ok(()) } else { Err("must be visible ASCII without commas") }
}
