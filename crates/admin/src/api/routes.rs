//! The calls by method and path: the one list of them.

use super::reply::{Outcome, Refusal};
use super::{Call, clients, clock, codes, journal, keys, metrics, mounts, openapi, pats, reset, scenarios, users};
use actix_web::http::StatusCode;
use futures_util::future::LocalBoxFuture;

/// A call that the API knows.
pub(super) struct Route {
    pub(super) method: &'static str,
    /// Its path; `{mount}`, `{sub}` and `{id}` each stand for one segment.
    pub(super) path: &'static str,
    /// The parameters its query may have.
    pub(super) query: &'static [&'static str],
    /// Whether it comes with a body.
    pub(super) has_body: bool,
    pub(super) run: Run,
}

type Run = for<'a> fn(&'a Call) -> LocalBoxFuture<'a, Outcome>;

fn at_once(outcome: Outcome) -> LocalBoxFuture<'static, Outcome> {
    Box::pin(std::future::ready(outcome))
}

const fn read(path: &'static str, run: Run) -> Route {
    Route { method: "GET", path, query: &[], has_body: false, run }
}

const fn list(path: &'static str, run: Run) -> Route {
    Route { method: "GET", path, query: &["limit", "after"], has_body: false, run }
}

const fn write(method: &'static str, path: &'static str, run: Run) -> Route {
    Route { method, path, query: &[], has_body: true, run }
}

const fn order(method: &'static str, path: &'static str, run: Run) -> Route {
    Route { method, path, query: &[], has_body: false, run }
}

const MOUNTS: &str = "/v1/mounts";
const CLIENTS: &str = "/v1/mounts/{mount}/clients";
const CLIENT: &str = "/v1/mounts/{mount}/clients/{id}";
const USERS: &str = "/v1/mounts/{mount}/users";
const USER: &str = "/v1/mounts/{mount}/users/{sub}";
const PATS: &str = "/v1/mounts/{mount}/users/{sub}/pats";
const KEYS: &str = "/v1/mounts/{mount}/keys";
const CLOCK: &str = "/v1/clock";
const JOURNAL: &str = "/v1/journal";
const SCENARIOS: &str = "/v1/scenarios";

pub(super) const ROUTES: &[Route] = &[
    read(MOUNTS, |call| at_once(Ok(mounts::list_mounts(call)))),
    read("/v1/mounts/{mount}", |call| at_once(mounts::get_mount(call))),
    write("PATCH", "/v1/mounts/{mount}/settings", |call| Box::pin(mounts::change_settings(call))),
    list(CLIENTS, |call| at_once(clients::list_clients(call))),
    read(CLIENT, |call| at_once(clients::get_client(call))),
    write("PUT", CLIENT, |call| Box::pin(clients::put_client(call))),
    order("DELETE", CLIENT, |call| Box::pin(clients::delete_client(call))),
    list(USERS, |call| at_once(users::list_users(call))),
    read(USER, |call| at_once(users::get_user(call))),
    write("PUT", USER, |call| Box::pin(users::put_user(call))),
    order("DELETE", USER, |call| Box::pin(users::delete_user(call))),
    read(PATS, |call| Box::pin(pats::list_pats(call))),
    write("POST", PATS, |call| Box::pin(pats::make_pat(call))),
    order("DELETE", "/v1/mounts/{mount}/users/{sub}/pats/{id}", |call| Box::pin(pats::revoke_pat(call))),
    read("/v1/mounts/{mount}/jwks", |call| Box::pin(keys::get_jwks(call))),
    read(KEYS, |call| Box::pin(keys::list_keys(call))),
    write("POST", "/v1/mounts/{mount}/keys/rotate", |call| Box::pin(keys::rotate_key(call))),
    order("DELETE", "/v1/mounts/{mount}/keys/{id}", |call| Box::pin(keys::forget_key(call))),
    write("POST", "/v1/mounts/{mount}/codes", |call| Box::pin(codes::issue_code(call))),
    read(CLOCK, |call| at_once(Ok(clock::get_clock(call)))),
    write("PUT", CLOCK, |call| Box::pin(clock::set_clock(call))),
    order("DELETE", CLOCK, |call| Box::pin(clock::delete_clock(call))),
    write("POST", "/v1/clock/advance", |call| Box::pin(clock::advance_clock(call))),
    read(SCENARIOS, |call| Box::pin(scenarios::list_scenarios(call))),
    write("POST", SCENARIOS, |call| Box::pin(scenarios::add_scenario(call))),
    order("DELETE", SCENARIOS, |call| Box::pin(scenarios::delete_scenarios(call))),
    order("DELETE", "/v1/scenarios/{id}", |call| Box::pin(scenarios::delete_scenario(call))),
    Route {
        method: "GET",
        path: JOURNAL,
        query: &journal::FILTERS,
        has_body: false,
        run: |call| at_once(journal::read_journal(call)),
    },
    order("DELETE", JOURNAL, |call| at_once(Ok(journal::clear_journal(call)))),
    order("POST", "/v1/reset", |call| Box::pin(reset::reset(call))),
    read("/metrics", |call| at_once(Ok(metrics::get_metrics(call)))),
    read("/openapi.json", |call| at_once(Ok(openapi::get_openapi(call)))),
];

