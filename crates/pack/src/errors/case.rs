//! Which row of a pack answers a refusal.

use dialect::{Asked, Route};
use grant::{Endpoint, Fault, GrantType, RefusalKind, RequestFault, ScopeFault, Seconds, TokenFault};

/// A refusal by the names of its kind and case, with what its answer may say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Case<'a> {
    /// The kind's name.
    pub(crate) kind: &'static str,
    /// Which of its cases; empty where it has none.
    pub(crate) which: &'static str,
    /// The parameter, member or claim.
    pub(super) field: &'a str,
    /// What is wrong with what the grant rests on.
    pub(super) fault: &'static str,
    /// The scope.
    pub(super) scope: &'a str,
    /// How long to wait.
    pub(super) retry_after: Option<Seconds>,
    /// How long a device is to wait between two polls.
    pub(super) interval: Option<Seconds>,
}

/// The kinds with their cases, and the kind that answers where one has no row of its own.
pub(crate) const KINDS: &[(&str, &[&str], &str)] = &[
    ("method_not_allowed", &[], ""),
    ("unsupported_media_type", &[], "invalid_request"),
    ("payload_too_large", &[], "invalid_request"),
    ("request_timeout", &[], "invalid_request"),
    (
        INVALID_REQUEST,
        &["missing", "repeated", "malformed", "missing_claim", "invalid_claim", "credentials_twice", "unreadable"],
        "",
    ),
    ("invalid_client", &["unknown"], ""),
    ("client_disabled", &[], "invalid_client"),
    (INVALID_GRANT, &["code", "refresh_token", "device_code", "assertion", "password"], ""),
    ("unauthorized_client", &[], ""),
    ("unsupported_grant_type", &[], ""),
    ("invalid_scope", &["unknown", "not_here", "exclusive", "none_left"], ""),
    ("scope_not_permitted", &[], "invalid_scope"),
    ("unsupported_response_type", &[], "invalid_request"),
    ("unsupported_token_type", &[], "invalid_request"),
    ("login_required", &[], "access_denied"),
    ("consent_required", &[], "access_denied"),
    ("access_denied", &[], ""),
    ("invalid_target", &[], "invalid_request"),
    ("authorization_pending", &[], ""),
    ("slow_down", &[], ""),
    ("expired_token", &[], ""),
    ("user_gone", &[], "invalid_grant"),
    ("invalid_token", &["missing", "invalid", "expired"], ""),
    ("insufficient_scope", &[], ""),
    ("user_required", &[], "insufficient_scope"),
    ("rate_limited", &[], ""),
    ("unavailable", &[], ""),
    ("internal", &[], ""),
];

/// The kind whose cases are what a grant rests on, and their cases what is wrong with it.
pub(crate) const INVALID_GRANT: &str = "invalid_grant";

/// The kind whose cases are what is wrong with a request.
pub(super) const INVALID_REQUEST: &str = "invalid_request";

/// Its cases that are about a parameter, a member or a claim.
pub(super) const OF_FIELDS: [&str; 5] = ["missing", "repeated", "malformed", "missing_claim", "invalid_claim"];

/// The kinds that happen while a device polls, and to no other client.
pub(super) const OF_DEVICES: [&str; 3] = ["authorization_pending", "slow_down", "expired_token"];

/// What grants rest on, by the names that a pack has for it.
const RESTS_ON: [(GrantType, &str); 5] = [
    (GrantType::AuthorizationCode, "code"),
    (GrantType::RefreshToken, "refresh_token"),
    (GrantType::DeviceCode, "device_code"),
    (GrantType::JwtBearer, "assertion"),
    (GrantType::Password, "password"),
];

/// The grant that rests on what a pack has that name for.
pub(crate) fn rests_on(which: &str) -> Option<GrantType> {
    RESTS_ON.iter().find(|(_, name)| *name == which).map(|(grant, _)| *grant)
}

/// What can be wrong with what a grant rests on, by the name that a pack has for that.
pub(super) fn faults_of(which: &str) -> Vec<&'static str> {
    rests_on(which).map(|grant| Fault::of(grant).iter().map(|fault| fault.as_str()).collect()).unwrap_or_default()
}

/// Whether a resource refuses anything as that.
pub(crate) fn is_of_resource(kind: &str) -> bool {
    let known = [
        "method_not_allowed",
        "payload_too_large",
        "request_timeout",
        "invalid_request",
        "invalid_token",
        "insufficient_scope",
        "user_required",
        "unavailable",
        "internal",
    ];
    known.contains(&kind)
}

