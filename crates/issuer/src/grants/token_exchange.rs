//! Tokens of the mount are exchanged for one that speaks for the same user, for another client, and says who acts (RFC
//! 8693). It is of the subject token's family, and dies with it.

use super::ground::{heeded_resource, permit, too_wide};
use super::{Entitled, Proven, ScopeSource, Terms};
use crate::{At, ids};
use grant::{
    Bearer, Claims, Identity, Login, PresentedKind, PresentedToken, Refusal, RefusalKind, ScopeFault, Scopes, Secret,
    TokenExchange, TokenFacts, TokenKind, TokenView, User, Value,
};
use secrecy::ExposeSecret;
use std::sync::Arc;

pub(super) const TERMS: Terms =
    Terms { is_for_public_clients: false, needs_entry: |_| true, scopes: ScopeSource::Granted };

/// The scope of refresh tokens, of which an exchange yields none.
const OFFLINE_ACCESS: &str = "offline_access";

/// What a token says that holds.
struct Held {
    facts: TokenFacts,
    claims: Claims,
    user: Option<Arc<User>>,
}

pub(super) async fn prove(at: At<'_>, entitled: &Entitled<'_>, exchange: &TokenExchange) -> Result<Proven, Refusal> {
    let subject = held(at, entitled, "subject_token", &exchange.subject).await?;
    let Some(user) = subject.user.clone() else {
        return Err(Refusal::malformed("subject_token", "speaks for no user, and an exchange is of a user's token"));
    };
    let actor = match &exchange.actor {
        // The user of the request is the subject's.
        Some(actor) => Some(held(At { notes: None, ..at }, entitled, "actor_token", actor).await?),
        None => None,
    };
    let scopes = narrowed(at, entitled, exchange.subject.kind, &subject.facts.scopes)?;
    let audience = audience(at, exchange.audience.as_deref())?;
    let before = subject.claims.get("act").cloned();
    let act = match actor {
        None => before,
        Some(actor) => {
            let mut act = Claims::empty();
            act.set("sub", actor.facts.subject.clone().into());
            if let Some(before) = before {
                act.set("act", before);
            }
            Some(Value::Map(act))
        }
    };
    let family = subject.facts.token_id.as_deref().and_then(ids::family_of_token_id);
    at.note(|notes| (notes.user, notes.family) = (Some(Arc::clone(&user.sub)), family));
    let login = Login {
        sid: subject.claims.str("sid").unwrap_or_default().to_owned(),
        auth_time: subject.claims.int("auth_time").unwrap_or_else(|| at.seconds()),
        acr: subject.claims.str("acr").map(str::to_owned),
        resource: audience.map(Into::into),
        ..Login::default()
    };
    let family = family.unwrap_or_else(ids::family);
    Ok(Proven { family, user: Some(user), scopes, login: Some(login), refresh: None, act })
}

/// The scopes asked for, none of which the subject token lacks; of none, all of its that the client may have. An ID token has
/// none of its own, and is for its client alone: it proves the user, and the client has what it is registered for.
fn narrowed(at: At<'_>, entitled: &Entitled<'_>, kind: PresentedKind, granted: &Scopes) -> Result<Scopes, Refusal> {
    let client = &entitled.client;
    let granted = if kind == PresentedKind::Id { &client.scopes } else { granted };
    let scopes = match &entitled.scopes {
        Some(asked) => match asked.first_outside(granted) {
            Some(beyond) => return Err(too_wide(beyond.as_str())),
            None => asked.clone(),
        },
        None => granted.iter().filter(|scope| at.hooks.permits(client, scope)).cloned().collect(),
    };
    let scopes: Scopes = scopes.iter().filter(|scope| scope.as_str() != OFFLINE_ACCESS).cloned().collect();
    if scopes.is_empty() {
        let kind = RefusalKind::InvalidScope(ScopeFault::NoneLeft);
        return Err(Refusal::new(kind, "the client may have none of the subject token's scopes"));
    }
    permit(at.hooks, client, &scopes)?;
    Ok(scopes)
}

/// Whom the token is for by name: a client of the mount, or one of its resources.
fn audience<'r>(at: At<'_>, asked: Option<&'r str>) -> Result<Option<&'r str>, Refusal> {
    match asked {
        Some(name) if at.mount.directory.client(name).is_some() => Ok(asked),
        Some(_) if at.hooks.policy().resources.is_empty() => Err(Refusal::new(
            RefusalKind::InvalidTarget,
            "audience is no client of the mount, which has no `resources`",
        )),
        asked => heeded_resource(at.hooks, asked),
    }
}

/// What a token says, where it holds: signed by this mount, neither over nor revoked, its client and user there.
async fn held(
    at: At<'_>,
    entitled: &Entitled<'_>,
    name: &'static str,
    presented: &PresentedToken,
) -> Result<Held, Refusal> {
    let token = presented.token.expose_secret();
    let found = match presented.kind {
        PresentedKind::Id => id_token(at, entitled, token).await,
        PresentedKind::Access => {
            let identity = at.identify(&Bearer { token: Some(Secret::from(token)) }).await;
            identity.map(|Identity { facts, claims, user, .. }| Held { facts, claims, user })
        }
    };
    // Whatever is wrong with the token, it is the request that is invalid (RFC 8693 section 2.2.2).
    found.map_err(|error| match error.kind {
        RefusalKind::InvalidToken(_) | RefusalKind::InvalidGrant | RefusalKind::UserGone => {
            Refusal::malformed(name, &format!("does not hold: {}", error.cause))
        }
        _ => error,
    })
}

async fn id_token(at: At<'_>, entitled: &Entitled<'_>, token: &str) -> Result<Held, Refusal> {
    let refuse = |why: &'static str| Err(Refusal::invalid_grant(why));
    let verified = at.verified(token).await??;
    verified.check_lifetime(at.seconds())?;
    let view = TokenView { typ: verified.typ.as_deref(), claims: &verified.claims };
    let Some(facts) = at.hooks.read(TokenKind::Id, &view) else { return refuse("it is no ID token") };
    at.mount.expiry.check(&facts, verified.claims.int("iat"))?;
    if facts.client_id.as_ref() != Some(&entitled.client.id) {
        return refuse("it is an ID token of another client");
    }
    if at.is_revoked(&facts).await? {
        return refuse("it has been revoked");
    }
    let user = super::ground::live_user(at, &facts.subject)?;
    Ok(Held { facts, claims: verified.claims.clone(), user: Some(user) })
}
