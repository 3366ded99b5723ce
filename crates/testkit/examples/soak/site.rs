//! Three replicas, each with a network of its own to the Redis that they share.

use anyhow::Result;
use std::net::SocketAddr;
use testkit::gateway::Gateway;
use testkit::http;
use testkit::{Proxy, Redis, ports, wait_until};

/// How many replicas there are. The first never ends.
pub(crate) const REPLICAS: usize = 3;

const MOUNTS: &str = concat!(
    testkit::mounts!(bits brighthr),
    r#"
[[mount]]
name = "screeningeagle"
dialect = "screeningeagle-id"
[[mount.client]]
id = "web"
secret = "web-secret"
grants = ["authorization_code", "refresh_token"]
scopes = ["openid", "offline"]
redirect_uris = ["https://client.test/cb"]
[[mount.user]]
sub = "1302"
username = "alice"
password = "alice-password"
[[mount]]
name = "bizzassure"
dialect = "bizzassure-json"
"#
);

/// What fails, and what is asked.
pub(crate) struct Site {
    pub(crate) replicas: Vec<Gateway>,
    pub(crate) proxies: Vec<Proxy>,
    pub(crate) redis: Redis,
}

/// Where a replica is asked by clients, which stays when it starts again, and by administrators, which does not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address {
    pub(crate) public: SocketAddr,
    pub(crate) admin: SocketAddr,
}

impl Site {
    /// With a limited client for each of so many who ask.
    pub(crate) fn start(clients: usize) -> Result<Self> {
        let redis = Redis::start_with(&["--appendonly", "yes", "--maxmemory-policy", "noeviction"])?;
        let limited = |number| {
            format!(
                "[[mount.client]]\nid = \"app-{number}\"\nsecret = \"app-secret\"\nscopes = [\"employee.get\"]\n\
                 rate_limit = \"20/1m\"\n"
            )
        };
        let limited = (0..clients).map(limited).collect::<Vec<_>>().concat();
        let mut site = Self { replicas: Vec::new(), proxies: Vec::new(), redis };
        for number in 0..REPLICAS {
            let proxy = Proxy::start(site.redis.address())?;
            let config = format!(
                "[server]\npublic_url = \"http://localhost:8080\"\n[store]\nkind = \"redis\"\nurl = \"{}\"\n\
                 replica = \"replica-{number}\"\n{MOUNTS}{limited}",
                proxy.url()
            );
            site.proxies.push(proxy);
            site.replicas.push(Gateway::start_at(ports::free_port()?, &config)?);
        }
        Ok(site)
    }

    pub(crate) fn addresses(&self) -> Vec<Address> {
        let address = |gateway: &Gateway| Address { public: gateway.public(), admin: gateway.admin_address() };
        self.replicas.iter().map(address).collect()
    }

    pub(crate) fn wait_until_ready(&self) -> Result<()> {
        let probe = http::request("GET", "/_gateway/health/ready", &[("Host", "localhost")], b"");
        for replica in &self.replicas {
            wait_until("every replica to be ready", || Ok(http::exchange(replica.public(), &probe)?.status == 200))?;
        }
        Ok(())
    }
}
