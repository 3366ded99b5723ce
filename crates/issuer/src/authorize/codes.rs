//! Issues authorization codes.

use super::{check_entitlement, is_challenge};
use crate::At;
use crate::ids::{self, Handle};
use crate::redirect::is_registered;
use crate::state::{CodeRecord, ConsentNote, FamilyId};
use grant::{Client, GrantType, Login, Refusal, Scopes, Seconds};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What a code is asked for.
#[derive(Clone, Debug)]
pub struct CodeOrder {
    /// The client it is for.
    pub client_id: String,
    /// The user's `sub` or user name.
    pub user: String,
    /// Where it is sent: one of the client's.
    pub redirect_uri: String,
    /// The scopes consented to; `None` is all that the client has.
    pub scopes: Option<Scopes>,
    /// An S256 challenge to bind it to, base64url.
    pub challenge: Option<String>,
    /// The `nonce` to put into the ID token.
    pub nonce: Option<String>,
}

/// A code as issued.
#[derive(Clone)]
pub struct IssuedCode {
    /// The code.
    pub code: String,
    /// When it ends, seconds since the epoch.
    pub expires_at: i64,
}

/// What a code is kept with, all of it checked.
pub(crate) struct CodeTerms<'a> {
    pub(crate) client: &'a Client,
    pub(crate) subject: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) scopes: &'a Scopes,
    pub(crate) challenge: Option<&'a str>,
    pub(crate) login: Login,
    /// Whether the consent is remembered.
    pub(crate) remember: bool,
}

/// Why what was ordered was not issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The order does not fit the mount; what is wrong and what to change.
    #[error("{0}")]
    Order(String),
    /// The store could not keep it.
    #[error("{}", .0.cause)]
    Failed(Refusal),
}

impl From<Refusal> for OrderError {
    fn from(error: Refusal) -> Self {
        Self::Failed(error)
    }
}

/// By which it is told that two nonces are the same, without keeping them.
fn hash_of(nonce: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    nonce.hash(&mut hasher);
    hasher.finish()
}

impl At<'_> {
    /// Issues a code as if the user had signed in and consented now.
    pub async fn issue_code(self, order: &CodeOrder) -> Result<IssuedCode, OrderError> {
        let (mount, hooks) = (self.mount, self.hooks);
        let refuse = |why: String| Err(OrderError::Order(why));
        if !hooks.capabilities().grants.contains(&GrantType::AuthorizationCode) {
            return refuse(format!("mount `{}` does not offer the grant authorization_code", mount.name));
        }
        let Some(client) = mount.directory.client(&order.client_id) else {
            return refuse(format!("mount `{}` has no client `{}`", mount.name, order.client_id));
        };
        if !client.grants.contains(&GrantType::AuthorizationCode) {
            return refuse(format!("add authorization_code to the grants of client `{}`", client.id));
        }
        if !is_registered(&client.redirect_uris, &order.redirect_uri) {
            let known = client.redirect_uris.join(", ");
            return refuse(format!("redirect_uri must be one of client `{}`'s: {known}", client.id));
        }
        let Some(user) = mount.directory.find_user(&order.user) else {
            return refuse(format!("mount `{}` has no user whose sub or username is `{}`", mount.name, order.user));
        };
        if order.challenge.as_ref().is_some_and(|challenge| !is_challenge(challenge)) {
            return refuse("code_challenge must be the 43 base64url characters of a SHA-256 (S256)".to_owned());
        }
        let scopes = order.scopes.clone().unwrap_or_else(|| client.scopes.clone());
        if let Err(error) = check_entitlement(hooks, &client, &scopes) {
            return refuse(error.cause.into_owned());
        }
        let terms = CodeTerms {
            client: &client,
            subject: &user.sub,
            redirect_uri: &order.redirect_uri,
            scopes: &scopes,
            challenge: order.challenge.as_deref(),
            login: Login {
                sid: ids::hex_upper(&ids::random::<16>()),
                auth_time: self.seconds(),
                nonce: order.nonce.clone(),
                issuer: self.here.cloned(),
                ..Login::default()
            },
            remember: false,
        };
        Ok(self.keep_code(terms).await?)
    }

    /// Keeps a new code, and notes the consent behind it, which takes the code with it when it is withdrawn.
    pub(crate) async fn keep_code(self, terms: CodeTerms<'_>) -> Result<IssuedCode, Refusal> {
        let family = ids::family();
        let code = Handle::fresh(family);
        self.note(|notes| {
            notes.family = Some(family);
            notes.nonce = terms.login.nonce.as_deref().map(hash_of);
        });
        let expires_at = self.hooks.policy().code_ttl.after(self.seconds());
        let (record, note) = self.records(&terms, family, expires_at);
        // Side by side, so that both are in one commit.
        let noted = self.store().note_consent(self.realm(), note);
        tokio::try_join!(noted, self.store().put_code(self.realm(), code.hash(), record))?;
        Ok(IssuedCode { code: code.as_str().to_owned(), expires_at })
    }

    /// What is kept of a code, and of the consent behind it.
    pub(crate) fn records<'t>(
        self,
        terms: &CodeTerms<'t>,
        family: FamilyId,
        expires_at: i64,
    ) -> (CodeRecord, ConsentNote<'t>) {
        let (now, policy) = (self.seconds(), self.hooks.policy());
        let refreshed = self.hooks.issues_refresh(GrantType::AuthorizationCode, terms.scopes);
        let refresh_until = refreshed.then(|| policy.refresh_ttl.after(now));
        let access_ttl = if policy.revocable_access_tokens { policy.access_ttl } else { Seconds(0) };
        let family_until = refresh_until.unwrap_or_else(|| access_ttl.after(expires_at));
        let record = CodeRecord {
            family,
            client_id: terms.client.id.to_string(),
            redirect_uri: terms.redirect_uri.to_owned(),
            challenge: terms.challenge.map(str::to_owned),
            subject: terms.subject.to_owned(),
            refresh_until,
            scopes: terms.scopes.clone(),
            login: Some(terms.login.clone()),
            expires_at,
        };
        let note = ConsentNote {
            moment: self.now,
            subject: terms.subject,
            client_id: terms.client.id.as_str(),
            scopes: terms.scopes,
            remember: terms.remember,
            family: Some((family, family_until)),
        };
        (record, note)
    }
}
