//! Personal access tokens: opaque, long-lived, made by a user to act for that user.

use crate::state::{HandleHash, PatRecord};
use crate::{At, ids};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grant::{Claims, Identity, PatPolicy, Refusal, RefusalKind, Scopes, Seconds, TokenFacts, TokenFault, User};
use sha2::{Digest, Sha256};
use std::fmt;

/// The longest name, in characters.
pub const MAX_NAME: usize = 100;
/// How many one user may have, ended ones included.
const MAX_PATS: usize = 100;

/// What a token is made of.
#[derive(Clone, Debug)]
pub struct PatOrder {
    /// What the user calls it.
    pub name: String,
    /// Its scopes; `None` is all that one may have.
    pub scopes: Option<Scopes>,
    /// How long it lives; `None` is as long as one may.
    pub ttl: Option<Seconds>,
}

/// A token as made: its text is shown this once.
pub struct IssuedPat {
    /// The token's text.
    pub token: String,
    /// What is kept of it.
    pub record: PatRecord,
}

impl fmt::Debug for IssuedPat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedPat").field("record", &self.record).finish_non_exhaustive()
    }
}

/// Why no token was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatError {
    /// The vendor has no such tokens.
    #[error("the mount has no personal access tokens")]
    NotOffered,
    /// The name is missing, too long, or holds a control character.
    #[error("the name must be a text of 1 to {MAX_NAME} characters")]
    Name,
    /// There is no scope, or one that no such token may have.
    #[error("the scopes must be one or more of: {0}")]
    Scopes(String),
    /// The lifetime is out of bounds.
    #[error("the lifetime must be 1 to {0} seconds")]
    Lifetime(Seconds),
    /// The user has as many as may be.
    #[error("a user may have {MAX_PATS} personal access tokens: revoke one first")]
    TooMany,
    /// The store could not keep it.
    #[error("{}", .0.cause)]
    Failed(Refusal),
}

impl From<Refusal> for PatError {
    fn from(error: Refusal) -> Self {
        Self::Failed(error)
    }
}

impl At<'_> {
    /// Makes a token for a user.
    pub async fn make_pat(self, user: &User, order: PatOrder) -> Result<IssuedPat, PatError> {
        let policy = self.hooks.policy().pats.as_ref().ok_or(PatError::NotOffered)?;
        let name = order.name.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
            return Err(PatError::Name);
        }
        let scopes = order.scopes.unwrap_or_else(|| policy.scopes.clone());
        if scopes.is_empty() || scopes.first_outside(&policy.scopes).is_some() {
            return Err(PatError::Scopes(policy.scopes.joined()));
        }
        let ttl = order.ttl.unwrap_or(policy.ttl);
        if !(Seconds(1)..=policy.ttl).contains(&ttl) {
            return Err(PatError::Lifetime(policy.ttl));
        }
        let now = self.seconds();
        let token = format!("{}{}", policy.prefix, URL_SAFE_NO_PAD.encode(ids::random::<32>()));
        let record = PatRecord {
            id: ids::hex_upper(&ids::random::<8>()).to_ascii_lowercase(),
            name: name.to_owned(),
            subject: user.sub.to_string(),
            scopes,
            created_at: now,
            expires_at: ttl.after(now),
            last_used: None,
        };
        let kept = self.store().put_pat(self.realm(), hash(&token), record.clone(), MAX_PATS).await;
        let is_kept = kept.map_err(Refusal::from)?;
        if is_kept { Ok(IssuedPat { token, record }) } else { Err(PatError::TooMany) }
    }

    /// The tokens of a user, newest first, ended ones included.
    pub async fn pats_of(self, sub: &str) -> Result<Vec<PatRecord>, Refusal> {
        Ok(self.store().pats_of(self.realm(), sub).await?)
    }

    /// Revokes the user's token of that id; whether there was one.
    pub async fn revoke_pat(self, sub: &str, id: &str) -> Result<bool, Refusal> {
        Ok(self.store().revoke_pat(self.realm(), sub, id).await?)
    }

    /// Who a personal access token speaks for.
    pub(crate) async fn identify_pat(self, token: &str) -> Result<Identity, Refusal> {
        let refuse = |fault, cause: String| Err(Refusal::new(RefusalKind::InvalidToken(fault), cause));
        let found = self.store().use_pat(self.realm(), hash(token), self.now).await?;
        let Some(record) = found else {
            return refuse(TokenFault::Invalid, "the personal access token is unknown or revoked".to_owned());
        };
        if self.seconds() >= record.expires_at {
            return refuse(TokenFault::Expired, format!("the personal access token `{}` has expired", record.id));
        }
        let Some(user) = self.mount.directory.user(&record.subject).filter(|user| !user.disabled) else {
            return refuse(TokenFault::Invalid, format!("user `{}` is gone or disabled", record.subject));
        };
        let mut claims = Claims::empty();
        claims.set("iss", self.iss().clone().into());
        claims.set("iat", record.created_at.into());
        claims.set("exp", record.expires_at.into());
        claims.set("sub", user.sub.clone().into());
        claims.set("jti", record.id.clone().into());
        let facts = TokenFacts {
            client_id: None,
            subject: user.sub.clone(),
            is_user: true,
            scopes: record.scopes,
            token_id: Some(record.id),
        };
        Ok(Identity { facts, client: None, user: Some(user), claims })
    }
}

/// Whether a token is to be looked for among the personal access tokens.
pub(crate) fn is_pat(policy: Option<&PatPolicy>, token: &str) -> bool {
    policy.is_some_and(|policy| token.starts_with(policy.prefix))
}

fn hash(token: &str) -> HandleHash {
    HandleHash(Sha256::digest(token.as_bytes()).into())
}
