//! Which kind of refusal an answer is, by the names that packs have for them.

use crate::asked::Asked;
use crate::names::Role;
use pairs::Response;

/// The kind of refusal: by what the request has otherwise than the one that was granted, else by the standard's name, else by the
/// status.
pub(crate) fn kind(asked: &Asked, granted: Option<&Asked>, answer: &Response) -> &'static str {
    const NAMED: &[&str] = &[
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "access_denied",
    ];
    let text = answer.text();
    let named =
        NAMED.iter().find(|name| text.contains(&format!("\"{name}\"")) || text.contains(&format!("error={name}")));
    match answer.status {
        429 => return "rate_limited",
        503 => return "unavailable",
        500..=599 => return "internal",
        _ => {}
    }
    if let Some(named) = named {
        return named;
    }
    let other = |role: Role| granted.is_some_and(|granted| differs(asked, granted, role));
    let is_client =
        granted.is_some_and(|granted| asked.client() != granted.client() || asked.secret() != granted.secret());
    if is_client {
        "invalid_client"
    } else if other(Role::Grant) {
        "unsupported_grant_type"
    } else if other(Role::Scope) {
        "invalid_scope"
    } else if asked.of(Role::Code).or_else(|| asked.of(Role::Refresh)).is_some() {
        "invalid_grant"
    } else if answer.status == 401 {
        "invalid_client"
    } else {
        "invalid_request"
    }
}

fn differs(asked: &Asked, granted: &Asked, role: Role) -> bool {
    asked.of(role).map(crate::asked::Field::text) != granted.of(role).map(crate::asked::Field::text)
}
