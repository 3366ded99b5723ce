//! What the schemas say of texts and names, so that whoever reads the description knows what is refused.

use grant::{Endpoint, Flaw, GrantType, KeyFlaw, RefusalKind};
use serde_json::{Value, json};
use utoipa::openapi::Schema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};

/// No control character.
pub(crate) const PRINTABLE: &str = r"^[^\u0000-\u001f\u007f-\u009f]+$";
/// `unlimited`, or a count of at most 10,000 in a window of at most thirty days.
const RATE_LIMIT: &str = "^(unlimited|([1-9][0-9]{0,3}|10000)/(([1-9][0-9]{0,5}|1[0-9]{6}|2[0-4][0-9]{5}|25[0-8]\
[0-9]{4}|259[01][0-9]{3}|2592000)s|([1-9][0-9]{0,3}|[1-3][0-9]{4}|4[0-2][0-9]{3}|43[01][0-9]{2}|43200)m|([1-9][0-9]?|[1-6]\
[0-9]{2}|7[01][0-9]|720)h|([1-9]|[12][0-9]|30)d))$";
/// An absolute `http` or `https` URL without query and fragment.
const BACKCHANNEL: &str = concat!(
    r"^https?://([!$&-)+-.0-9;=A-Z_a-z~]+|\[([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}\]|\[::1?\])",
    "(:([0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?",
    r"(/([!$&-;=@-Z\[\]_a-z~]|%[0-9A-Fa-f]{2})*)?$",
);
/// An absolute URI without a fragment and without a user before its host.
const REDIRECT: &str = concat!(
    "^[A-Za-z][A-Za-z0-9+.-]*:(",
    r"//([!$&-)+-.0-9;=A-Z_a-z~]+|\[([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}\]|\[::1?\])",
    "(:([0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?",
    r"([/?]([!$&-;=?-Z\[\]_a-z~]|%[0-9A-Fa-f]{2})*)?",
    r"|/?[!$&-.0-;=?-Z\[\]_a-z~]([!$&-;=?-Z\[\]_a-z~]|%[0-9A-Fa-f]{2})*)$",
);

/// An origin as browsers write it, without its scheme's own port, or `loopback`.
const ORIGIN: &str = concat!(
    r"^(loopback|(?!http:.*:80$)(?!https:.*:443$)[a-z][a-z0-9+.-]*://",
    r"([a-z0-9._-]+|\[([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\]|\[::1?\])",
    "(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?)$",
);

/// The end of the year 9999, in seconds since the epoch.
pub(crate) const LAST_SECOND: i64 = 253_402_300_799;

/// What a namespace may be called.
const NAMESPACE: &str = "^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$";

/// The name of a namespace, or none.
pub(crate) fn namespace_name() -> Schema {
    text(true).pattern(Some(NAMESPACE)).into()
}

/// The name of a namespace.
pub(crate) fn namespace() -> Schema {
    text(false).pattern(Some(NAMESPACE)).into()
}

/// The name of a namespace, or `*` for all.
pub(crate) fn namespaces() -> Schema {
    text(false).pattern(Some(r"^(\*|[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?)$")).into()
}

/// Any JSON.
pub(crate) fn anything() -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).into()
}

/// A method of HTTP in capitals.
pub(crate) fn method() -> Schema {
    text(false).pattern(Some("^[A-Z]{1,16}$")).into()
}

/// A path with its query, in visible ASCII.
pub(crate) fn path() -> Schema {
    text(false).pattern(Some("^/[!-\\[\\]-~]{0,8000}$")).into()
}

/// The name of a header field that is not the connection's.
pub(crate) fn field_name() -> Schema {
    let own = "(?![Hh][Oo][Ss][Tt]$|[Cc][Oo][Nn][Nn][Ee][Cc][Tt][Ii][Oo][Nn]$|[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[Ll][Ee][Nn][Gg][Tt][Hh]$|[Tt][Rr][Aa][Nn][Ss][Ff][Ee][Rr]-[Ee][Nn][Cc][Oo][Dd][Ii][Nn][Gg]$|[Uu][Pp][Gg][Rr][Aa][Dd][Ee]$|[Ee][Xx][Pp][Ee][Cc][Tt]$)";
    text(false).pattern(Some(format!("^{own}[A-Za-z0-9-]{{1,64}}$"))).into()
}

