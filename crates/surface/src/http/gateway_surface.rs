//! The gateway's own endpoints on the public listener, under `/_gateway/`: health, keys, forward auth.

use super::cors::Cors;
use super::{body, browser, vendor};
use crate::exchange::Exchange;
use crate::health::Question;
use crate::meter::Target;
use crate::mounts::Mount;
use crate::page::Page;
use crate::sign_in::Place;
use crate::{jwks, problem, wire};
use actix_web::web::Payload;
use configuration::view::is_hosted;
use dialect::{Form, WireResponse, bearer, respond};
use grant::{Endpoint, Identity, Scopes};
use issuer::{Demands, Phase};
use std::fmt::Write;
use std::sync::Arc;

/// Answers `/_gateway/{rest}`.
pub(super) async fn answer(exchange: &Exchange<'_>, payload: &mut Payload, root: &str, rest: &str) -> WireResponse {
    let place = Place { root, vendor: None };
    let (name, of) = rest.split_once('/').unwrap_or((rest, ""));
    let query = exchange.request.uri().query().unwrap_or_default();
    let (of, demanded) = if name == "verify" { demanded(of, query) } else { (of, "") };
    let mount = exchange.world.mounts.get(of);
    if let Some(mount) = mount.filter(|mount| is_hosted(&*mount.dialect())) {
        if name == "authorize" {
            return authorize(exchange, payload, mount, place).await;
        }
        if let Some(page) = Page::parse(name) {
            return browser::page(exchange, payload, mount, place, page).await;
        }
    }
    exchange.leads_to_own(Target::Nothing);
    // Forward auth passes bodies along now and then; none of these endpoints has a use for one.
    body::pass_over(exchange.request, payload).await;
    if let Some(question) = Question::parse(of).filter(|_| name == "health") {
        return health(exchange, question).await;
    }
    match (name, mount) {
        ("jwks", Some(mount)) => jwks(exchange, mount).await,
        ("verify", Some(mount)) => verify(exchange, mount, demanded).await,
        ("jwks" | "verify", None) => no_such_mount(exchange),
        ("theme", _) => theme(exchange, of),
        ("pages.css", _) if rest == name => stylesheet(exchange, pages::stylesheet().to_owned()),
        _ => exchange.problem(
            404,
            "no such endpoint; there are health/live, health/serving, health/ready, jwks/{mount}, verify/{mount}, \
             verify/{mount}/{demands}/… and, for a mount whose users sign in and whose vendor has no endpoint for that, authorize/{mount}",
        ),
    }
}

async fn authorize(
    exchange: &Exchange<'_>,
    payload: &mut Payload,
    mount: &Arc<Mount>,
    place: Place<'_>,
) -> WireResponse {
    exchange.leads_to(mount, Endpoint::Authorize);
    let (dialect, path) = (mount.dialect(), exchange.request.path());
    let context = exchange.context(mount, Endpoint::Authorize, path);
    match body::read(exchange.request, payload, exchange.app.limits).await {
        Ok(body) => {
            let headers = wire::headers(exchange.request);
            let wire = wire::wire_request(exchange.request, path, &headers, &body);
            exchange.keep(&*dialect, &wire);
            browser::authorize(exchange, mount, &*dialect, place, &wire, &context).await
        }
        Err(error) => exchange.refused(&*dialect, &context, error),
    }
}

/// The stylesheet of a mount's own colour.
fn theme(exchange: &Exchange<'_>, file: &str) -> WireResponse {
    let mount = file.strip_suffix(".css").and_then(|name| exchange.world.mounts.get(name));
    let dialect = mount.map(|mount| mount.dialect());
    let color = dialect.as_ref().and_then(|dialect| dialect.policy().sign_in.as_ref()?.brand.color.as_deref());
    match color {
        Some(color) => stylesheet(exchange, pages::theme(color)),
        None => exchange.problem(404, "no mount of that name has a colour of its own"),
    }
}

fn stylesheet(exchange: &Exchange<'_>, text: String) -> WireResponse {
    exchange.leads_to_own(Target::Style);
    WireResponse { status: 200, headers: Vec::new(), body: text.into_bytes() }
        .with("Content-Type", "text/css; charset=utf-8")
        .with("X-Content-Type-Options", "nosniff")
        .with("Cache-Control", "max-age=300")
}

async fn health(exchange: &Exchange<'_>, question: Question) -> WireResponse {
    exchange.leads_to_own(Target::Health);
    let (status, body) = exchange.app.health(question).await;
    respond::json(status, "application/json", &body).with("Cache-Control", "no-store")
}

