//! The issuer's phases in a few lines: what it would decide under the givens of a pair, nothing stored.

use super::scene::{Scene, sample};
use super::{Stage, authorization};
use crate::pairs::{Given, Pair};
use dialect::Dialect;
use grant::{
    Bearer, Call, Client, ClientAuth, ClientId, Granted, IntrospectRequest, Proof, RateLimit, RefreshForm, Refusal,
    RefusalKind, Remarks, Reply, RevokeRequest, Scopes, Seconds, TokenFault, TokenKind, TokenReply, TokenRequest,
};
use secrecy::ExposeSecret;
use std::sync::Arc;

/// The reply or the error that the pair's request gets.
pub(super) fn decide(stage: &Stage, dialect: &dyn Dialect, pair: &Pair) -> Result<Reply, Refusal> {
    match stage.call(&pair.id)? {
        Call::Token(_) if pair.givens.contains(&Given::Fault) => Err(Refusal::internal("forced")),
        Call::Token(request) => token(stage, dialect, pair, &request),
        Call::Authorize(request) => authorization::authorize(stage, dialect, pair, *request),
        Call::UserInfo(bearer) => user_info(stage, dialect, pair, &bearer),
        Call::Introspect(request) => introspect(stage, dialect, request),
        Call::Revoke(request) => revoke(stage, dialect, request),
        call => panic!("{}: {call:?} has no phases here", pair.id),
    }
}

fn token(stage: &Stage, dialect: &dyn Dialect, pair: &Pair, request: &TokenRequest) -> Result<Reply, Refusal> {
    let scene = grant(stage, dialect, pair, request)?;
    let plan = dialect.plan(&scene.grant());
    stage.assert_tokens(&pair.id, &plan);
    let planned = |kind, name| plan.tokens.iter().any(|token| token.kind == kind).then(|| sample(name).to_owned());
    let form = dialect.policy().refresh.form;
    let refresh_token = match form {
        RefreshForm::Handle => scene.refresh.as_ref().map(|_| format!("{}-1", sample("hex64"))),
        RefreshForm::Jwt => planned(TokenKind::Refresh, "jwt_refresh"),
    };
    Ok(Reply::Token(TokenReply {
        grant_type: scene.grant_type,
        access_token: planned(TokenKind::Access, "jwt").unwrap().into(),
        expires_in: dialect.policy().access_ttl,
        id_token: planned(TokenKind::Id, "jwt_id").map(Into::into),
        refresh_token: refresh_token.map(Into::into),
        scopes: scene.scopes,
        scope_requested: matches!(request.scopes, Ok(Some(_))),
        facts: Granted {
            at: scene.now,
            client: Some(Arc::new(scene.client)),
            user: scene.user.map(Arc::new),
            extra: scene.extra,
        },
    }))
}

/// Everything from authentication to the proof.
fn grant(stage: &Stage, dialect: &dyn Dialect, pair: &Pair, request: &TokenRequest) -> Result<Scene, Refusal> {
    let client = authenticate(stage, dialect, request.client.as_ref())?;
    let proof = request.proof.as_ref().map_err(Clone::clone)?;
    let grant_type = proof.grant_type();
    let asked = request.scopes.clone()?;
    if let Some(unknown) = asked.as_ref().and_then(|asked| asked.first_outside(&dialect.policy().scopes)) {
        return Err(Refusal::unknown_scope(unknown.as_str()));
    }
    asked.as_ref().map_or(Ok(()), |asked| dialect.check_scopes(request, grant_type, asked))?;
    if !client.grants.contains(&grant_type) {
        return Err(refuse(RefusalKind::UnauthorizedClient));
    }
    let (sub, scopes) = match proof {
        Proof::ClientCredentials => {
            let scopes = asked.map_or_else(|| dialect.default_scopes(&client), Ok)?;
            dialect.check_scopes(request, grant_type, &scopes)?;
            if let Some(scope) = scopes.iter().find(|scope| !dialect.permits(&client, scope)).cloned() {
                return Err(refuse(RefusalKind::ScopeNotPermitted { scope }));
            }
            (client.user.as_deref().map(str::to_owned).filter(|_| dialect.capabilities().service_users), scopes)
        }
        Proof::AuthorizationCode { .. } => minted(pair),
        Proof::Incomplete { error, .. } => return Err(error.clone()),
        Proof::Refresh { .. }
        | Proof::Password { .. }
        | Proof::JwtBearer { .. }
        | Proof::DeviceCode { .. }
        | Proof::TokenExchange(_) => {
            panic!("{}: the grant has no phases here", pair.id)
        }
    };
    if limited(dialect, pair, &client.id) {
        return Err(refuse(RefusalKind::RateLimited { retry_after: Seconds(1) }));
    }
    let user = sub.map(|sub| stage.user(&sub).ok_or_else(|| refuse(RefusalKind::UserGone))).transpose()?;
    let now = stage.now(&pair.id);
    let refresh = dialect.issues_refresh(grant_type, &scopes);
    Ok(Scene {
        issuer: stage.mount(pair).issuer.as_str().into(),
        now,
        grant_type,
        user,
        refresh: refresh.then(|| (scopes.clone(), dialect.policy().refresh_ttl.after(now))),
        scopes,
        extra: request.extra.clone(),
        ..stage.scene(client.id.as_str(), "")
    })
}

