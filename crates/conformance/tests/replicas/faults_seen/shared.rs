//! Faults of a Redis that replicas share.

use super::{Fault, TELEMETRY};
use crate::clocks::clock_ahead;
use crate::health::old_redis;
use crate::tls::TlsRedis;
use crate::{MOUNTS, bits, bizzassure, config};
use anyhow::{Result, ensure};
use std::time::Duration;
use testkit::gateway::Gateway;
use testkit::tls::Ca;
use testkit::{Proxy, Redis};

const WELL: Option<[u16; 3]> = Some([200, 200, 200]);
const REFUSED: Option<[u16; 3]> = Some([200, 200, 503]);
const NEVER_SEEN: Option<[u16; 3]> = Some([200, 503, 503]);
const STORE: &str = "idp_gateway_check{check=\"store\"} = 0";
const LOG: &str = "idp_gateway_check{check=\"log\"} = 0";

fn configured(url: &str) -> String {
    format!("{}\n{TELEMETRY}", config(url, "one", "timeout_ms = 1000"))
}

/// A gateway over that Redis that has done all that a first request waits for.
fn started(url: &str) -> Result<Gateway> {
    let gateway = Gateway::start(&configured(url))?;
    ensure!(bits(&gateway)?.status == 200 && bizzassure(&gateway, "app-secret")?.status == 200);
    Ok(gateway)
}

/// What becomes of a gateway when Redis is told that.
fn told(fault: &Fault, arguments: &[&str], commands: &[&[&str]]) -> Result<()> {
    let redis = Redis::start_with(arguments)?;
    let gateway = started(&redis.url())?;
    for command in commands {
        // One of them may be what fails.
        let _ = redis.command(command);
    }
    fault.shows(&gateway)
}

/// A gateway that cannot reach what it is started with.
fn early(fault: &Fault, url: &str) -> Result<()> {
    fault.shows(&Gateway::start_early(&configured(url))?)
}

