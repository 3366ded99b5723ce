//! Codes, what they are bound to, and refresh tokens.

use super::Case;
use configuration::when;
use grant::{GrantType, RefusalKind, RequestFault, Scope, Scopes};
use issuer::Clue;
use surface::journal::Entry;

fn clue<'a>(case: &'a Case<'_>) -> Option<&'a Clue> {
    case.entry.more.clue.as_deref()
}

fn spends(grant: &str) -> impl Fn(&Entry) -> bool + '_ {
    move |entry| entry.grant == Some(grant) && entry.error.is_none()
}

/// A code that was used before.
pub(super) fn spent(case: &Case<'_>) -> Option<String> {
    let Clue::SpentCode = clue(case)? else { return None };
    let by = case.before(spends("authorization_code")).map(|entry| {
        let client = entry.client_id.as_deref().unwrap_or_default();
        format!(" by request {} of client `{client}` at {}", entry.number, when::millisecond(entry.clock))
    });
    let by = by.unwrap_or_default();
    Some(format!("the code was spent{by}: a code is good for one request; repeat none, and ask for a new one"))
}

/// A code that came too late.
pub(super) fn expired(case: &Case<'_>) -> Option<String> {
    let Clue::ExpiredCode = clue(case)? else { return None };
    let ttl = case.mount?.dialect().policy().code_ttl;
    Some(format!("a code lives {ttl} s here: redeem it at once, or raise `code_ttl`{}", clock(case)))
}

/// A code of another client.
pub(super) fn of_another(case: &Case<'_>) -> Option<String> {
    let Clue::CodeOfAnother = clue(case)? else { return None };
    let to = case.before(|entry| entry.error.is_none() && entry.client_id.is_some() && entry.grant.is_none());
    let to = to.and_then(|entry| Some(format!(": it is client `{}`'s", entry.client_id.as_deref()?)));
    Some(format!("the code was issued to another client{}; redeem it as that one", to.unwrap_or_default()))
}

/// A redirect URI that differs, and where.
pub(super) fn redirect_uri(case: &Case<'_>) -> Option<String> {
    let (asked, of_code) = match clue(case)? {
        Clue::UnknownRedirect(asked) => (asked, false),
        Clue::CodeSentElsewhere(asked) => (asked, true),
        _ => return None,
    };
    let client = case.mount?.core.directory.client(case.entry.client_id.as_deref()?)?;
    if of_code && client.redirect_uris.iter().any(|known| **known == **asked) {
        return Some("this redirect_uri is registered, and the code was sent to another: send the one of the authorization request".to_owned());
    }
    let known = client.redirect_uris.iter().map(String::as_str);
    let score = |known: &&str| strsim::normalized_levenshtein(known, asked);
    let Some(near) = known.max_by(|one, other| score(one).total_cmp(&score(other))) else {
        return Some(format!("client `{}` has no redirect_uris: register one", client.id));
    };
    let part = different_part(near, asked);
    Some(format!(
        "redirect_uri differs from `{near}` in its {part}: send that one, byte for byte, or register this one"
    ))
}

/// The first part of a URI in which two differ.
fn different_part(known: &str, asked: &str) -> &'static str {
    if known.trim_end_matches('/') == asked.trim_end_matches('/') {
        return "slash at the end";
    }
    let parts = |uri: &str| {
        let (scheme, rest) = uri.split_once("://").unwrap_or(("", uri));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, ""));
        [scheme, host, port, path, query].map(str::to_owned)
    };
    let names = ["scheme", "host", "port", "path", "query"];
    let (known, asked) = (parts(known), parts(asked));
    names
        .into_iter()
        .zip(known.iter().zip(&asked))
        .find(|(_, (one, other))| one != other)
        .map_or("end", |(name, _)| name)
}

