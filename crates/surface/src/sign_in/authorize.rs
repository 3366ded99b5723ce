//! The authorization endpoint.

use super::{Answer, Page, PageRefusal, Visit, error_page, respond};
use dialect::authorize::with_query;
use dialect::{Context, Dialect, WireRequest, WireResponse, authorize as wire, claims_request};
use grant::{AuthorizeReply, Call, Endpoint, Refusal, RefusalKind, Reply, ResponseMode};
use issuer::authorize::{Authorization, AuthorizeRefusal, Step};
use secrecy::ExposeSecret;

/// Answers a request to the authorization endpoint.
pub(crate) async fn authorize(visit: &Visit<'_>, context: &Context<'_>) -> WireResponse {
    match go_on(visit).await {
        Ok(Next::Page(response)) => response,
        Ok(Next::Reply(reply, opened)) => {
            let response = visit.dialect.encode(&Reply::Authorize(*reply), context);
            match &opened {
                Some(opened) => visit.with_session(response, opened),
                None => response,
            }
        }
        Err(AuthorizeRefusal { error, reply: Some(reply) }) => {
            visit.exchange.refuse(error);
            visit.dialect.encode(&Reply::Authorize(*reply), context)
        }
        Err(AuthorizeRefusal { error, reply: None }) => own_answer(visit, context, error).await,
    }
}

/// A link to the page that says what was wrong; faults and limits of the gateway have their own status instead.
async fn own_answer(visit: &Visit<'_>, context: &Context<'_>, error: Refusal) -> WireResponse {
    use RefusalKind as Kind;
    if matches!(
        error.kind,
        Kind::MethodNotAllowed
            | Kind::PayloadTooLarge
            | Kind::RequestTimeout
            | Kind::RateLimited { .. }
            | Kind::Unavailable { .. }
            | Kind::Internal
    ) {
        return visit.exchange.refused(visit.dialect, context, error);
    }
    let link = error_page::link(visit, &error).await;
    visit.exchange.refuse(error);
    link.map_or_else(|failure| visit.exchange.refused(visit.dialect, context, failure), respond::found)
}

enum Next {
    Page(WireResponse),
    Reply(Box<AuthorizeReply>, Option<issuer::OpenedSession>),
}

async fn go_on(visit: &Visit<'_>) -> Result<Next, AuthorizeRefusal> {
    let call = visit.dialect.parse(Endpoint::Authorize, visit.wire)?;
    visit.exchange.asks(&call);
    let Call::Authorize(request) = call else {
        return Err(Refusal::internal("a dialect reads an authorization request as another").into());
    };
    let forced = visit.exchange.force().await;
    let asked = match (visit.at.check_authorize(&request).await, forced) {
        (asked, Ok(())) => asked?,
        (Ok(asked), Err(error)) => return Err(force(&asked, error)),
        (Err(_), Err(error)) => return Err(error.into()),
    };
    let session = visit.session().await?;
    if let Some(response) = visit.again_by_get(Endpoint::Authorize).filter(|_| asked.prompt.none) {
        return Ok(Next::Page(response));
    }
    match visit.at.authorize(&asked, session.as_ref(), visit.agent()).await? {
        Step::SignIn => Ok(Next::Page(to_page(visit, Page::Login, &asked))),
        Step::Consent => Ok(Next::Page(to_page(visit, Page::Consent, &asked))),
        Step::Reply(reply, opened) => Ok(Next::Reply(reply, opened)),
    }
}

/// A forced refusal of the user's is told to the client; any other takes its usual way.
fn force(asked: &Authorization, error: Refusal) -> AuthorizeRefusal {
    use RefusalKind as Kind;
    match error.kind {
        Kind::AccessDenied | Kind::LoginRequired | Kind::ConsentRequired => asked.refuse(error, None),
        _ => error.into(),
    }
}

/// A page to which the request is carried on.
fn to_page(visit: &Visit<'_>, page: Page, asked: &Authorization) -> WireResponse {
    respond::found(visit.page_with(page, &continuation(asked)))
}

/// The request that a page carries on, if there is one; it must hold.
pub(super) async fn carried(visit: &Visit<'_>) -> Result<Option<Authorization>, PageRefusal> {
    const GONE: PageRefusal = PageRefusal::Unreadable(
        "The request that led here cannot be read, or does not hold any more. Start again from the application.",
    );
    let form = wire::form(&WireRequest { method: "GET", ..*visit.wire }).map_err(|_| GONE)?;
    if form.get("client_id").is_none() {
        return Ok(None);
    }
    visit.at.check_authorize(&wire::request(&form)).await.map(Some).map_err(|_| GONE)
}

/// The request as a page of the gateway's own has it, by the standard's names, whole.
pub(super) fn continuation(asked: &Authorization) -> String {
    written(asked, true, |name| name, " ")
}

/// The request as the vendor's endpoint has it, for a user who has signed in.
pub(super) fn resumption(dialect: &dyn Dialect, asked: &Authorization) -> String {
    written(asked, false, |name| dialect.authorize_parameter(name), dialect.authorize_separator())
}

/// The request as parameters. `whole` keeps what makes a user sign in anew; once done, it would do so for ever.
fn written(asked: &Authorization, whole: bool, name: impl Fn(&'static str) -> &'static str, separator: &str) -> String {
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
    let scope = asked.scopes.joined().replace(' ', separator);
    let mode = Some(asked.mode).filter(|mode| *mode != ResponseMode::default()).map(ResponseMode::as_str);
    let method = asked.challenge.as_ref().map(|_| "S256");
    let (claims, acr_values) = (claims_request::written(&asked.wishes.claims), asked.wishes.acr_values.join(" "));
    let parameters = [
        ("client_id", Some(asked.client.id.as_str())),
        ("redirect_uri", Some(&asked.redirect_uri)),
        ("response_type", Some("code")),
        ("response_mode", mode),
        ("scope", Some(&scope)),
        ("state", asked.state.as_deref()),
        ("nonce", asked.nonce.as_deref()),
        ("code_challenge", asked.challenge.as_deref()),
        ("code_challenge_method", method),
        ("prompt", Some(&*prompt).filter(|prompt| !prompt.is_empty())),
        ("max_age", max_age.as_deref()),
        ("login_hint", asked.login_hint.as_deref()),
        ("id_token_hint", asked.id_token_hint.as_ref().map(ExposeSecret::expose_secret)),
        ("acr_values", Some(&*acr_values).filter(|values| !values.is_empty())),
        ("claims", claims.as_deref()),
        ("resource", asked.resource.as_deref()),
    ];
    let query = with_query("", &parameters.map(|(standard, value)| (name(standard), value)));
    query.trim_start_matches('?').to_owned()
}

/// The client told by a page of the gateway's own: 303, for a form was sent (RFC 9110 section 15.4.4).
pub(super) fn tell(visit: &Visit<'_>, outcome: Result<AuthorizeReply, AuthorizeRefusal>) -> Answer {
    let reply = match outcome {
        Ok(reply) => reply,
        Err(AuthorizeRefusal { error, reply: Some(reply) }) => {
            visit.exchange.refuse(error);
            *reply
        }
        Err(AuthorizeRefusal { error, reply: None }) => return Err(error.into()),
    };
    let context = visit.exchange.context(visit.mount, Endpoint::Authorize, visit.wire.path);
    let mut response = visit.dialect.encode(&Reply::Authorize(reply), &context);
    if response.status == 302 {
        response.status = 303;
    }
    Ok(response)
}
