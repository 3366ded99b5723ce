//! Plan and sign: the dialect's plan becomes tokens.

use crate::bend::{self, Bend, Keys};
use crate::grants::Entitled;
use crate::grants::{Proven, RefreshToken};
use crate::keys::SigningKey;
use crate::keys::jwt;
use crate::state::FamilyId;
use crate::{At, grants, ids, opaque};
use grant::{
    ClaimSource, Claims, Client, Grant, Granted, Hooks, IssuedToken, PlannedToken, RefreshTerms, Refusal, RefusalKind,
    RequestFault, Seconds, TokenKind, TokenPlan, TokenReply, User, Value, extra_claims,
};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::cell::RefCell;
use std::sync::Arc;

pub(super) fn mint(at: At<'_>, keys: &Keys, entitled: &Entitled<'_>, proven: Proven) -> Result<TokenReply, Refusal> {
    let mut plan = plan(at, entitled, &proven)?;
    if let Some(until) = proven.until {
        end_by(&mut plan, until);
    }
    let (refresh_id, handle) = id_or_handle(proven.refresh.map(|refresh| refresh.token));
    if let Some(why) = at.bend.and_then(|bend| bend::misfit(bend, &plan.tokens, keys.own.alg)) {
        return Err(Refusal::new(RefusalKind::InvalidRequest(RequestFault::Unreadable), why));
    }
    let mut tokens = Minted { access: None, id: None, refresh: handle };
    for planned in plan.tokens {
        let over = at.bend.map_or_else(Claims::empty, |bend| bend.over(&planned, at.seconds()));
        let claims = Ordered {
            planned: &planned,
            over: &over,
            hooks: at.hooks,
            client: &entitled.client,
            user: proven.user.as_deref(),
            family: proven.family,
            generation: at.mount.expiry.generation(),
            refresh_id: refresh_id.as_deref(),
            access: tokens.access.as_deref(),
            token_id: RefCell::default(),
        };
        let token = match at.bend {
            None => sign(&keys.own, &claims)?,
            Some(bend) => bend.sign(&planned, keys, &claims)?,
        };
        at.note(|notes| notes.issued.set(planned.kind, claims.token_id.take()));
        *match planned.kind {
            TokenKind::Access => &mut tokens.access,
            TokenKind::Id => &mut tokens.id,
            TokenKind::Refresh => &mut tokens.refresh,
        } = Some(veiled(at.hooks, planned.kind, token));
    }
    if at.bend.is_some_and(Bend::swaps) {
        tokens.access.clone_from(&tokens.id);
    }
    let lifetime = at.hooks.policy().access_ttl;
    let lifetime = proven.until.map_or(lifetime, |until| lifetime.min(Seconds::between(at.seconds(), until)));
    at.note(|notes| (notes.scopes, notes.lifetime) = (Some(proven.scopes.clone()), Some(lifetime)));
    Ok(TokenReply {
        grant_type: entitled.grant_type,
        access_token: tokens.access.ok_or_else(|| Refusal::internal("the plan has no access token"))?.into(),
        expires_in: lifetime,
        id_token: tokens.id.map(IssuedToken::from),
        refresh_token: tokens.refresh.map(IssuedToken::from),
        scopes: proven.scopes,
        scope_requested: entitled.names_scopes,
        facts: facts(at, entitled, proven.user),
    })
}

/// What the dialect plans of the grant.
fn plan(at: At<'_>, entitled: &Entitled<'_>, proven: &Proven) -> Result<TokenPlan, Refusal> {
    // What the request that began the exchange was sent to, which need not be where its code is redeemed.
    let begun = proven.login.as_ref().and_then(|login| login.issuer.as_ref());
    let granted = proven.login.as_ref().and_then(|login| login.resource.as_deref());
    let asked = grants::heeded_resource(at.hooks, entitled.request.resource())?;
    Ok(at.hooks.plan(&Grant {
        issuer: begun.unwrap_or(at.iss()),
        now: at.seconds(),
        grant_type: entitled.grant_type,
        client: &entitled.client,
        user: proven.user.as_deref(),
        scopes: &proven.scopes,
        login: proven.login.as_ref(),
        refresh: proven.refresh.as_ref().map(|r| RefreshTerms { scopes: &r.scopes, expires_at: r.expires_at }),
        extra: &entitled.request.extra,
        audience: asked.or(granted),
        act: proven.act.as_ref(),
    }))
}

