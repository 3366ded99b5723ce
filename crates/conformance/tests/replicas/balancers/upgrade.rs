//! A new version is rolled out under load over what an earlier one has left in Redis, and back.
//!
//! `IDP_GATEWAY_EARLIER_BIN` names the binary of the earlier version. Without it this version takes its part, over the
//! earlier one's rows.

use super::kind::NGINX;
use super::site::{Over, Site, served};
use super::vendors::form;
use anyhow::{Context, Result, anyhow, ensure};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use testkit::gateway;
use testkit::http::Connection;
use testkit::vendor::Tokens;
use testkit::{Redis, fixture, wait_until};

const VERSION: &str = "0.1.0";
const REPLICAS: usize = 3;
/// Clients of each kind.
const CLIENTS: usize = 2;
const PACE: Duration = Duration::from_millis(10);
const TOKEN: &str = "/brighthr/connect/token";
const WEB: (&str, &str) = ("web", "web-secret");

/// What clients do until it is over.
#[derive(Default)]
struct Load {
    is_over: AtomicBool,
    answered: AtomicUsize,
}

impl Load {
    /// Sends what `next` makes of the answer before; every answer must be 200.
    fn client(&self, site: &super::site::Connector, mut next: impl FnMut(Option<Tokens>) -> Vec<u8>) -> Result<()> {
        let (mut kept, mut granted) = (None, None);
        while !self.is_over.load(Ordering::Relaxed) {
            let mut connection: Connection = kept.take().map_or_else(|| site.connect(), Ok)?;
            let answer = connection.exchange(&next(granted.take()))?;
            granted = Some(Tokens::of(&answer)?);
            let closes = answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
            kept = Some(connection).filter(|_| !closes);
            self.answered.fetch_add(1, Ordering::Relaxed);
            testkit::pause(PACE);
        }
        Ok(())
    }
}

fn bits() -> Vec<u8> {
    let fields = [("grant_type", "client_credentials")];
    form("/bits/v1/oauth2/token", ("bits-client-1", "bits-secret-1"), &fields, &[])
}

fn refresh(token: &str) -> Vec<u8> {
    form(TOKEN, WEB, &[("grant_type", "refresh_token"), ("refresh_token", token)], &[])
}

/// A refresh token for alice, whom every version knows.
fn begin(site: &Site) -> Result<String> {
    const REDIRECT: &str = "https://client.test/cb";
    let code = site.replica(0)?.admin().code_for("brighthr", WEB.0, "alice", REDIRECT, "openid offline_access")?;
    let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
    Ok(Tokens::of(&site.exchange(&form(TOKEN, WEB, &fields, &[]))?)?.refresh)
}

/// Each replica in turn gives way to one of `binary`.
fn roll(site: &mut Site, binary: &PathBuf) -> Result<()> {
    site.over.binary.clone_from(binary);
    for at in 0..REPLICAS {
        if let Some(replica) = &mut site.replicas[at] {
            replica.terminate()?;
        }
        site.start_replica(at)?;
        let before = served(site.replica(at)?)?;
        wait_until("the replica to be given requests", || Ok(served(site.replica(at)?)? > before + 10))?;
    }
    Ok(())
}

#[test]
fn versions_follow_each_other_under_load_and_go_back() -> Result<()> {
    let present = gateway::binary()?.to_owned();
    let earlier = gateway::earlier_binary()?;
    let redis = Redis::start()?;
    fixture::restore(&redis, &fixture::read(VERSION, "redis.dump")?)?;
    let mounts = fixture::read(VERSION, "mounts.toml")?;
    let mounts = mounts.split_once("[[mount]]").map(|(_, mounts)| format!("[[mount]]{mounts}")).context("no mount")?;
    let over = Over { mounts, binary: earlier.clone().unwrap_or_else(|| present.clone()) };
    let mut site = Site::start_over(&NGINX, REPLICAS, redis, over)?;
    site.replica(0)?.admin().call("DELETE", "/v1/clock", None)?;
    let tokens = (0..CLIENTS).map(|_| begin(&site)).collect::<Result<Vec<_>>>()?;
    let (load, connector) = (Load::default(), site.connector());
    std::thread::scope(|scope| -> Result<()> {
        let (load, connector) = (&load, &connector);
        let mut clients = Vec::new();
        for mut token in tokens {
            clients.push(scope.spawn(move || load.client(connector, |_| bits())));
            clients.push(scope.spawn(move || {
                load.client(connector, |granted| {
                    token = granted.map_or_else(|| token.clone(), |granted| granted.refresh);
                    refresh(&token)
                })
            }));
        }
        let outcome = roll(&mut site, &present).and_then(|()| match &earlier {
            Some(earlier) => roll(&mut site, earlier).and_then(|()| roll(&mut site, &present)),
            None => Ok(()),
        });
        let outcome = outcome.and_then(|()| upgrade(&site, &present));
        load.is_over.store(true, Ordering::Relaxed);
        for client in clients {
            client.join().map_err(|_| anyhow!("a panic"))?.context("a client was refused")?;
        }
        outcome
    })?;
    ensure!(load.answered.load(Ordering::Relaxed) > 100, "there was a load");
    Ok(())
}

/// Ends the way back, under load too.
fn upgrade(site: &Site, present: &PathBuf) -> Result<()> {
    let file = site.replica(0)?.directory().join("gateway.toml");
    let output = Command::new(present).args(["store", "upgrade", "--config"]).arg(file).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{said}");
    Ok(())
}