/// The value of a header field, in visible ASCII.
pub(crate) fn field_value() -> Schema {
    text(false).pattern(Some("^([!-~]([ !-~]{0,8000}[!-~])?)?$")).into()
}

/// A text in one line.
pub(crate) fn line() -> Schema {
    text(false).pattern(Some(r"^[^\u0000-\u001f\u007f-\u009f]*$")).into()
}

/// Grant types, or none.
pub(crate) fn grants() -> Schema {
    let grants = ArrayBuilder::new().schema_type(or_null(Type::Array));
    grants.items(one_of(false, GrantType::ALL.map(GrantType::as_str))).into()
}

/// A JWK Set of public keys, or none.
pub(crate) fn jwks() -> Schema {
    let text = || text(false).build();
    let key = ObjectBuilder::new()
        .property("kty", one_of(false, ["RSA", "EC"]))
        .required("kty")
        .property("kid", text())
        .property("use", one_of(false, ["sig"]))
        .property("alg", one_of(false, ["RS256", "PS256", "ES256"]));
    let keys = ArrayBuilder::new().items(key).min_items(Some(1)).max_items(Some(16));
    ObjectBuilder::new().schema_type(or_null(Type::Object)).property("keys", keys).required("keys").into()
}

/// The way in which a client authenticates, or none.
pub(crate) fn auth_method() -> Schema {
    one_of(true, grant::AuthMethod::REGISTERED.map(|(_, name)| name)).into()
}

/// Where an authorization or a log-out may answer.
pub(crate) fn redirect_uris() -> Schema {
    ArrayBuilder::new().items(text(false).pattern(Some(REDIRECT))).into()
}

/// Where a client is told of sessions that end, or nowhere.
pub(crate) fn backchannel_logout_uri() -> Schema {
    text(true).pattern(Some(BACKCHANNEL)).into()
}

/// Whether a client must use PKCE.
pub(crate) fn pkce() -> Schema {
    one_of(true, ["optional", "required"]).into()
}

/// The origins of a client's pages.
pub(crate) fn origins() -> Schema {
    ArrayBuilder::new().items(text(false).pattern(Some(ORIGIN))).into()
}

/// How often tokens may be granted, or none.
pub(crate) fn rate_limit() -> Schema {
    text(true).pattern(Some(RATE_LIMIT)).into()
}

/// A number of seconds from `least` to the end of the year 9999.
pub(crate) fn seconds(least: i64) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(Some(LAST_SECOND))
}

/// A grant type, or none.
pub(crate) fn grant() -> Schema {
    one_of(true, GrantType::ALL.map(GrantType::as_str)).into()
}

/// The pages at which a scenario can act.
const PAGES: [&str; 5] = ["login", "consent", "account", "logout", "device"];
/// When a connection may be closed on purpose.
const COMMITS: [&str; 2] = ["before_commit", "after_commit"];

/// An endpoint or a page, or none.
pub(crate) fn target() -> Schema {
    one_of(true, Endpoint::ALL.map(Endpoint::as_str).into_iter().chain(PAGES)).into()
}

/// An error by its name in the journal, or none.
pub(crate) fn any_error() -> Schema {
    one_of(true, RefusalKind::samples().iter().map(RefusalKind::code)).into()
}

/// When a connection is closed, or none.
pub(crate) fn commit() -> Schema {
    one_of(true, COMMITS).into()
}

/// A flaw of a token, or none.
pub(crate) fn token_flaw() -> Schema {
    one_of(true, Flaw::ALL.map(Flaw::as_str)).into()
}

