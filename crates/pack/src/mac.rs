//! MACs by a client's secret, by which a vendor vouches for what it tells the client through a browser.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use grant::Client;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;
use std::fmt::Write;

/// How a MAC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Hex,
    Base64,
}

/// What is vouched for: the parameters that have a value, sorted by name, written as a form.
pub(crate) fn message<'p>(parameters: impl Iterator<Item = (&'p str, Option<&'p str>)>) -> String {
    let mut told: Vec<_> = parameters.filter_map(|(name, value)| Some((name, value?))).collect();
    told.sort_unstable();
    // Texts alone can be written as a form whatever they are.
    serde_urlencoded::to_string(told).unwrap_or_default()
}

/// The MAC of `message` by the first of the client's secrets; `None` where a digest of it alone is known.
pub(crate) fn of(client: &Client, message: &str, encoding: Encoding) -> Option<String> {
    let (secret, _) = client.mac_keys.first()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(message.as_bytes());
    let bytes = mac.finalize().into_bytes();
    Some(match encoding {
        Encoding::Base64 => STANDARD.encode(bytes),
        Encoding::Hex => bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vendor's own example: the secret `hush` and this query, with the MAC that it gives for them
    /// (<https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant>).
    #[test]
    fn what_is_told_is_sorted_and_vouched_for() {
        let told = [
            ("timestamp", Some("1337178173")),
            ("shop", Some("some-shop.myshopify.com")),
            ("state", None),
            ("code", Some("0907a61c0c8d55e99db179b68161bc00")),
        ];
        let message = message(told.into_iter());
        assert_eq!(message, "code=0907a61c0c8d55e99db179b68161bc00&shop=some-shop.myshopify.com&timestamp=1337178173");
        let mut client = Client::new("c");
        assert_eq!(of(&client, &message, Encoding::Hex), None);
        client.mac_keys.push(("hush".into(), None));
        let hex = of(&client, &message, Encoding::Hex);
        assert_eq!(hex.as_deref(), Some("4712bf92ffc2917d15a2f5a273e39f0116667419aa4b6ac0b3baaf26fa3c4d20"));
        assert_eq!(
            of(&client, &message, Encoding::Base64).as_deref(),
            Some("RxK/kv/CkX0VovWic+OfARZmdBmqS2rAs7qvJvo8TSA=")
        );
    }

    #[test]
    fn a_value_cannot_add_a_parameter() {
        assert_eq!(message([("a", Some("1&b=2 3~*"))].into_iter()), "a=1%26b%3D2+3%7E*");
    }
}
