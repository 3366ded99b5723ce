//! A refresh token (RFC 6749 section 6): a handle, whose state the store keeps, or a JWT that carries its own.

use super::Entitled;
use super::{Proven, ScopeSource, Terms, refresh_handle, refresh_jwt};
use crate::At;
use grant::{RefreshForm, Refusal};

pub(super) const TERMS: Terms =
    Terms { needs_entry: |capabilities| !capabilities.refresh_for_all, scopes: ScopeSource::Granted };

pub(super) async fn prove(at: At<'_>, entitled: &Entitled<'_>, token: &str) -> Result<Proven, Refusal> {
    match at.hooks.policy().refresh.form {
        RefreshForm::Handle => refresh_handle::prove(at, entitled, token).await,
        RefreshForm::Jwt => refresh_jwt::prove(at, entitled, token).await,
    }
}
