//! What the example clients share: where the gateway is, and how it is called.

pub mod relying_party;

use oauth2::{HttpRequest, HttpResponse};
use ureq::Agent;

/// The base URL of the gateway: `IDP_GATEWAY`, else where the sandbox listens.
#[expect(clippy::disallowed_methods, reason = "an example is no part of the gateway, whose environment this is not")]
pub fn gateway() -> String {
    let url = std::env::var("IDP_GATEWAY").unwrap_or_else(|_| "http://localhost:8080".to_owned());
    url.trim_end_matches('/').to_owned()
}

/// The base URL of its admin API: `IDP_GATEWAY_ADMIN`, else where the sandbox listens.
#[expect(clippy::disallowed_methods, reason = "an example is no part of the gateway, whose environment this is not")]
pub fn admin() -> String {
    let url = std::env::var("IDP_GATEWAY_ADMIN").unwrap_or_else(|_| "http://localhost:8081".to_owned());
    url.trim_end_matches('/').to_owned()
}

/// An HTTP client for token endpoints. A refusal is an answer to read, and a redirect is never followed: it would
/// take the credentials along.
pub fn agent() -> Agent {
    let config = Agent::config_builder().http_status_as_error(false).max_redirects(0).max_redirects_will_error(false);
    config.build().new_agent()
}

/// The same client as the `oauth2` crate takes one: a function from request to response.
pub fn oauth2_http(agent: &Agent) -> impl Fn(HttpRequest) -> Result<HttpResponse, ureq::Error> {
    move |request| {
        let (parts, mut body) = agent.run(request)?.into_parts();
        Ok(HttpResponse::from_parts(parts, body.read_to_vec()?))
    }
}
