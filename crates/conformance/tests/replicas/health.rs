//! What each answer about health says of a store that fails: live for those who restart, serving for balancers, ready for
//! those who look.

use crate::{MOUNTS, bits, bizzassure, config, get};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use testkit::gateway::Gateway;
use testkit::{Cluster, Proxy, Redis, SentinelSet, wait_until};

/// The statuses of live, serving and ready.
fn statuses(gateway: &Gateway) -> Result<[u16; 3]> {
    let ask = |question: &str| get(gateway, &format!("/_gateway/health/{question}"), None).map(|answer| answer.status);
    Ok([ask("live")?, ask("serving")?, ask("ready")?])
}

/// The checks that the gateway says have failed.
fn failed(gateway: &Gateway) -> Result<Value> {
    let answer = get(gateway, "/_gateway/health/ready", None)?;
    let body = answer.json()?;
    ensure!((answer.status == 200) == body["failed"].is_null(), "{} {body}", answer.status);
    Ok(body["failed"].clone())
}

fn wait_for(gateway: &Gateway, checks: &Value) -> Result<()> {
    wait_until(&format!("{checks} to fail"), || Ok(failed(gateway)? == *checks))
}

/// The gateway serves all the while; it is ready before and after, and those checks fail while writes are refused.
fn not_ready_while(redis: &Redis, setting: &str, checks: &Value) -> Result<()> {
    let gateway = Gateway::start(&config(&redis.url(), setting, "timeout_ms = 5000"))?;
    ensure!(bits(&gateway)?.status == 200, "a first key");
    wait_for(&gateway, &Value::Null).context("at first")?;
    redis.command(&["CONFIG", "SET", setting, "1"])?;
    wait_for(&gateway, checks).context("while writes are refused")?;
    ensure!(statuses(&gateway)? == [200, 200, 503], "{:?}", statuses(&gateway)?);
    let answer = get(&gateway, "/_gateway/health/ready", None)?.json()?;
    ensure!(answer == json!({ "status": "store unavailable", "failed": checks }), "{answer}");
    ensure!(bits(&gateway)?.status == 200, "needs no state");
    redis.command(&["CONFIG", "SET", setting, "0"])?;
    wait_for(&gateway, &Value::Null).context("once writes are taken")
}

#[test]
fn s08_a_store_that_refuses_writes_is_not_ready() -> Result<()> {
    let redis = Redis::start()?;
    // NOREPLICAS, which a heart-beat meets too, and OOM, which it does not.
    not_ready_while(&redis, "min-replicas-to-write", &json!(["store", "log"]))?;
    not_ready_while(&redis, "maxmemory", &json!(["store"]))
}

#[test]
fn s08_the_cause_is_in_the_log_and_not_in_the_answer() -> Result<()> {
    let redis = Redis::start()?;
    let gateway = Gateway::start(&config(&redis.url(), "one", ""))?;
    redis.command(&["CONFIG", "SET", "min-replicas-to-write", "1"])?;
    wait_for(&gateway, &json!(["store", "log"]))?;
    let logs = gateway.logs()?;
    ensure!(logs.contains("NOREPLICAS"), "{logs}");
    ensure!(!get(&gateway, "/_gateway/health/ready", None)?.text().contains("NOREPLICAS"));
    Ok(())
}

#[test]
fn s08_keys_that_cannot_be_read_are_not_ready() -> Result<()> {
    let redis = Redis::start()?;
    let first = Gateway::start(&config(&redis.url(), "first", ""))?;
    bits(&first)?;
    redis.command(&["HSET", "idp-gateway:keys:{bits}", "odd", "no key"])?;
    let second = Gateway::start_early(&config(&redis.url(), "second", "timeout_ms = 5000"))?;
    wait_for(&second, &json!(["keys"]))?;
    ensure!(statuses(&first)?[2] == 200, "who has read them has them");
    redis.command(&["HDEL", "idp-gateway:keys:{bits}", "odd"])?;
    wait_for(&second, &Value::Null)
}

#[test]
fn s08_whoever_asks_the_store_is_written_once_a_second() -> Result<()> {
    let redis = Redis::start()?;
    let gateway = Gateway::start(&config(&redis.url(), "one", ""))?;
    let before = (std::time::Instant::now(), redis.calls("set")?);
    for _ in 0..200 {
        get(&gateway, "/_gateway/health/ready", None)?;
    }
    // Beside those who asked, the gateway looks by itself.
    let (most, written) = (before.0.elapsed().as_secs() + 2, redis.calls("set")? - before.1);
    ensure!(written <= most, "{written} writes, and {most} may be");
    Ok(())
}

