//! The gateway's own endpoints on the public listener, under `/_gateway/`: health, keys, forward auth.

use super::answered::{Answered, outcome};
use super::{body, browser, exchange, vendor};
use crate::app::App;
use crate::jwks;
use crate::meter::{Outcome, Target};
use crate::mounts::Mount;
use crate::problem;
use crate::record::Record;
use crate::sign_in::{Page, Place};
use actix_web::HttpRequest;
use actix_web::web::Payload;
use configuration::view::is_hosted;
use dialect::{Context, Form, WireRequest, WireResponse, bearer, respond};
use grant::{Endpoint, GrantError, Identity, Scopes};
use issuer::Demands;
use issuer::scenario::Subject;
use serde_json::json;
use std::fmt::Write;

/// Answers `/_gateway/{rest}`.
pub(super) async fn answer<'a>(app: &'a App, request: &HttpRequest, payload: &mut Payload, rest: &str) -> Answered<'a> {
    if let Some((name, mount)) = rest.split_once('/')
        && let Some(mount) = app.mounts.get(mount).filter(|mount| is_hosted(&*mount.dialect()))
    {
        if name == "authorize" {
            return authorize(app, request, payload, mount).await;
        }
        if let Some(page) = Page::parse(name) {
            return browser::page(app, request, payload, mount, Place::Gateway, page).await;
        }
    }
    // Forward auth passes bodies along now and then; none of these endpoints has a use for one.
    let own = |target, response| Answered::by_status(&app.own_meter, target, response);
    if let Err(error) = body::read(payload, app.limits).await {
        return own(Target::NONE, problem::of_body(&error));
    }
    match rest.split_once('/') {
        Some(("health", "live")) => own(Target::HEALTH, health(true, "live")),
        Some(("health", "ready")) => own(Target::HEALTH, ready(app).await),
        Some(("jwks", name)) => match app.mounts.get(name) {
            Some(mount) => Answered::by_status(&mount.meter, Endpoint::Jwks.into(), published_keys(app, mount).await),
            None => own(Target::NONE, no_such_mount(app, name)),
        },
        Some(("verify", name)) => match app.mounts.get(name) {
            Some(mount) => verify(app, mount, request).await,
            None => own(Target::NONE, no_such_mount(app, name)),
        },
        Some(("theme", file)) => own(Target::STYLE, theme(app, file)),
        None if rest == "pages.css" => own(Target::STYLE, stylesheet(pages::stylesheet().to_owned())),
        _ => own(Target::NONE, no_such_endpoint()),
    }
}

fn no_such_endpoint() -> WireResponse {
    problem::of_request(
        404,
        "no such endpoint; there are health/live, health/ready, jwks/{mount}, verify/{mount} and, for a mount whose \
         users sign in and whose vendor has no endpoint for that, authorize/{mount}",
    )
}

async fn authorize<'a>(app: &App, request: &HttpRequest, payload: &mut Payload, mount: &'a Mount) -> Answered<'a> {
    let dialect = mount.dialect();
    let context = Context { endpoint: Endpoint::Authorize, instance: request.path(), issuer: &mount.core.issuer };
    match body::read(payload, app.limits).await {
        Ok(body) => {
            let headers = exchange::headers(request);
            let wire = exchange::wire_request(request, request.path(), &headers, &body);
            browser::authorize(app, mount, &*dialect, Place::Gateway, &wire, request, &context).await
        }
        Err(error) => {
            let response = dialect.encode_error(error.public(), &context);
            Answered {
                response,
                meter: &mount.meter,
                target: Endpoint::Authorize.into(),
                outcome: Outcome::refused(&error.kind),
            }
        }
    }
}

/// The stylesheet of a mount's own colour.
fn theme(app: &App, file: &str) -> WireResponse {
    let mount = file.strip_suffix(".css").and_then(|name| app.mounts.get(name));
    let dialect = mount.map(|mount| mount.dialect());
    let color = dialect.as_ref().and_then(|dialect| dialect.policy().sign_in.as_ref()?.brand.color.as_deref());
    match color {
        Some(color) => stylesheet(pages::theme(color)),
        None => problem::of_request(404, "no mount of that name has a colour of its own"),
    }
}

fn stylesheet(text: String) -> WireResponse {
    WireResponse { status: 200, headers: Vec::new(), body: text.into_bytes() }
        .with("Content-Type", "text/css; charset=utf-8")
        .with("X-Content-Type-Options", "nosniff")
        .with("Cache-Control", "max-age=300")
}

fn health(good: bool, status: &str) -> WireResponse {
    let code = if good { 200 } else { 503 };
    respond::json(code, "application/json", &json!({ "status": status })).with("Cache-Control", "no-store")
}

/// Ready while the store answers and the gateway is not about to stop.
async fn ready(app: &App) -> WireResponse {
    if app.is_draining() {
        return health(false, "draining");
    }
    match app.issuer.store.ping().await {
        Ok(()) => health(true, "ready"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            health(false, "store unavailable")
        }
    }
}