/// PKCE at the token endpoint.
pub(super) fn verifier(case: &Case<'_>) -> Option<String> {
    let hint = match clue(case)? {
        Clue::NoVerifier => {
            "the authorization request had a code_challenge: send the code_verifier that it was made of"
        }
        Clue::NoChallenge => {
            "the authorization request had no code_challenge: send one there (S256), or no code_verifier here"
        }
        Clue::PlainVerifier => {
            "code_verifier and code_challenge are the same, as with `plain`: send the SHA-256 of the verifier, base64url, as the \
             challenge"
        }
        Clue::OtherVerifier => {
            "the code_verifier is that of another authorization request, or was altered: keep the verifier with its `state`"
        }
        Clue::OddVerifier => {
            "a code_verifier is 43 to 128 characters of A-Z a-z 0-9 - . _ ~: 32 random bytes in base64url are"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// PKCE at the authorization endpoint.
pub(super) fn challenge(case: &Case<'_>) -> Option<String> {
    let RefusalKind::InvalidRequest(RequestFault::Missing(name) | RequestFault::Malformed(name)) =
        case.entry.more.refusal.as_deref()?
    else {
        return None;
    };
    let hint = match (name.as_str(), case.entry.pkce) {
        ("code_challenge", None) => "PKCE is missing: send code_challenge and code_challenge_method=S256",
        ("code_challenge_method", _) => {
            "send code_challenge_method=S256: `plain`, which it means when left out, is not served"
        }
        ("code_challenge", Some(_)) => "the code_challenge is no SHA-256 in base64url without padding: 43 characters",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// A code that was redeemed by a client that refreshes, without a refresh token.
pub(super) fn without_refresh(case: &Case<'_>) -> Option<String> {
    if case.entry.grant != Some("authorization_code") {
        return None;
    }
    let (mount, granted) = (case.mount?, case.entry.scope.as_ref()?);
    let (client, dialect) = (mount.core.directory.client(case.entry.client_id.as_deref()?)?, mount.dialect());
    let comes = |scopes: &Scopes| dialect.issues_refresh(GrantType::AuthorizationCode, scopes);
    if !client.grants.contains(&GrantType::RefreshToken) || comes(granted) {
        return None;
    }
    let alone = |scope: &Scope| Scopes::from_iter([scope.clone()]);
    let wanted = dialect.policy().scopes.iter().find(|scope| comes(&alone(scope)));
    Some(match wanted {
        Some(scope) => format!("no refresh token came of the code: one comes with the scope `{scope}`, which was not granted"),
        None => "no refresh token came of the code, and none ever will: the mount's scopes lack the one that it comes with, or the \
                 vendor issues none; in a pack, `refresh_token.with_scope` and `refresh_token.issue` say so"
            .to_owned(),
    })
}

/// Refresh tokens.
pub(super) fn refresh_token(case: &Case<'_>) -> Option<String> {
    match clue(case)? {
        Clue::SpentRefresh => {
            let by = case.before(spends("refresh_token"));
            let by = by.map(|entry| format!(" (last by request {})", entry.number)).unwrap_or_default();
            Some(format!(
                "the refresh token was used before{by}: each use gives another; keep the newest, and refresh one at a time"
            ))
        }
        Clue::ExpiredRefresh => {
            let ttl = case.mount?.dialect().policy().refresh_ttl;
            Some(format!(
                "refresh tokens live {ttl} s here, counted from the first: sign in anew, or raise `refresh_ttl`{}",
                clock(case)
            ))
        }
        Clue::RefreshOfAnother => {
            let to = case.before(|entry| entry.error.is_none() && entry.grant.is_some());
            let to = to.and_then(|entry| Some(format!(": it is client `{}`'s", entry.client_id.as_deref()?)));
            Some(format!(
                "the refresh token was issued to another client{}; refresh it as that one",
                to.unwrap_or_default()
            ))
        }
        _ => None,
    }
}

/// What to say of a clock that is not at real time.
pub(super) fn clock(case: &Case<'_>) -> String {
    let ahead = case.entry.clock.saturating_sub(case.entry.at) / 1000;
    match ahead {
        -1..=1 => String::new(),
        2.. => format!("; the gateway's clock is {ahead} s ahead of real time (DELETE /v1/clock puts it back)"),
        _ => format!("; the gateway's clock is {} s behind real time (DELETE /v1/clock puts it back)", -ahead),
    }
}

#[cfg(test)]
mod tests {
    use super::different_part;

    #[test]
    fn n84_it_is_said_where_uris_differ() {
        let known = "https://client.test/cb";
        for (asked, part) in [
            ("https://client.test/cb/", "slash at the end"),
            ("http://client.test/cb", "scheme"),
            ("https://client.example/cb", "host"),
            ("https://client.test:8443/cb", "port"),
            ("https://client.test/CB", "path"),
            ("https://client.test/cb?x=1", "query"),
        ] {
            assert_eq!(different_part(known, asked), part, "{asked}");
        }
    }
}
