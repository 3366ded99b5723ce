//! The authorization endpoint in a few lines: a hint that approves, or no page at all.

use super::Stage;
use super::scene::sample;
use crate::pairs::Pair;
use dialect::Dialect;
use grant::{AuthorizeOutcome, AuthorizeReply, AuthorizeRequest, Refusal, RefusalKind, Reply, Scopes, SignInTerms};

/// What the client is told of a request that is in order; one that is not, or that needs a page, has no phases here.
pub(super) fn authorize(
    stage: &Stage,
    dialect: &dyn Dialect,
    pair: &Pair,
    request: AuthorizeRequest,
) -> Result<Reply, Refusal> {
    let terms = dialect.policy().sign_in.as_ref().unwrap();
    let client = stage.client(request.client_id.as_deref().unwrap());
    let redirect_uri = request.redirect_uri.unwrap();
    assert!(client.redirect_uris.contains(&redirect_uri), "{}: the redirect URI is not the client's", pair.id);
    assert!(request.challenge.is_some() || !terms.pkce_required, "{}: there is no challenge", pair.id);
    let scopes = dialect.authorize_scopes(&client, request.scopes?.as_ref())?;
    assert!(scopes.iter().all(|scope| dialect.permits(&client, scope)), "{}: a scope is not the client's", pair.id);
    let outcome = outcome(stage, terms, request.login_hint.as_deref(), &scopes);
    let outcome = match outcome {
        None if request.prompt?.none => AuthorizeOutcome::Refused(RefusalKind::LoginRequired),
        None => panic!("{}: pages have no phases here", pair.id),
        Some(outcome) => outcome,
    };
    let in_session = matches!(outcome, AuthorizeOutcome::Code { .. }) && scopes.contains("openid");
    let session_state = in_session.then(|| "session.state".to_owned());
    let mode = request.response_mode?;
    let user = matches!(outcome, AuthorizeOutcome::Code { .. })
        .then(|| stage.contract.fixtures.users.iter().find(|user| Some(&user.username) == request.login_hint.as_ref()))
        .flatten()
        .and_then(|user| stage.user(&user.sub).map(Into::into));
    let client = Some(client.into());
    Ok(Reply::Authorize(AuthorizeReply {
        redirect_uri,
        mode,
        state: request.state,
        session_state,
        client,
        user,
        outcome,
    }))
}

/// What the user whom the hint names says to it; `None` where it names nobody.
fn outcome(stage: &Stage, terms: &SignInTerms, hint: Option<&str>, scopes: &Scopes) -> Option<AuthorizeOutcome> {
    let hint = hint.filter(|_| terms.auto_approve)?;
    let users = &stage.contract.fixtures.users;
    let user = users.iter().find(|user| user.username == hint || user.sub == hint)?;
    Some(if user.denies_consent {
        AuthorizeOutcome::Refused(RefusalKind::AccessDenied)
    } else {
        AuthorizeOutcome::Code { code: format!("{}-1", sample("hex64")).into(), scopes: scopes.clone() }
    })
}
