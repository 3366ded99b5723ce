//! What a mount's dialect offers, and the terms on which its tokens are issued.

use crate::{AssertionTerms, BearerTerms, GrantType, Origins, PatPolicy, RateLimit, Scopes, Seconds, SignInTerms};

/// What a dialect offers under its present settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Grants its token endpoint knows; any other is unsupported.
    pub grants: Vec<GrantType>,
    /// Whether each client acts for a user bound to it, without a login.
    pub service_users: bool,
    /// Whether the refresh grant needs no entry among the client's grants.
    pub refresh_for_all: bool,
}

/// The terms on which a mount issues tokens.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Lifetime of access tokens.
    pub access_ttl: Seconds,
    /// Lifetime of ID tokens.
    pub id_ttl: Seconds,
    /// Lifetime of refresh tokens, from the first of their family.
    pub refresh_ttl: Seconds,
    /// Lifetime of authorization codes.
    pub code_ttl: Seconds,
    /// The scopes the mount knows.
    pub scopes: Scopes,
    /// The algorithm its tokens are signed with.
    pub alg: SigningAlg,
    /// The limit of clients that have none of their own.
    pub rate_limit: RateLimit,
    /// How many authentications of one client may fail from one source, by real time; beyond it all are refused.
    pub auth_failures: RateLimit,
    /// How refresh tokens behave.
    pub refresh: RefreshPolicy,
    /// Whether access tokens can be revoked before they expire, at the price of asking the store about each.
    pub revocable_access_tokens: bool,
    /// What access tokens begin with that say nothing to whoever has them; `None` where they are JWTs.
    pub opaque_access_tokens: Option<&'static str>,
    /// What access tokens may be asked to be for (RFC 8707); where there is none, nothing that asks for it is looked at.
    pub resources: Vec<String>,
    /// Whether tokens, and userinfo where it lists claims, say what the dialect does not know of a client or user.
    pub extra_claims: bool,
    /// Whether the journal keeps what requests and answers say, but for secrets.
    pub journal_bodies: bool,
    /// How users authorize clients in a browser; `None` where the vendor knows no such thing.
    pub sign_in: Option<SignInTerms>,
    /// What is asked of assertions by which clients authenticate; `None` where they cannot.
    pub client_assertions: Option<AssertionTerms>,
    /// How tokens are given for assertions; `None` where they are not.
    pub bearer_assertions: Option<BearerTerms>,
    /// How devices are authorized; `None` where the vendor knows no such thing.
    pub device: Option<DeviceTerms>,
    /// Personal access tokens; `None` where the vendor has none.
    pub pats: Option<PatPolicy>,
    /// The origins whose pages may read its answers, beside those of its clients.
    pub allowed_origins: Origins,
}

/// The terms on which devices are authorized (RFC 8628).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceTerms {
    /// How long a user has to decide.
    pub ttl: Seconds,
    /// How long a device waits between two polls at first.
    pub interval: Seconds,
}

impl Policy {
    /// How long what is signed now can be alive.
    pub fn longest_signed(&self) -> Seconds {
        let refresh = if self.refresh.form == RefreshForm::Jwt { self.refresh_ttl } else { Seconds(0) };
        self.access_ttl.max(self.id_ttl).max(refresh)
    }
}

/// How refresh tokens behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshPolicy {
    /// What they look like.
    pub form: RefreshForm,
    /// Whether each use spends the token and yields a successor.
    pub rotation: bool,
    /// How long a repeat of a spent token yields the same successor.
    pub grace: Seconds,
}

/// What a refresh token looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshForm {
    /// A handle; the store holds its state.
    Handle,
    /// A JWT with its own state; the store holds only what is spent or revoked.
    Jwt,
}

/// A signing algorithm (RFC 7518 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SigningAlg {
    /// HMAC with SHA-256.
    Hs256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// HMAC with SHA-512.
    Hs512,
}

impl SigningAlg {
    /// Every algorithm.
    pub const ALL: [Self; 5] = [Self::Hs256, Self::Rs256, Self::Es256, Self::Ps256, Self::Hs512];

    /// The `alg` value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::Ps256 => "PS256",
            Self::Hs512 => "HS512",
        }
    }

    /// Whether the key that signs is the key that checks.
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::Hs256 | Self::Hs512)
    }

    /// Whether its keys are RSA keys.
    pub const fn is_rsa(self) -> bool {
        matches!(self, Self::Rs256 | Self::Ps256)
    }

    /// The algorithm of that `alg` value.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == name)
    }
}
