//! How a vendor's token call is written: stated once, and taken from here by banner, tests and whoever shows an example.

/// Where a token request has its client and what it asks for, and where the answer has its token.
#[derive(Clone, Copy, Debug)]
pub struct TokenCall {
    /// Where the client's credentials stand in an example.
    pub client: ClientPlace,
    /// Whether credentials count there alone: of header and body, the other is not looked at.
    pub is_only_place: bool,
    /// What the body is.
    pub body: BodyFormat,
    /// What an example asks for, in order: parameters of a form with their values, or members of a JSON object with
    /// their values as JSON. A client that has the scopes named here is granted it.
    pub asks: &'static [(&'static str, &'static str)],
    /// Where the answer has the access token: a JSON pointer (RFC 6901), such as `/payload/access_token`.
    pub access_token: &'static str,
    /// The errors ([`grant::RefusalKind::code`]) in whose answers the vendor repeats words of the request. No other
    /// answer may hold any.
    pub echoes: &'static [&'static str],
    /// Parameters that are credentials, beside those that have the standard's names.
    pub secrets: &'static [&'static str],
}

impl TokenCall {
    /// As the standard has it (RFC 6749 sections 2.3.1 and 5.1): a form with the client in it, and a token that is told as
    /// `access_token`. It asks for nothing yet.
    pub const STANDARD: Self = Self {
        client: ClientPlace::STANDARD_BODY,
        is_only_place: false,
        body: BodyFormat::Form,
        asks: &[],
        access_token: "/access_token",
        echoes: &[],
        secrets: &[],
    };
}

/// Where a client's credentials stand in a token request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientPlace {
    /// In `Authorization: Basic`.
    Basic,
    /// In the body, under these names.
    Body {
        /// The client's identifier.
        id: &'static str,
        /// Its secret.
        secret: &'static str,
    },
}

impl ClientPlace {
    /// In the body, under the standard's names (RFC 6749 section 2.3.1).
    pub const STANDARD_BODY: Self = Self::Body { id: "client_id", secret: "client_secret" };
}

/// What the body of a token request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFormat {
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `application/json`, one object.
    Json,
    /// There is none: the query has what a form would have.
    Query,
}
