//! The token endpoint in a file.

use super::Answer;
use crate::ordered::{Ordered, Texts};
use schemars::JsonSchema;
use serde::Deserialize;

/// The token endpoint.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the grant has that name")]
pub(crate) struct Token {
    /// Where it is; one path or several. A part in braces varies: `/{tenant}/oauth2/token`.
    pub(crate) path: Texts,
    /// The methods that it serves.
    pub(crate) methods: Vec<String>,
    /// What a request is written in: `form`, `json`, `query`. The first that its media type fits is read.
    pub(crate) body: Vec<Carrier>,
    /// What is looked at first: `client_first`, or `request_first`, by which whatever is missing or malformed is refused
    /// before any credential is looked at. A scenario acts before either. Default: `"client_first"`.
    pub(crate) checks: Checks,
    /// Where the client's credentials stand.
    pub(crate) client: ClientPlaces,
    /// The parameter or member that names the grant; empty where none does.
    pub(crate) grant_field: String,
    /// The grants that there are: `client_credentials`, `authorization_code`, `refresh_token`, `password`, and those of
    /// `urn:ietf:params:oauth:grant-type:` `jwt-bearer`, `device_code` and `token-exchange`.
    pub(crate) grants: Vec<String>,
    /// How client credentials are asked for.
    pub(crate) client_credentials: Grant,
    /// How an authorization code is redeemed.
    pub(crate) authorization_code: Code,
    /// How a refresh token is used.
    pub(crate) refresh_token: Refresh,
    /// How a user's name and password are exchanged.
    pub(crate) password: Password,
    /// How an assertion is exchanged (RFC 7523): its issuer is the client, its subject the user.
    pub(crate) jwt_bearer: Bearer,
    /// How a device polls for what its user allowed (RFC 8628).
    pub(crate) device_code: DeviceCode,
    /// How a token is exchanged for another (RFC 8693).
    pub(crate) token_exchange: Exchange,
    /// How scopes are asked for.
    pub(crate) scope: Scope,
    /// Parameters of the vendor's own, by name. A dot goes into a JSON object: `credentials.site`.
    pub(crate) parameters: Ordered<Rule>,
    /// What is answered to a granted request.
    pub(crate) answer: Answer,
    /// What is answered instead, by grant.
    pub(crate) answers: Ordered<Answer>,
    /// What is known of it: `D` documented, `Dc` in a copy of the page, `W` seen, `I` inferred.
    pub(crate) mark: String,
    /// Where that is from.
    pub(crate) source: String,
}

/// What a request is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Carrier {
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `application/json`.
    Json,
    /// The query alone.
    Query,
}

/// What is looked at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Checks {
    /// The client, its grant, the scopes.
    #[default]
    ClientFirst,
    /// Everything that the request lacks.
    RequestFirst,
}

/// Where the client's credentials stand.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ClientPlaces {
    /// The places that count: `basic`, `body`, `assertion` (`client_assertion`, or an assertion that asks for a token and has no
    /// credentials beside it).
    #[serde(rename = "in")]
    pub(crate) places: Vec<ClientPlace>,
    /// The parameter or member that holds the client's id.
    pub(crate) id: String,
    /// The one that holds its secret.
    pub(crate) secret: String,
    /// How the two parts of a Basic header are encoded: `plain`, as RFC 7617 says, or `form`, as RFC 6749 says.
    pub(crate) basic: Decoding,
    /// What is asked of a `client_assertion`.
    pub(crate) assertion: ClientAssertion,
}

/// What is asked of an assertion by which a client authenticates (RFC 7523 section 2.2).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ClientAssertion {
    /// The claim that names the client: `sub`, or `iss` where the vendor's clients send that alone.
    pub(crate) named_by: NamedBy,
    /// Whether it may lack a `jti`. One that has it is good once in any case.
    pub(crate) jti_optional: bool,
    /// What its `aud` may be: `issuer`, `token_endpoint`, `host` (without scheme), or a text that is meant as it is. A mount's
    /// setting says otherwise.
    pub(crate) audience: Vec<String>,
    /// Whether the scopes asked for are its `scope`, a text or an array, where the request says none.
    pub(crate) scope: bool,
}

/// The claim of an assertion that names the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NamedBy {
    /// The subject, as the standard has it.
    #[default]
    Sub,
    /// The issuer.
    Iss,
}

/// A place of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ClientPlace {
    /// `Authorization: Basic`.
    Basic,
    /// Parameters of form or query, members of JSON.
    Body,
    /// An assertion in a form (RFC 7521 section 4.2).
    Assertion,
}

/// How the parts of a Basic header are encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Decoding {
    /// As they are.
    #[default]
    Plain,
    /// Form-encoded.
    Form,
}

/// How a grant is asked for.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Grant {
    /// What the grant field says, one text or several; the standard's name where it is left out.
    pub(crate) is: Texts,
    /// Whether the grant is meant where the grant field is not there, and nothing that stands for another implied grant.
    pub(crate) implied: bool,
}

/// How an authorization code is redeemed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the parameter has that name")]
pub(crate) struct Code {
    /// What the grant field says, one text or several; `authorization_code` where it is left out.
    pub(crate) is: Texts,
    /// Whether the grant is meant where a code is there and the grant field is not.
    pub(crate) implied: bool,
    /// The parameter that holds the code.
    pub(crate) code: String,
    /// The parameter that holds the redirect URI.
    pub(crate) redirect_uri: String,
    /// Whether the redirect URI may be left out; then it is that of the client's authorization.
    pub(crate) redirect_uri_optional: bool,
    /// The parameter that holds the PKCE verifier.
    pub(crate) verifier: String,
}

