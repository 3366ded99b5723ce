//! Publishes metadata (OpenID Connect Discovery section 3) and keys (RFC 7517): only what works.

use crate::encode::cacheable_json;
use crate::scopes;
use dialect::{Context, Route, WireResponse};
use grant::{GrantType, Jwk, Policy, ResponseMode, Scope};
use serde::Serialize;

/// IdentityServer's order.
#[derive(Serialize)]
struct Metadata<'a> {
    issuer: &'a str,
    jwks_uri: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    end_session_endpoint: String,
    revocation_endpoint: String,
    introspection_endpoint: String,
    scopes_supported: Vec<&'a str>,
    claims_supported: Vec<&'static str>,
    grant_types_supported: Vec<&'static str>,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 3],
    token_endpoint_auth_methods_supported: [&'static str; 3],
    id_token_signing_alg_values_supported: [&'static str; 1],
    subject_types_supported: [&'static str; 1],
    code_challenge_methods_supported: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_response_iss_parameter_supported: Option<bool>,
}

#[derive(Serialize)]
struct KeySet<'a> {
    keys: Vec<PublicKey<'a>>,
}

/// A key in the order of IdentityServer's model: RSA's own members before `alg`, those of EC after it.
#[derive(Serialize)]
struct PublicKey<'a> {
    kty: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    kid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<&'a str>,
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<&'a str>,
}

/// The provider's metadata; `advertise_iss` is the setting of that name.
pub(crate) fn metadata(
    policy: &Policy,
    grants: &[GrantType],
    context: &Context<'_>,
    advertise_iss: bool,
) -> WireResponse {
    let issuer = context.issuer;
    let below = |base: &str, route: &Route| format!("{}{}", base.trim_end_matches('/'), route.path);
    let url = |route| below(issuer, route);
    let back = |route| below(context.back_channel.unwrap_or(issuer), route);
    let body = Metadata {
        issuer,
        jwks_uri: back(&crate::JWKS),
        authorization_endpoint: url(&crate::AUTHORIZE),
        token_endpoint: back(&crate::TOKEN),
        userinfo_endpoint: back(&crate::USERINFO),
        end_session_endpoint: url(&crate::END_SESSION),
        revocation_endpoint: url(&crate::REVOCATION),
        introspection_endpoint: url(&crate::INTROSPECT),
        scopes_supported: policy.scopes.iter().map(Scope::as_str).collect(),
        claims_supported: ["sub"].into_iter().chain(scopes::opened(&policy.scopes)).collect(),
        grant_types_supported: grants.iter().map(|grant| grant.as_str()).collect(),
        response_types_supported: ["code"],
        response_modes_supported: ResponseMode::ALL.map(ResponseMode::as_str),
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
        id_token_signing_alg_values_supported: [policy.alg.as_str()],
        subject_types_supported: ["public"],
        code_challenge_methods_supported: ["S256"],
        authorization_response_iss_parameter_supported: advertise_iss.then_some(true),
    };
    cacheable_json(200, &body)
}

/// The provider's public keys. A symmetric key is never among them, whatever the caller passes.
pub(crate) fn keys(keys: &[Jwk]) -> WireResponse {
    let keys = keys.iter().filter(|key| key.kty != "oct").map(published).collect();
    cacheable_json(200, &KeySet { keys })
}

