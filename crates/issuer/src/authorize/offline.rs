//! Whether the user must be asked, and when `offline_access` is granted (OpenID Connect Core section 11).

use super::{Authorization, OFFLINE_ACCESS};
use crate::{At, Session};
use grant::{Refusal, Scopes};

impl At<'_> {
    /// The scopes of a request that are not ignored in that session.
    pub async fn without_ignored(self, asked: &Authorization, session: &Session) -> Result<Scopes, Refusal> {
        if !self.ignores_offline_access(asked, session).await? {
            return Ok(asked.scopes.clone());
        }
        Ok(asked.scopes.iter().filter(|scope| *scope != OFFLINE_ACCESS).cloned().collect())
    }

    /// Whether `offline_access` is asked for and ignored: nobody asked the user for it, now or before.
    async fn ignores_offline_access(self, asked: &Authorization, session: &Session) -> Result<bool, Refusal> {
        let asks = self.terms()?.openid.asks_for_offline_access;
        if !asks || asked.prompt.consent || asked.client.trusted || !asked.scopes.contains(OFFLINE_ACCESS) {
            return Ok(false);
        }
        Ok(!self.remembered(asked, session).await?.contains(OFFLINE_ACCESS))
    }

    /// The scopes that the user allowed the client for later requests too.
    async fn remembered(self, asked: &Authorization, session: &Session) -> Result<Scopes, Refusal> {
        let (subject, client) = (&session.record.subject, asked.client.id.as_str());
        let known = self.store().consent(self.realm(), subject, client).await?;
        Ok(known.filter(|known| known.remembered).map(|known| known.scopes).unwrap_or_default())
    }

    pub(super) async fn needs_consent(self, asked: &Authorization, session: &Session) -> Result<bool, Refusal> {
        if asked.prompt.consent || asked.client.trusted {
            return Ok(asked.prompt.consent);
        }
        let known = self.remembered(asked, session).await?;
        let scopes = self.without_ignored(asked, session).await?;
        Ok(known.is_empty() || scopes.first_outside(&known).is_some() || self.asked_beyond(asked).next().is_some())
    }

    /// The claims asked for by name that none of the scopes asked for opens.
    pub fn asked_beyond(self, asked: &Authorization) -> impl Iterator<Item = &str> + use<'_> {
        let texts = asked.scopes.iter().filter_map(|scope| self.hooks.scope_text(scope.as_str()));
        let opened: Vec<String> = texts.flat_map(|text| text.facts).map(|(name, _)| (*name).to_owned()).collect();
        asked.wishes.claims.asked.names().filter(move |name| !opened.iter().any(|own| own == name))
    }
}
