//! The authorization endpoint.

use super::{Page, Visit, error_page, respond};
use dialect::authorize::with_query;
use dialect::{Context, WireResponse, authorize as wire};
use grant::{AuthorizeReply, AuthorizeRequest, Call, Endpoint, GrantError, GrantErrorKind, Reply};
use issuer::authorize::{Authorization, AuthorizeRefusal, Step};
use issuer::scenario::Subject;

/// An answer, and what the log needs of it.
pub(crate) struct Authorized {
    pub(crate) response: WireResponse,
    /// The client that the request names.
    pub(crate) client: Option<String>,
    /// Why there is no code.
    pub(crate) refusal: Option<GrantError>,
    /// What the error page calls the request.
    pub(crate) reference: Option<String>,
    /// Whether a scenario raised the refusal.
    pub(crate) forced: bool,
}

/// Answers a request to the authorization endpoint.
pub(crate) async fn authorize(visit: &Visit<'_>, context: &Context<'_>) -> Authorized {
    let mut named = Named::default();
    let outcome = go_on(visit, &mut named).await;
    let Named { client, forced } = named;
    let refusal = match outcome {
        Ok(Next::Page(response)) => {
            return Authorized { response, client, refusal: None, reference: None, forced };
        }
        Ok(Next::Reply(reply, opened)) => {
            let refusal = match &reply.outcome {
                grant::AuthorizeOutcome::Refused(kind) => Some(GrantError::new(kind.clone(), "told to the client")),
                grant::AuthorizeOutcome::Code { .. } => None,
            };
            let response = visit.dialect.encode(&Reply::Authorize(*reply), context);
            let response = match &opened {
                Some(opened) => visit.with_session(response, opened),
                None => response,
            };
            return Authorized { response, client, refusal, reference: None, forced };
        }
        Err(refusal) => refusal,
    };
    let AuthorizeRefusal { error, reply } = refusal;
    if let Some(reply) = reply {
        let response = visit.dialect.encode(&Reply::Authorize(*reply), context);
        return Authorized { response, client, refusal: Some(error), reference: None, forced };
    }
    let (response, reference) = own_answer(visit, context, &error, client.as_deref()).await;
    Authorized { response, client, refusal: Some(error), reference, forced }
}

/// A link to the page that says what was wrong; faults and limits of the gateway have their own status instead.
async fn own_answer(
    visit: &Visit<'_>,
    context: &Context<'_>,
    error: &GrantError,
    client: Option<&str>,
) -> (WireResponse, Option<String>) {
    use GrantErrorKind as Kind;
    let encoded = || visit.dialect.encode_error(error.public(), context);
    if matches!(
        error.kind,
        Kind::MethodNotAllowed
            | Kind::PayloadTooLarge
            | Kind::RequestTimeout
            | Kind::RateLimited { .. }
            | Kind::Unavailable { .. }
            | Kind::Internal
    ) {
        return (encoded(), None);
    }
    let reference = error_page::reference();
    match error_page::link(&visit.app.issuer, visit.mount, visit.dialect, error, client, &reference).await {
        Ok(link) => (respond::found(link), Some(reference)),
        Err(failure) => (visit.dialect.encode_error(failure.public(), context), None),
    }
}

#[derive(Default)]
struct Named {
    client: Option<String>,
    forced: bool,
}

enum Next {
    Page(WireResponse),
    Reply(Box<AuthorizeReply>, Option<issuer::OpenedSession>),
}

