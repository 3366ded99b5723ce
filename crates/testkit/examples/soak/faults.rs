//! What fails, a minute each: faults of docs/operations.md's table that no replica is lost by for good.

use crate::site::Site;
use anyhow::Result;
use std::time::Duration;
use testkit::pause;

use Cause::{Network, Process};

/// A fault, caused and taken back.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) cause: Cause,
}

/// What causes it.
pub(crate) enum Cause {
    /// Processes, which may not do what they are told.
    Process(fn(&mut Site) -> Result<()>),
    /// The network before Redis.
    Network(fn(&mut Site)),
}

impl Fault {
    pub(crate) fn cause(&self, site: &mut Site) -> Result<()> {
        match self.cause {
            Cause::Process(cause) => cause(site),
            Cause::Network(cause) => {
                cause(site);
                Ok(())
            }
        }
    }
}

/// How long what lasts lasts.
const LASTS: Duration = Duration::from_secs(6);

pub(crate) const ALL: [Fault; 15] = [
    Fault { name: "Redis stands still", cause: Process(redis_stands_still) },
    Fault { name: "a replica is killed", cause: Process(killed) },
    Fault { name: "Redis takes no writes (OOM)", cause: Process(out_of_memory) },
    Fault { name: "a replica is cut off", cause: Network(cut_off) },
    Fault { name: "a replica stops and starts", cause: Process(restarted) },
    Fault { name: "Redis lacks its replicas (NOREPLICAS)", cause: Process(without_replicas) },
    Fault { name: "the network is slow", cause: Network(slow) },
    Fault { name: "a signing key is rotated", cause: Process(rotated) },
    Fault { name: "replies of scripts are lost", cause: Network(lost_replies) },
    Fault { name: "all connections to Redis are closed", cause: Process(connections_closed) },
    Fault { name: "Redis is killed and starts again", cause: Process(redis_killed) },
    Fault { name: "a replica stands still", cause: Process(stands_still) },
    Fault { name: "the configuration is read again", cause: Process(reloaded) },
    Fault { name: "Redis refuses connections", cause: Network(refused) },
    Fault { name: "Redis forgets its scripts", cause: Process(scripts_forgotten) },
];

fn redis_stands_still(site: &mut Site) -> Result<()> {
    site.redis.pause()?;
    pause(LASTS);
    site.redis.resume()
}

fn killed(site: &mut Site) -> Result<()> {
    site.replicas[1].kill9()?;
    pause(LASTS);
    site.replicas[1].restart()
}

fn out_of_memory(site: &mut Site) -> Result<()> {
    site.redis.command(&["CONFIG", "SET", "maxmemory", "1"])?;
    pause(LASTS);
    site.redis.command(&["CONFIG", "SET", "maxmemory", "0"]).map(drop)
}

fn cut_off(site: &mut Site) {
    site.proxies[2].black_hole(true);
    pause(LASTS);
    site.proxies[2].black_hole(false);
    site.proxies[2].cut();
}

fn restarted(site: &mut Site) -> Result<()> {
    site.replicas[2].terminate()?;
    site.replicas[2].restart()
}

fn without_replicas(site: &mut Site) -> Result<()> {
    site.redis.command(&["CONFIG", "SET", "min-replicas-to-write", "1"])?;
    pause(LASTS);
    site.redis.command(&["CONFIG", "SET", "min-replicas-to-write", "0"]).map(drop)
}

fn slow(site: &mut Site) {
    site.proxies.iter().for_each(|proxy| proxy.delay(Duration::from_millis(60)));
    pause(LASTS);
    site.proxies.iter().for_each(|proxy| proxy.delay(Duration::ZERO));
}

fn rotated(site: &mut Site) -> Result<()> {
    site.replicas[0].admin().rotate_key("brighthr", 2)?;
    site.replicas[1].admin().rotate_key("screeningeagle", 0)?;
    Ok(())
}

fn lost_replies(site: &mut Site) {
    site.proxies.iter().for_each(|proxy| proxy.drop_replies(3));
    pause(LASTS);
}

fn connections_closed(site: &mut Site) -> Result<()> {
    site.redis.command(&["CLIENT", "KILL", "TYPE", "normal"]).map(drop)
}

fn redis_killed(site: &mut Site) -> Result<()> {
    // What is written is on disk after a second; no clock of this machine can tell which writes are.
    site.redis.command(&["CONFIG", "SET", "appendfsync", "always"])?;
    pause(Duration::from_secs(2));
    site.redis.kill9()?;
    pause(Duration::from_secs(2));
    site.redis.restart()
}

fn stands_still(site: &mut Site) -> Result<()> {
    site.replicas[1].signal("STOP")?;
    pause(LASTS);
    site.replicas[1].signal("CONT")
}

fn reloaded(site: &mut Site) -> Result<()> {
    site.replicas.iter().try_for_each(|replica| replica.signal("HUP"))
}

fn refused(site: &mut Site) {
    site.proxies.iter().for_each(|proxy| proxy.refuse(true));
    site.proxies.iter().for_each(testkit::Proxy::cut);
    pause(LASTS);
    site.proxies.iter().for_each(|proxy| proxy.refuse(false));
}

fn scripts_forgotten(site: &mut Site) -> Result<()> {
    site.redis.command(&["SCRIPT", "FLUSH"]).map(drop)
}
