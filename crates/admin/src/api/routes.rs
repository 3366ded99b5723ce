//! What runs each call, and how a request finds its own.

use super::problem::Problem;
use super::reply::{Answer, Outcome};
use super::{
    Call, changes, clients, clock, codes, description, devices, gateway, journal, keys, metrics, mounts, namespaces,
    packs, pats, reset, scenarios, state, store, tokens, users,
};
use actix_web::http::StatusCode;
use admin_api::{About, Operation, Shape};
use futures_util::future::LocalBoxFuture;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::{Arc, LazyLock};

/// A call as declared, and what runs it.
pub(super) struct Route {
    pub(super) about: About,
    pub(super) run: Run,
}

type Run = Box<dyn Fn(Call) -> LocalBoxFuture<'static, Outcome> + Send + Sync>;

impl Route {
    /// Runs `run` with the body, once that has been read.
    pub(super) fn new<B, A, F>(operation: &Operation<B, A>, run: F) -> Self
    where
        B: DeserializeOwned + Shape + 'static,
        A: Serialize + Shape + 'static,
        F: AsyncFn(&Call, B) -> Result<A, Problem> + Send + Sync + 'static,
    {
        let (about, run) = (operation.about, Arc::new(run));
        let run: Run = Box::new(move |call| {
            let run = Arc::clone(&run);
            Box::pin(async move {
                let body = call.body.json()?;
                let answer = run(&call, body).await?;
                Ok(if about.has_answer() { Answer::json(&answer) } else { Answer::Empty })
            })
        });
        Self { about, run }
    }

    /// The same for what need not wait for anything.
    pub(super) fn at_once<B, A>(operation: &Operation<B, A>, run: fn(&Call, B) -> Result<A, Problem>) -> Self
    where
        B: DeserializeOwned + Shape + 'static,
        A: Serialize + Shape + 'static,
    {
        Self::new(operation, async move |call, body| run(call, body))
    }

    /// Answers in one of several forms.
    pub(super) fn answering<A, F>(operation: &Operation<(), A>, run: F) -> Self
    where
        F: AsyncFn(&Call) -> Outcome + Send + Sync + 'static,
    {
        let run = Arc::new(run);
        let run: Run = Box::new(move |call| {
            let run = Arc::clone(&run);
            Box::pin(async move { run(&call).await })
        });
        Self { about: operation.about, run }
    }

    /// Runs `run`, which reads the body by itself.
    pub(super) fn reading<B, A, F>(operation: &Operation<B, A>, run: F) -> Self
    where
        A: Serialize + Shape + 'static,
        F: AsyncFn(&Call) -> Result<A, Problem> + Send + Sync + 'static,
    {
        let (about, run) = (operation.about, Arc::new(run));
        let run: Run = Box::new(move |call| {
            let run = Arc::clone(&run);
            Box::pin(async move {
                let answer = run(&call).await?;
                Ok(if about.has_answer() { Answer::json(&answer) } else { Answer::Empty })
            })
        });
        Self { about, run }
    }

    /// Answers with bytes or text that are there already.
    pub(super) fn ready<A>(operation: &Operation<(), A>, run: fn(&Call) -> Answer) -> Self {
        Self { about: operation.about, run: Box::new(move |call| Box::pin(std::future::ready(Ok(run(&call))))) }
    }
}

static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let parts = [
        gateway::routes(),
        mounts::routes(),
        packs::routes(),
        changes::routes(),
        clients::routes(),
        users::routes(),
        pats::routes(),
        keys::routes(),
        codes::routes(),
        devices::routes(),
        tokens::routes(),
        clock::routes(),
        namespaces::routes(),
        scenarios::routes(),
        journal::routes(),
        state::routes(),
        reset::routes(),
        store::routes(),
        metrics::routes(),
        description::routes(),
    ];
    parts.into_iter().flatten().collect()
});

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

/// How many bytes the body of a call may have.
pub(super) fn body_limit(method: &str, path: &str) -> usize {
    find(method, path).map_or(<() as Shape>::LIMIT, |(route, _)| route.about.body_limit())
}