async fn go_on(visit: &Visit<'_>, named: &mut Named) -> Result<Next, AuthorizeRefusal> {
    let request = match visit.dialect.parse(Endpoint::Authorize, visit.wire)? {
        Call::Authorize(request) => *request,
        _ => return Err(GrantError::internal("a dialect reads an authorization request as another").into()),
    };
    named.client.clone_from(&request.client_id);
    let issuer = &visit.app.issuer;
    let client_id = named.client.as_deref();
    let subject = Subject { mount: visit.mount.name(), endpoint: Endpoint::Authorize, client_id, grant: None };
    let forced = issuer.scenarios.force(subject, &*issuer.store).await?;
    named.forced = forced.is_some();
    let asked = check(visit, &request)?;
    if let Some(error) = forced {
        return force(&asked, error);
    }
    let session = visit.session().await?;
    match issuer.authorize(&visit.mount.core, visit.dialect, &asked, session.as_ref(), visit.agent()).await? {
        Step::SignIn => Ok(Next::Page(to_page(visit, Page::Login, &continuation(&asked, true)))),
        Step::Consent => Ok(Next::Page(to_page(visit, Page::Consent, &continuation(&asked, true)))),
        Step::Reply(reply, opened) => Ok(Next::Reply(reply, opened)),
    }
}

/// A forced refusal of the user's is told to the client; any other takes its usual way.
fn force(asked: &Authorization, error: GrantError) -> Result<Next, AuthorizeRefusal> {
    use GrantErrorKind as Kind;
    match error.kind {
        Kind::AccessDenied | Kind::LoginRequired | Kind::ConsentRequired => {
            Err(AuthorizeRefusal { reply: Some(Box::new(asked.refused(error.kind.clone(), None))), error })
        }
        _ => Err(error.into()),
    }
}

fn check(visit: &Visit<'_>, request: &AuthorizeRequest) -> Result<Authorization, AuthorizeRefusal> {
    visit.app.issuer.check_authorize(&visit.mount.core, visit.dialect, request)
}

/// A page to which the request is carried on.
fn to_page(visit: &Visit<'_>, page: Page, request: &str) -> WireResponse {
    respond::found(with_query(&visit.page(page), &[("request", Some(request))]))
}

/// The request that a page carries on; `None` where it does not hold.
pub(super) fn carried(visit: &Visit<'_>, request: &str) -> Option<Authorization> {
    let form = dialect::Form::read_with_opaque(request.as_bytes(), &["state"]).ok()?;
    check(visit, &wire::request(&form)).ok()
}

/// The request as parameters. `whole` keeps what makes a user sign in anew; once done, it would do so for ever.
pub(super) fn continuation(asked: &Authorization, whole: bool) -> String {
    let prompt = &asked.prompt;
    let words = [
        ("none", prompt.none),
        ("login", prompt.login && whole),
        ("consent", prompt.consent),
        ("select_account", prompt.select_account && whole),
    ];
    let prompt: Vec<_> = words.into_iter().filter_map(|(word, there)| there.then_some(word)).collect();
    let prompt = prompt.join(" ");
    let max_age = asked.max_age.filter(|_| whole).map(|seconds| seconds.to_string());
    let scope = asked.scopes.joined();
    let method = asked.challenge.as_ref().map(|_| "S256");
    let query = with_query(
        "",
        &[
            ("client_id", Some(asked.client.id.as_str())),
            ("redirect_uri", Some(&asked.redirect_uri)),
            ("response_type", Some("code")),
            ("scope", Some(&scope)),
            ("state", asked.state.as_deref()),
            ("nonce", asked.nonce.as_deref()),
            ("code_challenge", asked.challenge.as_deref()),
            ("code_challenge_method", method),
            ("prompt", Some(&*prompt).filter(|prompt| !prompt.is_empty())),
            ("max_age", max_age.as_deref()),
            ("login_hint", asked.login_hint.as_deref()),
        ],
    );
    query.trim_start_matches('?').to_owned()
}

/// The client told by a page of the gateway's own: 303, for a form was sent (RFC 9110 section 15.4.4).
pub(super) fn tell(visit: &Visit<'_>, reply: AuthorizeReply) -> WireResponse {
    let context =
        Context { endpoint: Endpoint::Authorize, instance: visit.wire.path, issuer: &visit.mount.core.issuer };
    let mut response = visit.dialect.encode(&Reply::Authorize(reply), &context);
    if response.status == 302 {
        response.status = 303;
    }
    response
}
