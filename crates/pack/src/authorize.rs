//! The authorization endpoint of a pack: its parameters by the vendor's names, and what the client is told.

use crate::answer::template;
use crate::exchange::Place as ExchangePlace;
use crate::file::{self, Pkce};
use crate::names_of::{Names, names};
use crate::ordered::Ordered;
use crate::source::Faults;
use crate::template::names::{Place, Source};
use crate::template::value::Filling;
use crate::template::{Media, Template, Values};
use dialect::{WireRequest, WireResponse, authorize, intern, respond};
use grant::{AuthorizeOutcome, AuthorizeReply, AuthorizeRequest, Refusal, Scopes};
use std::borrow::Cow;

/// How the request is read, and its answer written.
#[derive(Clone, Debug)]
pub(crate) struct Authorize {
    names: Names,
    pub(crate) separator: &'static str,
    response_type_optional: bool,
    pub(crate) pkce: Pkce,
    code: &'static str,
    error: &'static str,
    state: &'static str,
    pub(crate) iss: &'static str,
    members: Vec<(&'static str, Template)>,
    error_members: Vec<(&'static str, Template)>,
}

/// The parameters that a vendor may call otherwise.
const PARAMETERS: &[&str] = &[
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "acr_values",
    "claims",
];

impl Authorize {
    /// The endpoint that a file describes.
    pub(crate) fn of(file: &file::Authorize, faults: &mut Faults) -> Self {
        let callback = &file.callback;
        for (key, name) in [("code", &callback.code), ("error", &callback.error), ("state", &callback.state)] {
            if !is_parameter(name) {
                faults.add(&["authorize", "callback", key], "is the name of a parameter, as in `code`");
            }
        }
        if file.scope_separator.is_empty() {
            faults.add(&["authorize", "scope_separator"], "is empty; write \" \" or \",\"");
        }
        Self {
            names: names(&file.names, PARAMETERS, &["authorize", "names"], faults),
            separator: intern(&file.scope_separator),
            response_type_optional: file.response_type_optional,
            pkce: file.pkce,
            code: intern(&callback.code),
            error: intern(&callback.error),
            state: intern(&callback.state),
            iss: intern(&callback.iss),
            members: members(&callback.members, "members", faults),
            error_members: members(&callback.error_members, "error_members", faults),
        }
    }

    /// Everything that the callback names.
    pub(crate) fn sources(&self) -> impl Iterator<Item = Source> {
        self.members.iter().chain(&self.error_members).flat_map(|(_, text)| text.holes()).map(|hole| hole.source)
    }

    /// Whether challenges are looked at.
    pub(crate) const fn has_pkce(&self) -> bool {
        !matches!(self.pkce, Pkce::Ignored | Pkce::Refused)
    }

    /// What the vendor calls a parameter.
    pub(crate) fn name_of(&self, standard: &'static str) -> &'static str {
        self.names.iter().find(|(_, known)| *known == standard).map_or(standard, |(own, _)| own)
    }

    /// The request. What the vendor calls otherwise is missed by the vendor's name.
    pub(crate) fn read(&self, request: &WireRequest<'_>) -> Result<AuthorizeRequest, Refusal> {
        let mut form = authorize::form(request)?.renamed(&self.names);
        for (own, standard) in self.names.iter().filter(|(_, name)| matches!(*name, "client_id" | "redirect_uri")) {
            if form.get(standard).is_none() {
                return Err(Refusal::missing(*own));
            }
        }
        if self.separator != " " {
            form = form.spaced("scope", self.separator);
        }
        let mut read = authorize::request(&form);
        if self.response_type_optional && read.response_type.is_none() {
            read.response_type = Some("code".to_owned());
        }
        if self.pkce == Pkce::Ignored {
            (read.challenge, read.challenge_method) = (None, None);
        }
        if self.pkce == Pkce::Refused && read.challenge.is_some() {
            read.unserved = Some("code_challenge");
        }
        Ok(read)
    }

    /// What the client is told.
    pub(crate) fn answer(&self, reply: &AuthorizeReply, place: ExchangePlace<'_>) -> WireResponse {
        let (outcome, members, scopes) = match &reply.outcome {
            AuthorizeOutcome::Code { code, scopes } => ((self.code, code.as_str()), &self.members, scopes),
            AuthorizeOutcome::Refused(kind) => {
                ((self.error, authorize::error_code(kind)), &self.error_members, &Scopes::empty())
            }
        };
        let values = Called { reply, scopes, place };
        let told: Vec<(&str, Cow<'_, str>)> = members.iter().map(|(name, text)| (*name, text.text(&values))).collect();
        let mut parameters = vec![(outcome.0, Some(outcome.1)), (self.state, reply.state.as_deref())];
        parameters.extend(told.iter().map(|(name, text)| (*name, Some(&**text).filter(|text| !text.is_empty()))));
        if !self.iss.is_empty() {
            parameters.push((self.iss, Some(place.context.issuer)));
        }
        respond::uncached(authorize::tell(reply, &parameters, ""))
    }
}

fn is_parameter(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn members(file: &Ordered<String>, key: &str, faults: &mut Faults) -> Vec<(&'static str, Template)> {
    let mut members = Vec::new();
    if file.0.len() > 16 {
        faults.add(&["authorize", "callback", key], "has more than 16 names");
    }
    for (name, text) in &file.0 {
        let key = ["authorize", "callback", key, name.as_str()];
        if !is_parameter(name) {
            faults.add(&key, "is no name of a parameter: letters, digits, - _ .");
        }
        members.push((intern(name), template(text, Media::Plain, Place::Identity, &key, faults)));
    }
    members
}

/// What fills the callback.
struct Called<'a> {
    reply: &'a AuthorizeReply,
    scopes: &'a Scopes,
    place: ExchangePlace<'a>,
}

impl Values for Called<'_> {
    fn value(&self, source: &Source) -> Filling<'_> {
        let (client, user) = (self.reply.client.as_deref(), self.reply.user.as_deref());
        let id = client.map(|client| client.id.as_str());
        match source {
            Source::Scope => self.scopes.joined().into(),
            Source::Scopes => Filling::List(Cow::Borrowed(self.scopes)),
            Source::ClientId => id.into(),
            Source::ClientName => client.and_then(|client| client.name.as_deref()).or(id).into(),
            Source::ClientClaim(name) => client.and_then(|client| client.claims.get(name)).into(),
            Source::Sub | Source::UserSub => user.map(|user| &*user.sub).into(),
            Source::UserName => user.map(|user| &*user.username).into(),
            Source::UserClaim(name) => user.and_then(|user| user.claims.get(name)).into(),
            source => self.place.value(source),
        }
    }

    fn has_scope(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }
}