/// The route of a call, or why there is none. HEAD is served as GET (RFC 9110 section 9.3.2).
pub(super) fn find(method: &str, path: &str) -> Result<(&'static Route, Params), Problem> {
    let segments = path.split('/').map(decode).collect::<Option<Vec<_>>>().ok_or_else(|| {
        Problem::bad_request("the path is not UTF-8 in percent-encoding", "encode it as RFC 3986 says")
    })?;
    // A literal segment goes before one that stands for a name: `keys/rotate` is no key.
    let names = |route: &Route| route.about.path.matches('{').count();
    let found = ROUTES.iter().filter_map(|route| Some((route, matches(route.about.path, &segments)?)));
    let mut found: Vec<_> = found.collect();
    let fewest = found.iter().map(|(route, _)| names(route)).min();
    found.retain(|(route, _)| Some(names(route)) == fewest);
    if found.is_empty() {
        return Err(Problem::not_found("there is no such call", "GET /openapi.json lists them all"));
    }
    let wanted = if method == "HEAD" { "GET" } else { method };
    if let Some(place) = found.iter().position(|(route, _)| route.about.method == wanted) {
        return Ok(found.swap_remove(place));
    }
    let methods = found.iter().flat_map(|(route, _)| match route.about.method {
        "GET" => vec!["GET", "HEAD"],
        method => vec![method],
    });
    let allowed = methods.collect::<Vec<_>>().join(", ");
    let remedy = format!("use {allowed}");
    Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this path does not serve the method", remedy)
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
    let is_encoded = |rest: &str| rest.get(..2).is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    let is_plain = segment.split('%').skip(1).all(is_encoded) && !text.chars().any(char::is_control);
    is_plain.then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use admin_api::operations::ALL;

    #[test]
    fn what_is_declared_is_served() {
        let names = |calls: &mut dyn Iterator<Item = &About>| calls.map(|about| about.name).collect::<Vec<_>>();
        assert_eq!(names(&mut ROUTES.iter().map(|route| &route.about)), names(&mut ALL.iter()));
    }

    fn found(method: &str, path: &str) -> (&'static str, [String; 3]) {
        let (route, params) = find(method, path).unwrap();
        (route.about.name, [params.mount, params.sub, params.id])
    }

    fn status(method: &str, path: &str) -> u16 {
        find(method, path).err().unwrap().status.as_u16()
    }

    #[test]
    fn a_path_leads_to_its_route_and_its_names_are_decoded() {
        let named = |mount: &str, sub: &str, id: &str| [mount, sub, id].map(str::to_owned);
        assert_eq!(found("GET", "/v1/mounts"), ("LIST_MOUNTS", named("", "", "")));
        assert_eq!(found("HEAD", "/v1/mounts").0, "LIST_MOUNTS");
        assert_eq!(found("PUT", "/v1/mounts/bits/clients/a%2Fb+%C3%A9"), ("PUT_CLIENT", named("bits", "", "a/b+é")));
        assert_eq!(found("DELETE", "/v1/mounts/bits/users/a:b%25").1, named("bits", "a:b%", ""));
        assert_eq!(found("POST", "/v1/mounts/bits/users/a/pats"), ("MAKE_PAT", named("bits", "a", "")));
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
        assert_eq!(status("OPTIONS", "/v1/clock"), 405);
    }

    #[test]
    fn n57_allow_names_what_the_path_serves_and_nothing_of_paths_beside_it() {
        for (path, allowed) in [
            ("/v1/mounts/bits/clients/web", "GET, HEAD, PUT, PATCH, DELETE"),
            ("/v1/mounts/bits/keys/rotate", "POST"),
            ("/v1/mounts/bits/keys/a", "DELETE"),
            ("/v1/clock/advance", "POST"),
        ] {
            let refusal = find("TRACE", path).err().unwrap();
            assert_eq!(refusal.status.as_u16(), 405);
            assert!(format!("{refusal:?}").contains(&format!("(\"Allow\", \"{allowed}\")")), "{path}: {refusal:?}");
        }
    }
}