/// The mount's keys, which pages of other origins may read as they may at the vendor's endpoints.
async fn jwks(exchange: &Exchange<'_>, mount: &Arc<Mount>) -> WireResponse {
    exchange.leads_to(mount, Endpoint::Jwks);
    let dialect = mount.dialect();
    let Some(cors) = Cors::of(exchange.request, mount, dialect.policy(), Endpoint::Jwks) else {
        return published_keys(exchange, mount).await;
    };
    let response = match cors.preflight(&["GET"]) {
        None => published_keys(exchange, mount).await,
        Some(Ok(admitted)) => admitted,
        Some(Err(error)) => {
            exchange.refuse(error);
            problem::of_request(403, "the mount admits no pages of this origin")
        }
    };
    cors.open(exchange, response)
}

async fn published_keys(exchange: &Exchange<'_>, mount: &Arc<Mount>) -> WireResponse {
    let keys = async {
        exchange.force().await?;
        let bend = exchange.bend();
        exchange.world.issuer.at(&mount.core, &*mount.dialect()).bent(bend.as_deref()).jwks().await
    };
    match keys.await {
        Ok(keys) => respond::json(200, "application/json", &jwks::document(&keys)),
        Err(error) => exchange.own_refusal(error, "the mount's keys cannot be read now"),
    }
}

/// The mount of `verify/{rest}`, and what it demands: in the query or, where a proxy appends the path and query that the
/// end user wrote, in the segment after the mount, `-` for nothing. What follows that counts for nothing.
fn demanded<'r>(rest: &'r str, query: &'r str) -> (&'r str, &'r str) {
    let Some((mount, appended)) = rest.split_once('/') else { return (rest, query) };
    match appended.split_once('/').map_or(appended, |(demands, _)| demands) {
        "-" => (mount, ""),
        demands => (mount, demands),
    }
}

/// Forward auth: 200 with the identity in headers, or the refusal of the vendor's resource API.
async fn verify(exchange: &Exchange<'_>, mount: &Arc<Mount>, demanded: &str) -> WireResponse {
    exchange.leads_to(mount, Endpoint::Verify);
    let request = exchange.request;
    let demands = match demands(demanded) {
        Ok(demands) => demands,
        Err(remedy) => return exchange.problem(400, remedy),
    };
    let dialect = mount.dialect();
    let headers = wire::headers(request);
    let wire = wire::wire_request(request, request.path(), &headers, b"");
    exchange.keep(&*dialect, &wire);
    let work = async {
        let at = exchange.at(mount, &*dialect);
        let identity = vendor::identify(exchange, at, &bearer::read(&wire)?).await?;
        exchange.notes.borrow_mut().demanded = Some(demands.scopes.iter().cloned().collect());
        at.decide(Phase::Entitlement, demands.check(&identity)).map(|()| accepted(&identity))
    };
    vendor::guard(work).await.unwrap_or_else(|error| {
        let context = exchange.context(mount, Endpoint::Verify, request.path());
        exchange.refused(&*dialect, &context, error)
    })
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
    if form.names().any(|name| !["user", "scope"].contains(&name)) {
        // Its name may be a part of what an end user asked for, and so a secret.
        return Err("a parameter is not known; there are `user` and `scope`".to_owned());
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

/// Says which mounts there are, and not what was written for one, which may hold a secret.
fn no_such_mount(exchange: &Exchange<'_>) -> WireResponse {
    let names = exchange.world.mounts.all().iter().map(|mount| mount.name()).collect::<Vec<_>>().join(", ");
    exchange.problem(404, format!("no mount has the name in the path; there are {names}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demands_are_read_or_explained() {
        let read = demands("user=required&scope=a+b").unwrap();
        assert!(read.user && read.scopes.len() == 2);
        assert!(!demands("").unwrap().user);
        for bad in ["user=yes", "user=required&user=required", "scopes=a", "scope=%22", "canary", "canary=", "c%61nary"]
        {
            let told = demands(bad).unwrap_err();
            assert!(!told.contains("canary"), "{bad}: {told}");
        }
    }

    #[test]
    fn n50_an_end_users_path_and_query_demand_nothing() {
        for (rest, query, expected) in [
            ("bits", "user=required", ("bits", "user=required")),
            ("bits/-", "user=required", ("bits", "")),
            ("bits/-/orders/1", "a=b", ("bits", "")),
            ("bits/scope=a+b&user=required/orders/../-/", "user=", ("bits", "scope=a+b&user=required")),
            ("bits/", "", ("bits", "")),
        ] {
            assert_eq!(demanded(rest, query), expected, "{rest}");
        }
    }

    #[test]
    fn identities_are_safe_in_headers() {
        assert_eq!(header_text("bits:customer::1"), "bits:customer::1");
        assert_eq!(header_text("a b%\r\né"), "a%20b%25%0D%0A%C3%A9");
    }
}