async fn published_keys(app: &App, mount: &Mount) -> WireResponse {
    let dialect = mount.dialect();
    match app.issuer.jwks(&mount.core, &*dialect).await {
        Ok(keys) => respond::json(200, "application/json", &jwks::document(&keys)),
        Err(error) => {
            tracing::error!(mount = mount.name(), cause = &*error.cause, "keys cannot be published");
            problem::of_request(503, "the mount's keys cannot be read now")
        }
    }
}

/// Forward auth: 200 with the identity in headers, or the refusal of the vendor's resource API.
async fn verify<'a>(app: &App, mount: &'a Mount, request: &HttpRequest) -> Answered<'a> {
    let (meter, target) = (&mount.meter, Endpoint::Verify.into());
    let demands = match demands(request.uri().query().unwrap_or_default()) {
        Ok(demands) => demands,
        Err(remedy) => return Answered::by_status(meter, target, problem::of_request(400, &remedy)),
    };
    let dialect = mount.dialect();
    let headers = exchange::headers(request);
    let wire = exchange::wire_request(request, request.path(), &headers, b"");
    let mut forced = false;
    let identified = vendor::guard(identify(app, mount, &*dialect, &wire, &demands, &mut forced)).await;
    let mut record = Record { mount: mount.name(), endpoint: Endpoint::Verify.as_str(), forced, ..Record::default() };
    let response = match identified {
        Ok(identity) => {
            record.client = identity.facts.client_id.as_ref().map(ToString::to_string);
            accepted(&identity)
        }
        Err(error) => {
            let context = Context { endpoint: Endpoint::Verify, instance: request.path(), issuer: &mount.core.issuer };
            let response = dialect.encode_error(error.public(), &context);
            record.error = Some(error);
            response
        }
    };
    let outcome = outcome(record.error.as_ref(), record.forced);
    record.status = response.status;
    record.keep(app);
    Answered { response, meter, target, outcome }
}

/// The identity in headers. A token that a user made has no client.
fn accepted(identity: &Identity) -> WireResponse {
    let response = WireResponse::empty(200)
        .with("X-Auth-Subject", header_text(&identity.facts.subject))
        .with("X-Auth-Scopes", identity.facts.scopes.joined())
        .with("Cache-Control", "no-store");
    match &identity.facts.client_id {
        Some(id) => response.with("X-Auth-Client", header_text(id.as_str())),
        None => response,
    }
}

async fn identify(
    app: &App,
    mount: &Mount,
    dialect: &dyn dialect::Dialect,
    wire: &WireRequest<'_>,
    demands: &Demands,
    forced: &mut bool,
) -> Result<Identity, GrantError> {
    let bearer = bearer::read(wire)?;
    let subject = Subject { mount: mount.name(), endpoint: Endpoint::Verify, client_id: None, grant: None };
    if let Some(error) = app.issuer.scenarios.force(subject, &*app.issuer.store).await? {
        *forced = true;
        return Err(error);
    }
    app.issuer.verify(&mount.core, dialect, &bearer, demands).await
}

/// Reads `user=required&scope=a+b`; the error says what to write instead.
fn demands(query: &str) -> Result<Demands, String> {
    let form = Form::read(query.as_bytes()).map_err(|error| error.cause.into_owned())?;
    let user = match form.get("user") {
        None => false,
        Some("required") => true,
        Some(_) => return Err("parameter `user` may only be `required`".to_owned()),
    };
    let scopes = Scopes::parse(form.get("scope").unwrap_or_default())
        .map_err(|_| "parameter `scope` must be scope names separated by spaces".to_owned())?;
    if let Some(name) = form.names().find(|name| !["user", "scope"].contains(name)) {
        return Err(format!("parameter `{name}` is not known; there are `user` and `scope`"));
    }
    Ok(Demands { user, scopes: scopes.iter().cloned().collect() })
}

/// Text as a header value: whatever is not visible ASCII is percent-encoded, and so is the percent sign.
fn header_text(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_graphic() && byte != b'%' {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

fn no_such_mount(app: &App, name: &str) -> WireResponse {
    let names = app.mounts.all().iter().map(|mount| mount.name()).collect::<Vec<_>>().join(", ");
    problem::of_request(404, &format!("no mount is named `{name}`; there are {names}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demands_are_read_or_explained() {
        let read = demands("user=required&scope=a+b").unwrap();
        assert!(read.user && read.scopes.len() == 2);
        assert!(!demands("").unwrap().user);
        for bad in ["user=yes", "user=required&user=required", "scopes=a", "scope=%22"] {
            assert!(demands(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn identities_are_safe_in_headers() {
        assert_eq!(header_text("bits:customer::1"), "bits:customer::1");
        assert_eq!(header_text("a b%\r\né"), "a%20b%25%0D%0A%C3%A9");
    }
}