/// A flaw of a token or of keys, or none.
pub(crate) fn any_flaw() -> Schema {
    one_of(true, Flaw::ALL.map(Flaw::as_str).into_iter().chain(KeyFlaw::ALL.map(KeyFlaw::as_str))).into()
}

/// A token, or none.
pub(crate) fn token() -> Schema {
    one_of(true, ["access_token", "id_token"]).into()
}

/// One of some words.
pub(crate) fn word(words: impl IntoIterator<Item = &'static str>) -> Schema {
    one_of(false, words).into()
}

/// JSON, or none.
pub(crate) fn json() -> Schema {
    one_of(true, ["json"]).into()
}

/// What a state may have beside what was changed.
pub(crate) fn tokens() -> Schema {
    one_of(false, ["tokens"]).into()
}

/// True or false.
pub(crate) fn switch() -> Schema {
    ObjectBuilder::new().schema_type(Type::Boolean).into()
}

/// True, or none.
pub(crate) fn yes() -> Schema {
    let object = ObjectBuilder::new().schema_type(or_null(Type::Boolean));
    object.enum_values(Some([Value::Bool(true), Value::Null])).into()
}

fn text(is_optional: bool) -> ObjectBuilder {
    let object = ObjectBuilder::new();
    if is_optional { object.schema_type(or_null(Type::String)) } else { object.schema_type(Type::String) }
}

fn or_null(one: Type) -> SchemaType {
    SchemaType::from_iter([one, Type::Null])
}

fn one_of(is_optional: bool, names: impl IntoIterator<Item = &'static str>) -> ObjectBuilder {
    let null = is_optional.then_some(Value::Null);
    text(is_optional).enum_values(Some(names.into_iter().map(Value::from).chain(null)))
}

/// Of which members no two may stand together, by schema; a boolean is the value that the first must not have then.
const EITHER: &[(&str, &str, Option<bool>, &str)] = &[
    ("ClientSpec", "secret", None, "secret_sha256"),
    ("ClientSpec", "secret", None, "secrets"),
    ("ClientSpec", "secret_sha256", None, "secrets"),
    ("ClientSpec", "public", Some(true), "secrets"),
    ("SecretSpec", "secret", None, "secret_sha256"),
    ("ClientSpec", "public", Some(true), "secret"),
    ("ClientSpec", "public", Some(true), "secret_sha256"),
    ("ClientSpec", "public", Some(true), "jwks"),
    ("UserSpec", "password", None, "password_argon2"),
    ("UserSpec", "has_password", Some(false), "password"),
    ("UserSpec", "has_password", Some(false), "password_argon2"),
];

/// What a whole schema refuses beyond what its members do, for that of a name.
pub(crate) fn refused(schema: &str) -> Vec<Value> {
    let schema = schema.trim_end_matches("Patch");
    let rules = EITHER.iter().filter(|(name, ..)| *name == schema);
    let refuse = |(_, one, value, other): &(&str, &str, Option<bool>, &str)| {
        let one_is = value.map_or(json!({ "type": "string" }), |value| json!({ "const": value }));
        let kind = match *other {
            "secrets" => "array",
            "jwks" => "object",
            _ => "string",
        };
        let both = json!({ *one: one_is, *other: { "type": kind } });
        json!({ "not": { "required": [one, other], "properties": both } })
    };
    rules.map(refuse).collect()
}

#[cfg(test)]
mod tests {
    use grant::RateLimit;

    #[test]
    fn n57_the_bounds_of_a_rate_limit_are_those_of_the_pattern() {
        let most = |unit| RateLimit::MAX_WINDOW.0 / unit;
        let written = [format!("|{})s", most(1)), format!("|{})m", most(60)), format!("|{})h", most(3600))];
        for bound in written.into_iter().chain([format!("|{})d", most(86_400)), format!("|{})/", RateLimit::MAX_COUNT)])
        {
            assert!(super::RATE_LIMIT.contains(&bound), "{bound}");
        }
    }
}
