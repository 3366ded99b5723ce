//! Tokens of the mount are exchanged for one that speaks for the same user, for another client, and says who acts (RFC
//! 8693). It is of the subject token's family, and is revoked with it; it ends no later than the subject token does, which
//! may be revoked by itself.

use super::ground::{heeded_resource, permit, too_wide, without_offline_access};
use super::{Entitled, Proven, ScopeSource, Terms};
use crate::{At, ids};
use grant::{
    Bearer, Claims, Client, Identity, Login, PresentedKind, PresentedToken, Refusal, RefusalKind, Scopes, Secret,
    TokenExchange, TokenFacts, TokenKind, TokenView, User, Value,
};
use secrecy::ExposeSecret;
use std::sync::Arc;

pub(super) const TERMS: Terms = Terms { needs_entry: |_| true, scopes: ScopeSource::Granted };

/// How many actors may stand in one another: a token that grew with each exchange would become one that nobody takes.
const MOST_ACTORS: usize = 8;

/// The scope that an ID token proves by itself.
const OPENID: &str = "openid";

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
    let scopes = match exchange.subject.kind {
        PresentedKind::Access => narrowed(at, entitled, &subject.facts.scopes)?,
        PresentedKind::Id => narrowed(at, entitled, &allowed(at, &entitled.client, &user).await?)?,
    };
    let target = target(at, entitled, exchange, &subject)?;
    let act = acting(subject.claims.get("act"), actor.as_ref())?;
    let family = subject.facts.token_id.as_deref().and_then(ids::family_of_token_id);
    at.note(|notes| (notes.user, notes.family) = (Some(Arc::clone(&user.sub)), family));
    let login = Login {
        sid: subject.claims.str("sid").unwrap_or_default().to_owned(),
        auth_time: subject.claims.int("auth_time").unwrap_or_else(|| at.seconds()),
        acr: subject.claims.str("acr").map(str::to_owned),
        resource: target,
        ..Login::default()
    };
    let family = family.unwrap_or_else(ids::family);
    let until = subject.claims.int("exp");
    Ok(Proven { family, user: Some(user), scopes, login: Some(login), refresh: None, act, until })
}

/// Who acts: the actor, and in it whoever acted before.
fn acting(before: Option<&Value>, actor: Option<&Held>) -> Result<Option<Value>, Refusal> {
    let Some(actor) = actor else { return Ok(before.cloned()) };
    if std::iter::successors(before, |act| before_that(act)).count() >= MOST_ACTORS {
        let why = "would stand over 8 actors, the most that there may be: exchange a token that fewer have passed on";
        return Err(Refusal::malformed("actor_token", why));
    }
    let mut act = Claims::empty();
    act.set("sub", actor.facts.subject.clone().into());
    if let Some(before) = before {
        act.set("act", before.clone());
    }
    Ok(Some(Value::Map(act)))
}

/// The `act` that stands in another.
fn before_that(act: &Value) -> Option<&Value> {
    match act {
        Value::Map(act) => act.get("act"),
        _ => None,
    }
}

/// The scopes asked for, none of which is beyond those granted; of none, all granted that the client may have.
fn narrowed(at: At<'_>, entitled: &Entitled<'_>, granted: &Scopes) -> Result<Scopes, Refusal> {
    let client = &entitled.client;
    let scopes = match &entitled.scopes {
        Some(asked) => match asked.first_outside(granted) {
            Some(beyond) => return Err(too_wide(beyond.as_str())),
            None => asked.clone(),
        },
        None => granted.iter().filter(|scope| at.hooks.permits(client, scope)).cloned().collect(),
    };
    let scopes = without_offline_access(&scopes)?;
    permit(at.hooks, client, &scopes)?;
    Ok(scopes)
}

/// What the user of an ID token has allowed its client: an ID token has no scopes of its own. It proves `openid`, and the
/// consent that stands says the rest.
async fn allowed(at: At<'_>, client: &Client, user: &User) -> Result<Scopes, Refusal> {
    let consent = at.store().consent(at.realm(), &user.sub, client.id.as_str()).await?;
    let consented = consent.map(|consent| consent.scopes).unwrap_or_default();
    let is_allowed = |name: &str| name == OPENID || consented.contains(name);
    Ok(client.scopes.iter().filter(|scope| is_allowed(scope.as_str())).cloned().collect())
}

/// What the token is for: what is named, a resource or a party; of nothing, what the subject token is for.
fn target(
    at: At<'_>,
    entitled: &Entitled<'_>,
    exchange: &TokenExchange,
    subject: &Held,
) -> Result<Option<Arc<str>>, Refusal> {
    let resource = heeded_resource(at.hooks, entitled.request.resource())?;
    match (resource, audience(at, exchange.audience.as_deref())?) {
        (Some(resource), Some(audience)) if resource != audience => Err(Refusal::new(
            RefusalKind::InvalidTarget,
            "resource and audience name two targets, and a token is for one: ask for one at a time",
        )),
        (None, None) if exchange.subject.kind == PresentedKind::Access => {
            // Where it is for the issuer, the new one is for the issuer as this request reaches it.
            let own = subject.claims.str("iss");
            Ok(subject.claims.str("aud").filter(|aud| own != Some(*aud)).map(Into::into))
        }
        (resource, audience) => Ok(resource.or(audience).map(Into::into)),
    }
}

/// Whom the token is for by name: an enabled client of the mount, or one of its resources.
fn audience<'r>(at: At<'_>, asked: Option<&'r str>) -> Result<Option<&'r str>, Refusal> {
    match asked {
        Some(name) if at.mount.directory.client(name).is_some_and(|client| !client.disabled) => Ok(asked),
        Some(_) if at.hooks.policy().resources.is_empty() => Err(Refusal::new(
            RefusalKind::InvalidTarget,
            "audience is no enabled client of the mount, which has no `resources`",
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
    if let Some(sid) = verified.claims.str("sid")
        && at.has_ended(sid).await?
    {
        return refuse("its session has ended: the user signed out, or anew");
    }
    let user = super::ground::live_user(at, &facts.subject)?;
    Ok(Held { facts, claims: verified.claims.clone(), user: Some(user) })
}
