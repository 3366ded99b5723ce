//! Assertions (RFC 7523) as clients make them.

pub use pairs::assertion::Signer;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// The type of assertions that authenticate clients.
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The grant that rests on an assertion.
pub const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The present, seconds since the epoch.
pub fn now() -> i64 {
    issuer::clock::real_seconds()
}

/// The claims of an assertion that is in order now, with these instead; null leaves one out.
pub fn claims(client: &str, audience: &str, instead: &Value) -> Result<Value> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let now = self::now();
    let jti = format!("jti-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut claims = json!({ "iss": client, "sub": client, "aud": audience, "iat": now, "exp": now + 60, "jti": jti });
    let all = claims.as_object_mut().context("an object")?;
    for (name, value) in instead.as_object().into_iter().flatten() {
        if value.is_null() {
            all.remove(name);
        } else {
            all.insert(name.clone(), value.clone());
        }
    }
    Ok(claims)
}
