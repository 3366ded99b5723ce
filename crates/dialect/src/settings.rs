//! Reads a mount's settings: each is declared once, where it is read, with its default and its meaning.

use grant::{
    Brand, OpenIdTerms, Origins, Policy, RateLimit, RefreshForm, RefreshPolicy, Scope, Scopes, Seconds, SignInTerms,
    SigningAlg,
};
use serde_json::Value;
use std::fmt;

/// Settings as configuration or the admin API gives them.
pub type SettingsMap = serde_json::Map<String, Value>;

/// One setting in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its key.
    pub name: &'static str,
    /// Its present value.
    pub value: Value,
    /// Its value where the file says nothing.
    pub default: Value,
    /// What it may be, in words.
    pub allowed: String,
    /// What it does, in a sentence.
    pub help: &'static str,
}

/// A setting that is not known or not of its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// The key at fault.
    pub name: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "setting `{}`: {}", self.name, self.message)
    }
}

impl std::error::Error for SettingsError {}

/// Defaults of the settings that every mount has.
#[derive(Clone, Copy, Debug)]
pub struct PolicyDefaults<'a> {
    /// Lifetime of access tokens.
    pub access_ttl: Seconds,
    /// Lifetime of ID tokens.
    pub id_ttl: Seconds,
    /// Lifetime of refresh tokens.
    pub refresh_ttl: Seconds,
    /// The vendor's scopes.
    pub scopes: &'a [&'a str],
    /// The vendor's algorithm.
    pub alg: SigningAlg,
    /// The limit of a client that has none of its own.
    pub rate_limit: RateLimit,
    /// What refresh tokens look like.
    pub refresh_form: RefreshForm,
}

/// Reads settings one by one, remembering the first error and everything it declared.
#[derive(Debug)]
pub struct SettingsReader<'a> {
    given: &'a SettingsMap,
    declared: Vec<Setting>,
    error: Option<SettingsError>,
}

/// Ten years: the longest lifetime a setting may give, in seconds.
const MAX_SECONDS: i64 = 10 * 366 * 86_400;

impl<'a> SettingsReader<'a> {
    /// A reader of these settings.
    pub const fn new(given: &'a SettingsMap) -> Self {
        Self { given, declared: Vec::new(), error: None }
    }

    /// The settings of every mount: `access_ttl`, `id_ttl`, `refresh_ttl`, `code_ttl`, `scopes`, `alg`,
    /// `auth_failures`, `refresh_rotation`, `refresh_grace`, `extra_claims`, `journal_bodies` and `allowed_origins`.
    pub fn policy(&mut self, defaults: PolicyDefaults<'_>) -> Policy {
        self.policy_of(defaults, true)
    }

    /// The same, for a vendor that says whether its refresh tokens are spent by use.
    pub fn policy_of(&mut self, defaults: PolicyDefaults<'_>, rotation: bool) -> Policy {
        Policy {
            access_ttl: self.seconds("access_ttl", 1, defaults.access_ttl, "Lifetime of access tokens."),
            id_ttl: self.seconds("id_ttl", 1, defaults.id_ttl, "Lifetime of ID tokens."),
            refresh_ttl: self.seconds(
                "refresh_ttl",
                1,
                defaults.refresh_ttl,
                "Lifetime of refresh tokens, counted from the first of their family.",
            ),
            code_ttl: self.seconds("code_ttl", 1, Seconds(300), "Lifetime of authorization codes."),
            scopes: self.scopes("scopes", defaults.scopes, "The scope catalogue; any other scope is unknown."),
            alg: self.alg("alg", defaults.alg),
            rate_limit: defaults.rate_limit,
            auth_failures: self.limit(
                "auth_failures",
                "How many authentications of a client may fail from one source before all of its are refused (429).",
            ),
            refresh: RefreshPolicy {
                form: defaults.refresh_form,
                rotation: self.flag(
                    "refresh_rotation",
                    rotation,
                    "Each use of a refresh token spends it and yields another.",
                ),
                grace: self.seconds(
                    "refresh_grace",
                    0,
                    Seconds(0),
                    "For how long a repeat of a spent refresh token yields the same successor.",
                ),
            },
            revocable_access_tokens: false,
            opaque_access_tokens: None,
            resources: Vec::new(),
            extra_claims: self.flag(
                "extra_claims",
                false,
                "Whether claims that the vendor does not know follow its own in access and ID tokens and at userinfo.",
            ),
            journal_bodies: self.flag(
                "journal_bodies",
                false,
                "Whether the journal keeps requests and answers: values that are no secret, and of all else the names.",
            ),
            sign_in: None,
            client_assertions: None,
            bearer_assertions: None,
            device: None,
            pats: None,
            allowed_origins: self.origins(
                "allowed_origins",
                "Origins whose pages may read answers (CORS), beside those of clients; `loopback` is all of this machine.",
            ),
        }
    }