/// Has the access tokens end no later than that.
fn end_by(plan: &mut TokenPlan, until: i64) {
    let access = plan.tokens.iter_mut().filter(|token| token.kind == TokenKind::Access);
    for (_, source) in access.flat_map(|token| &mut token.claims).filter(|(name, _)| *name == "exp") {
        if let ClaimSource::Value(Value::Int(exp)) = source {
            *exp = (*exp).min(until);
        }
    }
}

/// What an answer may say of the grant.
fn facts(at: At<'_>, entitled: &Entitled<'_>, user: Option<Arc<User>>) -> Granted {
    let (client, extra) = (Some(Arc::clone(&entitled.client)), entitled.request.extra.clone());
    Granted { at: at.seconds(), client, user, extra }
}

fn id_or_handle(token: Option<RefreshToken>) -> (Option<String>, Option<String>) {
    match token {
        Some(RefreshToken::JwtId(id)) => (Some(id), None),
        Some(RefreshToken::Handle(handle)) => (None, Some(handle)),
        None => (None, None),
    }
}

struct Minted {
    access: Option<String>,
    id: Option<String>,
    refresh: Option<String>,
}

/// The token as the client gets it.
fn veiled(hooks: &dyn Hooks, kind: TokenKind, token: String) -> String {
    match hooks.policy().opaque_access_tokens {
        Some(prefix) if kind == TokenKind::Access => opaque::veil(prefix, &token),
        _ => token,
    }
}

fn sign(key: &SigningKey, claims: &Ordered<'_>) -> Result<String, Refusal> {
    let PlannedToken { typ, header, .. } = claims.planned;
    jwt::sign(key, typ, header, claims).map_err(|error| Refusal::internal(format!("signing: {error}")))
}

/// A planned token's claims, resolved as they are written, then those that its dialect does not know.
struct Ordered<'a> {
    planned: &'a PlannedToken,
    /// Laid over what is planned.
    over: &'a Claims,
    hooks: &'a dyn Hooks,
    client: &'a Client,
    user: Option<&'a User>,
    family: FamilyId,
    generation: u32,
    refresh_id: Option<&'a str>,
    access: Option<&'a str>,
    /// The token's identifier, once it is written.
    token_id: RefCell<Option<String>>,
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, source) in &self.planned.claims {
            if let Some(value) = self.over.get(name) {
                map.serialize_entry(name, value)?;
                continue;
            }
            match source {
                ClaimSource::Value(value) => map.serialize_entry(name, value)?,
                ClaimSource::TokenId(format) => {
                    let id = match (self.planned.kind, self.refresh_id) {
                        (TokenKind::Refresh, Some(id)) => id.to_owned(),
                        _ => ids::token_id(*format, self.family, self.generation),
                    };
                    map.serialize_entry(name, &id)?;
                    self.token_id.replace(Some(id));
                }
                ClaimSource::AccessTokenHash => {
                    let hash = self
                        .access
                        .map_or(Value::Null, |token| jwt::left_half_hash(token, self.hooks.policy().alg).into());
                    map.serialize_entry(name, &hash)?;
                }
            }
        }
        if self.planned.kind != TokenKind::Refresh {
            // A name that is planned for some grants alone was not refused when it was registered.
            let planned = |name: &str| self.planned.claims.iter().any(|(known, _)| *known == name);
            for (name, value) in extra_claims(self.hooks, Some(self.client), self.user) {
                if !planned(name) && self.over.get(name).is_none() {
                    map.serialize_entry(name, value)?;
                }
            }
        }
        let planned = |name: &str| self.planned.claims.iter().any(|(known, _)| *known == name);
        for (name, value) in self.over.iter().filter(|(name, _)| !planned(name)) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