/// Whether an endpoint of these that takes credentials refuses anything as that.
pub(super) fn is_of_token(kind: &str, routes: &[Route]) -> bool {
    let has = |endpoint| Route::find(routes, endpoint).is_some();
    match kind {
        "invalid_token" | "insufficient_scope" | "user_required" => false,
        kind if OF_DEVICES.contains(&kind) => has(Endpoint::DeviceAuthorization),
        "unsupported_token_type" => has(Endpoint::Revoke),
        "unsupported_response_type" | "login_required" | "consent_required" => has(Endpoint::Authorize),
        _ => true,
    }
}

/// The kind that answers where `kind` has no row of its own.
pub(super) fn instead_of(kind: &str) -> &'static str {
    KINDS.iter().find(|(known, ..)| *known == kind).map_or("", |(.., instead)| instead)
}

impl<'a> Case<'a> {
    /// What happened at an endpoint that takes credentials.
    pub(crate) fn of(kind: &'a RefusalKind, asked: &dyn Asked) -> Self {
        let own = Self { kind: kind.code(), ..Self::default() };
        match kind {
            RefusalKind::InvalidRequest(fault) => {
                let (which, field) = match fault {
                    RequestFault::Missing(field) => ("missing", field.as_str()),
                    RequestFault::Repeated(field) => ("repeated", field.as_str()),
                    RequestFault::Malformed(field) => ("malformed", field.as_str()),
                    RequestFault::MissingClaim(field) => ("missing_claim", field.as_str()),
                    RequestFault::InvalidClaim(field) => ("invalid_claim", field.as_str()),
                    RequestFault::CredentialsTwice => ("credentials_twice", ""),
                    RequestFault::Unreadable => ("unreadable", ""),
                };
                Self { which, field, ..own }
            }
            RefusalKind::InvalidScope(fault) => {
                let (which, scope) = match fault {
                    ScopeFault::Unknown(scope) => ("unknown", scope.as_str()),
                    ScopeFault::NotHere(scope) => ("not_here", scope.as_str()),
                    ScopeFault::Exclusive(scope) => ("exclusive", scope.as_str()),
                    ScopeFault::NoneLeft => ("none_left", ""),
                };
                Self { which, scope, ..own }
            }
            RefusalKind::InvalidClient if !asked.is_client_known() => Self { which: "unknown", ..own },
            RefusalKind::InvalidGrant => {
                let which = RESTS_ON.iter().find(|(grant, _)| asked.grant() == Some(*grant));
                let fault = asked.fault().map_or("", Fault::as_str);
                Self { which: which.map_or("", |(_, name)| name), fault, ..own }
            }
            RefusalKind::SlowDown => Self { interval: asked.interval(), ..own },
            RefusalKind::InvalidToken(fault) => Self { which: token_case(*fault), ..own },
            RefusalKind::ScopeNotPermitted { scope } | RefusalKind::InsufficientScope { scope: Some(scope) } => {
                Self { scope: scope.as_str(), ..own }
            }
            RefusalKind::RateLimited { retry_after } | RefusalKind::Unavailable { retry_after } => {
                Self { retry_after: Some(*retry_after), ..own }
            }
            _ => own,
        }
    }

    /// What its case is a case of: a parameter, or what is wrong.
    pub(super) fn inner(&self) -> &'a str {
        if self.fault.is_empty() { self.field } else { self.fault }
    }

    /// What happened at a resource: all that can be wrong with client or grant is the token that stands for them.
    pub(super) fn at_resource(kind: &'a RefusalKind) -> Self {
        let own = Self::of(kind, &dialect::Nothing);
        match own.kind {
            "invalid_client" | "client_disabled" | "invalid_grant" | "user_gone" => {
                Self { kind: "invalid_token", which: "invalid", ..own }
            }
            "scope_not_permitted" | "access_denied" | "consent_required" | "login_required" | "unauthorized_client" => {
                Self { kind: "insufficient_scope", ..own }
            }
            _ => own,
        }
    }
}

const fn token_case(fault: TokenFault) -> &'static str {
    match fault {
        TokenFault::Missing => "missing",
        TokenFault::Invalid => "invalid",
        TokenFault::Expired => "expired",
    }
}