    /// The settings of every mount whose users authorize clients in a browser: `auto_approve`, `user_picker`,
    /// `sign_in_failures`, `session_ttl`, `brand_name`, `brand_color` and `brand_logo`.
    pub fn sign_in(&mut self, pkce_required: bool, errors_to_client: bool) -> SignInTerms {
        SignInTerms {
            auto_approve: self.flag(
                "auto_approve",
                false,
                "Whether a `login_hint` that names a user signs that user in and approves without a page.",
            ),
            user_picker: self.flag(
                "user_picker",
                false,
                "Whether the login page offers the mount's users, to be picked with one click and no password.",
            ),
            failures: self.count(
                "sign_in_failures",
                5,
                1000,
                "How many sign-ins may fail in a minute for one user name from one source, six times as many in an hour, \
                 and twenty times as many for all names from there; 0 is any number.",
            ),
            session_ttl: self.seconds("session_ttl", 60, Seconds(36_000), "Lifetime of users' sessions, from their sign-in."),
            has_pkce: true,
            pkce_required,
            errors_to_client,
            openid: OpenIdTerms::default(),
            brand: Brand {
                name: self.text(
                    "brand_name",
                    "a text of up to 60 characters",
                    "The name that the pages bear.",
                    |text| !text.is_empty() && text.chars().count() <= 60 && !text.chars().any(char::is_control),
                ),
                color: self.text(
                    "brand_color",
                    "a colour as in \"#1a73e8\"",
                    "The colour of the pages' buttons.",
                    |text| {
                        text.strip_prefix('#')
                            .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
                    },
                ),
                logo: self.text("brand_logo", "the https URL of an image", "The image above the forms.", |text| {
                    let rest = text.strip_prefix("https://").unwrap_or_default();
                    !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>;,\\".contains(&b))
                }),
            },
        }
    }

    /// A text that may be absent (`null`): one that `admitted` admits, as `allowed` says in words.
    pub fn text(
        &mut self,
        name: &'static str,
        allowed: &str,
        help: &'static str,
        admitted: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let read = |value: &Value| match value {
            Value::Null => Some(None),
            Value::String(text) if admitted(text) => Some(Some(text.clone())),
            _ => None,
        };
        self.read(name, Value::Null, format!("{allowed}, or null"), help, read).flatten()
    }

    /// A switch.
    pub fn flag(&mut self, name: &'static str, default: bool, help: &'static str) -> bool {
        self.read(name, default.into(), "true or false".to_owned(), help, Value::as_bool).unwrap_or(default)
    }

    /// A length of time, from `least` seconds to ten years.
    pub fn seconds(&mut self, name: &'static str, least: i64, default: Seconds, help: &'static str) -> Seconds {
        let allowed = format!("whole seconds, {least} to {MAX_SECONDS}");
        let within = |value: &Value| value.as_i64().filter(|n| (least..=MAX_SECONDS).contains(n));
        self.read(name, default.0.into(), allowed, help, within).map_or(default, Seconds)
    }

    /// A whole number, from 0 to `most`.
    fn count(&mut self, name: &'static str, default: u32, most: u32, help: &'static str) -> u32 {
        let within = |value: &Value| u32::try_from(value.as_u64()?).ok().filter(|n| *n <= most);
        self.read(name, default.into(), format!("a whole number, 0 to {most}"), help, within).unwrap_or(default)
    }

    /// A rolling limit, none unless set.
    fn limit(&mut self, name: &'static str, help: &'static str) -> RateLimit {
        let default = RateLimit::Unlimited;
        let allowed = "\"unlimited\", or a count and a window as in \"20/1m\"".to_owned();
        let read = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
        self.read(name, default.to_string().into(), allowed, help, read).unwrap_or(default)
    }

    /// One of some words.
    pub fn choice(
        &mut self,
        name: &'static str,
        options: &[&'static str],
        default: &'static str,
        help: &'static str,
    ) -> &'static str {
        let allowed = options.iter().map(|option| format!("\"{option}\"")).collect::<Vec<_>>().join(" or ");
        let pick = |value: &Value| options.iter().copied().find(|option| value.as_str() == Some(option));
        self.read(name, default.into(), allowed, help, pick).unwrap_or(default)
    }

    /// One of some numbers.
    pub fn number(&mut self, name: &'static str, options: &[u16], default: u16, help: &'static str) -> u16 {
        let allowed = options.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
        let pick = |value: &Value| options.iter().copied().find(|option| value.as_u64() == Some(u64::from(*option)));
        self.read(name, default.into(), allowed, help, pick).unwrap_or(default)
    }

