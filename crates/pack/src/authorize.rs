//! The authorization endpoint of a pack: its parameters by the vendor's names, and what the client is told.

use crate::answer::template;
use crate::base::Base;
use crate::exchange::Place as ExchangePlace;
use crate::file::{self, Pkce};
use crate::mac;
use crate::names_of::{Names, names};
use crate::ordered::Ordered;
use crate::source::Faults;
use crate::template::names::{Place, Source};
use crate::template::value::Filling;
use crate::template::{Media, Template, Values};
use dialect::{WireRequest, WireResponse, authorize, intern, respond};
use grant::{AuthorizeOutcome, AuthorizeReply, AuthorizeRequest, Refusal, RefusalKind, Scopes};
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
    members: Vec<Member>,
    error_members: Vec<Member>,
    /// Whether `registration` is refused, as OpenID Connect Core section 3.1.2.6 has it.
    refuses_registration: bool,
}

/// A parameter of the vendor's own in the callback.
#[derive(Clone, Debug)]
struct Member {
    name: &'static str,
    text: Template,
    /// Whether it says the MAC of the others.
    is_signed: bool,
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
    pub(crate) fn of(file: &file::Authorize, base: Base, faults: &mut Faults) -> Self {
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
            refuses_registration: base == Base::OpenId,
        }
    }

    /// Everything that the callback names.
    pub(crate) fn sources(&self) -> impl Iterator<Item = Source> {
        self.members.iter().chain(&self.error_members).flat_map(|member| member.text.holes()).map(|hole| hole.source)
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
        if self.refuses_registration && form.get("registration").is_some() {
            read.unserved = read.unserved.or(Some("registration"));
        }
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

    /// What the client is told; `describe` has the sentence for a refusal, where there is one.
    pub(crate) fn answer(
        &self,
        reply: &AuthorizeReply,
        place: ExchangePlace<'_>,
        describe: impl Fn(&RefusalKind) -> Option<&'static str>,
    ) -> WireResponse {
        let description = match &reply.outcome {
            AuthorizeOutcome::Refused(kind) => describe(kind),
            AuthorizeOutcome::Code { .. } => None,
        };
        let (outcome, members, scopes) = match &reply.outcome {
            AuthorizeOutcome::Code { code, scopes } => ((self.code, code.as_str()), &self.members, scopes),
            AuthorizeOutcome::Refused(kind) => {
                ((self.error, authorize::error_code(kind)), &self.error_members, &Scopes::empty())
            }
        };
        let mut values = Called { reply, scopes, place, signed: None };
        let mut told = told(members, &values);
        let shown = |told: &[Option<String>]| -> Vec<(&'static str, Option<String>)> {
            let named = members.iter().zip(told).map(|(member, text)| (member.name, text.clone()));
            let description = ("error_description", description.map(str::to_owned));
            let first = [(outcome.0, Some(outcome.1.to_owned())), description, (self.state, reply.state.clone())];
            let iss = Some((self.iss, Some(place.context.issuer.to_owned()))).filter(|_| !self.iss.is_empty());
            first.into_iter().chain(named).chain(iss).collect()
        };
        if members.iter().any(|member| member.is_signed) {
            let others = shown(&told);
            values.signed = Some(mac::message(others.iter().map(|(name, value)| (*name, value.as_deref()))));
            told = self::told(members, &values);
        }
        let parameters = shown(&told);
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_deref())).collect();
        respond::uncached(authorize::tell(reply, &parameters, ""))
    }

    /// Whether what a client is told is signed with its secret.
    pub(crate) fn is_signed(&self) -> bool {
        self.members.iter().chain(&self.error_members).any(|member| member.is_signed)
    }
}

/// What the members say; nothing of those that have no value, or none yet.
fn told(members: &[Member], values: &Called<'_>) -> Vec<Option<String>> {
    let text = |member: &Member| Some(member.text.text(values).into_owned()).filter(|text| !text.is_empty());
    members.iter().map(text).collect()
}

fn is_parameter(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn members(file: &Ordered<String>, key: &str, faults: &mut Faults) -> Vec<Member> {
    let mut members = Vec::new();
    if file.0.len() > 16 {
        faults.add(&["authorize", "callback", key], "has more than 16 names");
    }
    for (name, text) in &file.0 {
        let key = ["authorize", "callback", key, name.as_str()];
        if !is_parameter(name) {
            faults.add(&key, "is no name of a parameter: letters, digits, - _ .");
        }
        let text = template(text, Media::Plain, Place::Callback, &key, faults);
        let is_signed = text.holes().iter().any(|hole| matches!(hole.source, Source::Mac(_)));
        members.push(Member { name: intern(name), text, is_signed });
    }
    members
}

/// What fills the callback.
struct Called<'a> {
    reply: &'a AuthorizeReply,
    scopes: &'a Scopes,
    place: ExchangePlace<'a>,
    /// What is vouched for, once it is known.
    signed: Option<String>,
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
            Source::Mac(encoding) => {
                let signed = self.signed.as_deref().zip(client);
                signed.and_then(|(message, client)| mac::of(client, message, *encoding)).into()
            }
            source => self.place.value(source),
        }
    }

    fn has_scope(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }
}