fn over_tls(fault: &Fault, is_expired: bool) -> Result<()> {
    let ca = Ca::new()?;
    let redis = TlsRedis::start(&ca, if is_expired { ca.issue_for(-1)? } else { ca.issue()? })?;
    let keys = format!("timeout_ms = 1000\ntls_ca = \"{}\"\n", redis.path("ca.crt"));
    let own = format!("{}\n{TELEMETRY}", config(&redis.url(), "one", &keys));
    fault.shows(&Gateway::start_early(&own)?)
}

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        what: "Redis is killed",
        health: REFUSED,
        metric: LOG,
        alert: "IdpGatewayCutOff",
        log: "not ready",
        cause: |fault| {
            let mut redis = Redis::start()?;
            let gateway = started(&redis.url())?;
            redis.kill9()?;
            fault.shows(&gateway)
        },
    },
    Fault {
        what: "Redis accepts and does not answer",
        health: REFUSED,
        metric: "idp_gateway_store_breaker_state = 1",
        alert: "IdpGatewayBreakerOpen",
        log: "calls are refused until it answers",
        cause: |fault| {
            let redis = Redis::start()?;
            let gateway = started(&redis.url())?;
            redis.pause()?;
            for _ in 0..5 {
                bizzassure(&gateway, "app-secret")?;
            }
            fault.shows(&gateway)
        },
    },
    Fault {
        what: "Redis is gone while clients with a limit ask",
        health: REFUSED,
        metric: "idp_gateway_limiter_fallback_total{policy=\"deny\"} > 0",
        alert: "IdpGatewayLimiterFallback",
        log: "not ready",
        cause: |fault| {
            let mut redis = Redis::start()?;
            let gateway = started(&redis.url())?;
            redis.kill9()?;
            ensure!(bizzassure(&gateway, "app-secret")?.status == 503);
            fault.shows(&gateway)
        },
    },
    Fault {
        what: "the network to Redis is cut, on one replica",
        health: REFUSED,
        metric: LOG,
        alert: "IdpGatewayCutOff",
        log: "not ready",
        cause: |fault| {
            let redis = Redis::start()?;
            let proxy = Proxy::start(redis.address())?;
            let gateway = started(&proxy.url())?;
            proxy.refuse(true);
            proxy.cut();
            fault.shows(&gateway)
        },
    },
    Fault {
        what: "each answer of Redis takes 0.15 s",
        health: Some([200, 200, 200]),
        metric: "idp_gateway_store_seconds_count{operation=\"hit\",outcome=\"ok\"} > 1",
        alert: "IdpGatewayStoreSlow",
        log: "",
        cause: |fault| {
            let redis = Redis::start()?;
            let proxy = Proxy::start(redis.address())?;
            let gateway = started(&proxy.url())?;
            proxy.delay(Duration::from_millis(150));
            ensure!(bizzassure(&gateway, "app-secret")?.status == 200);
            fault.shows(&gateway)
        },
    },
    Fault {
        what: "Redis lacks a replica (`NOREPLICAS`)",
        health: REFUSED,
        metric: STORE,
        alert: "IdpGatewayStoreRefuses",
        log: "NOREPLICAS",
        cause: |fault| told(fault, &[], &[&["CONFIG", "SET", "min-replicas-to-write", "1"]]),
    },
    Fault {
        what: "Redis has no memory left (`OOM`)",
        health: REFUSED,
        metric: STORE,
        alert: "IdpGatewayStoreRefuses",
        log: "OOM",
        cause: |fault| told(fault, &[], &[&["CONFIG", "SET", "maxmemory", "1"]]),
    },
    Fault {
        what: "Redis cannot save (`MISCONF`)",
        health: REFUSED,
        metric: STORE,
        alert: "IdpGatewayStoreRefuses",
        log: "MISCONF",
        cause: |fault| told(fault, &["--dir", "/proc", "--save", "3600 1"], &[&["BGSAVE"]]),
    },
    Fault {
        what: "the node is a replica now (`READONLY`)",
        health: REFUSED,
        metric: "idp_gateway_ready = 0",
        alert: "IdpGatewayNotReady",
        log: "read only replica",
        cause: |fault| told(fault, &[], &[&["REPLICAOF", "127.0.0.1", "1"]]),
    },
    Fault {
        what: "Redis is older than 7",
        health: NEVER_SEEN,
        metric: "idp_gateway_serving = 0",
        alert: "IdpGatewayNotServing",
        log: "this is Redis 6",
        cause: |fault| early(fault, &format!("redis://{}", old_redis()?)),
    },
    Fault {
        what: "the password is another",
        health: NEVER_SEEN,
        metric: "idp_gateway_serving = 0",
        alert: "IdpGatewayNotServing",
        log: "authentication failed",
        cause: |fault| {
            let redis = Redis::start_with(&["--requirepass", "right"])?;
            early(fault, &redis.url().replace("right", "wrong"))
        },
    },
    Fault {
        what: "the ACL lacks a command",
        health: REFUSED,
        metric: STORE,
        alert: "IdpGatewayStoreRefuses",
        log: "can't run this command",
        cause: |fault| {
            let redis = Redis::start()?;
            redis.command(&["ACL", "SETUSER", "own", "on", ">word", "~*", "+@all"])?;
            let gateway = started(&redis.url().replace("redis://", "redis://own:word@"))?;
            redis.command(&["ACL", "SETUSER", "own", "-set"])?;
            fault.shows(&gateway)
        },
    },
    Fault {
        what: "Redis's certificate has expired",
        health: NEVER_SEEN,
        metric: "idp_gateway_serving = 0",
        alert: "IdpGatewayNotServing",
        log: "certificate expired",
        cause: |fault| over_tls(fault, true),
    },
    Fault {
        what: "Redis asks for a certificate (`tls-auth-clients`), and none is configured",
        health: NEVER_SEEN,
        metric: "idp_gateway_serving = 0",
        alert: "IdpGatewayNotServing",
        log: "not ready",
        cause: |fault| over_tls(fault, false),
    },
    Fault {
        what: "the gateway starts before its Redis",
        health: NEVER_SEEN,
        metric: "idp_gateway_serving = 0",
        alert: "IdpGatewayNotServing",
        log: "not ready until it",
        cause: |fault| early(fault, "redis://127.0.0.1:1"),
    },
    Fault {
        what: "a mount's keys in the store are damaged",
        health: REFUSED,
        metric: "idp_gateway_ready = 0",
        alert: "IdpGatewayNotReady",
        log: "a key",
        cause: |fault| {
            let redis = Redis::start()?;
            redis.command(&["HSET", "idp-gateway:keys:{bits}", "odd", "no key"])?;
            early(fault, &redis.url())
        },
    },
    Fault {
        what: "Redis has lost all that it kept (`FLUSHALL`)",
        health: WELL,
        metric: "idp_gateway_store_lost_total > 0",
        alert: "IdpGatewayStoreLost",
        log: "Redis has lost all that it kept, or is another than before",
        cause: |fault| told(fault, &[], &[&["FLUSHALL"]]),
    },
    Fault {
        what: "another replica is configured differently",
        health: WELL,
        metric: "idp_gateway_replicas_differing = 1",
        alert: "IdpGatewayReplicasDiffer",
        log: "another replica has another configuration",
        cause: |fault| {
            let redis = Redis::start()?;
            let gateway = started(&redis.url())?;
            let other = config(&redis.url(), "two", "timeout_ms = 5000").replace("batch-secret", "another");
            let _other = Gateway::start(&other)?;
            fault.shows(&gateway)
        },
    },
    Fault {
        what: "the machine's clock is an hour ahead of the one that replicas share",
        health: WELL,
        metric: "",
        alert: "",
        log: "this machine's clock is corrected by the one that replicas share",
        cause: |fault| {
            let redis = Redis::start()?;
            fault.shows(&Gateway::start_in(clock_ahead(3600)?, &configured(&redis.url()))?)
        },
    },
    Fault {
        what: "another replica has died",
        health: WELL,
        metric: "idp_gateway_replicas = 1",
        alert: "IdpGatewayReplicaMissing",
        log: "",
        cause: |fault| {
            let redis = Redis::start()?;
            let gateway = started(&redis.url())?;
            let mut other = Gateway::start(&format!("{MOUNTS}[store]\nkind = \"redis\"\nurl = \"{}\"\n", redis.url()))?;
            other.kill9()?;
            fault.shows(&gateway)
        },
    },
];
