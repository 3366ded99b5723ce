//! What the sections `server`, `admin`, `store` and `telemetry` mean.

use super::environment::Environment;
use super::findings::{Findings, Place};
use super::layers::Layers;
use super::secrets::SecretSources;
use super::uri;
use super::{AdminConfig, LogFormat, ServerConfig, StoreConfig, TelemetryConfig};
use etcetera::BaseStrategy;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

const SOCKET: &str = "an IP address and a port, such as `127.0.0.1:8080`, or `0.0.0.0:8080` for every interface";
const HOUR_MS: u64 = 3_600_000;

pub(super) fn is_loopback(listen: SocketAddr) -> bool {
    listen.ip().to_canonical().is_loopback()
}

const fn local(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

pub(super) fn server(layers: &Layers, allow_weak_secrets: bool, findings: &mut Findings) -> ServerConfig {
    let listen = layers.parse("server.listen", local(8080), SOCKET, findings);
    let mut millis = |key, default| Duration::from_millis(layers.number(key, default, (1, HOUR_MS), findings));
    let body_timeout = millis("server.body_timeout_ms", 10_000);
    let head_timeout = millis("server.head_timeout_ms", 5_000);
    let shutdown_timeout = millis("server.shutdown_timeout_ms", 10_000);
    let mut size =
        |key, default, range| usize::try_from(layers.number(key, default, range, findings)).unwrap_or(usize::MAX);
    ServerConfig {
        listen,
        workers: size("server.workers", 0, (0, 1024)),
        body_limit: size("server.body_limit", 65_536, (1024, 1 << 30)),
        body_timeout,
        head_timeout,
        shutdown_timeout,
        public_url: public_url(layers, listen, findings),
        trusted_proxies: trusted_proxies(layers, findings),
        allow_weak_secrets: allow_weak_secrets
            | layers.parse("server.allow_weak_secrets", false, "true or false", findings),
    }
}

/// Not a key of the file: it is the word of whoever starts the process, such as a test.
pub(super) fn announce_json(environment: &Environment, findings: &mut Findings) -> bool {
    const NAME: &str = "IDP_GATEWAY_ANNOUNCE";
    match environment.get(NAME) {
        Ok(Some("json")) => true,
        Ok(None | Some("")) => false,
        Ok(Some(_)) | Err(_) => {
            findings.error(Place::Variable(NAME.to_owned()), "", "must be `json`, or not set");
            false
        }
    }
}

fn public_url(layers: &Layers, listen: SocketAddr, findings: &mut Findings) -> String {
    let Some(given) = layers.text("server.public_url") else { return super::default_public_url(listen.port()) };
    if let Err(why) = uri::check_base(&given.value) {
        findings.error(given.place, "server.public_url", format!("`{}` {why}", given.value.escape_debug()));
    }
    given.value.trim_end_matches('/').to_owned()
}

/// Addresses and networks, such as `10.0.0.0/8`.
fn trusted_proxies(layers: &Layers, findings: &mut Findings) -> Vec<String> {
    let proxies = layers.list("server.trusted_proxies");
    for proxy in &proxies {
        let (address, bits) = proxy.split_once('/').map_or((proxy.as_str(), None), |(a, b)| (a, Some(b)));
        let known = address.parse::<IpAddr>().is_ok_and(|address| {
            let most = if address.is_ipv4() { 32 } else { 128 };
            bits.is_none_or(|bits| {
                bits.bytes().all(|b| b.is_ascii_digit()) && bits.parse::<u8>().is_ok_and(|bits| bits <= most)
            })
        });
        if !known {
            let message = format!(
                "`{}` is neither an IP address nor a network; write `10.1.2.3` or `10.0.0.0/8`",
                proxy.escape_debug()
            );
            findings.error(layers.place("server.trusted_proxies"), "server.trusted_proxies", message);
        }
    }
    proxies
}

pub(super) fn admin(
    layers: &Layers,
    server: &ServerConfig,
    base: &Path,
    environment: &Environment,
    findings: &mut Findings,
) -> AdminConfig {
    let listen = layers.parse("admin.listen", local(8081), SOCKET, findings);
    if listen == server.listen && listen.port() != 0 {
        let message = format!("{listen} is server.listen too; the admin API has a listener of its own");
        findings.error(layers.place("admin.listen"), "admin.listen", message);
    }
    let token = match (layers.text("admin.token"), layers.text("admin.token_file")) {
        (Some(_), Some(file)) => {
            findings.error(file.place, "admin.token_file", "admin.token is given too; keep one of them");
            return AdminConfig { listen, token: None };
        }
        (Some(given), None) => Some((given.value.into(), given.place, "admin.token")),
        (None, Some(given)) => {
            let base = if layers.is_from_file("admin.token_file") { base } else { Path::new("") };
            let read = SecretSources::File { base, environment }.file(&given.value);
            let (token, warning) = match read {
                Ok(read) => read,
                Err(why) => {
                    findings.error(given.place, "admin.token_file", why);
                    return AdminConfig { listen, token: None };
                }
            };
            if let Some(warning) = warning {
                findings.warn(given.place.clone(), "admin.token_file", warning);
            }
            Some((token, given.place, "admin.token_file"))
        }
        (None, None) => None,
    };
    check_token(layers, listen, server.allow_weak_secrets, token.as_ref(), findings);
    AdminConfig { listen, token: token.map(|(token, ..)| grant::Secret::from(token.expose())) }
}

fn check_token(
    layers: &Layers,
    listen: SocketAddr,
    allow_weak: bool,
    token: Option<&(admin_api::SecretText, Place, &'static str)>,
    findings: &mut Findings,
) {
    const LEAST: usize = 16;
    match token {
        Some((token, place, key)) if !token.expose().bytes().all(|b| b.is_ascii_graphic()) => {
            let message = "a token is sent in a header: use printable ASCII without spaces";
            findings.error(place.clone(), *key, message);
        }
        Some((token, place, key)) if !is_loopback(listen) && !allow_weak && token.expose().len() < LEAST => {
            let message = format!(
                "the token has fewer than {LEAST} characters and admin.listen ({listen}) is not loopback; \
                 take a long random one"
            );
            findings.error(place.clone(), *key, message);
        }
        None if !is_loopback(listen) => {
            let message = format!(
                "{listen} is not loopback and there is no admin token; set admin.token_file (or the variable \
                 IDP_GATEWAY__ADMIN__TOKEN), or listen on 127.0.0.1"
            );
            findings.error(layers.place("admin.listen"), "admin.listen", message);
        }
        _ => {}
    }
}

pub(super) fn store(layers: &Layers, base: &Path, findings: &mut Findings) -> StoreConfig {
    if let Some(kind) = layers.text("store.kind").filter(|kind| kind.value != "embedded") {
        let message = if kind.value == "redis" {
            "the Redis store is not built into this version; write \"embedded\"".to_owned()
        } else {
            format!("`{}` is no store; write \"embedded\"", kind.value.escape_debug())
        };
        findings.error(kind.place, "store.kind", message);
        return StoreConfig::Memory;
    }
    match layers.text("store.path") {
        Some(path) if path.value == ":memory:" => StoreConfig::Memory,
        Some(path) if layers.is_from_file("store.path") => StoreConfig::File(base.join(path.value)),
        Some(path) => StoreConfig::File(path.value.into()),
        None => default_store(layers, findings),
    }
}

fn default_store(layers: &Layers, findings: &mut Findings) -> StoreConfig {
    if let Ok(strategy) = etcetera::choose_base_strategy() {
        let state: PathBuf = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
        return StoreConfig::File(state.join("idp-gateway").join("store.redb"));
    }
    let message = "there is no home directory to keep the store in; set it to a file, or to \":memory:\"";
    findings.error(layers.place("store.path"), "store.path", message);
    StoreConfig::Memory
}

pub(super) fn telemetry(layers: &Layers, findings: &mut Findings) -> TelemetryConfig {
    let log = match layers.text("telemetry.log") {
        None => LogFormat::Auto,
        Some(given) => match given.value.as_str() {
            "auto" => LogFormat::Auto,
            "pretty" => LogFormat::Pretty,
            "json" => LogFormat::Json,
            other => {
                let message = format!("`{}` must be \"auto\", \"pretty\" or \"json\"", other.escape_debug());
                findings.error(given.place, "telemetry.log", message);
                LogFormat::Auto
            }
        },
    };
    let level = layers.text("telemetry.level").map_or_else(|| "info".to_owned(), |given| given.value);
    if tracing_subscriber::EnvFilter::try_new(&level).is_err() {
        let message = format!(
            "`{}` must be error, warn, info, debug or trace, or a filter such as `info,issuer=debug`",
            level.escape_debug()
        );
        findings.error(layers.place("telemetry.level"), "telemetry.level", message);
    }
    TelemetryConfig { log, level }
}
