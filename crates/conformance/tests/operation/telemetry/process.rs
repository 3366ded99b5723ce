//! What the metrics say of the process, its store and its keys, and what it was built from.

use super::exposition::Exposition;
use super::stage::{bits, start};
use anyhow::{Context, Result, ensure};
use std::process::Command;
use std::time::SystemTime;
use testkit::gateway::binary;
use testkit::wait_until;

#[test]
fn s18_the_process_its_store_and_its_keys_are_measured() -> Result<()> {
    let gateway = start("")?;
    ensure!(bits(&gateway, "batch-secret")?.status == 200);
    let key = "idp_gateway_signing_key_created_seconds{mount=\"bits\"}";
    wait_until("a look at the keys", || Ok(Exposition::of(&gateway)?.value(key) > 0.0))?;
    let seen = Exposition::of(&gateway)?;
    #[expect(clippy::disallowed_methods, reason = "the test's own look at the wall clock")]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs_f64();
    for (series, least, most) in [
        ("process_resident_memory_bytes", 1e6, 1e9),
        ("process_open_fds", 10.0, 1000.0),
        ("process_max_fds", 64.0, 1e9),
        ("process_cpu_seconds_total", 0.0, 1000.0),
        ("process_start_time_seconds", now - 600.0, now),
        ("idp_gateway_store_bytes", 1e4, 1e9),
        ("idp_gateway_connections", 0.0, 8.0),
        ("idp_gateway_connections_max", 32.0, 1e9),
        (key, now - 600.0, now),
    ] {
        let value = seen.value(series);
        ensure!((least..=most).contains(&value), "{series} is {value}\n{}", seen.text);
        ensure!(seen.names().contains(series), "no {series}\n{}", seen.text);
    }
    Ok(())
}

#[test]
fn s18_version_and_metrics_name_the_commit() -> Result<()> {
    let output = Command::new(binary()?).arg("--version").output()?;
    let version = String::from_utf8(output.stdout)?;
    let (number, commit) = version.trim_end().split_once(" (").context(version.clone())?;
    let commit = commit.strip_suffix(')').context("no end")?;
    ensure!(number == concat!("idp-gateway ", env!("CARGO_PKG_VERSION")), "{version}");
    ensure!(commit == "unknown" || commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()), "{version}");
    let text = Exposition::of(&start("")?)?.text;
    let number = env!("CARGO_PKG_VERSION");
    let series = format!("idp_gateway_build_info{{version=\"{number}\",commit=\"{commit}\"}} 1\n");
    ensure!(text.contains(&series), "{text}");
    Ok(())
}
