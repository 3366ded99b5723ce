//! What OpenSSL's own benchmark reaches on the server's core: the bound of a token signed with RSA.

use crate::server::{SERVER_CPU, pinned};
use anyhow::{Context as _, ensure};

/// RSA-2048 signatures per second, measured for `seconds` on the server's core by the system's `openssl`.
pub fn rsa2048_signs(seconds: u32) -> anyhow::Result<f64> {
    let output = pinned(SERVER_CPU, "openssl".as_ref())
        .args(["speed", "-seconds", &seconds.to_string(), "rsa2048"])
        .output()
        .context("cannot run `taskset`; install util-linux")?;
    ensure!(
        output.status.success(),
        "`openssl speed` failed; is openssl installed? {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    signs(&String::from_utf8_lossy(&output.stdout)).context("cannot read the output of `openssl speed`")
}

/// Finds the column by its name: newer versions have more of them.
fn signs(output: &str) -> Option<f64> {
    let heading = output.lines().find(|line| line.split_whitespace().any(|column| column == "sign/s"))?;
    let column = heading.split_whitespace().position(|column| column == "sign/s")?;
    let figures =
        output.lines().find(|line| line.starts_with("rsa") && line.contains("2048 bits"))?.split("bits").nth(1)?;
    figures.split_whitespace().nth(column)?.parse().ok()
}

/// The version of the system's `openssl`, for the record.
pub fn version() -> anyhow::Result<String> {
    let output = std::process::Command::new("openssl").arg("version").output().context("openssl is not installed")?;
    Ok(String::from_utf8_lossy(&output.stdout).split(" (").next().unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_layouts() {
        let old = "                  sign    verify    sign/s verify/s\nrsa 2048 bits 0.000811s 0.000024s   1232.3  41872.7\n";
        assert_eq!(signs(old), Some(1232.3));
        let new = "                   sign    verify    encrypt   decrypt   sign/s verify/s  encr./s  decr./s\n\
                   rsa  2048 bits 0.000209s 0.000014s 0.000015s 0.000210s   4790.1  71428.0  66666.0   4761.0\n";
        assert_eq!(signs(new), Some(4790.1));
        assert_eq!(signs("rsa 2048 bits"), None);
    }
}
