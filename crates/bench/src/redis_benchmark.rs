//! What Redis itself makes of the script that spends a refresh token, asked by its own `redis-benchmark`.

use crate::server::{LOAD_CPU, SERVER_CPU, pinned};
use crate::throughput::CONNECTIONS;
use anyhow::{Context as _, ensure};
use testkit::Redis;

/// Calls of a run, for each second that it is meant to last.
const CALLS: u32 = 30_000;
/// The end of every token: beyond any run.
const ENDS: &str = "4102444800";
/// The first token of a chain, and the one whose use is forgotten.
const FIRST: &str = "00000000-0000-4000-8000-first0000001";
const FORGOTTEN: &str = "00000000-0000-4000-8000-forgotten009";
/// How many different numbers `redis-benchmark` draws from: as many as it can.
const NUMBERS: &str = "2147483647";

/// A redis-server on the core of the load, so that the gateway has the other to itself.
pub fn server() -> anyhow::Result<Redis> {
    let cpu = LOAD_CPU.to_string();
    Redis::start_with(&["--server_cpulist", &cpu, "--bio_cpulist", &cpu])
}

/// Makes sure that `script` is what a gateway over this Redis spends tokens with, and returns its hash. `refresh` has
/// the gateway use a refresh token, for the first time since the Redis has started.
pub fn known_script(
    redis: &Redis,
    script: &str,
    refresh: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<String> {
    let sha = redis.command(&["SCRIPT", "LOAD", script])?;
    let sent = redis.calls("eval")?;
    refresh()?;
    ensure!(redis.calls("eval")? == sent, "the gateway spends refresh tokens with another script than the benchmark");
    Ok(sha)
}

/// Calls a second of the script by `redis-benchmark` on the server's core: as many connections as the load has, each
/// with one call in flight; each call spends a token that was not spent before, of the one family `family`.
pub fn spends(redis: &Redis, sha: &str, family: &str, seconds: u32) -> anyhow::Result<f64> {
    let (connections, calls) = (CONNECTIONS.to_string(), CALLS * seconds);
    let port = redis.address().port().to_string();
    let output = pinned(SERVER_CPU, "redis-benchmark".as_ref())
        .args(["-h", "127.0.0.1", "-p", &port, "-c", &connections, "-n", &calls.to_string(), "-r", NUMBERS, "--csv"])
        // The script's arguments: jti, request, clock (2), the token's end, whether it is spent, grace, where it stands
        // in its chain (5), replica, nothing, no namespace's end, a deadline that never comes.
        .args(["EVALSHA", sha, "1", family, "00000000-0000-4000-8000-__rand_int__", "0123456789abcdef"])
        .args(["o", "0", ENDS, "1", "0", "40", "31", FIRST, FORGOTTEN, "1"])
        .args(["0123456789abcdef", "", "0", "9000000000000000"])
        .output()
        .context("cannot run `taskset`; install util-linux")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "`redis-benchmark` failed: {text}{}", String::from_utf8_lossy(&output.stderr));
    // Each spent token is a field of the family; a number drawn twice is none of its own.
    let fields: u64 = redis.command(&["HLEN", family])?.parse()?;
    ensure!(fields > u64::from(calls) * 99 / 100, "{calls} calls have spent {fields} tokens");
    redis.command(&["DEL", family])?;
    rate(&text).with_context(|| format!("cannot read the output of `redis-benchmark`: {text}"))
}

/// Finds the column by its name.
fn rate(output: &str) -> Option<f64> {
    let mut lines = output.lines();
    let heading = lines.find(|line| line.contains("\"rps\""))?;
    let column = heading.split("\",\"").position(|name| name == "rps")?;
    lines.next()?.split("\",\"").nth(column)?.trim_matches('"').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_rate() {
        let text = "\"test\",\"rps\",\"avg_latency_ms\"\n\"EVALSHA 1f2e 1 a:{b/0}f o 0\",\"28452.20\",\"1.011\"\n";
        assert_eq!(rate(text), Some(28452.2));
        assert_eq!(rate("\"test\",\"avg\"\n\"a\",\"1\"\n"), None);
        assert_eq!(rate(""), None);
    }

    #[test]
    fn every_call_spends_a_token_of_its_own() {
        let redis = server().unwrap();
        let script = store::refresh_script();
        let sha = known_script(&redis, script, || Ok(())).unwrap();
        assert!(spends(&redis, &sha, "p:0:{m/000000000000001}f", 1).unwrap() > 0.0);
        // A script that does nothing spends nothing.
        let idle = redis.command(&["SCRIPT", "LOAD", "return 1"]).unwrap();
        let error = spends(&redis, &idle, "p:0:{m/000000000000002}f", 1).unwrap_err();
        assert!(error.to_string().contains("have spent 0 tokens"), "{error}");
    }

    #[test]
    fn a_gateway_with_another_script_is_noticed() {
        let redis = server().unwrap();
        let other = || redis.command(&["EVAL", "return 2", "0"]).map(drop);
        let error = known_script(&redis, "return 1", other).unwrap_err();
        assert!(error.to_string().contains("another script"), "{error}");
    }
}
