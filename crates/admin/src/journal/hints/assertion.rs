//! Assertions that do not hold.

use super::Case;
use super::code::clock;
use issuer::{AssertionFault, Claim, Clue, NamedAudience};

/// What to change in an assertion, or in what is registered of its client.
pub(super) fn fault(case: &Case<'_>) -> Option<String> {
    let Clue::Assertion(fault) = case.entry.more.clue.as_deref()? else { return None };
    let client = case.entry.client_id.as_deref().unwrap_or_default();
    Some(match &**fault {
        AssertionFault::Unreadable => {
            "what was sent as an assertion is no JWT: send header, claims and signature, base64url without padding and joined by \
             dots"
                .to_owned()
        }
        AssertionFault::ChangesMeaning => {
            "leave `crit`, `b64`, `enc` and `zip` out of the assertion's header: none of them is served".to_owned()
        }
        AssertionFault::Algorithm => {
            "sign the assertion with RS256, PS256 or ES256 and a private key; HS256 is for client_secret_jwt alone".to_owned()
        }
        AssertionFault::NoKeys => format!("register the public key of client `{client}` as its `jwks`: it has none"),
        AssertionFault::NoMacSecret => format!(
            "client `{client}` may not authenticate by a MAC: give it `token_endpoint_auth_method = \"client_secret_jwt\"` and \
             its secret in the configuration file, or sign with a private key"
        ),
        AssertionFault::UnknownKid(known) => unknown_kid(client, known),
        AssertionFault::WrongKey { is_named: true } => format!(
            "client `{client}` has a key of the kid that the assertion names, and another key signed it, or by another algorithm: \
             register the public half of the key that signs, or give each key a kid of its own"
        ),
        AssertionFault::WrongKey { is_named: false } => format!(
            "none of what client `{client}` is registered with made the signature: register the public half of the key that \
             signs as its `jwks` or, of a MAC, use the client's secret as it is, without decoding it"
        ),
        AssertionFault::NotTheClient(claim) => not_the_client(*claim),
        AssertionFault::Audience { named, wanted } => audience(*named, &wanted.join("` or `")),
        AssertionFault::NoExpiry => "give the assertion an `exp`: seconds since the epoch, as a number".to_owned(),
        AssertionFault::Expired(ago) => format!(
            "the assertion ended {ago} s ago: make a new one for each request; seconds, not milliseconds{}",
            clock(case)
        ),
        AssertionFault::TooLong { ahead, most } => format!(
            "the assertion's `exp` is {ahead} s ahead, and {most} s are the most: seconds, not milliseconds; or raise \
             `client_assertion_ttl` or `assertion_ttl`{}",
            clock(case)
        ),
        AssertionFault::Early(wait) => format!(
            "the assertion's `nbf` or `iat` is {wait} s ahead: the clock of whoever made it is ahead{}",
            clock(case)
        ),
        AssertionFault::NoSubject => {
            "give the assertion a `sub`, as a text: a user's sub or username, or the client's id; `assertion_sub = \"optional\"` of the \
             mount lets an assertion without one speak for its client"
                .to_owned()
        }
        AssertionFault::NoJti => "give each assertion a `jti`: a text that no other assertion has".to_owned(),
        AssertionFault::Replayed => {
            "the assertion was used before: make a new one, with a `jti` of its own, for each request".to_owned()
        }
    })
}

fn unknown_kid(client: &str, known: &[String]) -> String {
    match known {
        [] => format!("leave `kid` out of the assertion's header: the keys of client `{client}` have none"),
        known => format!(
            "the assertion's `kid` is none of the keys of client `{client}`, which are `{}`: send one of them, or register \
             the key as its `jwks`",
            known.join("`, `")
        ),
    }
}

fn not_the_client(claim: Claim) -> String {
    match claim {
        Claim::Iss => "`iss` of an assertion is the client's id".to_owned(),
        Claim::Sub => "`iss` and `sub` of an assertion that authenticates a client are both the client's id".to_owned(),
    }
}

fn audience(named: NamedAudience, wanted: &str) -> String {
    let now = match named {
        NamedAudience::Nothing => "there is none",
        NamedAudience::List => "it is a list, and is to be one text, so that no other server can use the assertion",
        NamedAudience::Issuer => "it is the issuer",
        NamedAudience::Endpoint => "it is a URL below the issuer, such as the token endpoint's",
        NamedAudience::Slash => "it differs by a slash at the end",
        NamedAudience::Another => "it is something else",
    };
    format!(
        "the assertion's `aud` must be `{wanted}`, and {now}; what else it may be, `client_assertion_audience` and \
         `assertion_audience` say"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o41_a_hint_of_an_audience_says_what_it_must_be_and_what_it_is() {
        let hint = audience(NamedAudience::Endpoint, "https://issuer.test");
        assert!(hint.contains("must be `https://issuer.test`") && hint.contains("token endpoint"), "{hint}");
        assert!(audience(NamedAudience::List, "x").contains("one text"));
    }

    #[test]
    fn o41_a_hint_of_a_kid_names_those_that_are_registered() {
        assert!(unknown_kid("a", &["k1".to_owned(), "k2".to_owned()]).contains("`k1`, `k2`"));
        assert!(unknown_kid("a", &[]).contains("leave `kid` out"));
    }
}
