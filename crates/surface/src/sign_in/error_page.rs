//! The page of a request that cannot be answered to its client: what it says is sealed into its link, so that every
//! replica can show it and nobody can make it say something else.

use super::respond::{self, Forms};
use super::{Answer, Page, PageRefusal, Visit, page};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dialect::{WireResponse, authorize};
use grant::{Refusal, RefusalKind, RequestFault, ScopeFault};
use issuer::Seal;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What the page says.
#[derive(Serialize, Deserialize)]
struct Message<'a> {
    /// The standard's code.
    #[serde(rename = "c")]
    code: Cow<'a, str>,
    /// What was wrong.
    #[serde(rename = "w")]
    why: Cow<'a, str>,
    /// What to do about it.
    #[serde(rename = "m", skip_serializing_if = "Option::is_none", default)]
    remedy: Option<Cow<'a, str>>,
    /// The client that the request named, where it is registered.
    #[serde(rename = "i", skip_serializing_if = "Option::is_none", default)]
    client_id: Option<Cow<'a, str>>,
    #[serde(rename = "r")]
    reference: Cow<'a, str>,
    /// When, seconds since the epoch.
    #[serde(rename = "t")]
    at: i64,
}

/// The link to the page for a refused authorization request. It is the vendor's: absolute, below the issuer.
pub(super) async fn link(visit: &Visit<'_>, error: &Refusal) -> Result<String, Refusal> {
    let mount = visit.mount;
    let registered = visit.exchange.client().filter(|id| mount.core.directory.client(id).is_some());
    let message = Message {
        code: authorize::error_code(&error.kind).into(),
        why: sentence(error).into(),
        remedy: remedy(&error.kind).map(Into::into),
        client_id: registered.as_deref().map(Into::into),
        reference: visit.exchange.reference().into(),
        at: visit.at.seconds(),
    };
    let text = serde_json::to_string(&message).map_err(|error| Refusal::internal(format!("a message: {error}")))?;
    let seal = visit.at.seal(Seal::ErrorPage, &[&text]).await?;
    let id = format!("{}.{seal}", URL_SAFE_NO_PAD.encode(&text));
    let page = visit.dialect.pages().map_or_else(
        || visit.page(Page::Error),
        |routes| format!("{}{}", visit.exchange.issuer(mount).trim_end_matches('/'), routes.error),
    );
    Ok(format!("{page}?errorId={id}"))
}

/// A cause as a sentence, no longer than a page wants it, and in the gateway's words alone: anybody can make a link that
/// leads to this page, and would have it say what they like.
fn sentence(error: &Refusal) -> String {
    let cause = match &error.kind {
        RefusalKind::InvalidScope(ScopeFault::Unknown(_)) => "a scope is asked for that the mount does not have",
        RefusalKind::InvalidRequest(RequestFault::Repeated(_)) => "a parameter is there more than once",
        _ => &*error.cause,
    };
    let mut characters = cause.chars().take(300);
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).chain(".".chars()).collect()
}

/// What a developer does about a refusal.
fn remedy(kind: &RefusalKind) -> Option<&'static str> {
    use RefusalKind as Kind;
    Some(match kind {
        Kind::InvalidRequest(RequestFault::Malformed(name)) if name == "redirect_uri" => {
            "Register this very URI for the client, or have the application send one that is registered."
        }
        Kind::InvalidRequest(RequestFault::Missing(name) | RequestFault::Malformed(name))
            if name.as_str().starts_with("code_challenge") =>
        {
            "Have the application use PKCE with S256 (RFC 7636): any current OpenID Connect library does."
        }
        Kind::InvalidRequest(RequestFault::Missing(_)) => "Have the application send it.",
        Kind::InvalidRequest(RequestFault::Repeated(_)) => "Have the application send each parameter once.",
        Kind::UnauthorizedClient => "Correct the client's id in the application, or the client's registration here.",
        Kind::InvalidScope(_) => "Have the application ask for scopes of the mount's catalogue.",
        Kind::ScopeNotPermitted { .. } => {
            "Add the scope to the client's registration, or have the application not ask for it."
        }
        _ => return None,
    })
}

pub(super) async fn show(visit: &Visit<'_>) -> Answer {
    let query: Vec<(String, String)> =
        serde_urlencoded::from_str(visit.wire.query.unwrap_or_default()).unwrap_or_default();
    let id = query.iter().find(|(name, _)| name == "errorId").map_or("", |(_, value)| value.as_str());
    let unknown = || PageRefusal::Unreadable("This link says nothing: it is incomplete, or was not made here.");
    let (text, seal) = id.split_once('.').ok_or_else(unknown)?;
    let text = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(unknown)?;
    if !visit.at.is_sealed(Seal::ErrorPage, &[&text], seal).await? {
        return Err(unknown());
    }
    let message: Message<'_> = serde_json::from_str(&text).map_err(|_| unknown())?;
    let body = pages::error(&pages::ErrorPage {
        frame: page::frame(visit, None),
        heading: "This sign-in cannot go on",
        code: &message.code,
        sentence: &message.why,
        remedy: message.remedy.as_deref(),
        client_id: message.client_id.as_deref(),
        reference: &message.reference,
        at: message.at,
    });
    Ok(respond::html(200, body, page::brand(visit), Forms::Here))
}

/// The page itself, where it is the answer.
pub(super) fn render(visit: &Visit<'_>, status: u16, code: &str, sentence: &str) -> WireResponse {
    let body = pages::error(&pages::ErrorPage {
        frame: page::frame(visit, None),
        heading: "That did not work",
        code,
        sentence,
        remedy: None,
        client_id: None,
        reference: visit.exchange.reference(),
        at: visit.at.seconds(),
    });
    respond::html(status, body, page::brand(visit), Forms::Here)
}