/// The client whose credentials those are.
fn authenticate(stage: &Stage, dialect: &dyn Dialect, auth: Result<&ClientAuth, &Refusal>) -> Result<Client, Refusal> {
    let auth = auth.map_err(Clone::clone)?;
    let secret = auth.secret.as_ref().map(ExposeSecret::expose_secret);
    let mut known = stage.contract.fixtures.clients.iter();
    if !known.any(|client| client.id == auth.id.as_str() && client.secret.as_deref() == secret) {
        return Err(refuse(RefusalKind::InvalidClient));
    }
    let client = stage.client(auth.id.as_str());
    let mut remarks = Remarks::default();
    dialect.check_client(&client, secret, &mut remarks);
    assert_eq!(remarks.faults, [], "{}", client.id);
    if client.disabled {
        return Err(refuse(RefusalKind::ClientDisabled));
    }
    Ok(client)
}

fn refuse(kind: RefusalKind) -> Refusal {
    Refusal::new(kind, "refused by the fixtures")
}

/// Introspection, where no token is of any worth.
fn introspect(stage: &Stage, dialect: &dyn Dialect, request: IntrospectRequest) -> Result<Reply, Refusal> {
    authenticate(stage, dialect, request.client.as_ref())?;
    request.token.map(|_| Reply::Introspection(None)).ok_or_else(|| Refusal::missing("token"))
}

/// Revocation, where no token is known.
fn revoke(stage: &Stage, dialect: &dyn Dialect, request: RevokeRequest) -> Result<Reply, Refusal> {
    authenticate(stage, dialect, request.client.as_ref())?;
    request.token.ok_or_else(|| Refusal::missing("token"))?;
    match request.hint.as_deref() {
        None | Some("access_token" | "refresh_token") => Ok(Reply::Revoked),
        Some(_) => Err(refuse(RefusalKind::UnsupportedTokenType)),
    }
}

/// User and scopes of the code that the pair presupposes.
fn minted(pair: &Pair) -> (Option<String>, Scopes) {
    let terms = pair.givens.iter().find_map(|given| match given {
        Given::Code { user: Some(user), scope: Some(scope), .. } => {
            Some((Some(user.clone()), Scopes::parse(scope).unwrap()))
        }
        _ => None,
    });
    terms.unwrap_or_else(|| panic!("{}: no given says what the code is good for", pair.id))
}

/// Whether the grants that the pair presupposes fill the client's window.
fn limited(dialect: &dyn Dialect, pair: &Pair, client: &ClientId) -> bool {
    let RateLimit::Rolling { count: most, window } = dialect.policy().rate_limit else { return false };
    let mut at = None;
    for given in &pair.givens {
        match given {
            Given::Successes { count, client: of } if of == client.as_str() && *count >= most => at = Some(0),
            Given::Advance(seconds) => at = at.map(|elapsed| elapsed + seconds),
            _ => {}
        }
    }
    at.is_some_and(|elapsed| elapsed < window.0)
}

/// Userinfo with the token of the pair that the givens name.
fn user_info(stage: &Stage, dialect: &dyn Dialect, pair: &Pair, bearer: &Bearer) -> Result<Reply, Refusal> {
    let refuse_token = |fault| refuse(RefusalKind::InvalidToken(fault));
    if bearer.token.is_none() {
        return Err(refuse_token(TokenFault::Missing));
    }
    let source = pair.givens.iter().find_map(|given| match given {
        Given::From { name, pair, .. } if name == "token" => Some(stage.pair(pair)),
        _ => None,
    });
    let source = source.ok_or_else(|| refuse_token(TokenFault::Invalid))?;
    let Call::Token(request) = stage.call(&source.id)? else { panic!("{}: no token request", source.id) };
    let identity = grant(stage, dialect, source, &request)?.identity(dialect);
    if identity.claims.int("exp").unwrap() <= stage.now(&pair.id) {
        return Err(refuse_token(TokenFault::Expired));
    }
    dialect.check_userinfo(&identity)?;
    Ok(Reply::UserInfo(identity))
}
