//! What clients will see of a scenario: its steps, each in the vendor's own bytes as far as they can be told in advance.

use super::Call;
use super::problem::Problem;
use crate::scenarios;
use admin_api::{Preview, PreviewStep, ScenarioSpec};
use dialect::{Context, Dialect, Route, WireResponse};
use grant::{
    DeviceReply, DeviceTerms, Endpoint, GrantType, Granted, IssuedToken, KeyFlaw, Refusal, RefusalKind, Reply, Seconds,
    TokenReply,
};
use issuer::scenario::{Act, Canned, Commit, Outcome};
use std::fmt::Write;
use std::sync::Arc;
use surface::jwks;
use surface::mounts::Mount;

/// What stands for a token.
const TOKEN: &str = "eyJ…";
/// What stands for the id of a request.
const ID: &str = "00000000-0000-4000-8000-000000000000";

pub(super) async fn preview(call: &Call, spec: ScenarioSpec) -> Result<Preview, Problem> {
    let meaning = scenarios::meaning(&call.world, &spec);
    let meaning = meaning.map_err(|fault| Problem::bad_request(fault.detail, fault.remedy))?;
    let place = spec.endpoint.as_deref().unwrap_or(Endpoint::Token.as_str());
    let named = |mount: &&Arc<Mount>| spec.mount.as_deref().is_none_or(|name| name == mount.name());
    let serves = |mount: &&Arc<Mount>| scenarios::places(mount).contains(&place);
    let mount = call.world.mounts.all().iter().filter(named).find(serves);
    let mount = mount.ok_or_else(|| Problem::internal("no mount has what was checked"))?;
    let dialect = mount.dialect();
    let usual = served(call, mount, &*dialect, place).await?;
    let see = See { mount, dialect: &*dialect, place, served: usual.as_ref() };
    let steps = meaning.steps.iter().map(|step| see.step(&step.outcome)).collect();
    Ok(Preview { mount: mount.name().to_owned(), endpoint: place.to_owned(), steps })
}

/// An answer's place at an endpoint of a mount, of a request of which nothing is known.
pub(super) fn context<'a>(mount: &'a Mount, dialect: &dyn Dialect, endpoint: Endpoint) -> Context<'a> {
    let path = Route::find(dialect.routes(), endpoint).map_or("", |route| route.path);
    Context { endpoint, path, issuer: &mount.core.issuer, back_channel: None, request_id: ID, asked: &dialect::Nothing }
}

/// An answer as it is without a scenario, where it does not follow from whom it is about.
async fn served(
    call: &Call,
    mount: &Mount,
    dialect: &dyn Dialect,
    place: &str,
) -> Result<Option<WireResponse>, Problem> {
    let Some(endpoint) = Endpoint::parse(place) else { return Ok(None) };
    let token = || Some(IssuedToken::from(TOKEN.to_owned()));
    let scopes = dialect.policy().scopes.clone();
    let scopes = scopes.iter().take(2).cloned().collect();
    let reply = match endpoint {
        Endpoint::Token => Reply::Token(TokenReply {
            grant_type: GrantType::ClientCredentials,
            access_token: IssuedToken::from(TOKEN.to_owned()),
            expires_in: dialect.policy().access_ttl,
            id_token: None,
            refresh_token: dialect.issues_refresh(GrantType::ClientCredentials, &scopes).then(token).flatten(),
            scopes,
            scope_requested: true,
            facts: Granted { at: call.world.issuer.at(&mount.core, dialect).seconds(), ..Granted::default() },
        }),
        Endpoint::Introspect => Reply::Introspection(None),
        Endpoint::Revoke => Reply::Revoked,
        Endpoint::DeviceAuthorization => {
            let terms = dialect.policy().device.unwrap_or(DeviceTerms { ttl: Seconds(600), interval: Seconds(5) });
            Reply::DeviceAuthorization(DeviceReply {
                device_code: IssuedToken::from("…".to_owned()),
                user_code: "BCDF-GHJK".to_owned(),
                expires_in: terms.ttl,
                interval: terms.interval,
            })
        }
        Endpoint::Discovery => Reply::Discovery,
        Endpoint::Jwks => {
            let keys = call.world.issuer.at(&mount.core, dialect).jwks().await?;
            if Route::find(dialect.routes(), endpoint).is_none() {
                let body = serde_json::to_vec(&jwks::document(&keys)).unwrap_or_default();
                return Ok(Some(
                    WireResponse { body, ..WireResponse::empty(200) }.with("Content-Type", "application/json"),
                ));
            }
            Reply::Jwks(keys)
        }
        Endpoint::Authorize | Endpoint::UserInfo | Endpoint::EndSession | Endpoint::Verify => return Ok(None),
    };
    Ok(Some(dialect.encode(&reply, &context(mount, dialect, endpoint))))
}