fn published(key: &Jwk) -> PublicKey<'_> {
    let own = |name: &str| key.params.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    PublicKey {
        kty: key.kty,
        usage: "sig",
        kid: &key.kid,
        e: own("e"),
        n: own("n"),
        alg: key.alg,
        x: own("x"),
        y: own("y"),
        crv: own("crv"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{ISSUER, context, dialect};
    use dialect::Dialect;
    use grant::{Endpoint, Reply};
    use serde_json::json;

    fn discovered(settings: serde_json::Value, issuer: &str) -> String {
        let dialect = dialect(settings);
        let response = dialect.encode(&Reply::Discovery, &Context { issuer, ..context(Endpoint::Discovery) });
        assert_eq!(response.status, 200);
        assert_eq!(response.header("content-type"), Some("application/json; charset=UTF-8"));
        String::from_utf8(response.body).unwrap()
    }

    #[test]
    fn metadata_tells_what_works_and_nothing_else() {
        let wanted = concat!(
            r#"{"issuer":"https://sandbox-login.brighthr.com","#,
            r#""jwks_uri":"https://sandbox-login.brighthr.com/.well-known/openid-configuration/jwks","#,
            r#""authorization_endpoint":"https://sandbox-login.brighthr.com/connect/authorize","#,
            r#""token_endpoint":"https://sandbox-login.brighthr.com/connect/token","#,
            r#""userinfo_endpoint":"https://sandbox-login.brighthr.com/connect/userinfo","#,
            r#""end_session_endpoint":"https://sandbox-login.brighthr.com/connect/endsession","#,
            r#""revocation_endpoint":"https://sandbox-login.brighthr.com/connect/revocation","#,
            r#""introspection_endpoint":"https://sandbox-login.brighthr.com/connect/introspect","#,
            r#""scopes_supported":["openid","profile","email","company:read","employee:read","employee:write","#,
            r#""subscription:write","offline_access"],"#,
            r#""claims_supported":["sub","given_name","family_name","job_title","picture","locale","zoneinfo","#,
            r#""company_id","email"],"#,
            r#""grant_types_supported":["client_credentials","authorization_code","refresh_token"],"#,
            r#""response_types_supported":["code"],"response_modes_supported":["form_post","query","fragment"],"#,
            r#""token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post","none"],"#,
            r#""id_token_signing_alg_values_supported":["RS256"],"subject_types_supported":["public"],"#,
            r#""code_challenge_methods_supported":["S256"]}"#,
        );
        assert_eq!(discovered(json!({}), ISSUER), wanted);
    }

    #[test]
    fn metadata_follows_the_settings_and_the_issuer() {
        let settings = json!({"alg": "ES256", "scopes": ["openid", "email", "a:read"], "advertise_iss": true});
        let text = discovered(settings, "http://h/m/");
        for part in [
            r#""issuer":"http://h/m/","#,
            r#""token_endpoint":"http://h/m/connect/token""#,
            r#""scopes_supported":["openid","email","a:read"],"claims_supported":["sub","email"]"#,
            r#""id_token_signing_alg_values_supported":["ES256"]"#,
            r#":["S256"],"authorization_response_iss_parameter_supported":true}"#,
        ] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn servers_are_told_of_an_authority_of_their_own() {
        let dialect = dialect(json!({}));
        let context = Context { back_channel: Some("http://idp:8080/hr"), ..context(Endpoint::Discovery) };
        let text = String::from_utf8(dialect.encode(&Reply::Discovery, &context).body).unwrap();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        for (name, path) in [
            ("token_endpoint", "/connect/token"),
            ("userinfo_endpoint", "/connect/userinfo"),
            ("jwks_uri", "/.well-known/openid-configuration/jwks"),
        ] {
            assert_eq!(document[name], format!("http://idp:8080/hr{path}"));
        }
        assert_eq!(document["issuer"], ISSUER);
        assert_eq!(document["authorization_endpoint"], format!("{ISSUER}/connect/authorize"));
    }

    #[test]
    fn what_is_advertised_is_served() {
        let document: serde_json::Value = serde_json::from_str(&discovered(json!({}), ISSUER)).unwrap();
        let advertised: Vec<_> = document.as_object().unwrap().values().filter_map(|value| value.as_str()).collect();
        let served = |route: &&Route| route.endpoint != grant::Endpoint::Discovery;
        for route in crate::ROUTES.iter().filter(served) {
            assert!(advertised.contains(&&*format!("{ISSUER}{}", route.path)), "{}", route.path);
        }
        assert_eq!(advertised.len(), crate::ROUTES.len(), "as many as there are routes, with the issuer for discovery");
    }

    fn key(kty: &'static str, alg: &'static str, params: &[&'static str]) -> Jwk {
        let params = params.iter().map(|name| (*name, name.to_uppercase())).collect();
        Jwk { kty, kid: "k1".into(), alg, params }
    }

    #[test]
    fn keys_come_in_the_frameworks_order_and_no_symmetric_one_among_them() {
        let keys =
            vec![key("RSA", "RS256", &["e", "n"]), key("EC", "ES256", &["crv", "x", "y"]), key("oct", "HS256", &["k"])];
        let response = dialect(json!({})).encode(&Reply::Jwks(keys), &context(Endpoint::Jwks));
        let wanted = concat!(
            r#"{"keys":[{"kty":"RSA","use":"sig","kid":"k1","e":"E","n":"N","alg":"RS256"},"#,
            r#"{"kty":"EC","use":"sig","kid":"k1","alg":"ES256","x":"X","y":"Y","crv":"CRV"}]}"#,
        );
        assert_eq!((response.status, std::str::from_utf8(&response.body).unwrap()), (200, wanted));
        assert_eq!(response.header("content-type"), Some("application/json; charset=UTF-8"));
    }
}
