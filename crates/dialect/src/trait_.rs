//! The trait that each vendor's crate implements.

use crate::names::intern;
use crate::{Asked, Route, Setting, SettingsError, SettingsMap, Shown, TokenCall, WireRequest, WireResponse};
use grant::{Call, Endpoint, GrantType, Hooks, PublicError, Refusal, Reply};
use std::sync::Arc;

/// Where an answer is going.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The endpoint that was asked.
    pub endpoint: Endpoint,
    /// The vendor's path without prefix and query.
    pub path: &'a str,
    /// The mount's issuer identifier; a URL where the vendor's is one.
    pub issuer: &'a str,
    /// The same as servers reach it, where that is by another authority than browsers.
    pub back_channel: Option<&'a str>,
    /// The request's own id, by which the journal knows it, for vendors that name it in their errors: a UUID.
    pub request_id: &'a str,
    /// What the answer may say again of the request.
    pub asked: &'a dyn Asked,
}

/// Where the pages that users see live, below the base by which their mount was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRoutes {
    /// Signs a user in.
    pub login: &'static str,
    /// Asks a user for consent.
    pub consent: &'static str,
    /// Shows a user's sessions, consents and personal access tokens.
    pub account: &'static str,
    /// Signs a user out.
    pub logout: &'static str,
    /// Says what was wrong with an authorization request.
    pub error: &'static str,
    /// Lets a user type a device's code and decide; `None` where devices are not authorized.
    pub device: Option<&'static str>,
}

/// A vendor's auth surface under the settings of one mount: bytes in, call out; reply in, bytes out.
///
/// It knows no web framework, no store, no clock, no key and no other dialect. Its hooks into the phases of a grant
/// are those of [`Hooks`].
pub trait Dialect: Hooks {
    /// The vendor's paths. A request to any other path never reaches the dialect.
    fn routes(&self) -> &[Route];

    /// Whether `/Token` is another path than `/token`, at endpoints and pages alike.
    fn has_case_sensitive_paths(&self) -> bool {
        true
    }

    /// Where the vendor's framework has its pages; `None` where it has none, and the gateway's own place must do.
    fn pages(&self) -> Option<&PageRoutes> {
        None
    }

    /// The members of its requests and answers whose values are no secret, for a journal that keeps them; of all others
    /// that keeps the names. Parameters of forms and queries, and members of JSON.
    fn shown(&self) -> &[Shown] {
        &[]
    }

    /// What the vendor calls a parameter of the authorization request, by its standard name: the gateway sends browsers on
    /// to that endpoint itself.
    fn authorize_parameter(&self, name: &'static str) -> &'static str {
        name
    }

    /// What stands between two scopes of that request.
    fn authorize_separator(&self) -> &'static str {
        " "
    }

    /// The parameter that names the grant, and what it says for each that is served.
    fn grant_names(&self) -> (&'static str, Vec<&'static str>) {
        ("grant_type", self.capabilities().grants.iter().copied().map(GrantType::as_str).collect())
    }

    /// The settings in force, defaults included, in the order of the documentation.
    fn settings(&self) -> &[Setting];

    /// Reads a request to `endpoint`; [`Endpoint::Authorize`] may be asked of a dialect that has no route for it, if
    /// its policy has terms of sign-in. Refuses, in this order, a wrong method, a wrong media type and what is
    /// ambiguous; findings about credentials, grant and scopes are kept in the call for the phase that owns them.
    fn parse(&self, endpoint: Endpoint, request: &WireRequest<'_>) -> Result<Call, Refusal>;

    /// Writes a reply as the vendor would.
    fn encode(&self, reply: &Reply, context: &Context<'_>) -> WireResponse;

    /// Writes an error as the vendor would. At [`Endpoint::Verify`] it answers as the vendor's resource API.
    fn encode_error(&self, error: PublicError<'_>, context: &Context<'_>) -> WireResponse;
}

/// A dialect before it has settings: what the gateway's registry lists. Cheap to clone.
#[derive(Clone)]
pub struct DialectKind {
    /// The name used in configuration, such as `bits-basic-form`.
    pub id: &'static str,
    /// Whose auth surface it speaks.
    pub vendor: &'static str,
    /// How its token call is written.
    pub token_call: TokenCall,
    /// Its contract as text, where it comes with one.
    pub contract: Option<ContractText>,
    build: Build,
}

/// The text of a contract: what the vendor answers to what, and what that starts from.
#[derive(Clone, Copy, Debug)]
pub struct ContractText {
    /// The pairs of request and response: `pairs.http`.
    pub pairs: &'static str,
    /// Mounts, clients and users: `fixtures.json`.
    pub fixtures: &'static str,
}

/// A dialect, or the setting that is unknown or mistyped.
type Built = Result<Arc<dyn Dialect>, SettingsError>;

#[derive(Clone)]
enum Build {
    Code(fn(&SettingsMap) -> Built),
    Data { text: Arc<str>, file: Option<Arc<str>>, build: Arc<dyn Fn(&SettingsMap) -> Built + Send + Sync> },
}

impl DialectKind {
    /// A dialect that is code.
    pub const fn new(
        id: &'static str,
        vendor: &'static str,
        token_call: TokenCall,
        build: fn(&SettingsMap) -> Built,
    ) -> Self {
        Self { id, vendor, token_call, contract: None, build: Build::Code(build) }
    }

    /// A dialect that is data: `text` is what it is made of, and `build` makes it. Names in `token_call` are interned ([`intern`]), as
    /// are those that the dialect itself states.
    pub fn of_data(
        id: &str,
        vendor: &str,
        token_call: TokenCall,
        text: Arc<str>,
        build: impl Fn(&SettingsMap) -> Built + Send + Sync + 'static,
    ) -> Self {
        let build = Build::Data { text, file: None, build: Arc::new(build) };
        Self { id: intern(id), vendor: intern(vendor), token_call, contract: None, build }
    }

    /// The same with its contract.
    #[must_use]
    pub const fn with_contract(mut self, pairs: &'static str, fixtures: &'static str) -> Self {
        self.contract = Some(ContractText { pairs, fixtures });
        self
    }

    /// The same of a file, where it is data.
    #[must_use]
    pub fn read_from(mut self, path: &str) -> Self {
        if let Build::Data { file, .. } = &mut self.build {
            *file = Some(path.into());
        }
        self
    }

    /// The file that it was read from, where it is data that is not built in.
    pub fn file(&self) -> Option<&str> {
        match &self.build {
            Build::Code(_) => None,
            Build::Data { file, .. } => file.as_deref(),
        }
    }

    /// What it is made of, where it is data.
    pub fn text(&self) -> Option<&str> {
        match &self.build {
            Build::Code(_) => None,
            Build::Data { text, .. } => Some(text),
        }
    }

    /// Makes the dialect with these settings; every unknown or mistyped one is refused.
    pub fn build(&self, settings: &SettingsMap) -> Built {
        match &self.build {
            Build::Code(build) => build(settings),
            Build::Data { build, .. } => build(settings),
        }
    }
}

impl std::fmt::Debug for DialectKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DialectKind").field("id", &self.id).finish_non_exhaustive()
    }
}