/// How a refresh token is used.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Refresh {
    /// What the grant field says, one text or several; `refresh_token` where it is left out.
    pub(crate) is: Texts,
    /// Whether the grant is meant where a refresh token is there and the grant field is not.
    pub(crate) implied: bool,
    /// The parameter that holds the token.
    pub(crate) token: String,
    /// What the vendor's refresh tokens begin with; the answer's template writes it.
    pub(crate) prefix: String,
}

/// How a user's name and password are exchanged.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the parameter has that name")]
pub(crate) struct Password {
    /// What the grant field says, one text or several; `password` where it is left out.
    pub(crate) is: Texts,
    /// Whether the grant is meant where a password is there and the grant field is not.
    pub(crate) implied: bool,
    /// The parameter that holds the user's name.
    pub(crate) username: String,
    /// The parameter that holds the password.
    pub(crate) password: String,
}

/// How an assertion is exchanged.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Bearer {
    /// What the grant field says, one text or several; `urn:ietf:params:oauth:grant-type:jwt-bearer` where it is left out.
    pub(crate) is: Texts,
    /// What the assertion's `aud` may be: `issuer`, `token_endpoint`, `host` (without scheme), or a text that is meant as it is. A
    /// mount's setting says otherwise.
    pub(crate) audience: Vec<String>,
}

/// How a device polls.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DeviceCode {
    /// What the grant field says, one text or several; `urn:ietf:params:oauth:grant-type:device_code` where it is left out.
    pub(crate) is: Texts,
    /// Whether the grant is meant where a device code is there and the grant field is not.
    pub(crate) implied: bool,
    /// The parameter that holds the device code.
    pub(crate) code: String,
}

/// How a token is exchanged for another.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Exchange {
    /// What the grant field says, one text or several; `urn:ietf:params:oauth:grant-type:token-exchange` where it is left out.
    pub(crate) is: Texts,
    /// Whether the grant is meant where a subject token is there and the grant field is not.
    pub(crate) implied: bool,
    /// The parameter that holds the token that is exchanged.
    pub(crate) subject_token: String,
    /// The one that says what it is; empty where none does.
    pub(crate) subject_token_type: String,
    /// The parameter that holds the token of whoever acts; empty where nobody can.
    pub(crate) actor_token: String,
    /// The one that says what it is; empty where none does.
    pub(crate) actor_token_type: String,
    /// The parameter that names whom the new token is for; empty where none does.
    pub(crate) audience: String,
    /// The parameter that says what is asked for; empty where none does.
    pub(crate) requested_token_type: String,
    /// What an access token is called as a type; none where none is taken.
    pub(crate) access_token: Vec<String>,
    /// What an ID token is called as a type; none where none is taken.
    pub(crate) id_token: Vec<String>,
    /// What may be asked for: the names of what is issued.
    pub(crate) issued: Vec<String>,
}

/// How scopes are asked for.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Scope {
    /// The parameter or member; empty where scopes cannot be asked for.
    pub(crate) field: String,
    /// `text`, or `array` of JSON. Default: `"text"`.
    pub(crate) form: ScopeForm,
    /// What stands between two scopes of a text.
    pub(crate) separator: String,
    /// What a request without scopes gets: `all` of the client's, the `first` of `first_of` that the client has, or
    /// `refused`. Default: `"all"`.
    pub(crate) missing: Missing,
    /// See `missing`.
    pub(crate) first_of: Vec<String>,
    /// Scopes that stand alone.
    pub(crate) alone: Vec<String>,
    /// The scopes that come with another, by its name.
    pub(crate) implies: Ordered<Vec<String>>,
}

/// What scopes are written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ScopeForm {
    /// One text.
    #[default]
    Text,
    /// An array of texts.
    Array,
}

/// What a request without scopes gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Missing {
    /// All of the client's.
    #[default]
    All,
    /// The first of `first_of` that the client has.
    First,
    /// Nothing: a parameter is missing.
    Refused,
}

/// What a parameter, or a part of a path, must be.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Rule {
    /// Whether it must be there.
    pub(crate) required: bool,
    /// The one value that it has.
    pub(crate) is: Option<String>,
    /// The values that it may have.
    pub(crate) one_of: Vec<String>,
    /// Its form: text with `{{uuid}}`, `{{url}}`, `{{digits}}`, `{{hex}}`, `{{word}}` or `{{any}}` in it, as in
    /// `acme:{{uuid}}`.
    pub(crate) form: Option<String>,
    /// The client's claim whose value it must have.
    pub(crate) bound: String,
    /// The scope without which it is ignored; with it, it is a claim of that scope.
    pub(crate) when_scope: String,
    /// The grants at which it counts; none for all.
    pub(crate) grants: Vec<String>,
    /// What a wrong value is refused as; a malformed parameter where it is left out.
    pub(crate) refused_as: String,
    /// What is known of it: `D` documented, `Dc` in a copy of the page, `W` seen, `I` inferred.
    pub(crate) mark: String,
    /// Where that is from.
    pub(crate) source: String,
}
