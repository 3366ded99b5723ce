//! How an example of a pack's token call is written.

use crate::file::{Carrier, ClientPlace, File, ScopeForm, Token};
use crate::request::TokenReader;
use crate::template::json::{self, Node, Piece};
use crate::template::names::{Place, Source};
use dialect::{BodyFormat, TokenCall, intern};
use grant::GrantType;
use std::collections::{BTreeMap, BTreeSet};

/// Parameters and their values.
type Asks = &'static [(&'static str, &'static str)];

/// The errors in whose answers a pack may repeat words of the request.
const ECHOES: &[&str] = &["invalid_request", "invalid_scope", "scope_not_permitted", "insufficient_scope"];

/// The call that a file describes.
pub(crate) fn of(file: &File, reader: &TokenReader) -> TokenCall {
    let body = match reader.carriers.first() {
        Some(Carrier::Json) => BodyFormat::Json,
        Some(Carrier::Query) => BodyFormat::Query,
        _ => BodyFormat::Form,
    };
    let client = match reader.places.first() {
        Some(ClientPlace::Basic) => dialect::ClientPlace::Basic,
        _ => dialect::ClientPlace::Body { id: reader.id, secret: reader.secret },
    };
    let text = |text: &str| match body {
        BodyFormat::Json => serde_json::to_string(text).unwrap_or_default(),
        BodyFormat::Form | BodyFormat::Query => text.to_owned(),
    };
    let mut asks = Vec::new();
    let own = reader.proof.grants().find(|grant| grant.grant_type == GrantType::ClientCredentials);
    if let Some(grant) = own.filter(|_| !reader.proof.grant_field.is_empty()) {
        let named = grant.is.first().copied().unwrap_or_default();
        asks.push((reader.proof.grant_field.to_owned(), text(named)));
    }
    for rule in &reader.parameters {
        if let Some(value) = rule.example() {
            asks.push((rule.name.to_owned(), text(value)));
        }
    }
    if let Some(scope) = scope_of_clients(file).filter(|_| !reader.scope_field.is_empty()) {
        let value = match reader.scope_form {
            ScopeForm::Text => text(scope),
            ScopeForm::Array => format!("[{}]", text(scope)),
        };
        asks.push((reader.scope_field.to_owned(), value));
    }
    let takes = |place| reader.places.contains(&place);
    TokenCall {
        client,
        is_only_place: takes(ClientPlace::Basic) != takes(ClientPlace::Body),
        body,
        asks: lasting(&asks),
        access_token: pointer(file),
        echoes: ECHOES,
        secrets: secrets(&file.token),
    }
}

/// The first scope that a client may have for itself: those of OpenID Connect are of users.
pub(crate) fn scope_of_clients(file: &File) -> Option<&String> {
    const OF_USERS: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];
    file.defaults.scopes.iter().find(|scope| !OF_USERS.contains(&scope.as_str()))
}

/// The vendor's own names of parameters that are credentials.
fn secrets(token: &Token) -> &'static [&'static str] {
    static KNOWN: parking_lot::Mutex<BTreeSet<&'static [&'static str]>> = parking_lot::Mutex::new(BTreeSet::new());
    let all = [
        &token.client.secret,
        &token.refresh_token.token,
        &token.authorization_code.verifier,
        &token.password.password,
    ];
    let names: Vec<_> = all.into_iter().filter(|name| !name.is_empty()).map(|name| intern(name)).collect();
    let mut known = KNOWN.lock();
    let found = known.get(&names[..]).copied();
    found.unwrap_or_else(|| {
        let names: &'static [&'static str] = names.leak();
        known.insert(names);
        names
    })
}

/// The same as one that lasts, each text of it once.
fn lasting(asks: &[(String, String)]) -> Asks {
    static KNOWN: parking_lot::Mutex<BTreeMap<Vec<(String, String)>, Asks>> = parking_lot::Mutex::new(BTreeMap::new());
    let leak = |asks: &[(String, String)]| -> Asks {
        Box::leak(asks.iter().map(|(name, value)| (intern(name), intern(value))).collect())
    };
    KNOWN.lock().entry(asks.to_vec()).or_insert_with(|| leak(asks))
}

/// Where the answer has the access token: a JSON pointer.
fn pointer(file: &File) -> &'static str {
    let body = file.token.answer.body.as_deref().unwrap_or_default();
    let found = json::parse(body, Place::Answer).ok().and_then(|node| path_in(&node));
    intern(found.as_deref().unwrap_or("/access_token"))
}

fn path_in(node: &Node) -> Option<String> {
    match node {
        Node::Bare(hole) => (hole.source == Source::AccessToken).then(String::new),
        Node::Text(pieces) => {
            let is_it = |piece: &Piece| matches!(piece, Piece::Hole(hole) if hole.source == Source::AccessToken);
            pieces.iter().any(is_it).then(String::new)
        }
        Node::Raw(_) => None,
        Node::Spaced(_, node, _) => path_in(node),
        Node::Object { members, .. } => members.iter().find_map(|member| {
            let below = path_in(&member.value)?;
            Some(format!("/{}{below}", member.name.replace('~', "~0").replace('/', "~1")))
        }),
        Node::Array { items, .. } => {
            items.iter().enumerate().find_map(|(at, item)| Some(format!("/{at}{}", path_in(&item.value)?)))
        }
    }
}
