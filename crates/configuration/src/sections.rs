//! What the sections `server` and `admin` mean.

use super::environment::Environment;
use super::findings::{Findings, Place};
use super::host::is_loopback;
use super::secrets::SecretSources;
use super::settings::{self, Settings};
use super::{AdminConfig, Loader, ServerConfig, tls};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

/// Where nothing can be heard: what stands for an address that is wrong, beside the finding that says so.
const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

pub(super) fn server(
    settings: &mut Settings,
    context: &Loader<'_>,
    base: &Path,
    findings: &mut Findings,
) -> ServerConfig {
    let bound = context.fixed.map(|fixed| fixed.public);
    let listen = bound.or_else(|| settings.get(settings::LISTEN)).unwrap_or(NOWHERE);
    let is_local = is_loopback(listen.ip());
    settings.make(settings::DRAIN_DELAY_MS, if is_local { "0" } else { "5000" }.to_owned());
    settings.make(settings::WATCH_CONFIG, is_local.to_string());
    let tls = tls::tls(settings, listen, context, base, findings);
    ServerConfig {
        listen,
        public_url: public_url(settings, listen, tls.is_some(), findings),
        tls,
        allow_passwordless: is_local
            || context.flags.allow_passwordless
            || settings.value(settings::ALLOW_PASSWORDLESS),
        trusted_proxies: trusted_proxies(settings, findings),
        allow_weak_secrets: context.flags.allow_weak_secrets || settings.value(settings::ALLOW_WEAK_SECRETS),
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

fn public_url(settings: &Settings, listen: SocketAddr, is_tls: bool, findings: &mut Findings) -> String {
    let Some(url) = settings.text(settings::PUBLIC_URL) else {
        return super::default_public_url(is_tls, listen.port());
    };
    if is_tls && url.starts_with("http://") {
        let message = "begins with http:// and server.tls has the listener speak HTTPS; write https://";
        settings.warn(settings::PUBLIC_URL, message, findings);
    }
    url.trim_end_matches('/').to_owned()
}

/// Addresses and networks, such as `10.0.0.0/8`.
fn trusted_proxies(settings: &Settings, findings: &mut Findings) -> Vec<IpNet> {
    let mut networks = Vec::new();
    for proxy in settings.list(settings::TRUSTED_PROXIES) {
        let one = || proxy.parse().ok().map(|address: IpAddr| IpNet::from(address.to_canonical()));
        let network: Option<IpNet> = proxy.parse().ok().or_else(one);
        let Some(network) = network else {
            let message = format!(
                "`{}` is neither an IP address nor a network; write `10.1.2.3` or `10.0.0.0/8`",
                proxy.escape_debug()
            );
            settings.error(settings::TRUSTED_PROXIES, message, findings);
            continue;
        };
        if network.prefix_len() == 0 {
            let message = format!("`{network}` is everybody: any client can say that it comes from elsewhere");
            settings.warn(settings::TRUSTED_PROXIES, message, findings);
        }
        networks.push(network);
    }
    networks
}

pub(super) fn admin(
    settings: &Settings,
    server: &ServerConfig,
    context: &Loader<'_>,
    base: &Path,
    findings: &mut Findings,
) -> AdminConfig {
    let bound = context.fixed.map(|fixed| fixed.admin);
    let listen = bound.or_else(|| settings.get(settings::ADMIN_LISTEN)).unwrap_or(NOWHERE);
    if listen == server.listen && listen.port() != 0 {
        let message = format!("{listen} is server.listen too; the admin API has a listener of its own");
        settings.error(settings::ADMIN_LISTEN, message, findings);
    }
    let token = match (settings.text(settings::ADMIN_TOKEN), settings.text(settings::ADMIN_TOKEN_FILE)) {
        (Some(_), Some(_)) => {
            settings.error(settings::ADMIN_TOKEN_FILE, "admin.token is given too; keep one of them", findings);
            return AdminConfig { listen, token: None };
        }
        (Some(token), None) => Some((token.into(), settings::ADMIN_TOKEN)),
        (None, Some(file)) => {
            let base = settings.base_of(settings::ADMIN_TOKEN_FILE, base);
            let sources = SecretSources::File { base, environment: context.environment, files: &context.files };
            match sources.file(file) {
                Ok((token, warning)) => {
                    if let Some(warning) = warning {
                        settings.warn(settings::ADMIN_TOKEN_FILE, warning, findings);
                    }
                    Some((token, settings::ADMIN_TOKEN_FILE))
                }
                Err(why) => {
                    settings.error(settings::ADMIN_TOKEN_FILE, why, findings);
                    return AdminConfig { listen, token: None };
                }
            }
        }
        (None, None) => None,
    };
    check_token(settings, listen, server.allow_weak_secrets, token.as_ref(), findings);
    AdminConfig { listen, token: token.map(|(token, _)| grant::Secret::from(token.expose())) }
}

fn check_token(
    settings: &Settings,
    listen: SocketAddr,
    allow_weak: bool,
    token: Option<&(admin_api::SecretText, &settings::Setting)>,
    findings: &mut Findings,
) {
    const LEAST: usize = 16;
    match token {
        Some((token, setting)) if !token.expose().bytes().all(|b| b.is_ascii_graphic()) => {
            let message = "a token is sent in a header: use printable ASCII without spaces";
            settings.error(setting, message, findings);
        }
        Some((token, setting)) if !is_loopback(listen.ip()) && !allow_weak && token.expose().len() < LEAST => {
            let message = format!(
                "the token has fewer than {LEAST} characters and admin.listen ({listen}) is not loopback; \
                 take a long random one"
            );
            settings.error(setting, message, findings);
        }
        None if !is_loopback(listen.ip()) => {
            let message = format!(
                "{listen} is not loopback and there is no admin token; set admin.token_file (or the variable \
                 IDP_GATEWAY__ADMIN__TOKEN), or listen on 127.0.0.1"
            );
            settings.error(settings::ADMIN_LISTEN, message, findings);
        }
        _ => {}
    }
}
