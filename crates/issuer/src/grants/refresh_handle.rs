//! A refresh token that is a handle.

use super::Entitled;
use super::ground::{live_user, permit, too_wide, within_resource};
use super::{Proven, Refresh, RefreshToken};
use crate::At;
use crate::chain::Chain;
use crate::clue::Clue;
use crate::expiry::Refreshing;
use crate::ids;
use crate::state::{RefreshRecord, RequestId, RotateOutcome, Rotation};
use grant::{Login, Refusal};

pub(super) async fn prove(at: At<'_>, entitled: &Entitled<'_>, token: &str) -> Result<Proven, Refusal> {
    let refuse = |why: &'static str| Err(Refusal::invalid_grant(why));
    let Some((family, hash)) = ids::parse_handle(token) else { return refuse("the refresh token is none of ours") };
    at.note(|notes| notes.family = Some(family));
    let policy = at.hooks.policy().refresh;
    let key = at.handle_key().await?;
    let chain = Chain::new(family, &key);
    let rotation = Rotation {
        request: RequestId(ids::random()),
        moment: at.now,
        family,
        token: hash,
        link: chain.link(token),
        client_id: entitled.client.id.clone(),
        successor: None,
        scopes: entitled.scopes.clone(),
        grace: policy.grace,
    };
    // Asked about first: a refusal must spend nothing.
    let record = rotate(at, rotation.clone()).await?;
    let (client, user, generation) = (&entitled.client.id, &*record.subject, chain.generation(token));
    at.mount.expiry.check_refresh(&Refreshing { client, user, family, generation })?;
    let scopes = entitled.scopes.clone().unwrap_or_else(|| record.scopes.clone());
    permit(at.hooks, &entitled.client, &scopes)?;
    let user = live_user(at, &record.subject)?;
    within_resource(entitled.request, record.login.as_ref())?;
    if !entitled.spends {
        return Ok(Proven::of(family, user));
    }
    let token = if policy.rotation {
        let successor = chain.successor(token);
        rotate(at, Rotation { successor: Some(successor.hash()), ..rotation }).await?;
        successor.as_str().to_owned()
    } else {
        token.to_owned()
    };
    Ok(Proven {
        family,
        user: Some(user),
        scopes,
        // A refreshed ID token answers no authorization request (OpenID Connect Core section 12.2).
        login: record.login.map(|login| Login { nonce: None, ..login }),
        refresh: Some(Refresh {
            scopes: record.scopes,
            expires_at: record.expires_at,
            token: RefreshToken::Handle(token),
        }),
        act: None,
        until: None,
    })
}

async fn rotate(at: At<'_>, rotation: Rotation) -> Result<RefreshRecord, Refusal> {
    let refuse = |why: &'static str| Err(Refusal::invalid_grant(why));
    let hint = |clue| at.hint(|| clue);
    match at.store().rotate(at.realm(), rotation).await? {
        RotateOutcome::Granted(record) => Ok(record),
        RotateOutcome::Unknown => refuse("the refresh token is unknown"),
        RotateOutcome::WrongClient => {
            hint(Clue::RefreshOfAnother);
            refuse("the refresh token belongs to another client")
        }
        RotateOutcome::Revoked => refuse("the refresh token has been revoked"),
        RotateOutcome::Expired => {
            hint(Clue::ExpiredRefresh);
            refuse("the refresh token has expired")
        }
        RotateOutcome::Reused => {
            hint(Clue::SpentRefresh);
            refuse("the refresh token was used before; its family has been revoked")
        }
        RotateOutcome::ScopeTooWide(scope) => Err(too_wide(&scope)),
    }
}
