//! The settings of Redis that docs/redis.md gives, each block with servers that have it.

use crate::{bits, bizzassure, config, get};
use anyhow::{Context, Result, ensure};
use std::fs;
use testkit::gateway::Gateway;
use testkit::{Cluster, Redis, tree, wait_until};

/// The block below a heading, as arguments of redis-server.
fn block(heading: &str) -> Result<Vec<String>> {
    let page = fs::read_to_string(tree::root().join("docs/redis.md"))?;
    let text = page.split(&format!("\n### {heading}\n")).nth(1).with_context(|| format!("no heading {heading}"))?;
    let text = text.split("```\n").nth(1).with_context(|| format!("{heading} has no block"))?;
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    Ok(lines.flat_map(|(name, value)| [format!("--{name}"), value.to_owned()]).collect())
}

fn start(block: &[String], more: &[&str]) -> Result<Redis> {
    let own: Vec<_> = block.iter().map(String::as_str).chain(more.iter().copied()).collect();
    Redis::start_with(&own)
}

fn has_tokens(url: &str) -> Result<Gateway> {
    let gateway = Gateway::start(&config(url, "one", "timeout_ms = 5000"))?;
    ensure!(bits(&gateway)?.status == 200 && bizzassure(&gateway, "app-secret")?.status == 200);
    Ok(gateway)
}

fn ready(gateway: &Gateway) -> Result<u16> {
    Ok(get(gateway, "/_gateway/health/ready", None)?.status)
}

/// It says so as often as it is up to date: on a busy machine not at every moment.
fn is_ready(gateway: &Gateway) -> Result<()> {
    wait_until("the gateway to be ready", || Ok(ready(gateway)? == 200))
}

#[test]
fn s10_one_node_works_by_itself() -> Result<()> {
    let redis = start(&block("One node")?, &[])?;
    let gateway = has_tokens(&redis.url())?;
    is_ready(&gateway)?;
    ensure!(redis.info("maxmemory_policy")? == "noeviction" && redis.info("aof_enabled")? == "1");
    Ok(())
}

#[test]
fn s10_a_primary_with_two_replicas_may_lose_one_and_stops_without_any() -> Result<()> {
    let settings = block("Sentinel")?;
    let primary = start(&settings, &["--repl-diskless-sync-delay", "0"])?;
    let of = format!("127.0.0.1 {}", primary.address().port());
    let replica = || start(&settings, &["--replicaof", &of]);
    let (mut first, mut second) = (replica()?, replica()?);
    wait_until("both replicas to follow", || Ok(primary.info("min_slaves_good_slaves")? == "2"))?;
    let gateway = has_tokens(&primary.url())?;
    first.kill9()?;
    wait_until("the primary to miss one", || Ok(primary.info("min_slaves_good_slaves")? == "1"))?;
    ensure!(bizzassure(&gateway, "app-secret")?.status == 200);
    is_ready(&gateway)?;
    second.kill9()?;
    wait_until("writes to be refused", || Ok(ready(&gateway)? == 503))?;
    ensure!(bits(&gateway)?.status == 200 && bizzassure(&gateway, "app-secret")?.status == 503);
    Ok(())
}

#[test]
fn s10_a_cluster_works() -> Result<()> {
    let settings = block("Cluster")?;
    ensure!(settings.windows(2).any(|pair| pair == ["--cluster-enabled", "yes"]));
    let cluster = Cluster::start_with(&settings.iter().map(String::as_str).collect::<Vec<_>>())?;
    let gateway = has_tokens(&cluster.url())?;
    is_ready(&gateway)?;
    Ok(())
}
