//! What is asked for: scopes, grants, answers.

use super::super::near::nearest;
use super::Case;
use configuration::when;
use grant::{GrantType, Millis, RefusalKind, RequestFault, Scope, ScopeFault};

fn refusal<'a>(case: &'a Case<'_>) -> Option<&'a RefusalKind> {
    case.entry.more.refusal.as_deref()
}

/// A scope that is misspelt, or of another mount.
pub(super) fn scope(case: &Case<'_>) -> Option<String> {
    let RefusalKind::InvalidScope(ScopeFault::Unknown(asked)) = refusal(case)? else { return None };
    let dialect = case.mount?.dialect();
    let known: Vec<_> = dialect.policy().scopes.iter().map(Scope::as_str).collect();
    let asked = asked.as_str();
    if asked.contains([' ', ',']) {
        return Some(
            "the scopes are not told apart: this vendor wants each by itself, in a list or between spaces".to_owned(),
        );
    }
    if let Some(other) = case.others().find(|other| other.dialect().policy().scopes.contains(asked)) {
        return Some(format!("`{asked}` is a scope of mount `{}`; here there are {}", other.name(), known.join(", ")));
    }
    let near = nearest(asked, known.iter().copied()).map(|near| format!("did you mean `{near}`? "));
    Some(format!("{}the mount's scopes are {}", near.unwrap_or_default(), known.join(", ")))
}

/// A scope that the client does not have.
pub(super) fn scope_of_client(case: &Case<'_>) -> Option<String> {
    let RefusalKind::ScopeNotPermitted { scope } = refusal(case)? else { return None };
    let client = case.mount?.core.directory.client(case.entry.client_id.as_deref()?)?;
    let (id, has) = (&client.id, client.scopes.joined());
    Some(format!("client `{id}` has the scopes `{has}`: ask for those, or add `{scope}` to them"))
}

/// A grant that the client or the mount does not have.
pub(super) fn grant(case: &Case<'_>) -> Option<String> {
    let dialect = case.mount?.dialect();
    let names = |grants: &[GrantType]| grants.iter().map(|grant| grant.as_str()).collect::<Vec<_>>().join(", ");
    match refusal(case)? {
        RefusalKind::UnsupportedGrantType => {
            let (parameter, known) = dialect.grant_names();
            Some(format!("send {parameter} as one of {}", known.join(", ")))
        }
        RefusalKind::UnauthorizedClient => {
            let client = case.mount?.core.directory.client(case.entry.client_id.as_deref()?)?;
            let (id, has) = (&client.id, names(&client.grants));
            let asked = asked_grant(case).filter(|asked| client.grants.contains(asked));
            Some(match asked {
                _ if client.disabled => format!("client `{id}` is disabled: enable it"),
                None => format!("client `{id}` has the grants {has}: use one of them, or add this one"),
                Some(asked) if client.is_public() && !asked.is_for_public_clients() => format!(
                    "client `{id}` is a public one, and {} is for clients that prove who they are: give it a secret or a key",
                    asked.as_str()
                ),
                Some(_) if client.grants.contains(&GrantType::RefreshToken) => {
                    format!("client `{id}` has the grants {has} by now, this one among them: send the request again")
                }
                Some(_) => format!(
                    "client `{id}` has the grants {has}, this one among them: send the request again; for a refresh token add \
                     refresh_token to them"
                ),
            })
        }
        _ => None,
    }
}

/// The grant that a request names, or begins.
fn asked_grant(case: &Case<'_>) -> Option<GrantType> {
    match case.entry.endpoint {
        "authorize" => Some(GrantType::AuthorizationCode),
        "device_authorization" => Some(GrantType::DeviceCode),
        _ => GrantType::parse(case.entry.grant?),
    }
}

/// A rate limit, and when it opens.
pub(super) fn rate_limit(case: &Case<'_>) -> Option<String> {
    let RefusalKind::RateLimited { retry_after } = refusal(case)? else { return None };
    let opens = when::millisecond(Millis::from(*retry_after).after(case.entry.clock));
    Some(format!(
        "a place is free at {opens} by the gateway's clock, {retry_after} s later: keep tokens until they end, and wait as Retry-After \
         says"
    ))
}

/// A page of an origin that may not read the answer.
pub(super) fn origin(case: &Case<'_>) -> Option<String> {
    let is_preflight = case.entry.method == "OPTIONS" && case.entry.error == Some("access_denied");
    (case.entry.more.is_foreign_page || is_preflight).then(|| {
        "a browser keeps this answer from the page: add the page's origin to `allowed_origins` of the client or the mount".to_owned()
    })
}

/// A kind of answer that is not served.
pub(super) fn response(case: &Case<'_>) -> Option<String> {
    match refusal(case)? {
        RefusalKind::UnsupportedResponseType => Some(
            "send response_type=code, the only one that is served; a client that expects a form posted to it adds \
             response_mode=form_post"
                .to_owned(),
        ),
        RefusalKind::InvalidRequest(RequestFault::Malformed(name)) if name.as_str() == "response_mode" => {
            Some("response_mode is query, fragment or form_post, all in lower case; a client that expects a POST wants form_post".to_owned())
        }
        _ => None,
    }
}
