//! What the sections `server` and `admin` mean.

use super::environment::Environment;
use super::findings::{Findings, Place};
use super::host::is_loopback;
use super::layers::Layers;
use super::secrets::SecretSources;
use super::{AdminConfig, Loader, ServerConfig};
use super::{fixed, tls, uri};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

pub(super) const SOCKET: &str =
    "an IP address and a port, such as `127.0.0.1:8080`, or `0.0.0.0:8080` for every interface";
const HOUR_MS: u64 = 3_600_000;

const fn local(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

pub(super) fn server(layers: &Layers, context: &Loader<'_>, base: &Path, findings: &mut Findings) -> ServerConfig {
    let asked = layers.parse("server.listen", local(8080), SOCKET, findings);
    let bound = context.fixed.map(|fixed| fixed.public);
    let listen = fixed::hold_address(layers, "server.listen", asked, bound, findings);
    let tls = tls::tls(layers, listen, context.flags.dev_tls, base, &context.files, findings);
    let mut millis = |key, default| Duration::from_millis(layers.number(key, default, (1, HOUR_MS), findings));
    let body_timeout = millis("server.body_timeout_ms", 10_000);
    let head_timeout = millis("server.head_timeout_ms", 5_000);
    let shutdown_timeout = millis("server.shutdown_timeout_ms", 10_000);
    let drain_delay = if is_loopback(listen.ip()) { 0 } else { 5_000 };
    let drain_delay = layers.number("server.drain_delay_ms", drain_delay, (0, HOUR_MS), findings);
    let mut size =
        |key, default, range| usize::try_from(layers.number(key, default, range, findings)).unwrap_or(usize::MAX);
    ServerConfig {
        listen,
        workers: size("server.workers", 0, (0, 1024)),
        body_limit: size("server.body_limit", 65_536, (1024, 1 << 30)),
        body_timeout,
        head_timeout,
        shutdown_timeout,
        drain_delay: Duration::from_millis(drain_delay),
        watch_config: layers.parse("server.watch_config", is_loopback(listen.ip()), "true or false", findings),
        public_url: public_url(layers, listen, tls.is_some(), findings),
        tls,
        trusted_proxies: trusted_proxies(layers, findings),
        allow_weak_secrets: context.flags.allow_weak_secrets
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

fn public_url(layers: &Layers, listen: SocketAddr, is_tls: bool, findings: &mut Findings) -> String {
    let Some(given) = layers.text("server.public_url") else { return super::default_public_url(is_tls, listen.port()) };
    if let Err(why) = uri::check_base(&given.value) {
        findings.error(given.place.clone(), "server.public_url", format!("`{}` {why}", given.value.escape_debug()));
    }
    if is_tls && given.value.starts_with("http://") {
        let message = "begins with http:// and server.tls has the listener speak HTTPS; write https://";
        findings.warn(given.place, "server.public_url", message);
    }
    given.value.trim_end_matches('/').to_owned()
}

/// Addresses and networks, such as `10.0.0.0/8`.
fn trusted_proxies(layers: &Layers, findings: &mut Findings) -> Vec<IpNet> {
    const KEY: &str = "server.trusted_proxies";
    let mut networks = Vec::new();
    for proxy in layers.list(KEY) {
        let one = || proxy.parse().ok().map(|address: IpAddr| IpNet::from(address.to_canonical()));
        let network: Option<IpNet> = proxy.parse().ok().or_else(one);
        let Some(network) = network else {
            let message = format!(
                "`{}` is neither an IP address nor a network; write `10.1.2.3` or `10.0.0.0/8`",
                proxy.escape_debug()
            );
            findings.error(layers.place(KEY), KEY, message);
            continue;
        };
        if network.prefix_len() == 0 {
            let message = format!("`{network}` is everybody: any client can say that it comes from elsewhere");
            findings.warn(layers.place(KEY), KEY, message);
        }
        networks.push(network);
    }
    networks
}

pub(super) fn admin(
    layers: &Layers,
    server: &ServerConfig,
    context: &Loader<'_>,
    base: &Path,
    findings: &mut Findings,
) -> AdminConfig {
    let asked = layers.parse("admin.listen", local(8081), SOCKET, findings);
    let bound = context.fixed.map(|fixed| fixed.admin);
    let listen = fixed::hold_address(layers, "admin.listen", asked, bound, findings);
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
            let sources = SecretSources::File { base, environment: context.environment, files: &context.files };
            let read = sources.file(&given.value);
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
        Some((token, place, key)) if !is_loopback(listen.ip()) && !allow_weak && token.expose().len() < LEAST => {
            let message = format!(
                "the token has fewer than {LEAST} characters and admin.listen ({listen}) is not loopback; \
                 take a long random one"
            );
            findings.error(place.clone(), *key, message);
        }
        None if !is_loopback(listen.ip()) => {
            let message = format!(
                "{listen} is not loopback and there is no admin token; set admin.token_file (or the variable \
                 IDP_GATEWAY__ADMIN__TOKEN), or listen on 127.0.0.1"
            );
            findings.error(layers.place("admin.listen"), "admin.listen", message);
        }
        _ => {}
    }
}
