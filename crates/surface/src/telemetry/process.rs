//! The process as the system sees it: the metrics that every Prometheus client has, from `/proc` (Linux alone).

use std::fs;

/// The kernel's unit of processor time for programs, on every architecture.
const TICKS_PER_SECOND: u64 = 100;
/// The size of a page where the status does not come in bytes is not needed: `VmRSS` is in kilobytes.
const KILOBYTE: u64 = 1024;

/// How many files the process may have open; `None` where the system does not say.
pub fn max_descriptors() -> Option<usize> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let soft = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?.split_whitespace().next()?;
    soft.parse().ok()
}

/// Sets the metrics.
#[expect(clippy::cast_precision_loss, reason = "bytes and descriptors are far below 2^52")]
pub(super) fn observe() {
    let gauge = |name: &'static str, value: Option<u64>| {
        if let Some(value) = value {
            metrics::gauge!(name).set(value as f64);
        }
    };
    gauge("process_resident_memory_bytes", resident());
    gauge("process_open_fds", fs::read_dir("/proc/self/fd").ok().map(|all| all.count() as u64));
    gauge("process_max_fds", max_descriptors().map(|limit| limit as u64));
    if let Some(seconds) = processor_seconds() {
        metrics::counter!("process_cpu_seconds_total").absolute(seconds);
    }
}

fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes * KILOBYTE)
}

/// The fields after the name, which is in parentheses: user and system time are the 12th and 13th of them (proc(5)).
fn processor_seconds() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some((next()? + next()?) / TICKS_PER_SECOND)
}
