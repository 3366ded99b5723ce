//! Examples of what a pack is asked: a token request for each grant.

use crate::call::scope_of_clients;
use crate::file::{Carrier, ClientPlace, File, Rule, ScopeForm, Token};
use crate::refusals::{self, Sample};
use crate::request::TokenReader;
use dialect::assertion;
use grant::GrantType;
use serde_json::{Value, json};

/// The examples of a pack.
#[derive(Clone, Debug, Default)]
pub struct Examples {
    /// The path of the token endpoint, with values in the place of parts that vary.
    pub path: String,
    /// One for each grant that the pack offers and an example can show.
    pub requests: Vec<Example>,
    /// One of every refusal of the endpoints that take credentials, and of every row of `errors`.
    pub refusals: Vec<Sample>,
    /// The same of resources, and of `resource_errors`.
    pub resource_refusals: Vec<Sample>,
}

/// A token request.
#[derive(Clone, Debug)]
pub struct Example {
    /// What is asked for.
    pub grant: GrantType,
    /// The query, without its question mark; `None` where the request has a body.
    pub query: Option<String>,
    /// The media type of the body and the body.
    pub body: Option<(&'static str, String)>,
    /// Whether the client's credentials stand in `Authorization: Basic`.
    pub is_basic: bool,
}

/// The credentials of the examples.
pub(crate) const CLIENT: [&str; 2] = ["my-app", "my-secret"];

impl Examples {
    /// The identifier and the secret of the client that asks.
    pub const CLIENT: [&'static str; 2] = CLIENT;

    pub(crate) fn of(file: &File, reader: &TokenReader) -> Self {
        let requests = reader.proof.grants().filter_map(|grant| {
            let named = (grant.is.first().copied().unwrap_or_default(), grant.grant_type);
            Some(example(file, named, proof(&file.token, grant.grant_type)?))
        });
        let path = file.token.path.0.first().cloned().unwrap_or_default();
        let filled =
            |path: String, (name, rule): &(String, Rule)| path.replace(&format!("{{{name}}}"), &value_of(name, rule));
        Self {
            path: file.parts.0.iter().fold(path, filled),
            requests: requests.collect(),
            refusals: refusals::of_token(&file.errors),
            resource_refusals: refusals::of_resource(&file.resource_errors),
        }
    }
}

/// What a grant rests on, by the pack's names; `None` where that is made for the occasion.
fn proof(token: &Token, grant: GrantType) -> Option<Vec<(String, Value)>> {
    let of = |all: &[(&String, &str)]| {
        let named = all.iter().filter(|(name, _)| !name.is_empty());
        named.map(|(name, value)| ((*name).clone(), json!(value))).collect()
    };
    match grant {
        GrantType::ClientCredentials => Some(Vec::new()),
        GrantType::AuthorizationCode => {
            let code = &token.authorization_code;
            Some(of(&[(&code.code, "a-code"), (&code.redirect_uri, "https://my-app.example/callback")]))
        }
        GrantType::RefreshToken => {
            let refresh = &token.refresh_token;
            Some(of(&[(&refresh.token, &format!("{}a-refresh-token", refresh.prefix))]))
        }
        GrantType::Password => {
            Some(of(&[(&token.password.username, "alice"), (&token.password.password, "a-password")]))
        }
        GrantType::JwtBearer => Some(vec![("assertion".to_owned(), json!("a-signed-assertion"))]),
        GrantType::DeviceCode | GrantType::TokenExchange => None,
    }
}

fn example(file: &File, (named, grant): (&str, GrantType), proof: Vec<(String, Value)>) -> Example {
    let token = &file.token;
    let place = token.client.places.first();
    let client = match place {
        Some(ClientPlace::Body) => vec![(&*token.client.id, CLIENT[0]), (&*token.client.secret, CLIENT[1])],
        Some(ClientPlace::Assertion) if grant != GrantType::JwtBearer => {
            vec![
                ("client_assertion_type", assertion::CLIENT_ASSERTION_TYPE),
                ("client_assertion", "a-signed-assertion"),
            ]
        }
        _ => Vec::new(),
    };
    let mut members: Vec<_> = client.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    if !token.grant_field.is_empty() {
        members.push((token.grant_field.clone(), json!(named)));
    }
    members.extend(proof);
    for (name, rule) in &token.parameters.0 {
        let counts = rule.grants.is_empty() || rule.grants.iter().any(|known| GrantType::parse(known) == Some(grant));
        let is_told = rule.required || rule.is.is_some() || !rule.one_of.is_empty();
        if counts && rule.when_scope.is_empty() && is_told {
            members.push((name.clone(), json!(value_of(name, rule))));
        }
    }
    let asks = matches!(grant, GrantType::ClientCredentials | GrantType::Password | GrantType::JwtBearer);
    let scope = scope_of_clients(file).filter(|_| asks && !token.scope.field.is_empty());
    members.extend(scope.map(|scope| {
        let value = if token.scope.form == ScopeForm::Array { json!([scope]) } else { json!(scope) };
        (token.scope.field.clone(), value)
    }));
    let (query, body) = match token.body.first() {
        Some(Carrier::Json) => (None, Some(("application/json", object(&members)))),
        Some(Carrier::Query) => (Some(form(&members)), None),
        _ => (None, Some(("application/x-www-form-urlencoded", form(&members)))),
    };
    Example { grant, query, body, is_basic: place == Some(&ClientPlace::Basic) }
}

fn form(members: &[(String, Value)]) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let members: Vec<_> = members.iter().map(|(name, value)| format!("{name}={}", text(value))).collect();
    members.join("&")
}

/// One object in the order of its members, in which a dot of a name goes into another.
fn object(members: &[(String, Value)]) -> String {
    let mut parts: Vec<(&str, Vec<String>)> = Vec::new();
    for (name, value) in members {
        let Some((outer, inner)) = name.split_once('.') else {
            parts.push((name, vec![value.to_string()]));
            continue;
        };
        let member = format!("{}:{value}", json!(inner));
        match parts.iter_mut().find(|(known, _)| *known == outer) {
            Some((_, inside)) => inside.push(member),
            None => parts.push((outer, vec!["{".to_owned(), member])),
        }
    }
    let written = |(name, inside): &(&str, Vec<String>)| match &inside[..] {
        [open, members @ ..] if open == "{" => format!("{}:{{{}}}", json!(name), members.join(",")),
        other => format!("{}:{}", json!(name), other.concat()),
    };
    format!("{{{}}}", parts.iter().map(written).collect::<Vec<_>>().join(","))
}

/// A value that a rule admits.
fn value_of(name: &str, rule: &Rule) -> String {
    let known = rule.is.as_ref().or_else(|| rule.one_of.first());
    known.or(rule.form.as_ref()).map_or_else(
        || format!("a-{name}"),
        |form| {
            let kinds = [
                ("{{uuid}}", "95d0c391-c659-4748-8415-de4f804803a0"),
                ("{{url}}", "https://acme.example/"),
                ("{{digits}}", "42"),
                ("{{hex}}", "2a"),
                ("{{word}}", "word"),
                ("{{any}}", "text"),
            ];
            kinds.iter().fold(form.clone(), |form, (kind, value)| form.replace(kind, value))
        },
    )
}
