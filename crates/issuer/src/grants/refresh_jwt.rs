//! A refresh token that is a JWT.

use super::Entitled;
use super::ground::{live_user, permit, too_wide};
use super::{Proven, Refresh, RefreshToken};
use crate::At;
use crate::chain::Chain;
use crate::clue::Clue;
use crate::expiry::Refreshing;
use crate::ids;
use crate::keys::jwt::Verified;
use crate::state::{RequestId, Spend, SpendOutcome};
use grant::{Refusal, TokenKind, TokenView};
use std::sync::Arc;

/// The token, whose signature and lifetime hold.
async fn verified(at: At<'_>, token: &str) -> Result<Arc<Verified>, Refusal> {
    let verified = at.verified(token).await?.inspect_err(|_| at.hint_of_stranger(token));
    let alive = verified.and_then(|verified| {
        let lives = verified.check_lifetime(at.seconds());
        lives.inspect_err(|_| at.hint(|| Clue::ExpiredRefresh)).map(|()| verified)
    });
    alive.map_err(|error| Refusal::invalid_grant(format!("the refresh token does not hold: {}", error.cause)))
}

pub(super) async fn prove(at: At<'_>, entitled: &Entitled<'_>, token: &str) -> Result<Proven, Refusal> {
    let refuse = |why: &'static str| Err(Refusal::invalid_grant(why));
    let verified = verified(at, token).await?;
    let view = TokenView { typ: verified.typ.as_deref(), claims: &verified.claims };
    let Some(facts) = at.hooks.read(TokenKind::Refresh, &view) else {
        return refuse("the token is no refresh token");
    };
    let family = facts.token_id.as_deref().and_then(ids::family_of_uuid);
    at.note(|notes| notes.family = family);
    if facts.client_id.as_ref() != Some(&entitled.client.id) {
        at.hint(|| Clue::RefreshOfAnother);
        return refuse("the refresh token belongs to another client");
    }
    let Some((jti, family)) = facts.token_id.as_deref().zip(family) else {
        return refuse("the refresh token has no jti of ours");
    };
    at.note(|notes| notes.presented.set(TokenKind::Refresh, Some(jti.to_owned())));
    // All that the store may fail to give is asked for before the token is spent.
    let key = at.handle_key().await?;
    let chain = Chain::new(family, &key);
    let (client, user, generation) = (&entitled.client.id, &*facts.subject, chain.generation(jti));
    at.mount.expiry.check_refresh(&Refreshing { client, user, family, generation })?;
    let expires_at = verified.claims.int("exp").unwrap_or_default();
    if let Some(wide) = entitled.scopes.as_ref().and_then(|asked| asked.first_outside(&facts.scopes)) {
        return Err(too_wide(wide.as_str()));
    }
    let scopes = entitled.scopes.clone().unwrap_or_else(|| facts.scopes.clone());
    permit(at.hooks, &entitled.client, &scopes)?;
    let user = live_user(at, &facts.subject)?;
    if !entitled.spends {
        return Ok(Proven::of(family, user));
    }
    let (policy, (link, next)) = (at.hooks.policy().refresh, chain.follow(jti));
    let next = if policy.rotation { next } else { jti.to_owned() };
    let spend = Spend {
        request: RequestId(ids::random()),
        moment: at.now,
        family,
        token_id: jti.to_owned(),
        link,
        expires_at,
        rotate: policy.rotation,
        grace: policy.grace,
    };
    match at.store().spend(at.realm(), spend).await? {
        SpendOutcome::Granted => {}
        SpendOutcome::Revoked => return refuse("the refresh token has been revoked"),
        SpendOutcome::Reused => {
            at.hint(|| Clue::SpentRefresh);
            return refuse("the refresh token was used before; its family has been revoked");
        }
    }
    let refresh = Some(Refresh { scopes: facts.scopes, expires_at, token: RefreshToken::JwtId(next) });
    Ok(Proven { scopes, refresh, ..Proven::of(family, user) })
}
