//! What the section `server` means.

use super::environment::Environment;
use super::findings::{Findings, Place};
use super::host::is_loopback;
use super::settings::{self, Settings};
use super::{Links, Loader, ServerConfig, tls};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

/// Where nothing can be heard: what stands for an address that is wrong, beside the finding that says so.
pub(super) const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

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
        links: Links::default(),
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