    /// A non-empty list of distinct scope names.
    pub fn scopes(&mut self, name: &'static str, default: &[&str], help: &'static str) -> Scopes {
        let list = |value: &Value| {
            let items = value.as_array().filter(|items| !items.is_empty())?;
            let scopes = items.iter().map(|item| item.as_str().and_then(Scope::new)).collect::<Option<Scopes>>()?;
            (scopes.len() == items.len()).then_some(scopes)
        };
        let allowed = "a non-empty array of distinct scope names (RFC 6749 section 3.3)".to_owned();
        self.read(name, default.into(), allowed, help, list)
            .unwrap_or_else(|| default.iter().copied().filter_map(Scope::new).collect())
    }

    /// A list of distinct words without spaces; it may be empty.
    pub fn words(&mut self, name: &'static str, default: &[&str], help: &'static str) -> Vec<String> {
        let list = |value: &Value| {
            let words: Vec<_> = value.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
            let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_graphic());
            let distinct = words.iter().enumerate().all(|(at, word)| !words[..at].contains(word));
            (words.iter().all(is_word) && distinct).then(|| words.into_iter().map(str::to_owned).collect())
        };
        let allowed = "an array of distinct words without spaces".to_owned();
        self.read(name, default.into(), allowed, help, list)
            .unwrap_or_else(|| default.iter().copied().map(str::to_owned).collect())
    }

    fn origins(&mut self, name: &'static str, help: &'static str) -> Origins {
        let list = |value: &Value| {
            let texts: Vec<_> = value.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
            Origins::parse(&texts).ok()
        };
        let allowed = "an array of origins, each a scheme, a host and a port alone as in \"https://app.example.com\", or \
                       \"loopback\"";
        self.read(name, Value::Array(Vec::new()), allowed.to_owned(), help, list).unwrap_or_default()
    }

    fn alg(&mut self, name: &'static str, default: SigningAlg) -> SigningAlg {
        let allowed = SigningAlg::ALL.map(|alg| format!("\"{}\"", alg.as_str())).join(" or ");
        let pick = |value: &Value| value.as_str().and_then(SigningAlg::parse);
        self.read(name, default.as_str().into(), allowed, "The algorithm that tokens are signed with.", pick)
            .unwrap_or(default)
    }

    /// Ends the reading: the settings in force, or the first that is unknown or mistyped.
    pub fn finish(self) -> Result<Vec<Setting>, SettingsError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let known = |name: &str| self.declared.iter().any(|setting| setting.name == name);
        if let Some(name) = self.given.keys().find(|name| !known(name)) {
            let names = self.declared.iter().map(|setting| setting.name).collect::<Vec<_>>().join(", ");
            let message = format!("unknown setting; this dialect has {names}");
            return Err(SettingsError { name: name.clone(), message });
        }
        Ok(self.declared)
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        default: Value,
        allowed: String,
        help: &'static str,
        convert: impl Fn(&Value) -> Option<T>,
    ) -> Option<T> {
        let given = self.given.get(name);
        let converted = given.and_then(convert);
        if given.is_some() && converted.is_none() && self.error.is_none() {
            self.error = Some(SettingsError { name: name.to_owned(), message: format!("must be {allowed}") });
        }
        let value = given.cloned().unwrap_or_else(|| default.clone());
        self.declared.push(Setting { name, value, default, allowed, help });
        converted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> SettingsMap {
        let Value::Object(map) = value else { panic!("settings are an object") };
        map
    }

    #[test]
    fn defaults_hold_where_nothing_is_given() {
        let given = SettingsMap::new();
        let mut reader = SettingsReader::new(&given);
        assert!(!reader.flag("on", false, ""));
        assert_eq!(reader.choice("errors", &["literal", "realistic"], "literal", ""), "literal");
        let settings = reader.finish().unwrap();
        assert_eq!((settings[0].name, &settings[1].value), ("on", &json!("literal")));
    }

    #[test]
    fn unknown_and_mistyped_settings_are_refused_with_a_remedy() {
        let cases = [
            (json!({"on": "yes"}), "setting `on`: must be true or false"),
            (json!({"ttl": 0}), "setting `ttl`: must be whole seconds, 1 to 316224000"),
            (json!({"ttl": 1.5}), "setting `ttl`: must be whole seconds, 1 to 316224000"),
            (json!({"of": 1}), "setting `of`: unknown setting; this dialect has on, ttl"),
        ];
        for (given, message) in cases {
            let given = map(given);
            let mut reader = SettingsReader::new(&given);
            reader.flag("on", false, "");
            reader.seconds("ttl", 1, Seconds(300), "");
            assert_eq!(reader.finish().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_catalogue_is_a_list_of_distinct_names() {
        for bad in [json!([]), json!(["a", "a"]), json!(["a b"]), json!("a"), json!([1])] {
            let given = map(json!({"scopes": bad}));
            let mut reader = SettingsReader::new(&given);
            reader.scopes("scopes", &["x"], "");
            assert!(reader.finish().is_err());
        }
    }
}
