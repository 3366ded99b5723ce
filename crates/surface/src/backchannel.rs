//! Tells clients of sessions that have ended (OpenID Connect Back-Channel Logout 1.0 section 2.5), beside the request that
//! ended them: no user waits for a client. What becomes of it is in the journal.

use crate::exchange::Exchange;
use crate::journal::Entry;
use crate::mounts::Mount;
use crate::world::World;
use grant::{RefusalKind, Seconds};
use issuer::LogoutNotice;
use rustls::crypto::ring;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::time::sleep;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// The name of it in the journal.
pub const ENDPOINT: &str = "backchannel_logout";
/// How long one attempt may take, and the longest answer that is read, in bytes.
const TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER: u64 = 64 * 1024;
/// How long after an attempt that failed the next one comes; after the last there is none.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];
/// How many are told at once, and how many may wait for that.
const AT_ONCE: usize = 16;
const WAITING: usize = 1024;

static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(AT_ONCE)));
static PLACES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(WAITING)));
static ANYWHERE: LazyLock<ureq::Agent> = LazyLock::new(|| agent(Reach::Anywhere));
static PUBLIC: LazyLock<ureq::Agent> = LazyLock::new(|| agent(Reach::Public));

/// What one client is told, and where that is written down.
struct Telling {
    world: Arc<World>,
    mount: Arc<str>,
    dialect: &'static str,
    notice: LogoutNotice,
}

/// Tells each of the clients, in a task of its own.
pub(crate) fn tell(exchange: &Exchange<'_>, mount: &Mount, notices: Vec<LogoutNotice>) {
    for notice in notices {
        let world = Arc::clone(&exchange.world);
        let telling = Telling { world, mount: Arc::clone(&mount.label), dialect: mount.kind.id, notice };
        match Arc::clone(&PLACES).try_acquire_owned() {
            Ok(place) => drop(tokio::spawn(async move {
                telling.run().await;
                drop(place);
            })),
            Err(_) => telling.note(Instant::now(), &Err("too many clients are waiting to be told".to_owned())),
        }
    }
}

impl Telling {
    async fn run(self) {
        let began = Instant::now();
        let mut outcome = self.attempt().await;
        for pause in AGAIN {
            if !outcome.as_ref().map_or(true, |status| *status >= 500) {
                break;
            }
            sleep(pause).await;
            outcome = self.attempt().await;
        }
        self.note(began, &outcome);
    }

    /// The status that the client answers.
    async fn attempt(&self) -> Result<u16, String> {
        let uri = self.notice.client.backchannel_logout_uri.as_deref().unwrap_or_default().to_owned();
        let token = self.notice.token.clone();
        let agent = if self.notice.is_configured { &ANYWHERE } else { &PUBLIC };
        let turn = Arc::clone(&TURNS).acquire_owned().await;
        let sent = tokio::task::spawn_blocking(move || {
            let sent = agent.post(&uri).send_form([("logout_token", token.as_str())]);
            drop(turn);
            let (head, body) = sent?.into_parts();
            // Read to its end, within bounds, so that the client's write does not fail.
            let _ = body.into_with_config().limit(ANSWER).read_to_vec();
            Ok::<_, ureq::Error>(head.status.as_u16())
        });
        match sent.await {
            Ok(sent) => sent.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn note(&self, began: Instant, outcome: &Result<u16, String>) {
        let status = *outcome.as_ref().unwrap_or(&0);
        let cause = match outcome {
            Ok(200 | 204) => None,
            Ok(status) => Some(format!("the client answered {status} where it should answer 200")),
            Err(why) => Some(format!("the client could not be told: {why}")),
        };
        let client = &self.notice.client;
        if let Some(cause) = &cause {
            tracing::warn!(mount = &*self.mount, client = %client.id, cause, "a client was not told of a log-out");
        }
        let clock = &self.world.issuer.clock;
        self.world.journal.push(Entry {
            id: uuid::Builder::from_random_bytes(rand::random()).into_uuid(),
            namespace: self.world.name().cloned(),
            at: clock.real_now().millis,
            clock: clock.now().millis,
            took: began.elapsed(),
            mount: Some(Arc::clone(&self.mount)),
            dialect: Some(self.dialect),
            endpoint: ENDPOINT,
            method: "POST",
            path: client.backchannel_logout_uri.as_deref().unwrap_or_default().to_owned(),
            client_id: Some(client.id.shared()),
            user: Some(Arc::clone(&self.notice.subject)),
            status,
            error: cause.as_ref().map(|_| RefusalKind::Unavailable { retry_after: Seconds(1) }.code()),
            cause: cause.map(Into::into),
            ..Entry::default()
        });
    }
}

/// Where a client may be.
#[derive(Clone, Copy, Debug)]
enum Reach {
    Anywhere,
    /// At no address of a private network: whoever may change clients at run time reaches nothing behind the gateway.
    Public,
}

#[derive(Debug)]
struct Within(Reach, DefaultResolver);

impl Resolver for Within {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let addresses = self.1.resolve(uri, config, timeout)?;
        match self.0 {
            Reach::Public if !addresses.iter().all(|address| is_public(address.ip())) => Err(ureq::Error::Other(
                "its host is in a private network, where only clients of the configuration are told".into(),
            )),
            _ => Ok(addresses),
        }
    }
}

/// Whether an address is one of the Internet's (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            let is_translated = first == 0x64 && v6.segments()[1] == 0xff9b;
            let is_global =
                (first & 0xe000) == 0x2000 && first != 0x2002 && !(first == 0x2001 && v6.segments()[1] < 0x200);
            is_global && !is_translated && v6 != Ipv6Addr::UNSPECIFIED
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    let is_special = first == 0 || first >= 224 || (first, second, third) == (192, 0, 0);
    let is_benchmark = first == 198 && (18..20).contains(&second);
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || is_shared
        || is_special
        || is_benchmark)
}

fn agent(reach: Reach) -> ureq::Agent {
    let roots = rustls_native_certs::load_native_certs();
    let roots = roots.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect::<Vec<_>>();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .build();
    let config = ureq::Agent::config_builder()
        .proxy(None)
        .max_redirects(0)
        .http_status_as_error(false)
        .timeout_global(Some(TIMEOUT))
        .tls_config(tls)
        .build();
    ureq::Agent::with_parts(config, DefaultConnector::new(), Within(reach, DefaultResolver::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o34_private_networks_are_told_apart() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "::1",
            "::",
            "fc00::1",
            "fe80::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "::ffff:1.1.1.1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