/// A Redis that takes no script that names its language, as one before version 7.
pub(crate) fn old_redis() -> Result<SocketAddr> {
    fn answer(stream: &TcpStream) -> Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut line = String::new();
        let mut next = || -> Result<String> {
            line.clear();
            ensure!(reader.read_line(&mut line)? > 0, "the end");
            Ok(line.trim_end().to_owned())
        };
        loop {
            let parts: usize = next()?.trim_start_matches('*').parse()?;
            let mut command = Vec::new();
            for _ in 0..parts {
                let length: usize = next()?.trim_start_matches('$').parse()?;
                let mut part = next()?;
                while part.len() < length {
                    part = part + "\n" + &next()?;
                }
                command.push(part);
            }
            let nothing = |count: usize| format!("*{count}") + &"\r\n$-1".repeat(count);
            let answer = match command.first().map(String::as_str) {
                Some("EVALSHA") => "-NOSCRIPT No matching script. Please use EVAL.".to_owned(),
                Some("EVAL") => {
                    "-ERR Error compiling script (new function): user_script:1: unexpected symbol near '#'".to_owned()
                }
                Some("INFO") => "$21\r\nredis_version:6.2.14\n".to_owned(),
                Some("GET" | "HGET") => "$-1".to_owned(),
                Some("MGET") => nothing(command.len() - 1),
                Some("HMGET") => nothing(command.len() - 2),
                Some("HSCAN") => "*2\r\n$1\r\n0\r\n*0".to_owned(),
                Some("HLEN" | "DBSIZE") => ":0".to_owned(),
                Some("XREVRANGE" | "HVALS" | "HGETALL") => "*0".to_owned(),
                Some("PING") => "+PONG".to_owned(),
                _ => "+OK".to_owned(),
            };
            (&mut &*stream).write_all(format!("{answer}\r\n").as_bytes())?;
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || drop(answer(&stream)));
        }
    });
    Ok(address)
}

#[test]
fn s08_a_redis_before_version_7_is_not_ready() -> Result<()> {
    let gateway = Gateway::start_early(&config(&format!("redis://{}", old_redis()?), "one", ""))?;
    wait_until("the store to be called unavailable", || {
        let failed = failed(&gateway)?;
        Ok(failed.as_array().is_some_and(|checks| checks.contains(&json!("store"))))
    })?;
    ensure!(statuses(&gateway)?[0] == 200);
    Ok(())
}

#[test]
fn s09_a_redis_that_is_gone_takes_no_replica_out() -> Result<()> {
    let redis = Redis::start()?;
    let proxy = Proxy::start(redis.address())?;
    let gateway = Gateway::start(&config(&proxy.url(), "one", ""))?;
    ensure!(statuses(&gateway)? == [200, 200, 200] && bits(&gateway)?.status == 200, "a first key");
    proxy.refuse(true);
    proxy.cut();
    wait_for(&gateway, &json!(["store", "log"]))?;
    ensure!(statuses(&gateway)? == [200, 200, 503], "{:?}", statuses(&gateway)?);
    ensure!(bits(&gateway)?.status == 200 && bizzassure(&gateway, "app-secret")?.status == 503);
    proxy.refuse(false);
    wait_for(&gateway, &Value::Null)
}

#[test]
fn s09_one_that_never_saw_the_store_or_is_about_to_stop_does_not_serve() -> Result<()> {
    let mut redis = Redis::start()?;
    redis.kill9()?;
    let drains = format!("{}\n[store]\nkind = \"redis\"\nurl = \"{}\"\n", MOUNTS, redis.url())
        .replace("[server]\n", "[server]\ndrain_delay_ms = 60000\n");
    let gateway = Gateway::start_early(&drains)?;
    ensure!(statuses(&gateway)? == [200, 503, 503], "{:?}", statuses(&gateway)?);
    let answer = get(&gateway, "/_gateway/health/serving", None)?.text();
    ensure!(answer == r#"{"status":"changes of replicas are not in force","failed":["changes"]}"#, "{answer}");
    redis.restart()?;
    wait_until("the gateway to serve", || Ok(statuses(&gateway)? == [200, 200, 200]))?;
    gateway.signal("TERM")?;
    wait_until("the gateway to drain", || Ok(statuses(&gateway)? == [200, 503, 503]))?;
    let answer = get(&gateway, "/_gateway/health/serving", None)?.text();
    ensure!(answer == r#"{"status":"draining","failed":["running"]}"#, "{answer}");
    Ok(())
}

/// A balancer takes a replica out at one failure, so the moment that each change takes must not be one.
#[test]
fn s09_changes_take_no_replica_out() -> Result<()> {
    let redis = Redis::start()?;
    let first = Gateway::start(&config(&redis.url(), "first", "timeout_ms = 5000"))?;
    let second = Gateway::start(&config(&redis.url(), "second", "timeout_ms = 5000"))?;
    std::thread::scope(|scope| {
        let changing = scope.spawn(|| -> Result<()> {
            for lead in 0..30 {
                first.admin().call(
                    "POST",
                    "/v1/mounts/brighthr/keys/rotate",
                    Some(&json!({ "lead_seconds": lead })),
                )?;
            }
            Ok(())
        });
        while !changing.is_finished() {
            for replica in [&first, &second] {
                let answer = get(replica, "/_gateway/health/serving", None)?;
                ensure!(answer.status == 200, "{}", answer.text());
            }
        }
        changing.join().map_err(|_| anyhow::anyhow!("a panic"))?
    })
}

#[test]
fn s09_the_same_holds_behind_sentinels_and_in_a_cluster() -> Result<()> {
    let sentinels = SentinelSet::start()?;
    let gateway = Gateway::start(&config(&sentinels.url(), "one", "timeout_ms = 5000"))?;
    ensure!(statuses(&gateway)? == [200, 200, 200]);
    let cluster = Cluster::start()?;
    let other = Gateway::start(&config(&cluster.url(), "two", "timeout_ms = 5000"))?;
    ensure!(statuses(&other)? == [200, 200, 200]);
    for node in cluster.nodes() {
        node.command(&["CONFIG", "SET", "maxmemory", "1"])?;
    }
    wait_for(&other, &json!(["store"]))?;
    ensure!(statuses(&other)? == [200, 200, 503]);
    Ok(())
}
