//! `hash-secret`: what the configuration keeps of a secret or password.

use crate::output;
use admin_api::SecretText;
use anyhow::Context;
use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use clap::Args;
use configuration::files::BYTE_ORDER_MARK;
use configuration::sha256_hex;
use std::io::{BufRead, IsTerminal};
use zeroize::Zeroizing;

#[derive(Debug, Args)]
pub(super) struct HashSecret {
    /// Hash a user's password (Argon2id) rather than a client's secret (SHA-256).
    #[arg(long)]
    password: bool,
}

impl HashSecret {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let stdin = std::io::stdin();
        if stdin.is_terminal() {
            output::error("Type the secret, then Enter (it is shown; pipe it in to keep it off the screen):");
        }
        let mut text = Zeroizing::new(String::new());
        stdin.lock().read_line(&mut text).context("cannot read the secret from standard input")?;
        let text = text.trim_start_matches(BYTE_ORDER_MARK);
        let secret = text.strip_suffix('\n').unwrap_or(text);
        let secret = secret.strip_suffix('\r').unwrap_or(secret);
        anyhow::ensure!(!secret.is_empty(), "standard input has no secret; pipe it in, as in `printf %s … | …`");
        output::line(&self.configuration_line(&secret.into())?);
        Ok(())
    }

    /// The line to paste into the file.
    fn configuration_line(&self, secret: &SecretText) -> anyhow::Result<String> {
        if self.password {
            let hash = Argon2::default().hash_password(secret.expose().as_bytes());
            return Ok(format!("password_argon2 = \"{}\"", hash.context("the password cannot be hashed")?));
        }
        Ok(format!("secret_sha256 = \"{}\"", sha256_hex(secret)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::PasswordVerifier;
    use argon2::password_hash::phc::PasswordHash;

    #[test]
    fn prints_lines_that_the_configuration_takes() {
        let line = |password| HashSecret { password }.configuration_line(&"abc".into()).unwrap();
        // FIPS 180-2 appendix B.1.
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(line(false), format!("secret_sha256 = \"{sha256}\""));
        let argon2 = line(true);
        let hash = argon2.strip_prefix("password_argon2 = \"").unwrap().strip_suffix('"').unwrap();
        let parsed = PasswordHash::new(hash).unwrap();
        assert_eq!(parsed.algorithm.as_str(), "argon2id");
        assert!(Argon2::default().verify_password(b"abc", &parsed).is_ok());
        assert!(Argon2::default().verify_password(b"abd", &parsed).is_err());
    }
}