struct See<'a> {
    mount: &'a Mount,
    dialect: &'a dyn Dialect,
    place: &'a str,
    served: Option<&'a WireResponse>,
}

impl See<'_> {
    fn step(&self, outcome: &Outcome) -> PreviewStep {
        let (says, answer, is_cut) = self.act(&outcome.act);
        let delay_ms = u64::try_from(outcome.delay.as_millis()).unwrap_or(u64::MAX);
        let waits = if delay_ms == 0 { String::new() } else { format!("after {delay_ms} ms: ") };
        PreviewStep { says: format!("{waits}{says}"), delay_ms, answer, is_cut }
    }

    fn act(&self, act: &Act) -> (String, Option<String>, bool) {
        let served = |says: &str| (says.to_owned(), self.served.map(raw), false);
        match act {
            Act::Pass => served("served as without a scenario"),
            Act::Error(kind) => self.error(kind),
            Act::Hang => ("no byte, until the client leaves or ten minutes are over".to_owned(), None, true),
            Act::Drop(Commit::Before) => {
                ("the connection is closed without a byte; nothing was done".to_owned(), None, true)
            }
            Act::Drop(Commit::After) => {
                ("the connection is closed without a byte; everything was done".to_owned(), None, true)
            }
            Act::Answer(canned) => ("this, as it stands; nothing is done".to_owned(), Some(raw_canned(canned)), false),
            Act::Truncate(bytes) => {
                let cut = self.served.map(|whole| cut(whole, *bytes));
                (format!("served, but the connection is closed after {bytes} bytes of the body"), cut, true)
            }
            Act::Malformed => {
                let cut = self.served.map(|whole| {
                    let mut whole = whole.clone();
                    whole.body.pop();
                    raw(&whole)
                });
                ("served, but without the last byte of its JSON".to_owned(), cut, false)
            }
            Act::Flaw(bend) => match (bend.flaw, bend.keys) {
                (Some((flaw, _)), _) => served(&format!("served with a token that has the flaw {}", flaw.as_str())),
                (None, Some(KeyFlaw::Stale)) => served("served without the key that was made last"),
                (None, Some(KeyFlaw::Missing)) => served("served without the key that signs"),
                (None, None) => served("served"),
            },
        }
    }

    fn error(&self, kind: &RefusalKind) -> (String, Option<String>, bool) {
        let code = kind.code();
        match Endpoint::parse(self.place) {
            None => (format!("the page says that something is wrong ({code})"), None, false),
            Some(Endpoint::Authorize) => {
                let told = ["access_denied", "login_required", "consent_required"].contains(&code);
                let how = if told { "the client is told by redirect" } else { "told by redirect or on the error page" };
                (format!("{how}: {code}"), None, false)
            }
            Some(endpoint) => {
                let refusal = Refusal::new(kind.clone(), "");
                let answer = self.dialect.encode_error(refusal.public(), &context(self.mount, self.dialect, endpoint));
                (format!("{} {code}; nothing is checked, spent or issued", answer.status), Some(raw(&answer)), false)
            }
        }
    }
}

/// An answer as it goes over the wire, but for the date and what an origin adds.
pub(super) fn raw(response: &WireResponse) -> String {
    let fields = response.headers.iter().map(|(name, value)| (*name, &**value));
    written(response.status, fields, response.body.len(), &response.body)
}

fn cut(response: &WireResponse, bytes: usize) -> String {
    let fields = response.headers.iter().map(|(name, value)| (*name, &**value));
    written(response.status, fields, response.body.len(), &response.body[..bytes.min(response.body.len())])
}

fn raw_canned(canned: &Canned) -> String {
    let fields = canned.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    written(canned.status, fields, canned.body.len(), &canned.body)
}

fn written<'a>(status: u16, fields: impl Iterator<Item = (&'a str, &'a str)>, length: usize, body: &[u8]) -> String {
    let reason = actix_web::http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut text = format!("HTTP/1.1 {status} {}\r\n", reason.unwrap_or_default());
    if ![204, 304].contains(&status) {
        let _ = write!(text, "content-length: {length}\r\n");
    }
    for (name, value) in fields {
        // As the listener writes them.
        let _ = write!(text, "{}: {value}\r\n", name.to_ascii_lowercase());
    }
    text.push_str("\r\n");
    text.push_str(&String::from_utf8_lossy(body));
    text
}
