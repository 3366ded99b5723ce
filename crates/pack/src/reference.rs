//! The reference of the language, made of the code: the tables of the manual, in Markdown.

use crate::base::Base;
use crate::errors::KINDS;
use crate::template::names::{NAMES, PLACES, PREFIXES};
use crate::template::value::FILTERS;
use serde_json::Value;
use std::fmt::Write;
use toml::de::DeValue;

/// The keys of a pack's file, each with what it says.
pub fn keys() -> String {
    let schema = crate::schema();
    let mut text = "| key | meaning |\n|---|---|\n".to_owned();
    rows(&schema, &schema, "", &mut text);
    text
}

/// A schema below what only wraps it.
fn resolved<'s>(root: &'s Value, node: &'s Value) -> &'s Value {
    if let Some(name) = node["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        return resolved(root, &root["$defs"][name]);
    }
    let options = ["anyOf", "allOf", "oneOf"].into_iter().find_map(|key| node[key].as_array());
    let whole = options.and_then(|options| options.iter().find(|option| option["$ref"].is_string()));
    whole.map_or(node, |option| resolved(root, option))
}

fn rows(root: &Value, node: &Value, path: &str, text: &mut String) {
    for (name, property) in node["properties"].as_object().into_iter().flatten() {
        let inner = resolved(root, property);
        let help = property["description"].as_str().or(inner["description"].as_str()).unwrap_or_default();
        let key = format!("{path}{name}");
        let is_switch = inner["type"] == "boolean" && !key.contains('*');
        let is_told = help.contains("where it is left out") || help.contains("Default: ");
        let default = if is_told { String::new() } else { default_of(&key, is_switch) };
        let help = format!("{help}{default}").replace('\n', " ").replace('|', "\\|");
        let _ = writeln!(text, "| `{key}` | {help} |");
        if inner["properties"].is_object() {
            rows(root, inner, &format!("{key}."), text);
        } else if let Some(each) = Some(&inner["additionalProperties"]).filter(|each| each.is_object()) {
            rows(root, resolved(root, each), &format!("{key}.*."), text);
        }
    }
}

/// The longest value that stands in the table: the bodies of answers are the base's file's to show.
const LONGEST: usize = 120;

/// What a key is where a pack does not say it, in a sentence; nothing where no base says it either.
fn default_of(key: &str, is_switch: bool) -> String {
    let said = Base::ALL.map(|base| said(base, key));
    let [oauth, openid] = said.each_ref().map(Option::as_deref);
    match (oauth, openid) {
        (Some(oauth), Some(openid)) if oauth == openid => format!(" Default: `{oauth}`."),
        (Some(oauth), Some(openid)) => format!(" Default: `{oauth}`; over `openid-connect` `{openid}`."),
        (None, Some(openid)) => format!(" Default over `openid-connect`: `{openid}`."),
        (Some(oauth), None) => format!(" Default: `{oauth}`."),
        (None, None) if is_switch => " Default: `false`.".to_owned(),
        (None, None) => String::new(),
    }
}

/// What a base says of a key, as TOML writes it.
fn said(base: Base, key: &str) -> Option<String> {
    let mut value = None;
    let mut table = Some(base.table());
    for part in key.split('.') {
        let found = table?.get(part)?.get_ref();
        (value, table) = (Some(found), found.as_table());
    }
    // Holes stand for another template in each place, and a vendor has a name of its own.
    let written = written(value?).filter(|text| text.len() <= LONGEST && !text.contains("{{"));
    written.filter(|_| key != "vendor")
}

/// A value that is no table.
fn written(value: &DeValue<'_>) -> Option<String> {
    Some(match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Array(items) => {
            let items = items.iter().map(|item| written(item.get_ref())).collect::<Option<Vec<_>>>()?;
            format!("[{}]", items.join(", "))
        }
        _ => return None,
    })
}

/// The names that may stand in a hole, and where.
pub fn names() -> String {
    let mut text = format!("| name | what | {} |\n|---|---|{}\n", PLACES.join(" | "), "---|".repeat(PLACES.len()));
    let whole = NAMES.iter().map(|(name, _, places, help)| ((*name).to_owned(), places, help));
    let begun = PREFIXES.iter().map(|(name, _, places, help)| (format!("{name}…"), places, help));
    for (name, places, help) in whole.chain(begun) {
        let marks = places.map(|here| if here { "yes" } else { "" }).join(" | ");
        let _ = writeln!(text, "| `{name}` | {help} | {marks} |");
    }
    text
}

/// The kinds of refusal with their cases, what each means, and the kind whose row answers where it has none.
pub fn refusals() -> String {
    let mut text = "| kind | when | cases | without a row, as |\n|---|---|---|---|\n".to_owned();
    for (kind, cases, instead) in KINDS {
        let cases = cases.iter().map(|case| format!("`{case}`")).collect::<Vec<_>>().join(", ");
        let instead = if instead.is_empty() { String::new() } else { format!("`{instead}`") };
        let _ = writeln!(text, "| `{kind}` | {} | {cases} | {instead} |", meaning(kind));
    }
    text
}

fn meaning(kind: &str) -> &'static str {
    match kind {
        "method_not_allowed" => "The path is there, the method is not.",
        "unsupported_media_type" => "The body is of another media type.",
        "payload_too_large" => "The body is longer than the gateway reads.",
        "request_timeout" => "The body did not come in time.",
        "invalid_request" => "The request is incomplete, ambiguous or cannot be read.",
        "invalid_client" => "The client is unknown, or its secret is wrong or missing.",
        "client_disabled" => "The client is switched off.",
        "invalid_grant" => "What the grant rests on does not hold: code, refresh token, assertion or password.",
        "unauthorized_client" => "The client may not use this grant.",
        "unsupported_grant_type" => "The grant is none that is served.",
        "invalid_scope" => "A scope cannot be asked for.",
        "scope_not_permitted" => "The client does not have that scope.",
        "unsupported_response_type" => "Users are asked for another answer than a code.",
        "unsupported_token_type" => "A token of another kind is to be revoked.",
        "login_required" => "The user must sign in, and no page may be shown.",
        "consent_required" => "The user must consent, and no page may be shown.",
        "access_denied" => "The user said no.",
        "invalid_target" => "The token is to be for something that it may not be for (RFC 8707).",
        "authorization_pending" => "A device asks, and its user has not decided.",
        "slow_down" => "A device asks too often.",
        "expired_token" => "A device's user did not decide in time.",
        "user_gone" => "The user is none any more, or disabled.",
        "invalid_token" => "At a resource: the bearer token is missing or does not hold.",
        "insufficient_scope" => "At a resource: it lacks a scope.",
        "user_required" => "At a resource: it speaks for no user.",
        "rate_limited" => "The client's limit is used up.",
        "unavailable" => "A part of the gateway does not answer.",
        "internal" => "A fault of the gateway, or one that a scenario makes.",
        _ => "",
    }
}

/// The filters of a hole.
pub fn filters() -> String {
    let mut text = "| filter | what it makes |\n|---|---|\n".to_owned();
    for (name, _, help) in FILTERS {
        let _ = writeln!(text, "| `{name}` | {help} |");
    }
    text.push_str("| `join:…` | Scopes joined by that text. |\n| `or:…` | That text where there is no value. |\n");
    text
}