/// What the path of a call names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Params {
    /// The segment at `{mount}`.
    pub(super) mount: String,
    /// The segment at `{sub}`.
    pub(super) sub: String,
    /// The segment at `{id}`.
    pub(super) id: String,
}

/// The route of a call, or why there is none. HEAD is served as GET (RFC 9110 section 9.3.2).
pub(super) fn find(method: &str, path: &str) -> Result<(&'static Route, Params), Refusal> {
    let method = if method == "HEAD" { "GET" } else { method };
    let segments = path.split('/').map(decode).collect::<Option<Vec<_>>>().ok_or_else(|| {
        Refusal::bad_request("the path is not UTF-8 in percent-encoding", "encode it as RFC 3986 says")
    })?;
    let mut allowed = Vec::new();
    for route in ROUTES {
        if let Some(params) = matches(route.path, &segments) {
            if route.method == method {
                return Ok((route, params));
            }
            allowed.push(route.method);
        }
    }
    if allowed.is_empty() {
        return Err(Refusal::not_found("there is no such call", "GET /openapi.json lists them all"));
    }
    let allowed = allowed.join(", ");
    let remedy = format!("use {allowed}");
    Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "this path does not serve the method", remedy)
        .with("Allow", allowed))
}

fn matches(pattern: &str, segments: &[String]) -> Option<Params> {
    let mut params = Params::default();
    let mut patterns = pattern.split('/');
    for segment in segments {
        let param = match patterns.next()? {
            "{mount}" => &mut params.mount,
            "{sub}" => &mut params.sub,
            "{id}" => &mut params.id,
            literal if literal == segment => continue,
            _ => return None,
        };
        if segment.is_empty() {
            return None;
        }
        param.clone_from(segment);
    }
    patterns.next().is_none().then_some(params)
}

fn decode(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        bytes.push(match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                rest = tail;
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                u8::try_from(digit(high)? * 16 + digit(low)?).ok()?
            }
            (b'%', _) => return None,
            (byte, _) => *byte,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, path: &str) -> (&'static str, [String; 3]) {
        let (route, params) = find(method, path).unwrap();
        (route.path, [params.mount, params.sub, params.id])
    }

    fn status(method: &str, path: &str) -> u16 {
        find(method, path).err().unwrap().status.as_u16()
    }

    #[test]
    fn a_path_leads_to_its_route_and_its_names_are_decoded() {
        let named = |mount: &str, sub: &str, id: &str| [mount, sub, id].map(str::to_owned);
        assert_eq!(found("GET", "/v1/mounts"), (MOUNTS, named("", "", "")));
        assert_eq!(found("HEAD", "/v1/mounts").0, MOUNTS);
        assert_eq!(found("PUT", "/v1/mounts/bits/clients/a%2Fb+%C3%A9"), (CLIENT, named("bits", "", "a/b+é")));
        assert_eq!(found("DELETE", "/v1/mounts/bits/users/a:b%25").1, named("bits", "a:b%", ""));
        assert_eq!(found("POST", "/v1/mounts/bits/users/a/pats"), (PATS, named("bits", "a", "")));
        assert_eq!(found("DELETE", "/v1/mounts/bits/users/a/pats/7").1, named("bits", "a", "7"));
        assert_eq!(found("DELETE", "/v1/scenarios/7").1, named("", "", "7"));
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        for path in [
            "/",
            "/v1",
            "/v1/mounts/",
            "/v1/mounts/bits/clients/",
            "/v1/mounts/bits/users//pats",
            "/v1/mounts/a/b/c",
            "/metric",
            "//v1/mounts",
        ] {
            assert_eq!(status("GET", path), 404, "{path}");
        }
        for path in ["/v1/mounts/%zz", "/v1/mounts/%f", "/v1/mounts/%FF", "/v1/mounts/%00", "/v1/mounts/a%0Ab"] {
            assert_eq!(status("GET", path), 400, "{path}");
        }
        let refusal = find("POST", "/v1/mounts/bits/clients/web").err().unwrap();
        assert_eq!(refusal.status.as_u16(), 405);
        assert!(format!("{refusal:?}").contains(r#"("Allow", "GET, PUT, DELETE")"#), "{refusal:?}");
        assert_eq!(status("OPTIONS", "/v1/clock"), 405);
    }
}
